"""An import in a real browser: a sheet as people keep it is looked through, mended, written and undone, on a phone."""

import io
from collections.abc import Callable

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from core import words
from core.policy import Actor
from core.tables import Sample
from tests.browser.conftest import SCREENSHOTS, Visitor
from tests.browser.test_journey import count
from tests.browser.test_predict import Watch
from tests.browser.test_statistics import SIDEWAYS

pytestmark = pytest.mark.browser


def sheet(actor: Actor) -> dict[str, str | bytes]:
    """Two samples under a title and a header of two rows; the second has a trace number that is none."""
    digits = str(actor.id.int)[:9]
    book = openpyxl.Workbook()
    grid = book.worksheets[0]
    for row in (
        ["2026년 11월 관능평가"], [],
        ["이력번호", "축종", "대분할", "소분할", "등급", "도축일자", "신선육관능평가"],
        [None, None, None, None, None, None, "마블링", "육색", "조직감", "표면육즙", "기호도"],
        [f"002{digits}", "소", "등심", "꽃등심살", "1+", "2026.11.03", 7, 6, "5", 6, 7],
        ["12345", "소", "등심", "꽃등심살", "1", "2026.11.03", 5, 6, 5, 4, 6],
    ):  # fmt: skip
        grid.append(row)
    file = io.BytesIO()
    book.save(file)
    return {"name": "people.xlsx", "mimeType": "application/octet-stream", "buffer": file.getvalue()}


def look_through(page: Page, file: dict[str, str | bytes], scale: str) -> None:
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("combobox", name=words.text("ko", "import.scale")).click()
    page.get_by_role("option", name=scale).click()
    page.get_by_role("button", name=words.text("ko", "import.start")).click()
    expect(page.get_by_text(words.text("ko", "import.phase_checked"))).to_be_visible(timeout=60_000)


def test_a_sheet_of_people_is_looked_through_written_and_undone(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    researcher = person("researcher")
    staff = visit(width=390, height=844, locale="ko-KR")
    page, watch = staff.page, Watch(staff.page)
    staff.sign_in(researcher.email, "/workbooks?part=import")
    look_through(page, sheet(researcher), "1-10")
    staff.settle()
    assert page.evaluate(SIDEWAYS) <= 0
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "imports_checked_ko_390.png", full_page=True)
    cells = page.locator("[data-testid=stDataFrame] canvas tbody tr").first.locator("td")
    expect(cells.nth(1)).to_have_text("A6")  # where the number is that is none
    page.get_by_role("button", name=words.text("ko", "import.confirm", n=1)).click()
    undo = page.get_by_role("button", name=words.text("ko", "import.undo"), exact=True)
    expect(undo).to_be_visible(timeout=60_000)
    assert count(Sample, Sample.created_by == researcher.id) == 1
    undo.click()
    page.get_by_role("dialog").get_by_role("button", name=words.text("ko", "import.undo_now")).click()
    expect(page.get_by_text(words.text("ko", "import.phase_undone"))).to_be_visible()
    assert count(Sample, Sample.created_by == researcher.id) == 0
    watch.assert_quiet()
