"""Scanning and labels in a real browser, with a camera that sees a label."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from core import accounts, ids, sample_labels, samples
from core.accounts import NewUser
from core.policy import Actor
from core.sample_labels import SIZES, dots
from deploy import browser as installed
from tests.browser.conftest import PASSWORD, QUIET, Product, Visitor
from tests.browser.test_predict import Watch, picture
from tests.label_reading import by_zxing, label
from tests.makers import fresh

pytestmark = pytest.mark.browser
VIEW = (1280, 720)
TRACE = "002123123124"


def register(actor: Actor) -> str:
    return samples.register(actor, ids.new(), fresh()).sample.id


def film(path: Path, sample_id: str) -> Path:
    """What the camera sees: a label on a table, a little askew, as raw video (YUV4MPEG2)."""
    printed = dots.draw(label(sample_id), SIZES["50x30"], 300)
    scene = Image.new("L", VIEW, 120)
    scene.paste(printed.resize((800, 479), Image.Resampling.BICUBIC), (240, 120))
    scene = scene.rotate(4, fillcolor=120, resample=Image.Resampling.BICUBIC)
    colors = bytes([128]) * (VIEW[0] * VIEW[1] // 2)
    frame = b"FRAME\n" + np.asarray(scene).tobytes() + colors
    path.write_bytes(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % VIEW + 2 * frame)
    return path


@pytest.fixture(scope="module")
def author(servers: dict[str, str]) -> Actor:
    email = f"{secrets.token_hex(4)}@example.com"
    accounts.create(None, NewUser(email=email, name="Author", role="researcher", password=PASSWORD))
    return accounts.actor_of(email)


@pytest.fixture(scope="module")
def seen(author: Actor) -> str:
    """The sample whose label lies under the camera."""
    return register(author)


@pytest.fixture(scope="module")
def camera(chromium: Browser, seen: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with such a camera."""
    video = film(tmp_path_factory.mktemp("camera") / "label.y4m", seen)
    flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}"]
    browser = chromium.browser_type.launch(executable_path=installed.find(), args=[*QUIET, *flags])
    yield browser
    browser.close()


@pytest.fixture
def phone(camera: Browser, product: Product) -> Iterator[Callable[..., Visitor]]:
    contexts = []

    def make(locale: str, width: int) -> Visitor:
        context = camera.new_context(
            viewport={"width": width, "height": 844}, locale=locale, permissions=["camera"]
        )  # fmt: skip
        contexts.append(context)
        return Visitor(context.new_page(), product)

    yield make
    for context in contexts:
        context.close()


def test_the_camera_opens_the_sample_whose_label_it_sees(
    phone: Callable[..., Visitor], person: Callable[[str], Actor], seen: str
) -> None:
    visitor = phone("ko-KR", 390)
    page, watch = visitor.page, Watch(visitor.page)
    visitor.sign_in(person("researcher").email, "/scan")
    page.get_by_role("button", name="카메라 켜기").click()
    expect(page.get_by_text("코드를 테두리 안에")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("heading", name=ids.pretty(seen))).to_be_visible()
    assert page.evaluate("typeof BarcodeDetector") == "undefined"  # so that we have read it

    visitor.open("/scan")
    page.get_by_role("radio", name="사진 찍기").click()
    expect(page.get_by_test_id("stCameraInput").locator("video")).to_have_js_property("videoWidth", 1280)
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_role("heading", name=ids.pretty(seen))).to_be_visible()
    watch.assert_quiet()


def test_a_browser_that_reads_codes_itself_and_a_scanner_that_types(
    phone: Callable[..., Visitor], author: Actor
) -> None:
    visitor = phone("en-GB", 1280)
    page = visitor.page
    page.add_init_script(
        f"""window.BarcodeDetector = class {{
            static async getSupportedFormats() {{ return ["qr_code", "code_128"]; }}
            async detect() {{ return [{{ rawValue: "(251){TRACE}" }}]; }}
        }}"""
    )
    visitor.sign_in(author.email, "/scan")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_role("textbox", name="Trace number")).to_have_value(TRACE)
    expect(page).to_have_url(f"{visitor.product.dashboard}/register")

    mine = register(author)
    wrong = next(mine[:-1] + sign for sign in ids.ALPHABET[::-1] if sign != mine[-1])
    visitor.open("/scan")
    field = page.locator(".st-key-scan_text input")
    expect(field).to_be_focused()  # nobody has clicked
    page.keyboard.type(wrong + "\n")
    expect(page.get_by_text("The check character of sample number")).to_be_visible()
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    page.keyboard.type(mine + "\n")
    expect(page.get_by_role("heading", name=ids.pretty(mine))).to_be_visible()


def test_labels_come_as_a_file_that_can_be_read(visit: Callable[..., Visitor], author: Actor) -> None:
    mine = [register(author) for _ in range(3)]
    visitor = visit()
    page, watch = visitor.page, Watch(visitor.page)
    visitor.sign_in(author.email, f"/labels?ids={','.join(mine)}")
    expect(page.get_by_role("img", name=ids.pretty(mine[0]))).to_be_visible()
    page.get_by_role("button", name="Make labels (3)").dblclick()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download labels-").click()
    document = pypdfium2.PdfDocument(download.value.path())
    sheet = document[0].render(scale=300 / 72).to_pil().convert("L")
    document.close()
    assert by_zxing(sheet)["QR Code"] in mine
    assert len(sample_labels.prints(author, sample_id=mine[0]).items) == 1
    picture(visitor, "labels")
    watch.assert_quiet()
