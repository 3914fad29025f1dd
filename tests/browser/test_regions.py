"""The map of regions in a real browser: drawn from our own shapes alone, clicked on, played."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from core import statistics
from core.policy import Actor
from core.statistics import Part
from tests.browser.conftest import Visitor
from tests.makers import make_user
from tests.worlds import World, make_world

pytestmark = pytest.mark.browser
GANGWON, JEONNAM, NOWHERE = (128.2, 37.8), (127.1, 34.95), (130.4, 34.0)
# Where a place of the map is on the screen.
ON_SCREEN = """place => {
  const chart = document.querySelector(".js-plotly-plot"), frame = chart.getBoundingClientRect();
  const [x, y] = chart._fullLayout.geo._subplot.projection(place);
  return [frame.x + x, frame.y + y];
}"""


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    """One that has samples of no known province."""
    drawn = (make_world(seed, 200, statuses=("approved",)) for seed in range(51, 70))
    return next(world for world in drawn if world.samples["province"].isna().any())


def address(world: World, **more: str) -> str:
    return f"/regions?{urlencode({name: str(day) for name, day in world.wanted.items()} | more)}"


def count(world: World, part: str, province: str, **more: str) -> int:
    found: Part = statistics.view(make_user("researcher"), "regions", world.wanted | more, (part,)).parts[0]
    return int(found.table.loc[found.table["province"] == province, "samples"].sum())


def click(page: Page, place: tuple[float, float]) -> None:
    page.locator(".js-plotly-plot").scroll_into_view_if_needed()
    x, y = page.evaluate(ON_SCREEN, place)
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    page.mouse.click(x, y)


@pytest.mark.parametrize(
    ("units", "shapes", "place", "key"),
    [
        ("16", 16, JEONNAM, "12"),
        ("17", 17, NOWHERE, "unknown"),
        pytest.param("17", 17, GANGWON, "KR-42", marks=pytest.mark.soak),
    ],
)
def test_a_click_on_the_map_leads_to_the_samples_of_a_province(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World, units: str, shapes: int,
    place: tuple[float, float], key: str,
) -> None:  # fmt: skip
    staff, asked = visit(height=1500), list[str]()
    staff.page.on("request", lambda request: asked.append(request.url))
    staff.sign_in(person("researcher").email, address(world, units=units))
    expect(staff.page.locator("path.choroplethlocation")).to_have_count(shapes)
    staff.settle()
    click(staff.page, place)
    expect(staff.page.get_by_role("dialog")).to_contain_text(f"{count(world, 'map', key, units=units)} samples")
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}


def test_the_months_are_played(visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World) -> None:
    staff = visit(height=1500)
    staff.sign_in(person("researcher").email, address(world, part="animation"))
    expect(staff.page.locator("path.choroplethlocation")).to_have_count(17)
    staff.settle()
    now = staff.page.locator(".slider-label").first
    expect(now).to_have_text(f"{world.year}-12")
    staff.page.locator(".updatemenu-button").first.click()
    expect(now).to_have_text(f"{world.year}-03")
    expect(now).to_have_text(f"{world.year}-12")
