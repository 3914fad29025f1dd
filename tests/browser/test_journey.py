"""A photo goes all the way through: recorded, reviewed, listed, counted, predicted, served back unchanged."""

import hashlib
import json
import secrets
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect
from sqlalchemy import func, select

from core import clock
from core.db import transaction
from core.policy import Actor
from core.tables import Review, Sample
from models.synthetic import draw, random_scene, to_jpeg
from tests.browser.conftest import PASSWORD, Product, Visitor

pytestmark = pytest.mark.browser

SCORES = ("Marbling", "Colour", "Texture", "Surface moisture", "Overall liking")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 12-megapixel JPEG without metadata."""
    scene = random_scene(77, "cattle", 5, None, "1", 0.5, 0.4, width=4000, height=3000)
    path = tmp_path_factory.mktemp("photo") / "section.jpg"
    path.write_bytes(to_jpeg(draw(scene).photo, comment=None))
    return path


def choose(page: Page, label: str, option: str) -> None:
    """A rerun on its way may close the list again: then it is opened once more."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(5):
        page.get_by_role("combobox", name=label).click()
        try:
            wanted.click(timeout=4000)
        except Error:
            page.keyboard.press("Escape")
        else:
            return
    pytest.fail(f"{label} does not offer {option}")


def write(page: Page, label: str, text: str) -> None:
    field = page.get_by_role("textbox", name=label)
    field.fill(text)
    field.press("Tab")


def pick_day(page: Page, label: str, day: str) -> None:
    field = page.get_by_test_id("stDateInput").filter(has_text=label)
    year, month, date = day.split("-")
    for name, value in (("year", year), ("month", month), ("day", date)):
        field.get_by_role("spinbutton", name=name).press_sequentially(value)


def score(page: Page, attribute: str, steps: int) -> None:
    thumb = page.get_by_test_id("stSlider").filter(has_text=attribute).get_by_role("slider")
    for _ in range(steps):
        thumb.press("ArrowRight")


def fill_in(visitor: Visitor, photo: Path, trace_number: str, slaughtered: str) -> None:
    """The three steps of the registration form."""
    page = visitor.page
    write(page, "Trace number", trace_number)
    for label, option in (
        ("Species", "Cattle"),
        ("Primal cut", "Loin (rib/chuck loin)"),
        ("Secondary cut", "Ribeye roll"),
        ("Sex", "Castrated"),
        ("Grade", "1"),
    ):
        choose(page, label, option)
        visitor.settle()
    pick_day(page, "Slaughter date", slaughtered)
    write(page, "Farm address", "경기도 광주시 오포읍")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(photo)
    expect(page.get_by_text("The photo is stored.")).to_be_visible()
    for attribute in SCORES:
        score(page, attribute, 11)
    visitor.settle()


def count(table: type, *conditions: object) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0  # type: ignore[arg-type]


def sample_of(actor: Actor) -> Sample:
    with transaction() as session:
        return session.scalars(select(Sample).where(Sample.created_by == actor.id)).one()


def bearer(product: Product, email: str) -> dict[str, str]:
    body = json.dumps({"email": email, "password": PASSWORD}).encode()
    asked = urllib.request.Request(f"{product.api}/v1/sessions", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return {"Authorization": f"Bearer {json.load(answer)['access_token']}"}


def fetch(url: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return bytes(answer.read())


def test_a_photo_goes_all_the_way_through(
    visit: Callable[..., Visitor],
    person: Callable[[str], Actor],
    photo: Path,
    product: Product,
    empty_queue: None,
) -> None:
    author, researcher = person("normal"), person("researcher")

    # A day and an animal of their own, so that what is counted below is this sample alone.
    day = (clock.today() - timedelta(days=500 + secrets.randbelow(3000))).isoformat()
    digits = f"{secrets.randbelow(10**9):09}"

    # Register, with a double click on Save.
    normal = visit()
    normal.sign_in(author.email, "/register")
    fill_in(normal, photo, f"410 002-{digits}", day)
    normal.page.get_by_role("button", name="Save sample").dblclick()
    expect(normal.page.get_by_text("Saved as")).to_be_visible()
    assert count(Sample, Sample.created_by == author.id) == 1
    sample = sample_of(author)
    assert (sample.trace_number, sample.province, sample.city) == (f"002{digits}", "KR-41", "광주시")
    assert (sample.status, sample.primal_cut, sample.secondary_cut) == ("pending", "loin", "ribeye_roll")

    # Review, with a double click on Approve.
    staff = visit()
    staff.sign_in(researcher.email, "/review_queue")
    expect(staff.page.get_by_test_id("stImage").get_by_role("img")).to_be_visible()
    assert staff.page.evaluate("document.querySelector('[data-testid=stImage] img').naturalWidth") == 1024
    staff.page.get_by_role("button", name="Approve").dblclick()
    expect(staff.page.get_by_text("Approved ")).to_be_visible()
    staff.settle()
    assert count(Review, Review.sample_id == sample.id) == 1
    assert sample_of(author).status == "approved"

    # The author sees the outcome.
    normal.open("/my_samples")
    expect(normal.page.get_by_test_id("stMain").get_by_text("Approved")).to_be_visible()

    # List, statistic, prediction.
    staff.open(f"/samples?q=002{digits}")
    expect(staff.page.get_by_text("1 samples")).to_be_visible()
    staff.open(f"/regions?first={day}&last={day}")
    expect(staff.page.get_by_text("Most samples come from Gyeonggi-do: 1 of 1")).to_be_visible()
    staff.open(f"/sample?id={sample.id}")
    staff.page.get_by_role("tab", name="Prediction").click()
    staff.page.get_by_role("button", name="Predict").click()
    expect(staff.page.get_by_text("generated pictures only")).to_be_visible(timeout=60_000)
    expect(staff.page.get_by_text("generated-photos").first).to_be_visible()

    # The API serves the very bytes that were chosen.
    headers = bearer(product, author.email)
    served = json.loads(fetch(f"{product.api}/v1/samples/{sample.id}", headers))
    photo_id = served["rounds"][0]["photos"][0]["id"]
    original = fetch(f"{product.api}/v1/photos/{photo_id}/content?size=original", headers)
    assert hashlib.sha256(original).hexdigest() == hashlib.sha256(photo.read_bytes()).hexdigest()
