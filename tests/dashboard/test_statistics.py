"""Every part of every view is drawn in both languages: chart, sentence, table, tests; full, almost empty, and empty."""

import importlib
import io
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from core import statistics
from core.statistics import StatisticsFilter
from dashboard.language import speaking
from dashboard.statistic_filter import list_query, told
from dashboard.statistics_page import as_workbook, narrowed
from tests.makers import make_user
from tests.worlds import make_world

pytestmark = pytest.mark.usefixtures("servers")
WORLDS = {"full": (31, 150), "one": (32, 1), "empty": (33, 0)}


@pytest.fixture(scope="module")
def wanted(servers: dict[str, str]) -> dict[str, dict[str, str]]:
    """name of a world -> the filter that leaves it."""
    made = {name: make_world(seed, n, statuses=("approved",)) for name, (seed, n) in WORLDS.items()}
    return {name: {key: str(day) for key, day in world.wanted.items()} for name, world in made.items()}


def draw_all(view: str, language: str, wanted: dict[str, str]) -> None:
    """All parts of a view, one below the other."""
    import importlib
    import uuid

    import streamlit as st

    from core import statistics
    from core.policy import Actor
    from dashboard.language import CHOSEN
    from dashboard.statistics_page import show_part

    st.session_state[CHOSEN] = language
    figures = importlib.import_module(f"dashboard.charts.{view}").FIGURES
    answer = statistics.view(Actor(uuid.uuid4(), "researcher", "x", "x"), view, wanted)
    for part in answer.parts:
        show_part(answer, part, figures[part.name])


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("view", statistics.VIEWS)
def test_every_part_is_drawn(wanted: dict[str, Any], view: str, language: str, world: str) -> None:
    arguments = {"view": view, "language": language, "wanted": wanted[world]}
    app = AppTest.from_function(draw_all, kwargs=arguments, default_timeout=60).run()
    assert not app.exception
    if world == "full":
        assert app.main.children


def test_a_workbook_says_in_words_what_was_chosen(wanted: dict[str, Any]) -> None:
    chosen = {"species": "cattle", "status": "all", "round": "2", "grade": "unknown", "scale": "1-10"}
    query = wanted["full"] | chosen | {"variables": "marbling,ph", "within_cut": True, "color": "grade"}
    answer = statistics.view(make_user("researcher"), "relations", query, ("correlations",))
    sheets = {}
    for language in ("ko", "en"):
        with speaking(language):
            sheets[language] = load_workbook(io.BytesIO(as_workbook(answer, answer.parts[0])))
    about = [
        {str(name): value for name, value in book[title].iter_rows(values_only=True)}
        for book, title in ((sheets["en"], "About"), (sheets["ko"], sheets["ko"].sheetnames[1]))
    ]
    expected = {
        "Period by": "Day of slaughter", "From": query["first"], "To": query["last"], "Status": "All",
        "Species": "Cattle", "Round": "Round 2", "Grade": "Not known", "Variables": "Marbling, pH",
        "Within cuts": "Yes", "Correlation": "Pearson", "Colour": "Grade",
    }  # fmt: skip
    assert expected.items() <= about[0].items()
    assert {"기간 기준": "도축일", "회차": "2회차", "변수": "마블링 정도, 산도(pH)"}.items() <= about[1].items()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_choice_has_words(language: str) -> None:
    several = {
        "first": ["2026-01-01"], "last": ["2026-01-01"], "species": ["cattle"], "primal_cut": ["loin"],
        "secondary_cut": ["ribeye_roll"], "grade": ["1", "unknown"], "bms": [5], "sex": ["female"],
        "breed": ["hanwoo"], "province": ["KR-11", "12"], "rounds": [2], "round": ["raw", "processed", "2"],
        "scale": ["1-10"], "variables": ["ph,bms"], "within_cut": [True], "x": ["ph"], "y": ["bms"],
    }  # fmt: skip
    with speaking(language):
        for view, of in statistics.VIEWS.items():
            for field, info in of.query.model_fields.items():
                for choice in [*choices(info.annotation), *several.get(field, [])]:
                    said = dict(told(view, statistics.read(view, {field: choice})))
                    assert field not in said
                    assert field in ("first", "last", "bms", "scale", "grade") or choice not in said.values()


def choices(kind: Any) -> Iterator[Any]:
    """All that a field may be of which the type tells it."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    else:
        for part in get_args(kind):
            yield from choices(part)


@pytest.mark.parametrize("view", statistics.VIEWS)
def test_every_part_has_a_chart_and_every_chart_a_part(view: str) -> None:
    figures = importlib.import_module(f"dashboard.charts.{view}").FIGURES
    assert set(figures) == set(statistics.VIEWS[view].parts)


@pytest.mark.parametrize("view", statistics.VIEWS)
def test_the_samples_behind_a_row_are_those_that_it_counts(wanted: dict[str, Any], view: str) -> None:
    researcher = make_user("researcher")
    answer = statistics.view(researcher, view, wanted["full"])
    for part in answer.parts:
        counts = [name for name in ("samples", "of_samples") if name in part.table]
        if not part.link or not counts:
            continue
        for row in range(0, len(part.table), max(1, len(part.table) // 12)):
            query = narrowed(answer.wanted, part, row)
            behind = statistics.samples_behind(researcher, query)
            # A mark may leave out what it cannot draw (an empty score), but never shows more than there is.
            assert behind.n.samples >= part.table["samples" if "samples" in counts else "of_samples"].iloc[row]
            if view in ("regions", "grades", "overview"):
                assert behind.n.samples == part.table[counts[0]].iloc[row], (part.name, query)


def test_what_the_list_cannot_say_is_not_said_to_be_the_same() -> None:
    assert list_query(StatisticsFilter(bms=3)) is None
    assert list_query(StatisticsFilter(grade="unknown")) is None
    assert list_query(StatisticsFilter.model_validate({"period": "approved", "first": "2026-01-01"})) is None
    assert list_query(StatisticsFilter(rounds=2)) is None
    said = list_query(StatisticsFilter.model_validate({"province": "unknown", "first": "2026-01-01", "rounds": 0}))
    assert said == {"province": "unknown", "from": "2026-01-01", "missing": "rounds", "status": "approved"}
