"""Statistics in a real browser: what a chart says and leads to, shared links, files, pictures, a phone, the console."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import ConsoleMessage, Download, Locator, Page, expect

from core import catalogue, statistics, words
from core.policy import Actor
from core.statistics import Part, wording
from dashboard.method_text import chapters
from tests.browser.conftest import SCREENSHOTS, Visitor
from tests.makers import make_user
from tests.worlds import World, make_world

pytestmark = pytest.mark.browser
PAGES = (*statistics.VIEWS, "methods")
# Streamlit asks beside a page's own address before it asks at the root.
PROBES = ("/_stcore/health", "/_stcore/host-config")
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    return make_world(4711, n=240)


@pytest.fixture(scope="module")
def counter(servers: dict[str, str]) -> Actor:
    """Who asks core for the same numbers."""
    return make_user("researcher")


def path(world: World, view: str, **more: str) -> str:
    return f"/{view}?{urlencode({name: str(day) for name, day in world.wanted.items()} | more)}"


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def said(language: str, part: Part) -> str:
    return wording.sentence(language, catalogue.get(), part.says)


def counted(language: str, part: Part) -> str:
    n = {"animals": part.n.animals, "samples": part.n.samples, "missing": part.missing}
    return " · ".join(words.text(language, f"statistics.n_{name}", n=number) for name, number in n.items())


def drawn(visitor: Visitor) -> Locator:
    """The chart once it is there and stands still."""
    visitor.settle()
    chart = visitor.page.locator(".js-plotly-plot")
    expect(chart).to_be_visible()
    expect(chart.locator("svg.main-svg").first).to_be_visible()
    return chart


def download(page: Page, click: Callable[[], None]) -> tuple[Download, bytes]:
    with page.expect_download() as waiting:
        click()
    return waiting.value, Path(waiting.value.path()).read_bytes()


def named(part: Part) -> pd.DataFrame:
    """The part's table with headings and keys as people read them in English, put together without the dashboard."""
    known, species = catalogue.get(), part.more.get("species")
    table = part.table.copy()
    for column, kind in part.kinds.items():
        table[column] = [wording.name("en", known, kind, key, species) for key in table[column]]
    table["is_small"] = [words.text("en", "statistics.small") if small else "" for small in table["is_small"]]
    return table.rename(columns={name: words.text("en", f"column.{name}") for name in table})


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(found.columns) == list(expected.columns)
    assert len(found) == len(expected)
    for name in expected:
        own, wanted = found[name], expected[name]
        if pd.api.types.is_numeric_dtype(wanted):
            np.testing.assert_allclose(own.astype(float), wanted.astype(float), **CLOSE)
        else:
            assert own.astype(object).where(own.notna(), "").tolist() == wanted.tolist()


def test_a_part_says_shows_and_gives_away_what_core_counts(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World, counter: Actor
) -> None:
    wanted = world.wanted | {"species": "cattle"}
    part = statistics.view(counter, "grades", wanted, ("by_primal_cut",)).parts[0]
    staff = visit()
    staff.sign_in(person("researcher").email, path(world, "grades", species="cattle", part="by_primal_cut"))
    page, chart = staff.page, drawn(staff)
    expect(page.get_by_text(said("en", part), exact=True).first).to_be_visible()
    expect(page.get_by_text(counted("en", part))).to_be_visible()
    expect(chart.locator(".bars .point path")).to_have_count(len(part.table))

    file, data = download(page, page.locator(".st-key-csv_by_primal_cut button").click)
    assert file.suggested_filename == "meatlab_grades_by_primal_cut.csv"
    assert_same(pd.read_csv(io.BytesIO(data), encoding="utf-8-sig", dtype={"Grade": str}), named(part))
    file, data = download(page, page.locator(".st-key-xlsx_by_primal_cut button").click)
    assert file.suggested_filename == "meatlab_grades_by_primal_cut.xlsx"
    sheets = pd.read_excel(io.BytesIO(data), sheet_name=None, dtype={"Grade": str})
    assert_same(sheets["Numbers"], named(part))
    assert said("en", part) in sheets["About"].to_string(max_colwidth=None) + "".join(map(str, sheets["About"].columns))

    page.get_by_role("tab", name="Numbers").click()
    first_row = page.locator("[data-testid=stDataFrame] canvas tbody tr").first
    expect(first_row.locator("td").first).to_have_text(str(named(part).iloc[0, 0]))
    cells = first_row.locator("td").all_text_contents()
    assert cells[1:4] == [str(part.table[name].iloc[0]) for name in ("grade", "samples", "animals")]


@pytest.mark.parametrize("locale", ["ko-KR", pytest.param("en-GB", marks=pytest.mark.soak)])
def test_a_chart_is_saved_as_png_and_as_svg(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World, counter: Actor, locale: str
) -> None:
    language = locale[:2]
    part = statistics.view(counter, "grades", world.wanted | {"species": "cattle"}, ("by_sex",)).parts[0]
    staff = visit(locale=locale)
    staff.sign_in(person("researcher").email, path(world, "grades", species="cattle", part="by_sex"))
    page = staff.page
    drawn(staff)
    labels = {"en": "Save the chart as a picture", "ko": "그래프를 그림으로 저장"}
    file, data = download(page, page.get_by_role("button", name=f"{labels[language]}: PNG").click)
    assert file.suggested_filename == "meatlab_grades_by_sex.png"
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.rstrip().endswith(b"IEND\xaeB`\x82")
    file, data = download(page, page.get_by_role("button", name=f"{labels[language]}: SVG").click)
    assert file.suggested_filename == "meatlab_grades_by_sex.svg"
    picture = data.decode()
    assert picture.startswith("<svg")
    assert picture.rstrip().endswith("</svg>")
    names = {wording.name(language, catalogue.get(), "sexes", key) for key in part.table["group"]}
    for label in (words.text(language, "grades.axis_share"), *names):
        assert label in picture
    # The chart's own button still saves what it says.
    file, _ = download(page, lambda: page.locator(".js-plotly-plot .modebar-btn").first.dispatch_event("click"))
    assert file.suggested_filename.endswith(".png")


def test_a_click_on_a_bar_leads_to_its_samples_and_to_the_list(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World, counter: Actor
) -> None:
    part = statistics.view(counter, "grades", world.wanted | {"species": "cattle"}, ("by_sex",)).parts[0]
    staff = visit()
    staff.sign_in(person("researcher").email, path(world, "grades", species="cattle", part="by_sex"))
    page, chart = staff.page, drawn(staff)
    row = part.table[part.table["group"] == "castrated"].sort_values("samples").iloc[-1]
    place = int(part.table.index[(part.table["group"] == "castrated") & (part.table["grade"] == row["grade"])][0])
    trace, bar = divmod_of(part, place)
    click(page, chart.locator(".bars").nth(trace).locator(".point path").nth(bar))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"{row['samples']:,} samples")).to_be_visible()
    narrowed = world.wanted | {"species": "cattle", "sex": "castrated", "grade": row["grade"]}
    assert statistics.samples_behind(counter, narrowed).n.samples == row["samples"]
    staff.settle()
    dialog.get_by_role("link", name="Open in the list of samples").click()
    expect(page.get_by_text(f"{row['samples']:,} samples", exact=True)).to_be_visible()
    staff.settle()
    days = {"from": str(world.wanted["first"]), "to": str(world.wanted["last"])}
    of_list = {"species": "cattle", "sex": "castrated", "grade": row["grade"], "status": "approved"}
    assert query(page) == of_list | days


def divmod_of(part: Part, place: int) -> tuple[int, int]:
    """Which trace (one a grade) and which bar in it (one a group) a row of the table is."""
    grades, groups = part.table["grade"].unique().tolist(), part.table["group"].unique().tolist()
    row = part.table.loc[place]
    return grades.index(row["grade"]), groups.index(row["group"])


def click(page: Page, mark: Locator) -> None:
    """In its middle: charts listen to the mouse, not to their marks."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def test_a_filter_is_in_the_address_and_in_a_saved_view(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World, counter: Actor
) -> None:
    pigs = statistics.view(counter, "grades", world.wanted | {"species": "pig"}, ("by_sex",)).parts[0]
    first = visit()
    first.sign_in(person("researcher").email, path(world, "grades", part="by_sex"))
    page = first.page
    drawn(first)
    page.get_by_role("combobox", name=re.compile("Species")).click()
    page.get_by_role("option", name="Pig").click()
    expect(page.get_by_text(counted("en", pigs))).to_be_visible()
    first.settle()
    days = {name: str(day) for name, day in world.wanted.items()}
    assert query(page) == days | {"species": "pig", "part": "by_sex"}
    page.get_by_role("button", name="Saved views").click()
    name = page.get_by_role("textbox", name="Name for what is shown now")
    name.fill("Pigs of the year")
    name.press("Tab")
    first.settle()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved the view Pigs of the year.")).to_be_visible()

    second = visit(locale="ko-KR")
    second.sign_in(person("manager").email, page.url.removeprefix(first.product.dashboard))
    expect(second.page.get_by_text(said("ko", pigs), exact=True).first).to_be_visible()
    expect(second.page.get_by_text(counted("ko", pigs))).to_be_visible()

    first.open("/grades")
    drawn(first)
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Pigs of the year", exact=True).click()
    expect(page.get_by_text(said("en", pigs), exact=True).first).to_be_visible()
    first.settle()
    assert query(page) == days | {"species": "pig", "part": "by_sex"}


def test_the_link_below_a_chart_leads_to_its_chapter(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World
) -> None:
    staff = visit()
    staff.sign_in(person("researcher").email, path(world, "panel"))
    staff.settle()
    staff.page.get_by_role("link", name="How this is computed").click()
    expect(staff.page.get_by_role("heading", name="Panel", exact=True)).to_be_visible()
    expect(staff.page.locator(".katex").first).to_be_visible()
    assert query(staff.page) == {"view": "panel"}
    assert staff.page.locator(".katex-error").count() == 0


@pytest.mark.soak  # in short, test_sign_in.py asks once for each page
def test_none_of_these_pages_opens_for_who_may_not_see_them(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World
) -> None:
    farmer = visit()
    farmer.sign_in(person("normal").email)
    titles = {words.text("en", f"{name}.title") for name in PAGES}
    listed = farmer.page.get_by_test_id("stSidebarNavLink").all_inner_texts()
    assert not titles & {name.strip() for name in listed}
    for name in PAGES:
        farmer.open(path(world, name))
        farmer.settle()
        expect(farmer.page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
        for forbidden in (".js-plotly-plot", ".st-key-statistic_filter", ".katex"):
            assert farmer.page.locator(forbidden).count() == 0


# In short, some parts on a desk and others on a phone; at length, all of them on four screens.
TURNS = [("en", 1280, slice(0, None, 8)), ("ko", 390, slice(2, None, 8))]
ALL = [(language, width, slice(None)) for language in ("en", "ko") for width in (1280, 390)]


@pytest.mark.parametrize(
    ("language", "width", "turn"), [*TURNS, *(pytest.param(*one, marks=pytest.mark.soak) for one in ALL)]
)
def test_every_part_is_drawn_fits_its_screen_and_asks_nobody_else(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], world: World, language: str, width: int, turn: slice
) -> None:
    staff = visit(width=width, height=1700, locale={"en": "en-GB", "ko": "ko-KR"}[language])
    page = staff.page
    asked, complaints = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(complaint(message)))
    staff.sign_in(person("researcher").email)
    SCREENSHOTS.mkdir(exist_ok=True)
    for view, of in statistics.VIEWS.items():
        staff.open(path(world, view))
        choices = page.locator(".st-key-filter_part").get_by_role("radio")
        for part in list(of.parts)[turn]:
            choices.get_by_text(words.text(language, f"{view}.part_{part}"), exact=True).click()
            chart = page.locator(f".st-key-chart_{view}_{part} .js-plotly-plot")
            expect(chart.locator("svg.main-svg").first).to_be_visible()
            page.screenshot(path=SCREENSHOTS / f"statistics_{view}_{part}_{language}_{width}.png")
            assert page.get_by_test_id("stException").count() == 0, (view, part)
            assert page.evaluate(SIDEWAYS) <= 0, (view, part)
    staff.open("/methods")
    for chapter in chapters(language):
        page.locator(".st-key-filter_view").get_by_role("radio").get_by_text(chapter.title, exact=True).click()
        expect(page.get_by_role("heading", name=chapter.title, exact=True)).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"statistics_methods_{chapter.key}_{language}_{width}.png")
        assert page.locator(".katex-error").count() == 0, chapter.key
        assert page.evaluate(SIDEWAYS) <= 0, chapter.key
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}
    assert [told for told in complaints if told] == []


# How far the page could be scrolled sideways, in pixels.
SIDEWAYS = """Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')]
    .map(each => each.scrollWidth - each.clientWidth))"""


def complaint(message: ConsoleMessage) -> str:
    """An error on the console; nothing where it is none, or is about one of the PROBES."""
    is_probe = urlsplit(message.location["url"]).path.endswith(PROBES)
    return message.text if message.type == "error" and not is_probe else ""
