"""Prediction in a real browser: one's own photo, a stored one, many, the models; both languages, desk and phone."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from core import model_versions, photos, predictions, words
from core.policy import Actor
from core.samples import SampleView
from models.synthetic import draw, random_scene, to_jpeg
from tests.browser.conftest import SCREENSHOTS, Visitor
from tests.browser.test_statistics import SIDEWAYS, complaint
from tests.makers import make_sample, photo_id

pytestmark = pytest.mark.browser
SCREENS = [pytest.param("en", 1280, 900, marks=pytest.mark.soak), ("ko", 390, 844)]
PERCENT = re.compile(r"\d+ %")


@pytest.fixture(scope="module")
def beef(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("photos") / "beef.jpg"
    file.write_bytes(to_jpeg(draw(random_scene(920_001, bms=7)).photo))
    return file


def make_meat(author: Actor, seed: int) -> SampleView:
    """An approved sample, whose photo is meat."""
    data = to_jpeg(draw(random_scene(920_100 + seed, bms=5)).photo)
    return make_sample(author, photo={"id": str(photos.receive(author, data).id)})


class Watch:
    """What a page asks for and complains of."""

    def __init__(self, page: Page) -> None:
        self.asked, self.complaints = list[str](), list[str]()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(complaint(message)))

    def assert_quiet(self) -> None:
        """Nobody else was asked, no photo lay where anybody could fetch it, and nothing went wrong."""
        urls = [urlsplit(url) for url in self.asked if not url.startswith(("data:", "blob:"))]
        assert {url.hostname for url in urls} == {"127.0.0.1"}
        assert not [url.path for url in urls if re.search("^/media/.*jpe?g$", url.path)]
        assert [told for told in self.complaints if told] == []


def picture(visitor: Visitor, name: str) -> None:
    """Of the whole page, which must not scroll sideways."""
    visitor.settle()
    assert visitor.page.get_by_test_id("stException").count() == 0
    assert visitor.page.evaluate(SIDEWAYS) <= 0, name
    size = visitor.page.viewport_size or {"width": 1280, "height": 900}
    height = visitor.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    visitor.page.set_viewport_size({"width": size["width"], "height": min(int(height), 8000)})
    visitor.settle()
    SCREENSHOTS.mkdir(exist_ok=True)
    visitor.page.screenshot(path=SCREENSHOTS / f"predict_{name}.png")
    visitor.page.set_viewport_size(size)


def layers(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key}")


@pytest.mark.parametrize(("language", "width", "height"), SCREENS)
def test_a_photo_of_ones_own_is_looked_at(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], beef: Path, language: str, width: int, height: int
) -> None:
    staff = visit(width=width, height=height, locale={"en": "en-GB", "ko": "ko-KR"}[language])
    page, watch = staff.page, Watch(staff.page)
    staff.sign_in(person("researcher").email, "/predict")
    page.locator("input[type=file]").set_input_files(beef)
    expect(page.get_by_test_id("stMetricValue")).to_have_text(PERCENT, timeout=60_000)
    expect(page.get_by_text(words.text(language, "prediction.trained_on_generated")).first).to_be_visible()
    expect(page.get_by_text(words.text(language, "prediction.ai")).filter(visible=True).first).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    for key in ("predict_marbling", "predict_attention"):
        slider = layers(page, key).locator("input[type=range]")
        slider.focus()
        slider.press("Home")
        expect(layers(page, key).locator("output")).to_have_text("0 %")
        expect(layers(page, key).locator("img.layer")).to_have_css("opacity", "0")
        slider.press("End")
        expect(layers(page, key).locator("img.layer")).to_have_css("opacity", "1")
    picture(staff, f"upload_{language}")
    watch.assert_quiet()


def test_a_stored_photo_is_asked_for_and_accepted_on_a_phone(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:  # fmt: skip
    sample = make_meat(person("researcher"), 1)
    staff = visit(width=390, height=844, locale="ko-KR")
    page, watch = staff.page, Watch(staff.page)
    # The address survives the sign-in.
    staff.sign_in(person("researcher").email, f"/predict?photo={photo_id(sample)}")
    page.get_by_role("button", name=words.text("ko", "prediction.run"), exact=True).click()
    expect(page.get_by_test_id("stMetricValue")).to_have_text(PERCENT, timeout=60_000)
    expect(layers(page, "predict_attention").locator("img.layer")).to_be_visible(timeout=60_000)
    picture(staff, "stored_ko")
    page.get_by_role("button", name=words.text("ko", "prediction.accept"), exact=True).click()
    said = words.text("ko", "prediction.accepted", name="", when="").split(",")[0].strip()
    expect(page.get_by_text(said).filter(visible=True).first).to_be_visible()
    expect(page.get_by_text(words.text("ko", "prediction.ai"), exact=True)).to_have_count(0)
    watch.assert_quiet()


def test_many_are_predicted_while_one_is_elsewhere(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:  # fmt: skip
    researcher = person("researcher")
    mine = [make_meat(researcher, seed) for seed in (3, 4)]
    staff = visit()
    page, watch = staff.page, Watch(staff.page)
    staff.sign_in(researcher.email, "/prediction_batch?owner=me")
    page.get_by_role("button", name="Predict 2 photos").click()
    expect(page).to_have_url(re.compile("run="))
    staff.open("/samples")
    staff.settle()
    staff.open("/prediction_batch")
    page.locator("[class*=st-key-batch_open_] button").click()
    expect(page.get_by_text("2 of 2 photos")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.locator(".st-key-filter_part").get_by_text("Predicted and measured").click()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    picture(staff, "batch_scatter")
    page.get_by_role("button", name=re.compile("^Accept 2 estimates")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 estimates of this run")).to_be_visible()
    dialog.get_by_role("button", name=re.compile("Accept 2 estimates")).click()
    expect(page.get_by_text("2 estimates are accepted under your name")).to_be_visible()
    for sample in mine:
        assert [known.accepted_by for known in predictions.of_photo(researcher, photo_id(sample))] == [researcher.id]
    watch.assert_quiet()


@pytest.mark.parametrize(("language", "width", "height"), SCREENS)
def test_the_report_of_the_model_is_shown_and_given_away(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], language: str, width: int, height: int
) -> None:
    staff = visit(width=width, height=height, locale={"en": "en-GB", "ko": "ko-KR"}[language])
    page, watch = staff.page, Watch(staff.page)
    researcher = person("researcher")
    staff.sign_in(researcher.email, "/models")
    live = model_versions.live(researcher)
    expect(page.get_by_text(f"{live.name} {live.version}").first).to_be_visible()
    staff.settle()
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert page.evaluate(SIDEWAYS) <= 0
    picture(staff, f"models_{language}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=words.text(language, "models.as_html")).click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"<!doctype html>")
    staff.open("/models?view=guide")
    picture(staff, f"models_guide_{language}")
    watch.assert_quiet()
