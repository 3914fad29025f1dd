"""Every page runs for every role in both languages, and for no role that it is not for."""

import secrets
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core import accounts, clock, ids, photos, samples
from core.accounts import NewUser
from core.config import ROOT
from core.policy import Actor
from core.samples import FreshSample
from dashboard.navigation import REGISTRY, Entry
from models.synthetic import draw, random_scene, to_jpeg

PASSWORD = "correct horse battery"
CASES = [(entry, role, language) for entry in REGISTRY for role in entry.roles for language in ("ko", "en")]
FORBIDDEN = [
    (entry, role) for entry in REGISTRY for role in ("normal", "researcher", "manager") if role not in entry.roles
]


@pytest.fixture(scope="module")
def open_app(servers: dict[str, str]) -> Callable[[str, str], AppTest]:
    """The dashboard as somebody of a role sees it."""

    def make(role: str, language: str = "en") -> AppTest:
        email = f"{role}-{secrets.token_hex(4)}@example.com"
        accounts.create(None, NewUser(email=email, name=role, role=role, password=PASSWORD, language=language))
        ticket = accounts.sign_in(email, PASSWORD, "dashboard").exchange
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=20)
        app.user = {"username": str(accounts.exchange(ticket, "dashboard").session_id)}
        return app

    return make


@pytest.fixture(scope="module")
def sample(servers: dict[str, str]) -> str:
    """Somebody's sample that waits."""
    email = f"author-{secrets.token_hex(4)}@example.com"
    accounts.create(None, NewUser(email=email, name="author", password=PASSWORD))
    return record(accounts.actor_of(email))


def record(author: Actor) -> str:
    photo = photos.receive(author, to_jpeg(draw(random_scene(9, "cattle", 3, None, "2", 0.5, 0.4)).photo))
    scores = dict.fromkeys(("marbling", "color", "texture", "surface_moisture", "overall"), 5.0)
    new = FreshSample(
        trace_number="002111122223", species="cattle", primal_cut="loin", secondary_cut="ribeye_roll",
        slaughtered_on=clock.today(), scores={"scale": "1-10"} | scores, photo={"id": photo.id},
    )  # fmt: skip
    return samples.register(author, ids.new(), new).sample.id


def visit(app: AppTest, stem: str) -> AppTest:
    app.run()
    return app if stem == "home" else app.switch_page(f"../pages/{stem}.py").run()


@pytest.mark.parametrize(("entry", "role", "language"), CASES, ids=lambda case: getattr(case, "stem", case))
def test_a_page_runs_for_its_roles(
    open_app: Callable[..., AppTest], sample: str, entry: Entry, role: str, language: str
) -> None:
    app = open_app(role, language)
    if not entry.listed:
        app.query_params["id"] = sample
    visit(app, entry.stem)
    assert not app.exception
    assert app.title or not entry.listed


@pytest.mark.parametrize(("entry", "role"), FORBIDDEN, ids=lambda case: getattr(case, "stem", case))
def test_a_page_does_not_exist_for_other_roles(open_app: Callable[..., AppTest], entry: Entry, role: str) -> None:
    app = open_app(role).run()
    with pytest.raises(ValueError, match="page"):
        app.switch_page(f"../pages/{entry.stem}.py").run()


def test_a_sample_of_somebody_else_looks_like_none(open_app: Callable[..., AppTest], sample: str) -> None:
    app = open_app("normal")
    app.query_params["id"] = sample
    visit(app, "sample")
    assert "There is no such sample" in app.info[0].value


def test_a_visitor_gets_the_sign_in_form_only(servers: dict[str, str]) -> None:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=20).run()
    assert not app.exception
    assert [field.type for field in app.text_input] == ["text_input", "text_input"]
    assert not app.sidebar.button
