"""Registering in a real browser: nothing typed is lost, the registry fills in what it knows, warnings are confirmed."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import delete, select

from core import clock, drafts
from core.db import transaction
from core.policy import Actor
from core.tables import RegistryAnswer, Sample
from tests.browser.conftest import Visitor
from tests.browser.test_journey import SCORES, choose, pick_day, score, write
from tests.makers import jpeg
from tests.registry_server import AWAY

pytestmark = pytest.mark.browser

STEER, PIG, BUNDLE = "002135792468", "160109900054", "L02603051277007"


@pytest.fixture(autouse=True)
def forgotten(servers: dict[str, str]) -> None:
    """What other tests have asked another registry is not known here."""
    with transaction() as session:
        session.execute(delete(RegistryAnswer))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "section.jpg"
    path.write_bytes(jpeg(640, 480))
    return path


def field(visitor: Visitor, label: str) -> Locator:
    return visitor.page.get_by_role("textbox", name=label)


def scan(visitor: Visitor, code: str) -> None:
    """As a scanner does: the characters, then Enter."""
    field(visitor, "Trace number").fill(code)
    field(visitor, "Trace number").press("Enter")
    visitor.settle()


def chosen(visitor: Visitor, label: str, option: str) -> None:
    """Whether a box shows an option."""
    box = visitor.page.get_by_test_id("stSelectbox").filter(has_text=label)
    expect(box.get_by_role("combobox")).to_have_value(option)


def day_of(visitor: Visitor, label: str) -> str:
    shown = visitor.page.get_by_test_id("stDateInput").filter(has_text=label)
    return "-".join(shown.get_by_role("spinbutton", name=part).inner_text() for part in ("year", "month", "day"))


def sample_of(actor: Actor) -> Sample:
    with transaction() as session:
        return session.scalars(select(Sample).where(Sample.created_by == actor.id)).one()


def test_a_draft_survives_a_reload_another_browser_and_a_start_over(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], photo: Path
) -> None:
    author = person("normal")
    first = visit()
    first.sign_in(author.email, "/register")
    expect(first.page.get_by_text("what you had typed")).to_have_count(0)
    write(first.page, "Farm address", "경기도 광주시 오포읍")
    expect(first.page.get_by_text("Gyeonggi-do · 광주시")).to_be_visible()
    choose(first.page, "Species", "Cattle")
    first.settle()
    choose(first.page, "Primal cut", "Tenderloin")
    first.settle()
    pick_day(first.page, "Slaughter date", "2026-03-05")
    first.settle()
    score(first.page, "Marbling", 3)
    first.settle()
    first.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(photo)
    expect(first.page.get_by_text("The photo is stored.")).to_be_visible()
    number = first.page.get_by_text("Sample number: ").inner_text()
    first.page.reload()

    second = visit(width=390, height=844)
    second.sign_in(author.email, "/register")
    for visitor in (first, second):
        expect(visitor.page.get_by_text("Here is what you had typed")).to_be_visible()
        expect(field(visitor, "Farm address")).to_have_value("경기도 광주시 오포읍")
        chosen(visitor, "Primal cut", "Tenderloin")
        assert day_of(visitor, "Slaughter date") == "2026-03-05"
        expect(visitor.page.get_by_role("slider", name="Marbling")).to_have_attribute("aria-valuetext", "2")
        expect(visitor.page.get_by_text("The photo is stored.")).to_be_visible()
        expect(visitor.page.get_by_text(number)).to_be_visible()
    assert second.page.evaluate("document.documentElement.scrollWidth") <= 390

    second.page.get_by_role("button", name="Continue").click()
    expect(second.page.get_by_text("Here is what you had typed")).to_have_count(0)
    write(second.page, "Farmer", "홍길동")
    second.settle()
    first.page.reload()
    expect(field(first, "Farmer")).to_have_value("홍길동")

    first.page.get_by_role("button", name="Start over").click()
    first.settle()
    expect(field(first, "Farm address")).to_have_value("")
    expect(first.page.get_by_text("The photo is stored.")).to_have_count(0)
    assert drafts.load(author, "register") is None
    first.page.reload()
    expect(field(first, "Farm address")).to_have_value("")
    expect(first.page.get_by_text("Here is what you had typed")).to_have_count(0)


def test_the_registry_fills_in_what_it_knows_and_marks_it(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    staff = visit()
    staff.sign_in(person("researcher").email, "/register")
    choose(staff.page, "Sex", "Female")  # typed before: it stays
    staff.settle()
    scan(staff, f"]C10108801234567893251410{STEER}")
    expect(field(staff, "Trace number")).to_have_value(STEER)
    expect(staff.page.get_by_text("The registry knows this number")).to_be_visible()
    chosen(staff, "Species", "Cattle")
    chosen(staff, "Breed", "Hanwoo")
    chosen(staff, "Sex", "Female")
    expect(staff.page.get_by_text("The registry says: Castrated")).to_be_visible()
    assert day_of(staff, "Slaughter date") == "2015-03-13"
    assert day_of(staff, "Birth date") == "2013-07-12"
    expect(field(staff, "Farm address")).to_have_value("강원특별자치도 횡성군 둔내면 12-3")
    expect(staff.page.get_by_text("Gangwon State · 횡성군")).to_be_visible()
    marks = staff.page.locator("label .stMarkdownBadge").filter(has_text="registry")
    expect(marks).to_have_count(7)

    choose(staff.page, "Breed", "Dairy cow")  # stays editable, and loses its mark
    staff.settle()
    expect(marks).to_have_count(6)
    expect(staff.page.get_by_text("The registry says: Hanwoo")).to_be_visible()
    staff.page.reload()
    expect(marks).to_have_count(6)
    chosen(staff, "Breed", "Dairy cow")

    scan(staff, PIG)  # another animal: what the registry filled in goes, what was typed stays
    chosen(staff, "Species", "Pig")
    assert day_of(staff, "Slaughter date") == "2026-03-02"
    expect(field(staff, "Farm address")).to_have_value("전라북도 김제시 용지면 7")


def test_a_normal_user_gets_the_region_and_no_farmer(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    normal = visit()
    normal.sign_in(person("normal").email, "/register")
    scan(normal, STEER)
    expect(field(normal, "Farm address")).to_have_value("강원특별자치도 횡성군")
    expect(field(normal, "Farmer")).to_have_value("")
    assert "홍길동" not in normal.page.content()


def test_a_bundle_shows_its_members_and_fills_in_no_farm(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    normal = visit(width=390, height=844)
    normal.sign_in(person("normal").email, "/register")
    scan(normal, f"https://mtrace.go.kr/search?traceNo={BUNDLE}&x=1")
    expect(normal.page.get_by_text("A bundle of 3.")).to_be_visible()
    expect(normal.page.get_by_test_id("stDataFrame")).to_be_visible()
    chosen(normal, "Species", "Cattle")
    expect(field(normal, "Farm address")).to_have_value("")
    assert normal.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (AWAY, "The registry does not answer just now."),
        ("002999999999", "The registry does not know this number."),
        ("803123400001", "Imported meat is not in this registry."),
    ],
)
def test_where_the_registry_cannot_help_one_goes_on_by_hand(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], number: str, said: str
) -> None:
    normal = visit()
    normal.sign_in(person("normal").email, "/register")
    scan(normal, number)
    expect(normal.page.get_by_text(said)).to_be_visible()
    chosen(normal, "Species", "Cattle")  # the number itself says so
    write(normal.page, "Farm address", "제주")
    expect(normal.page.get_by_text("Jeju-do")).to_be_visible()
    write(normal.page, "Farm address", "어딘가 먼 곳")
    expect(normal.page.get_by_text("Region unknown")).to_be_visible()


def test_a_wrong_number_is_explained_beside_its_field(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    normal = visit()
    normal.sign_in(person("normal").email, "/register")
    scan(normal, "212345678901")
    expect(normal.page.get_by_text("This is the number of poultry or eggs.")).to_be_visible()
    scan(normal, "0021357")
    expect(normal.page.get_by_text("This is not a trace number.")).to_be_visible()
    expect(field(normal, "Trace number")).to_have_value("0021357")
    scan(normal, STEER)
    expect(normal.page.get_by_text("This is not a trace number.")).to_have_count(0)


def test_what_looks_unusual_is_confirmed_and_saved_once(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], photo: Path
) -> None:
    author = person("normal")
    normal = visit()
    normal.sign_in(author.email, "/register")
    page = normal.page
    scan(normal, f"002{secrets.randbelow(10**9):09}")
    for label, option in (("Primal cut", "Tenderloin"), ("Secondary cut", "Tenderloin"), ("Sex", "Castrated")):
        choose(page, label, option)
        normal.settle()
    pick_day(page, "Slaughter date", "2026-03-05")
    pick_day(page, "Birth date", "2019-03-05")
    page.get_by_text("Carcass figures").click()
    page.get_by_role("spinbutton", name="Carcass weight (kg)").fill("900")
    page.get_by_role("spinbutton", name="Carcass weight (kg)").press("Tab")
    normal.settle()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(photo)
    expect(page.get_by_text("The photo is stored.")).to_be_visible()
    for attribute in SCORES:
        score(page, attribute, 5)
    normal.settle()

    save = page.get_by_role("button", name="Save sample")
    save.click()
    expect(page.get_by_text("The animal would be 84 months old")).to_be_visible()
    boxes = page.get_by_test_id("stCheckbox")
    expect(boxes).to_have_count(2)
    boxes.first.click()
    normal.settle()
    save.click()
    normal.settle()
    expect(boxes).to_have_count(2)  # one alone does not do
    boxes.last.click()
    normal.settle()
    save.dblclick()
    expect(page.get_by_text("Saved as")).to_be_visible()

    sample = sample_of(author)
    assert {warning["field"] for warning in sample.warnings} == {"born_on", "carcass_weight_kg"}
    assert (sample.carcass_weight_kg, sample.trace_verified, sample.source) == (900, False, "manual")
    assert drafts.load(author, "register") is None
    page.get_by_role("link", name="See the sample").click()
    expect(page.get_by_text("Trace not verified").first).to_be_visible()
    page.goto(f"{normal.product.dashboard}/register")
    expect(field(normal, "Trace number")).to_have_value("")
    assert (clock.now() - sample.received_at).total_seconds() < 300
