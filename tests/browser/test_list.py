"""The list of samples in a real browser: links that are shared, the way back, saved views, a phone."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from core import ids, samples
from core.policy import Actor
from core.samples import SampleFilter
from tests.browser.conftest import Visitor
from tests.makers import fresh, trace_number

pytestmark = pytest.mark.browser


@pytest.fixture
def author(person: Callable[[str], Actor]) -> Actor:
    """Somebody with thirty samples, of which ten are of pigs."""
    author = person("normal")
    pig = {
        "species": "pig", "primal_cut": "belly", "secondary_cut": "belly", "bms": None, "breed": "lyd",
        "grade": "1", "born_on": None,
    }  # fmt: skip
    for n in range(30):
        animal = pig | {"trace_number": f"1{trace_number()[1:]}"} if n % 3 == 0 else {}
        samples.register(author, ids.new(), fresh(**animal))
    return author


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option).click()


def listed(author: Actor, page: int, **wanted: str) -> list[str]:
    """The numbers that stand on a page of the list, as people read them."""
    narrowed = SampleFilter.model_validate({"owner": str(author.id), **wanted})
    found = samples.page(author, narrowed)
    for _ in range(page - 1):
        found = samples.page(author, narrowed, cursor=found.next)
    return [ids.pretty(row.id) for row in found.rows]


def test_a_link_to_a_narrowed_list_shows_the_same_to_somebody_else(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], author: Actor
) -> None:
    first = visit()
    first.sign_in(person("researcher").email, f"/samples?owner={author.id}&view=cards")
    expect(first.page.get_by_text("30 samples")).to_be_visible()
    choose(first.page, "Species", "Pig")
    expect(first.page.get_by_text("10 samples")).to_be_visible()
    first.page.wait_for_function("location.search.includes('species=pig')")  # the address follows the page
    assert query(first.page) == {"owner": str(author.id), "species": "pig", "view": "cards"}
    pigs = listed(author, 1, species="pig")
    for number in pigs:
        expect(first.page.get_by_text(number)).to_be_visible()

    second = visit(locale="ko-KR")
    second.sign_in(person("researcher").email, first.page.url.removeprefix(first.product.dashboard))
    expect(second.page.get_by_text("시료 10건")).to_be_visible()
    for number in pigs:
        expect(second.page.get_by_text(number)).to_be_visible()
    second.page.get_by_role("button", name="조건 지우기").click()
    expect(second.page.get_by_text("시료 10건")).to_be_hidden()
    assert "species" not in query(second.page)


def test_back_from_a_sample_leads_to_the_same_place(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], author: Actor
) -> None:
    staff = visit()
    staff.sign_in(person("researcher").email, f"/samples?owner={author.id}&view=cards")
    page, last = staff.page, listed(author, 2)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(last[0])).to_be_visible()
    staff.settle()
    place = query(page)
    assert set(place) == {"owner", "view", "cursor"}
    page.get_by_role("link", name=last[3]).click()
    expect(page.get_by_role("heading", name=re.compile(last[3]))).to_be_visible()
    page.go_back()
    expect(page.get_by_text(last[0])).to_be_visible()
    expect(page.get_by_text("30 samples")).to_be_visible()
    staff.settle()
    assert query(page) == place
    page.reload()
    expect(page.get_by_text(last[0])).to_be_visible()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_text(listed(author, 1)[0])).to_be_visible()


def test_a_row_of_the_table_opens_its_sample(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], author: Actor
) -> None:
    staff = visit()
    staff.sign_in(person("researcher").email, f"/samples?owner={author.id}&sort=received_at")
    staff.settle()
    table = staff.page.get_by_test_id("stDataFrame").bounding_box()
    assert table is not None
    staff.page.mouse.dblclick(table["x"] + 130, table["y"] + 36 + 28 + 56)  # an impatient hand, on the second row
    oldest = samples.page(author, SampleFilter(), sort="received_at").rows
    expect(staff.page.get_by_role("heading", name=re.compile(ids.pretty(oldest[1].id)))).to_be_visible()
    staff.page.go_back()
    expect(staff.page.get_by_text("30 samples")).to_be_visible()
    staff.settle()
    assert query(staff.page).get("sort") == "received_at"


def test_a_view_is_kept_applied_replaced_and_forgotten(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], author: Actor
) -> None:
    staff = visit()
    staff.sign_in(person("researcher").email, f"/samples?owner={author.id}&species=pig&view=cards")
    page = staff.page
    expect(page.get_by_text("10 samples")).to_be_visible()
    keep(staff, "Pigs")
    expect(page.get_by_text("Saved the view Pigs.")).to_be_visible()
    staff.open(f"/samples?owner={author.id}&view=cards")
    expect(page.get_by_text("30 samples")).to_be_visible()
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Pigs", exact=True).click()
    expect(page.get_by_text("10 samples")).to_be_visible()
    assert query(page) == {"owner": str(author.id), "species": "pig", "view": "cards"}
    staff.open(f"/samples?owner={author.id}&species=cattle&view=cards")
    expect(page.get_by_text("20 samples")).to_be_visible()
    keep(staff, "Pigs")
    page.get_by_role("button", name="Replace it").dblclick()
    expect(page.get_by_text("Saved the view Pigs.")).to_be_visible()
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_text("The view Pigs is gone.")).to_be_visible()


def keep(staff: Visitor, name: str) -> None:
    staff.settle()
    staff.page.get_by_role("button", name="Saved views").click()
    field = staff.page.get_by_role("textbox", name="Name for what is shown now")
    field.fill(name)
    field.press("Tab")
    staff.settle()
    staff.page.get_by_role("button", name="Save", exact=True).dblclick()


def test_on_a_phone_the_list_is_cards_and_a_part_of_a_number_finds_its_sample(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], author: Actor
) -> None:
    phone = visit(width=390, height=844, locale="ko-KR")
    phone.sign_in(person("researcher").email, f"/samples?owner={author.id}")
    wanted = listed(author, 1)[7]
    expect(phone.page.get_by_role("link", name=wanted)).to_be_visible()
    expect(phone.page.get_by_test_id("stDataFrame")).to_have_count(0)
    search = phone.page.get_by_role("textbox", name="검색")
    search.fill(wanted[3:9].lower())  # with a hyphen, as it is read off a label
    search.press("Enter")
    expect(phone.page.get_by_text("시료 1건")).to_be_visible()
    expect(phone.page.get_by_role("link", name=wanted)).to_be_visible()
    phone.settle()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
