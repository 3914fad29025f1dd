"""The dashboard as somebody of a role has it open on a page."""

from typing import Any

from streamlit.testing.v1 import AppTest

from core import accounts
from core.config import ROOT
from core.policy import Actor
from tests.makers import PASSWORD, make_user


def open_page(stem: str, actor: Actor | str = "researcher", language: str = "en", **query: str) -> AppTest:
    """Signed in afresh; `actor` may be a role, which makes a person of it."""
    person = make_user(actor) if isinstance(actor, str) else actor
    accounts.change_language(person, language)
    ticket = accounts.sign_in(person.email, PASSWORD, "dashboard").exchange
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.user = {"username": str(accounts.exchange(ticket, "dashboard").session_id)}
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page(f"../pages/{stem}.py").run()


def told(app: AppTest) -> str:
    """Everything that the page says in words."""
    assert not app.exception
    kinds = ("markdown", "caption", "info", "warning", "error", "success", "subheader", "metric")
    return "\n".join(str(said) for kind in kinds for element in getattr(app, kind) for said in _said(element))


def _said(element: Any) -> list[Any]:
    return [getattr(element, name, None) for name in ("label", "value", "delta", "body")]


def keys(app: AppTest, begin: str) -> set[str]:
    """Of the buttons that begin so."""
    assert not app.exception
    return {str(button.key) for button in app.button if str(button.key).startswith(begin)}
