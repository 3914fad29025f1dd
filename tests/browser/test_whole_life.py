"""The whole life of a sample in both languages: registered, rejected, mended, approved, processed, binned, restored.

Each step leaves a picture in tests/browser/screenshots/.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core import clock, history, ids, samples, words
from core.policy import Actor
from models.synthetic import draw, random_scene, to_jpeg
from tests.browser.conftest import SCREENSHOTS, Visitor
from tests.browser.test_journey import choose, pick_day, sample_of, score, write
from tests.makers import trace_number

pytestmark = pytest.mark.browser

LOCALES = {"ko": "ko-KR", "en": "en-GB"}
CHOICES = {
    "ko": {"species": "소", "primal_cut": "등심", "secondary_cut": "꽃등심살", "sex": "거세", "grade": "1"},
    "en": {
        "species": "Cattle", "primal_cut": "Loin (rib/chuck loin)", "secondary_cut": "Ribeye roll",
        "sex": "Castrated", "grade": "1",
    },
}  # fmt: skip
FEMALE = {"ko": "암", "en": "Female"}


class Tour:
    """One person's browser in one language, and the pictures it takes."""

    def __init__(self, visitor: Visitor, language: str) -> None:
        self.visitor, self.page, self.language = visitor, visitor.page, language
        self.t = partial(words.text, language)

    def sees(self, key: str, **values: object) -> None:
        expect(self.page.get_by_text(self.t(key, **values)).first).to_be_visible()

    def press(self, key: str) -> None:
        self.page.get_by_role("button", name=self.t(key)).first.click()

    def picture(self, step: str) -> None:
        self.visitor.settle()
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=SCREENSHOTS / f"life_{self.language}_{step}.png")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "section.jpg"
    path.write_bytes(to_jpeg(draw(random_scene(31, "cattle", 5, None, "1", 0.5, 0.4)).photo, comment=None))
    return path


def register(tour: Tour, photo: Path) -> None:
    t, page = tour.t, tour.page
    write(page, t("sample.trace_number"), trace_number())
    tour.visitor.settle()
    for field, option in CHOICES[tour.language].items():
        choose(page, t(f"sample.{field}"), option)
        tour.visitor.settle()
    pick_day(page, t("sample.slaughtered_on"), clock.today().isoformat())
    write(page, t("sample.farm_address"), "경기도 광주시 오포읍")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(photo)
    tour.sees("register.photo_stored")
    for name in ("marbling", "color", "texture", "surface_moisture", "overall"):
        score(page, t(f"score.{name}"), 11)
    tour.visitor.settle()
    tour.picture("1_register")
    tour.press("register.save")
    expect(page.get_by_text(t("register.next"))).to_be_visible()


def reject(desk: Tour, shown: str) -> None:
    """By keyboard: X, the fourth reason, Ctrl+Enter."""
    expect(desk.page.get_by_text(shown).first).to_be_visible()
    for key in ("x", "4"):
        desk.visitor.settle()
        desk.page.keyboard.press(key)
    desk.picture("2_reject")
    desk.page.keyboard.press("Control+Enter")
    desk.sees("review.done_reject", id=shown)


def mend(field: Tour, sample_id: str) -> None:
    field.visitor.open("/")
    expect(field.page.get_by_text(field.t("edit.mend")).first).to_be_visible()
    field.picture("3_came_back")
    field.visitor.open(f"/edit?id={sample_id}")
    choose(field.page, field.t("sample.sex"), FEMALE[field.language])
    field.visitor.settle()
    field.picture("4_mend")
    field.press("edit.save_and_submit")
    field.sees("edit.submitted", id=ids.pretty(sample_id))


def approve(desk: Tour, shown: str) -> None:
    desk.visitor.open("/review_queue")
    desk.sees("review.changed")
    desk.picture("5_what_changed")
    desk.page.keyboard.press("a")
    desk.sees("review.done_approve", id=shown)


def read_history(desk: Tour, sample_id: str) -> None:
    desk.visitor.open(f"/sample?id={sample_id}")
    expect(desk.page.get_by_role("heading", name=ids.pretty(sample_id))).to_be_visible()
    desk.picture("6_sample")
    desk.page.get_by_role("tab", name=desk.t("sample.tab_history")).click()
    expect(desk.page.get_by_text(desk.t("action.sample.submit_again")).first).to_be_visible()
    desk.picture("7_history")


def remove_and_restore(desk: Tour, sample_id: str) -> None:
    """From the sample's page."""
    shown = ids.pretty(sample_id)
    desk.press("recycle_bin.remove")
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("두 번 등록")
    dialog.get_by_role("textbox").press("Control+Enter")
    desk.visitor.settle()
    dialog.get_by_role("button", name=desk.t("recycle_bin.remove")).click()
    desk.sees("recycle_bin.removed", id=shown)
    desk.visitor.open("/recycle_bin")
    card = desk.page.locator(f".st-key-bin_item_{sample_id}_0")
    expect(card).to_be_visible()
    desk.picture("8_recycle_bin")
    card.get_by_role("button", name=desk.t("recycle_bin.restore")).click()
    desk.sees("recycle_bin.restored", id=shown)


@pytest.mark.soak  # in short, test_journey.py goes the straight way, and each turn off it has tests of its own
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_sample_lives_its_whole_life(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], photo: Path, empty_queue: None, language: str
) -> None:
    author, reviewer = person("normal"), person("researcher")
    field = Tour(visit(width=390, height=844, locale=LOCALES[language]), language)
    desk = Tour(visit(locale=LOCALES[language], height=1000), language)

    field.visitor.sign_in(author.email, "/register")
    register(field, photo)
    sample_id = sample_of(author).id
    desk.visitor.sign_in(reviewer.email, "/review_queue")
    reject(desk, ids.pretty(sample_id))
    mend(field, sample_id)
    approve(desk, ids.pretty(sample_id))
    read_history(desk, sample_id)
    before = samples.get(reviewer, sample_id)
    remove_and_restore(desk, sample_id)
    assert samples.get(reviewer, sample_id) == before

    field.visitor.open("/my_samples")
    expect(field.page.get_by_test_id("stMain").get_by_text(field.t("status.approved")).first).to_be_visible()
    field.picture("9_my_samples")
    assert [event.action for event in history.of_sample(reviewer, sample_id)] == [
        "sample.create_fresh", "photo.add", "sample.rejected", "sample.edit", "sample.submit_again",
        "sample.approved", "sample.move_to_bin", "sample.restore",
    ]  # fmt: skip
