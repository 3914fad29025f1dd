"""A researcher processes, tastes and measures a sample in a real browser; on a phone, too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from core import samples
from core.policy import Actor
from core.samples import SampleView
from tests.browser.conftest import Visitor
from tests.makers import make_sample

pytestmark = pytest.mark.browser
MEASURE_COLUMN, HEADER, ROW = 20, 35, 35  # px: a place within the first column, heights of the grid


@pytest.fixture
def researcher(person: Callable[[str], Actor]) -> Actor:
    return person("researcher")


@pytest.fixture
def approved(researcher: Actor) -> str:
    """Slaughtered years ago, so that any day of the last years is one to work on it."""
    days = {"slaughtered_on": "2020-03-05", "graded_on": "2020-03-06", "born_on": "2017-10-01"}
    return make_sample(researcher, **days).id


def tab(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("tab", name=name, exact=True).click()


def save(visitor: Visitor) -> None:
    """An impatient hand: twice."""
    visitor.page.get_by_role("dialog").get_by_role("button", name="Save").dblclick()


def saved(visitor: Visitor, message: str) -> None:
    expect(visitor.page.get_by_text(message, exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("dialog")).not_to_be_visible()
    visitor.settle()


def fill_minutes(visitor: Visitor, minutes: int, *, years_ago: int = 0) -> None:
    visitor.page.get_by_role("button", name="Add a round").click()
    dialog = visitor.page.get_by_role("dialog")
    for _ in range(years_ago):
        dialog.get_by_role("spinbutton", name="year").press("ArrowDown")
    dialog.get_by_role("spinbutton", name="Minutes").fill(str(minutes))
    dialog.get_by_role("spinbutton", name="Minutes").press("Tab")
    visitor.settle()


def add_round(visitor: Visitor, seq: int, minutes: int, *, years_ago: int = 0) -> None:
    fill_minutes(visitor, minutes, years_ago=years_ago)
    save(visitor)
    saved(visitor, f"Round {seq} is saved.")


def slide(slider: Locator, steps: int) -> None:
    slider.focus()
    for _ in range(steps):
        slider.press("ArrowRight")


def type_column(visitor: Visitor, replicate: int, values: list[str]) -> None:
    """Goes to the first cell of a replicate and types downwards, as one does in a sheet."""
    grid = visitor.page.get_by_role("dialog").get_by_test_id("stDataFrame")
    first_cell = {"x": MEASURE_COLUMN, "y": HEADER + ROW / 2}
    visitor.settle()
    grid.click(position=first_cell)
    selected = grid.locator("[aria-selected=true]#glide-cell-0-0")
    visitor.page.wait_for_timeout(500)
    if selected.count() == 0:  # a grid that was left takes the first click only as coming back
        grid.click(position=first_cell)
    expect(selected).to_be_attached()
    for _ in range(1 + replicate):
        visitor.page.keyboard.press("ArrowRight")
    for value in values:
        visitor.page.keyboard.type(value, delay=100)  # as fast as fingers: the cell opens at the first key
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_timeout(300)
    visitor.settle()


def stored(actor: Actor, sample_id: str) -> SampleView:
    return samples.get(actor, sample_id)


def test_rounds_follow_each_other(visit: Callable[..., Visitor], researcher: Actor, approved: str) -> None:
    staff = visit()
    staff.sign_in(researcher.email, f"/sample?id={approved}")
    tab(staff, "Processed")
    add_round(staff, 1, 20, years_ago=2)
    add_round(staff, 2, 15, years_ago=1)
    expect(staff.page.get_by_text("2 rounds / 35 min")).to_be_visible()
    assert [(r.method, r.minutes) for r in stored(researcher, approved).rounds[1:]] == [
        ("deep_aging", 20), ("deep_aging", 15)
    ]  # fmt: skip
    # A third one cannot begin before the second has ended; what was typed stays.
    fill_minutes(staff, 30, years_ago=2)
    save(staff)
    expect(staff.page.get_by_text("cannot start before the one before it has ended")).to_be_visible()
    expect(staff.page.get_by_role("spinbutton", name="Minutes")).to_have_value("30")
    # 300 minutes are unusual: asked for, confirmed, stored.
    staff.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    fill_minutes(staff, 300)
    save(staff)
    staff.page.get_by_role("dialog").get_by_test_id("stCheckbox").click()
    staff.settle()
    save(staff)
    saved(staff, "Round 3 is saved.")
    assert stored(researcher, approved).rounds[3].warnings[0]["code"] == "unusual_value"


def test_scores_of_heated_meat_and_a_sheet_of_measurements(
    visit: Callable[..., Visitor], researcher: Actor, approved: str
) -> None:
    staff = visit(height=1000)
    staff.sign_in(researcher.email, f"/sample?id={approved}")
    tab(staff, "Heated")
    for panelist, lowest in (("", 9), ("P-07", 13)):
        staff.page.get_by_role("button", name="Add scores").locator("visible=true").click()
        dialog = staff.page.get_by_role("dialog")
        expect(dialog.get_by_role("slider")).to_have_count(5)
        for steps, slider in enumerate(dialog.get_by_role("slider").all()[:4], start=lowest):
            slide(slider, steps)
        staff.settle()
        if panelist:
            dialog.get_by_role("textbox", name="Panelist").fill(panelist)
            dialog.get_by_role("textbox", name="Panelist").press("Tab")
            staff.settle()
        save(staff)
        saved(staff, "The scores are saved.")
    scored = [e for e in stored(researcher, approved).rounds[0].evaluations if e.preparation == "heated"]
    assert [(e.panelist, e.scores["flavor"], e.scores["umami"]) for e in scored] == [(None, 5, 6.5), ("P-07", 7, 8.5)]

    tab(staff, "Laboratory")
    staff.page.get_by_role("button", name="Enter unheated values").click()
    type_column(staff, 1, ["5.6", "33"])
    type_column(staff, 2, ["7.2", "3,4"])
    save(staff)
    expect(staff.page.get_by_text("CIE L* (2): This is not a number")).to_be_visible()
    type_column(staff, 2, ["7.2", "34"])
    save(staff)
    # pH 7.2 is not usual: it is asked for, and confirmed.
    box = staff.page.get_by_role("dialog").get_by_test_id("stCheckbox")
    expect(box).to_have_count(1)
    expect(box).to_contain_text("pH (2)")
    box.click()
    staff.settle()
    save(staff)
    saved(staff, "The sheet is saved.")
    measured = stored(researcher, approved).rounds[0].measurements
    assert [m.values for m in measured] == [{"ph": 5.6, "l_star": 33}, {"ph": 7.2, "l_star": 34}]
    assert [w["code"] for w in measured[1].warnings] == ["unusual_value"]
    expect(staff.page.get_by_text("(confirmed)")).to_be_visible()


def test_the_last_round_goes_to_the_recycle_bin_and_comes_back(
    visit: Callable[..., Visitor], researcher: Actor, approved: str
) -> None:
    staff = visit()
    staff.sign_in(researcher.email, f"/sample?id={approved}")
    tab(staff, "Processed")
    add_round(staff, 1, 20)
    staff.page.get_by_role("button", name="Remove round 1").click()
    dialog = staff.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Move to the recycle bin").click()
    expect(dialog.get_by_text("Please fill this in.")).to_be_visible()
    dialog.get_by_role("textbox").fill("Wrong sample.")
    dialog.get_by_role("textbox").press("Control+Enter")
    staff.settle()
    dialog.get_by_role("button", name="Move to the recycle bin").dblclick()
    expect(staff.page.get_by_text("Round 1 is in the recycle bin")).to_be_visible()
    assert len(stored(researcher, approved).rounds) == 1
    staff.page.get_by_role("button", name="Undo").click()
    expect(staff.page.get_by_text("Round 1 is back.")).to_be_visible()
    assert stored(researcher, approved).rounds[1].minutes == 20


def test_the_page_fits_a_phone(visit: Callable[..., Visitor], researcher: Actor, approved: str) -> None:
    phone = visit(width=390, height=844, locale="ko-KR")
    phone.sign_in(researcher.email, f"/sample?id={approved}")
    expect(phone.page.get_by_role("tab", name="실험실")).to_be_visible()
    for name in ("처리육", "가열육", "실험실"):
        tab(phone, name)
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.page.get_by_role("button", name="비가열 측정값 입력").click()
    expect(phone.page.get_by_role("dialog").get_by_test_id("stDataFrame")).to_be_visible()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
