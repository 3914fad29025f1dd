"""The maps of regions: drawn from our own shapes, sent once, each unit with its name, number and samples behind it."""

import json
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import catalogue, regions, statistics, words
from core.statistics import Part
from core.statistics.region_times import time_name
from dashboard.charts import maps
from tests.makers import make_user
from tests.worlds import World, make_world

pytestmark = pytest.mark.usefixtures("servers")
MOST_SENT = 2_000_000  # bytes of a page


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    """One that has samples of no known province."""
    drawn = (make_world(seed, 250, statuses=("approved",)) for seed in range(41, 60))
    return next(world for world in drawn if world.samples["province"].isna().any())


def draw(part: str, is_narrow: bool, wanted: dict[str, str]) -> None:
    import uuid

    import streamlit as st

    from core import statistics
    from core.policy import Actor
    from dashboard.charts.regions import FIGURES
    from dashboard.language import CHOSEN
    from dashboard.width import NARROW

    st.session_state[CHOSEN], st.session_state[NARROW] = "en", is_narrow
    answer = statistics.view(Actor(uuid.uuid4(), "researcher", "x", "x"), "regions", wanted, (part,))
    st.plotly_chart(FIGURES[part](answer.parts[0]))


def drawn(world: World, part: str, *, is_narrow: bool = False, **more: str) -> tuple[dict[str, Any], Part]:
    """The chart as it is sent, and what it is drawn from."""
    wanted = {name: str(value) for name, value in (world.wanted | more).items()}
    arguments = {"part": part, "is_narrow": is_narrow, "wanted": wanted}
    app = AppTest.from_function(draw, kwargs=arguments, default_timeout=60).run()
    assert not app.exception
    sent = app.get("plotly_chart")[0].proto.spec
    assert len(sent.encode()) < MOST_SENT
    return json.loads(sent), statistics.view(make_user("researcher"), "regions", wanted, (part,)).parts[0]


@pytest.mark.parametrize("is_narrow", [False, True])
@pytest.mark.parametrize(("units", "n"), [("17", 17), ("16", 16)])
def test_the_map_shows_each_unit_with_its_count(world: World, units: str, n: int, is_narrow: bool) -> None:
    chart, part = drawn(world, "map", is_narrow=is_narrow, units=units)
    *names, shapes, unknown = chart["data"]
    # With a trace of shapes first, the browser would ask another host for outlines.
    assert [trace["type"] for trace in chart["data"]] == ["scattergeo", "scattergeo", "choropleth", "scattergeo"]
    assert chart["layout"]["geo"]["visible"] is False
    counts = dict(zip(part.table["province"], part.table["samples"], strict=True))
    assert len(shapes["locations"]) == n
    assert set(shapes["locations"]) == {shape["id"] for shape in shapes["geojson"]["features"]}
    assert shapes["z"] == [counts.get(key, 0) for key in shapes["locations"]]
    for key, row in zip(shapes["locations"], shapes["customdata"], strict=True):
        assert part.table["province"].iloc[row] == key if row is not None else key not in counts
    texts = [text for trace in names for text in trace["text"]]
    expected = {words.text("en", f"regions.short.{key}"): counts.get(key, 0) for key in shapes["locations"]}
    assert set(texts) == ({*expected} if is_narrow else {f"{name}<br>{k}" for name, k in expected.items()})
    assert str(counts["unknown"]) in unknown["text"][0]
    assert part.table["province"].iloc[unknown["customdata"][0]] == "unknown"


@pytest.mark.parametrize("counted", ["each", "until"])
def test_the_frames_have_the_counts_and_not_the_shapes(world: World, counted: str) -> None:
    chart, part = drawn(world, "animation", counted=counted)
    assert len(chart["frames"]) == len(part.more["times"]) == len(chart["layout"]["sliders"][0]["steps"]) <= 36
    rows = part.table.assign(time=part.more["rows"])
    for number, frame in enumerate(chart["frames"]):
        own = rows[rows["time"] == number].set_index("province")["samples"]
        shapes = frame["data"][2]
        assert "geojson" not in shapes
        assert shapes["z"] == [own.get(key, 0) for key in shapes["locations"]]
        assert frame["name"] == f"{part.more['times'][number]:%Y-%m}"
    assert chart["data"][2]["z"] == chart["frames"][-1]["data"][2]["z"]


def test_the_lines_of_the_trend_add_up_to_all(world: World) -> None:
    chart, part = drawn(world, "trend")
    lines = {trace["name"]: trace["y"] for trace in chart["data"]}
    everything = lines.pop(words.text("en", "regions.all_provinces"))
    assert [sum(counts) for counts in zip(*lines.values(), strict=True)] == everything
    assert sum(everything) == part.n.samples


def test_the_cells_of_the_heat_map_can_be_clicked(world: World) -> None:
    chart, part = drawn(world, "heat")
    cells, marks = chart["data"]
    assert sum(map(sum, cells["z"])) == part.n.samples
    counts = [count for row in cells["z"] for count in row]
    for count, row in zip(counts, marks["customdata"], strict=True):
        assert (part.table["samples"].iloc[row] if row is not None else 0) == count


def test_cities_are_drawn_after_the_province_around_them() -> None:
    around = {"KR-11": "KR-41", "KR-50": "KR-44", "KR-30": "KR-44", "KR-27": "KR-47", "KR-29": "KR-46"}
    places = {shape["id"]: n for n, shape in enumerate(maps.shapes("17")["features"])}
    assert all(places[city] > places[province] for city, province in around.items())
    assert all(places[city] > places["KR-43"] for city in ("KR-50", "KR-30"))


def test_every_unit_has_a_short_name_and_a_place_for_it() -> None:
    keys = {entry.key for entry in catalogue.get().provinces} | set(regions.units())
    for key in keys:
        assert words.has(f"regions.short.{key}")
        longitude, latitude = maps._stands(key)
        assert 124 < longitude < 131
        assert 33 < latitude < 39


def test_times_are_named_as_iso_8601_does() -> None:
    days = {
        "week": date(2027, 1, 1),
        "quarter": date(2026, 12, 31),
        "month": date(2026, 2, 1),
        "year": date(2026, 1, 1),
    }
    told = {step: time_name(step, day) for step, day in days.items()}
    assert told == {"week": "2026-W53", "quarter": "2026-Q4", "month": "2026-02", "year": "2026"}
