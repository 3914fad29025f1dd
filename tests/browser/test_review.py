"""Reviewing and registering in a real browser: double clicks, mistakes, the way back to the author, a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from core import clock, ids, photos, samples
from core.db import transaction
from core.policy import Actor
from core.samples import FreshSample
from core.tables import Review
from models.synthetic import draw, random_scene, to_jpeg
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def waiting(person: Callable[[str], Actor], empty_queue: None) -> tuple[Actor, list[str]]:
    """An author with two samples, which are all that waits."""
    author = person("normal")
    return author, [record(author) for _ in range(2)]


def record(author: Actor) -> str:
    scene = random_scene(5, "cattle", 4, None, "1", 0.5, 0.4)
    photo = photos.receive(author, to_jpeg(draw(scene).photo))
    scores = dict.fromkeys(("marbling", "color", "texture", "surface_moisture", "overall"), 6.0)
    new = FreshSample(
        trace_number="002111122223", species="cattle", primal_cut="loin", secondary_cut="ribeye_roll",
        slaughtered_on=clock.today(), scores={"scale": "1-10"} | scores, photo={"id": photo.id},
    )  # fmt: skip
    return samples.register(author, ids.new(), new).sample.id


def decisions(sample_ids: list[str]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Review).where(Review.sample_id.in_(sample_ids))) or 0


def test_a_double_click_approves_one_sample_not_the_next_one_too(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], waiting: tuple[Actor, list[str]]
) -> None:
    staff = visit()
    staff.sign_in(person("researcher").email, "/review_queue")
    expect(staff.page.get_by_text("2 samples wait")).to_be_visible()
    approve = staff.page.get_by_role("button", name="Approve")
    box = approve.bounding_box()
    assert box is not None
    for _ in range(4):  # an impatient hand: clicks go where the button was, whatever stands there by then
        staff.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=20)
        staff.page.wait_for_timeout(120)
    expect(staff.page.get_by_text("1 samples wait")).to_be_visible()
    staff.settle()
    assert decisions(waiting[1]) == 1


def test_a_rejection_needs_its_reason_and_reaches_the_author(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], waiting: tuple[Actor, list[str]]
) -> None:
    author, (oldest, _) = waiting
    staff = visit()
    staff.sign_in(person("researcher").email, "/review_queue")
    staff.page.get_by_test_id("stExpander").click()
    staff.page.get_by_role("button", name="Reject").last.click()
    expect(staff.page.get_by_text("Please fill this in.").first).to_be_visible()
    staff.page.get_by_role("combobox", name="Reason").click()
    staff.page.get_by_role("option", name="Photo out of focus").click()
    staff.settle()
    staff.page.get_by_role("textbox", name="What should the author mend?").fill("Hold the camera still.")
    staff.page.get_by_role("textbox", name="What should the author mend?").press("Control+Enter")
    staff.settle()
    staff.page.get_by_role("button", name="Reject").last.click()
    expect(staff.page.get_by_text("Rejected ")).to_be_visible()

    normal = visit(width=390, height=844, locale="ko-KR")
    normal.sign_in(author.email, "/my_samples")
    expect(normal.page.get_by_text("사진이 흐림")).to_be_visible()
    expect(normal.page.get_by_text("Hold the camera still.")).to_be_visible()
    expect(normal.page.get_by_text(ids.pretty(oldest))).to_be_visible()
    assert normal.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_mistakes_are_named_beside_their_fields_and_nothing_typed_is_lost(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    normal = visit()
    normal.sign_in(person("normal").email, "/register")
    trace = normal.page.get_by_role("textbox", name="Trace number")
    trace.fill("12345")
    trace.press("Tab")
    normal.settle()
    normal.page.get_by_role("button", name="Save sample").click()
    expect(normal.page.get_by_text("Please fill this in.").first).to_be_visible()
    expect(trace).to_have_value("12345")
    normal.page.get_by_role("link", name="My samples").click()
    expect(normal.page.get_by_text("There is no such sample yet.")).to_be_visible()
    normal.page.get_by_role("link", name="Register", exact=True).click()
    expect(trace).to_have_value("12345")
