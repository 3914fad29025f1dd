"""The mixed model on its page: started, waited for, cancelled, found again, shown."""

import secrets
from collections.abc import Callable
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from core import accounts
from core.accounts import NewUser
from core.config import ROOT
from core.statistics import runs
from tests.worlds import World, make_world

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    return make_world(70, 80, pigs=0)


@pytest.fixture
def page(world: World) -> Callable[..., AppTest]:
    """Opens the page as somebody of its own, or the same person again."""

    def open_page(language: str = "en", email: str = "", **query: str) -> AppTest:
        if not email:
            email = f"{secrets.token_hex(4)}@example.com"
            person = NewUser(email=email, name="R", role="researcher", password=PASSWORD, language=language)
            accounts.create(None, person)
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
        ticket = accounts.sign_in(email, PASSWORD, "dashboard").exchange
        app.user = {"username": str(accounts.exchange(ticket, "dashboard").session_id), "email": email}
        for name, value in ({"part": "mixed", "factor": "primal_cut"} | query).items():
            app.query_params[name] = value
        app.run()
        return app.switch_page("../pages/compare.py").run()

    return open_page


def keys(app: AppTest) -> set[str]:
    assert not app.exception
    return {str(button.key) for button in app.button if str(button.key).startswith("statistic_run")}


def run_of(app: AppTest) -> UUID:
    given = app.query_params["run"]
    return UUID(given[0] if isinstance(given, list) else given)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_model_is_fitted_and_shown(page: Callable[..., AppTest], language: str) -> None:
    app = page(language)
    assert keys(app) == {"statistic_run_start"}
    app.button(key="statistic_run_start").click().run()
    assert keys(app) == {"statistic_run_cancel"}
    runs.work(run_of(app))
    app.run()
    assert keys(app) == {"statistic_run_again"}
    said = " ".join(element.value for element in app.markdown)
    assert ("mixed model" if language == "en" else "혼합 모형") in said
    assert len(app.tabs) == 4
    app.button(key="statistic_run_again").click().run()
    assert keys(app) == {"statistic_run_cancel"}


def test_a_run_is_cancelled_and_can_be_started_again(page: Callable[..., AppTest]) -> None:
    app = page()
    app.button(key="statistic_run_start").click().run()
    first = run_of(app)
    app.button(key="statistic_run_cancel").click().run()
    assert keys(app) == {"statistic_run_again"}
    assert "Cancelled" in app.info[0].value
    app.button(key="statistic_run_again").click().run()
    assert run_of(app) != first


def test_who_comes_back_finds_the_run(page: Callable[..., AppTest]) -> None:
    app = page()
    app.button(key="statistic_run_start").click().run()
    run, email = run_of(app), app.user["email"]
    by_address, by_question = page(email=email, run=str(run)), page(email=email)
    for again in (by_address, by_question):
        assert keys(again) == {"statistic_run_cancel"}
        assert run_of(again) == run
    # Another question, somebody else's run, and no run at all are not it.
    assert keys(page(email=email, run=str(run), factor="sex")) == {"statistic_run_start"}
    assert keys(page(run=str(run))) == {"statistic_run_start"}
    assert keys(page(run="nonsense")) == {"statistic_run_start"}


def test_a_failure_is_told(page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    app = page()
    app.button(key="statistic_run_start").click().run()
    with monkeypatch.context() as patch:
        patch.setitem(runs.RUNS, "mixed", runs.Run("compare", lambda cohort, query, progress: 1 / 0))  # type: ignore[arg-type,return-value]
        with pytest.raises(ZeroDivisionError):
            runs.work(run_of(app))
    app.run()
    assert "failed on our side" in app.error[0].value
    assert keys(app) == {"statistic_run_again"}


def test_what_is_wrong_with_the_filter_is_said(page: Callable[..., AppTest]) -> None:
    app = page(first="2026-02-02", last="2026-02-01")
    assert keys(app) == set()
    assert app.error
