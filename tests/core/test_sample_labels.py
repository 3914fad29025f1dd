"""Labels as they are drawn: whatever the size and the printer, two decoders read them, and dirt is no matter."""

import io
import math
import random
from collections.abc import Iterator

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from core import codes, ids
from core.codes import reading
from core.sample_labels import DPI, SIZES, dots, pdf, preview, shapes, texts, zpl
from core.sample_labels.sizes import MM_PER_INCH, Size
from tests import label_reading
from tests.label_reading import DAMAGES, by_another, by_zxing, label

EVERY = [pytest.param(size, dpi, id=f"{name}-{dpi}") for name, size in SIZES.items() for dpi in DPI]
# A camera sees each dot as some pixels.
SEEN = 2
QR = zxingcpp.barcode_formats_from_str("QRCode")


def pages(file: bytes, dpi: int) -> Iterator[Image.Image]:
    """As a printer lays them on its dots: from the upper left corner, not stretched to fill the last one."""
    document = pypdfium2.PdfDocument(file)
    for page in document:
        width, height = page.get_size()
        # A hundredth of a dot less: what is a hair more than a whole dot is drawn stretched to one more.
        right, down = ((math.ceil(length * dpi / 72 - 0.01) - 0.01) * 72 / dpi for length in (width, height))
        page.set_mediabox(0, height - down, right, height)
        yield page.render(scale=dpi / 72).to_pil().convert("L")
    document.close()


def drawn(count: int) -> Iterator[str]:
    """Numbers of samples, the same in every run."""
    dice = random.Random("damage")
    for _ in range(count):
        while (found := ids.with_check_symbol("".join(dice.choices(ids.ALPHABET, k=ids.LENGTH - 1)))) is None:
            pass
        yield found


def as_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("count", [20, pytest.param(1000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
@pytest.mark.parametrize(("size", "dpi"), EVERY)
def test_every_label_is_read_by_two_decoders(size: Size, dpi: int, count: int) -> None:
    for _ in range(count):
        new = label()
        ((printed, _),) = label_reading.graphics(zpl.print_file([new], size, 1, dpi))
        assert by_zxing(printed) == {"QR Code": new.sample_id, "Code 128": new.sample_id}
        assert by_another(printed) == {new.sample_id}
        upright = printed.transpose(Image.Transpose.ROTATE_270) if size.upright else printed
        assert label_reading.bars_of(upright) == {new.sample_id}


@pytest.mark.parametrize("count", [30, pytest.param(1000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
@pytest.mark.parametrize(("size", "dpi"), EVERY)
def test_labels_are_read_with_15_percent_of_their_area_lost(size: Size, dpi: int, count: int) -> None:
    read = 0
    for number, sample_id in enumerate(drawn(count)):
        new = label(sample_id)
        printed = dots.printed(new, size, dpi)
        seen = printed.resize((SEEN * printed.width, SEEN * printed.height), Image.Resampling.NEAREST)
        hurt = label_reading.damage(seen, DAMAGES[number % len(DAMAGES)], 0.15, number)
        said = {code.text for code in zxingcpp.read_barcodes(hurt, formats=reading.FORMATS)}
        assert not {text for text in said - {new.sample_id} if ids.parse(text)}  # no other sample is ever read
        read += new.sample_id in said
    assert read >= (0.95 if count > 100 else 0.9) * count


@pytest.mark.parametrize(("size", "dpi"), EVERY)
def test_a_page_of_pdf_has_the_size_of_the_label_and_is_read(size: Size, dpi: int) -> None:
    new = label()
    file = pdf.singles([new], size, 2, dpi)
    document = pypdfium2.PdfDocument(file)
    assert len(document) == 2
    assert document[0].get_size() == pytest.approx([mm * 72 / MM_PER_INCH for mm in size.printed], abs=0.1)
    document.close()
    for page in pages(file, dpi):
        assert by_zxing(page) == {"QR Code": new.sample_id, "Code 128": new.sample_id}
        assert by_another(page) == {new.sample_id}
        level = np.asarray(page.transpose(Image.Transpose.ROTATE_270) if size.upright else page)
        for x, y, width, height in shapes.codes(new.sample_id, size, dpi):  # no bar lies between the printer's dots
            assert level[y : y + height, x : x + width].max() < 64


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_sheet_has_every_label_as_often_as_asked(size: Size) -> None:
    new = [label() for _ in range(3)]
    across, down = pdf.places(size)
    copies = across * down // 3 + 1  # goes on to a second page
    first, second = pages(pdf.sheets(new, size, copies, 300), 300)
    assert first.size == pytest.approx((2480, 3508), abs=2)
    found = [code.text for page in (first, second) for code in zxingcpp.read_barcodes(page, formats=QR)]
    assert {each.sample_id: found.count(each.sample_id) for each in new} == {each.sample_id: copies for each in new}


def test_a_pdf_embeds_only_the_letters_it_needs_and_can_be_searched() -> None:
    new = label()
    file = pdf.sheets([new], SIZES["50x30"], 1, 300)
    assert len(file) < 60_000  # the whole font has 1.3 MB
    assert b"FontFile2" in file
    document = pypdfium2.PdfDocument(file)
    text = document[0].get_textpage().get_text_range()
    assert ids.pretty(new.sample_id) in text
    assert "꽃등심살" in text
    document.close()


def test_the_same_labels_are_the_same_file() -> None:
    new = [label()]
    assert pdf.sheets(new, SIZES["40x20"], 2, 300) == pdf.sheets(new, SIZES["40x20"], 2, 300)


@pytest.mark.parametrize(("size", "dpi"), EVERY)
def test_zpl_prints_the_very_dots_that_were_drawn(size: Size, dpi: int) -> None:
    new = [label(), label()]
    found = label_reading.graphics(zpl.print_file(new, size, 7, dpi))
    for each, (picture, copies) in zip(new, found, strict=True):
        assert copies == 7
        assert np.array_equal(np.asarray(picture), np.asarray(dots.printed(each, size, dpi)))


@pytest.mark.parametrize(("size", "dpi"), EVERY)
def test_nothing_lies_on_another_thing_or_off_the_label(size: Size, dpi: int) -> None:
    """The quiet zones of both codes stay light, and so does the edge."""
    picture = np.asarray(dots.draw(label(), size, dpi)) < 128
    boxes = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in (size.qr, size.bars, size.text)]
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= size.width
        assert 0 <= top < bottom <= size.height
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    allowed = np.zeros_like(picture)
    for left, top, right, bottom in boxes:
        cut = [shapes.to_dots(mm, dpi) for mm in (left, top, right, bottom)]
        allowed[cut[1] : cut[3] + 1, cut[0] : cut[2] + 1] = True
    assert not (picture & ~allowed).any()


def test_bars_are_wide_enough() -> None:
    """In dots, and in mm; what docs/labels.md says."""
    widths = {}
    for name, size in SIZES.items():
        for dpi in DPI:
            rectangles = shapes.codes(ids.new(), size, dpi)
            qr = [width for _, _, width, height in rectangles if height == rectangles[0][3]]
            bars = [width for _, _, width, height in rectangles if height != rectangles[0][3]]
            widths[name, dpi] = rectangles[0][3], min(bars)
            assert min(qr) == rectangles[0][3]
    assert widths == {
        ("50x30", 203): (4, 2), ("50x30", 300): (6, 3), ("40x20", 203): (3, 1), ("40x20", 300): (4, 2),
        ("14x39", 203): (2, 1), ("14x39", 300): (3, 2),
    }  # fmt: skip


def test_long_words_shrink_and_then_are_cut() -> None:
    assert texts.fit("짧은", 3, 20) == ("짧은", 3)
    text, em = texts.fit("꽃등심살꽃등심살", 3, 20)
    assert text == "꽃등심살꽃등심살"
    assert 3 * texts.SMALLEST <= em < 3
    text, em = texts.fit("꽃등심살" * 10, 3, 20)
    assert text.endswith("...")
    assert texts.measure(text) * em <= 20


def test_the_font_has_every_hangul_syllable_and_what_words_need() -> None:
    nothing = texts.font(40).getmask("\ue000").getbbox()
    for sign in [*map(chr, range(0xAC00, 0xD7A4)), *"ABCxyz0123456789+-.()·"]:
        assert texts.measure(sign) > 0
    drawn = {bytes(texts.font(40).getmask(sign)) for sign in "뷁힣가등"}
    assert len(drawn) == 4
    assert nothing is not None


def test_a_preview_is_what_is_printed() -> None:
    new = label()
    picture = Image.open(io.BytesIO(preview(new, "14x39", 300))).convert("L")
    assert picture.size == (461, 165)
    assert codes.read_image(as_png(picture)).number == new.sample_id
