"""An export in a real browser: from the list to a file on one's disk, on a desk and on a phone, in both languages."""

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from core import ids, words
from core.db import transaction
from core.policy import Actor
from core.tables import User
from core.workbooks.fields import SHEETS
from tests.browser.conftest import SCREENSHOTS, Visitor
from tests.browser.test_predict import SCREENS, Watch
from tests.browser.test_statistics import SIDEWAYS
from tests.makers import make_sample

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "width", "height"), SCREENS)
def test_what_the_list_shows_comes_as_a_file(
    visit: Callable[..., Visitor],
    person: Callable[[str], Actor],
    tmp_path: Path,
    language: str,
    width: int,
    height: int,
) -> None:
    researcher = person("researcher")
    make_sample(person("researcher"))
    sample = make_sample(researcher)
    staff = visit(width=width, height=height, locale={"en": "en-GB", "ko": "ko-KR"}[language])
    page, watch = staff.page, Watch(staff.page)
    staff.sign_in(researcher.email, "/samples?owner=me")
    staff.settle()
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"exports_list_{language}_{width}.png", full_page=True)
    page.get_by_role("link", name=words.text(language, "samples.export"), exact=True).click()
    expect(page).to_have_url(re.compile(r"/workbooks\?owner=me"))
    staff.settle()
    expect(page).to_have_url(re.compile(r"/workbooks\?owner=me"))  # the filter stays what it was on the list
    page.get_by_role("button", name=words.text(language, "export.start", n=1)).click()
    download = page.get_by_role("link", name=words.text(language, "export.download"))
    expect(download).to_be_visible(timeout=30_000)
    with page.expect_download() as got:
        download.click()
    path = tmp_path / got.value.suggested_filename
    got.value.save_as(path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == SHEETS["samples"].title(language)
    assert book.worksheets[0]["A2"].value == ids.pretty(sample.id)
    staff.settle()
    assert page.evaluate(SIDEWAYS) <= 0
    page.screenshot(path=SCREENSHOTS / f"exports_{language}_{width}.png", full_page=True)
    watch.assert_quiet()
    address = download.get_attribute("href") or ""
    assert page.request.get(address).status == 200
    with transaction() as session:
        session.execute(update(User).where(User.id == researcher.id).values(role="normal"))
    assert page.request.get(address).status == 404
    page.context.clear_cookies()
    assert page.request.get(address).status == 404
