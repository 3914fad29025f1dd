"""The page of a sample with everything on it: rounds, several people's scores, replicates."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from core import accounts, evaluations, measurements, rounds
from core.accounts import NewUser
from core.config import ROOT
from core.samples import SampleView
from dashboard.timeline import completeness
from tests.core.test_evaluations import AT, HEATED, new_evaluation
from tests.core.test_measurements import VALUES, new_measurement
from tests.core.test_rounds import new_round
from tests.makers import PASSWORD, make_approved, make_user


@pytest.fixture(scope="module")
def sample(servers: dict[str, str]) -> SampleView:
    """Two rounds, three tasters, three replicates; names and notes that try to be markup."""
    actor, made = make_user("researcher"), make_approved()
    for seq in (1, 2):
        weighed = {"weight_before_g": 400, "weight_after_g": 380, "note": "**bold** <b>note</b>"}
        rounds.add(actor, made.id, seq, new_round(started_at=AT + timedelta(days=seq), **weighed))
    for n, panelist in enumerate((None, "P-1", "[P](2)")):
        scores = HEATED | {"flavor": 5 + n}
        evaluations.write(actor, made.id, 0, uuid4(), new_evaluation(panelist=panelist, scores=scores))
    for n in (1, 2, 3):
        new = new_measurement(replicate=n, values=VALUES | {"ph": 5.5 + n / 10, "l_star": 20.0 + 10 * n}, note="*note*")
        made = measurements.write(actor, made.id, 0, uuid4(), new).sample
    return made


@pytest.fixture(scope="module")
def open_page(sample: SampleView) -> Callable[[str, str], AppTest]:
    def make(role: str, language: str) -> AppTest:
        email = f"{role}-{secrets.token_hex(4)}@example.com"
        accounts.create(None, NewUser(email=email, name=role, role=role, password=PASSWORD, language=language))
        ticket = accounts.sign_in(email, PASSWORD, "dashboard").exchange
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
        app.user = {"username": str(accounts.exchange(ticket, "dashboard").session_id)}
        app.query_params["id"] = sample.id
        app.run()
        return app.switch_page("../pages/sample.py").run()

    return make


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.text])


@pytest.mark.parametrize(("language", "total"), [("en", "2 rounds / 40 min"), ("ko", "2회 / 40분")])
def test_the_time_line_counts_rounds_and_minutes(
    open_page: Callable[[str, str], AppTest], language: str, total: str
) -> None:
    app = open_page("researcher", language)
    assert not app.exception
    assert total in texts(app)


def test_means_and_spread_stand_beside_what_was_typed(open_page: Callable[[str, str], AppTest]) -> None:
    tables = [frame.value for frame in open_page("researcher", "en").dataframe]
    scores = next(table for table in tables if "Mean ± SD, n = 3 (1-10)" in table)
    assert dict(zip(scores["Attribute"], scores["Mean ± SD, n = 3 (1-10)"], strict=True))["Flavour"] == "6.00 ± 1.00"
    assert {"P-1 (1-10)", "[P](2) (1-10)"} <= set(scores)
    values = next(table for table in tables if "CV (%)" in table).set_index("Measure")
    assert list(values.loc["pH"]) == ["-", "5.60", "5.70", "5.80", "5.70", "0.10", "1.8"]
    assert list(values.loc["CIE L*"])[1:] == ["30.00", "40.00", "50.00", "40.00", "10.00", "25.0"]
    assert values.loc["Chroma C*", "Mean"] == "19.24"


def test_replicates_that_disagree_are_said_to(open_page: Callable[[str, str], AppTest]) -> None:
    (warning,) = [w.value for w in open_page("manager", "en").warning if "CV" in w.value]
    assert warning == "The replicates of CIE L* lie far apart: CV 25 %, usually at most 10 %."


def test_what_people_wrote_is_never_markup(open_page: Callable[[str, str], AppTest]) -> None:
    app = open_page("researcher", "en")
    assert [text.value for text in app.text].count("**bold** <b>note</b>") == 2
    assert not any("<b>" in element.value for element in [*app.markdown, *app.caption])


def test_what_is_missing_of_a_round_is_told(sample: SampleView) -> None:
    assert completeness(sample.rounds[0]) == {
        "photo": True, "raw_scores": True, "heated_scores": True, "laboratory": True
    }  # fmt: skip
    assert not any(completeness(sample.rounds[1]).values())
