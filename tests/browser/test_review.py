"""Reviewing and registering in a real browser: double clicks, mistakes, the way back to the author, a phone."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from core import clock, ids, photos, reviews, samples
from core.db import transaction
from core.policy import Actor
from core.samples import FreshSample, SampleChange, edit_requests
from core.samples.edit_requests import NewEditRequest
from core.tables import Review
from models.synthetic import draw, random_scene, to_jpeg
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def waiting(person: Callable[[str], Actor], empty_queue: None) -> tuple[Actor, list[str]]:
    """An author with two samples, which are all that waits."""
    author = person("normal")
    return author, [record(author, n) for n in range(2)]


def record(author: Actor, n: int) -> str:
    scene = random_scene(5 + n, "cattle", 4, None, "1", 0.5, 0.4)
    photo = photos.receive(author, to_jpeg(draw(scene).photo))
    scores = dict.fromkeys(("marbling", "color", "texture", "surface_moisture", "overall"), 6.0)
    new = FreshSample(
        trace_number=f"00211112222{n}", species="cattle", primal_cut="loin", secondary_cut="ribeye_roll",
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
    staff.settle()
    approve = staff.page.get_by_role("button", name="Approve")
    approve.scroll_into_view_if_needed()
    box = approve.bounding_box()
    assert box is not None
    for _ in range(4):  # an impatient hand: clicks go where the button was, whatever stands there by then
        staff.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=20)
        staff.page.wait_for_timeout(120)
    expect(staff.page.get_by_text("1 samples wait")).to_be_visible()
    staff.settle()
    assert decisions(waiting[1]) == 1


def test_the_queue_is_reviewed_by_keyboard_alone(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], waiting: tuple[Actor, list[str]]
) -> None:
    author, (oldest, newest) = waiting
    staff = visit()
    staff.sign_in(person("researcher").email, "/review_queue")
    page = staff.page

    def press(key: str) -> None:
        staff.settle()
        page.keyboard.press(key)

    expect(page.get_by_text(ids.pretty(oldest)).first).to_be_visible()
    press("ArrowRight")
    expect(page.get_by_text(ids.pretty(newest)).first).to_be_visible()
    press("ArrowRight")
    expect(page.get_by_text(ids.pretty(oldest)).first).to_be_visible()
    press("x")
    expect(page.get_by_role("button", name="Photo out of focus")).to_be_visible()
    press("Control+Enter")
    expect(page.get_by_text("Please fill this in.").first).to_be_visible()
    press("1")
    expect(page.get_by_role("textbox", name="What should the author mend?")).to_have_value("Photo out of focus")
    press("Control+Enter")
    expect(page.get_by_text("Rejected ")).to_be_visible()
    expect(page.get_by_text(ids.pretty(newest)).first).to_be_visible()
    staff.page.wait_for_timeout(1100)  # longer than an impatient second press
    press("a")
    expect(page.get_by_text("Approved ")).to_be_visible()
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    assert decisions(waiting[1]) == 2

    normal = visit(width=390, height=844, locale="ko-KR")
    normal.sign_in(author.email, "/")
    expect(normal.page.get_by_text(f"시료 {ids.pretty(oldest)}이(가) 반려되었습니다")).to_be_visible()
    normal.page.get_by_role("button", name="확인").first.click()
    normal.open("/my_samples")
    expect(normal.page.get_by_text("사진이 흐림")).to_be_visible()
    expect(normal.page.get_by_text(ids.pretty(oldest))).to_be_visible()
    assert normal.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_resubmission_shows_what_changed_and_a_late_wish_is_granted(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], waiting: tuple[Actor, list[str]]
) -> None:
    author, (oldest, newest) = waiting
    reviewer = person("researcher")
    reviews.reject(reviewer, oldest, 1, "wrong_trace", "Another number, please.")
    samples.edit(author, oldest, 2, SampleChange.model_validate({"trace_number": "002333344445", "sex": "female"}))
    samples.submit_again(author, oldest, 3)
    reviews.approve(reviewer, newest, 1)
    wish = NewEditRequest(changes={"farmer_name": "Kim"}, note="I forgot the name.")
    edit_requests.request_edit(author, newest, uuid4(), wish)

    staff = visit()
    staff.sign_in(person("researcher").email, "/review_queue")
    expect(staff.page.get_by_text("Another number, please.")).to_be_visible()
    expect(staff.page.get_by_role("cell", name="002333344445", exact=True)).to_be_visible()
    expect(staff.page.get_by_role("cell", name="Female").first).to_be_visible()
    staff.page.get_by_role("radio", name="Wanted changes (1)").click()
    expect(staff.page.get_by_text("I forgot the name.")).to_be_visible()
    staff.page.get_by_role("button", name="Make the change").dblclick()
    expect(staff.page.get_by_text(f"The change to {ids.pretty(newest)} was made.")).to_be_visible()
    assert samples.get(author, newest).farmer_name == "Kim"
    assert samples.get(author, newest).version == 3


def test_many_are_approved_from_the_list(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], waiting: tuple[Actor, list[str]]
) -> None:
    reviews.claim(person("manager"), waiting[1][0])
    staff = visit()
    staff.sign_in(person("researcher").email, "/review_queue?view=list")
    staff.settle()
    box = staff.page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    for number, y in enumerate((64, 120), 1):
        staff.page.mouse.click(box["x"] + 18, box["y"] + y)
        expect(staff.page.get_by_role("button", name=f"Approve {number} chosen")).to_be_visible()
    staff.page.get_by_role("button", name="Approve 2 chosen").click()
    expect(staff.page.get_by_text("1 approved.")).to_be_visible()
    expect(staff.page.get_by_text("is reviewing this sample until")).to_be_visible()
    assert decisions(waiting[1]) == 1


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
