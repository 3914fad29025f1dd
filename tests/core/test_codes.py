"""What is scanned: typed by a scanner, or on a picture."""

import io
from typing import Any

import pytest
import segno
import zxingcpp
from PIL import Image

from core import codes, ids
from core.codes import keyboard
from core.errors import BadInput

ID = "7K3M9QXD2P3"
TRACE = "002086431813"


def code(text: str, kind: str = "Code128", **options: Any) -> Image.Image:
    made = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(kind), **options)
    return Image.fromarray(made.to_image(scale=4, add_quiet_zones=True))


def qr(text: str) -> Image.Image:
    out = io.BytesIO()
    segno.make_qr(text, error="h").save(out, "png", scale=5)
    return Image.open(out).convert("L")


def as_file(*pictures: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The pictures below each other on one sheet."""
    sheet = Image.new("L", (max(p.width for p in pictures) + 80, sum(p.height + 60 for p in pictures) + 60), 255)
    top = 60
    for picture in pictures:
        sheet.paste(picture, (40, top))
        top += picture.height + 60
    out = io.BytesIO()
    sheet.save(out, kind, **options)
    return out.getvalue()


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(BadInput) as refused:
        codes.read_text(text, field="code")
    (finding,) = refused.value.findings
    return finding.field, finding.code


def unread(data: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        codes.read_image(data)
    assert {finding.field for finding in refused.value.findings} == {"image"}
    return refused.value.findings[0].code


@pytest.mark.parametrize(
    "written", [ID, "7k3m-9qxd-2p3", " 7K3M 9QXD 2P3\r\n", "]C07K3M9QXD2P3", "]Q17K3M9QXD2P3", "7ㅏ3ㅡ9ㅃㅌㅇ2ㅔ3"]
)
def test_a_number_of_a_sample_is_read(written: str) -> None:
    assert codes.read_text(written) == codes.Meaning("sample", ID)


@pytest.mark.parametrize(
    "written",
    [TRACE, f"(01)08801234567893(251){TRACE}", f"(01)08801234567893(21){TRACE}", f"(10){TRACE}(11)260301",
     f"]C1010880123456789321{TRACE}", f"]C10108801234567893\x1d251{TRACE}", "086431813"],
)  # fmt: skip
def test_a_trace_number_is_read(written: str) -> None:
    assert codes.read_text(written) == codes.Meaning("trace_number", TRACE, "cattle", "cattle")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "missing"), (" \r\n", "missing"), ("x" * 301, "too_long"), ("7K3M9QXD2PW", "sample_check"),
        ("K73M9QXD2PV", "sample_check"), ("8801234567893", "code_product"), ("L29991301001001", "trace_poultry"),
        ("L09991301001001", "trace_bundle_day"), ("hello", "code_unknown"), ("한우", "code_unknown"),
        ("\ud800", "code_unknown"), ("\0", "code_unknown"), ("12345678902", "code_unknown"),
    ],
)  # fmt: skip
def test_what_says_nothing_says_why(written: str, code: str) -> None:
    assert refusal(written) == ("code", code)


def test_any_one_wrong_character_is_noticed() -> None:
    sample_id = ids.new()
    for place in range(ids.LENGTH):
        for sign in set(ids.ALPHABET) - {sample_id[place]}:
            wrong = sample_id[:place] + sign + sample_id[place + 1 :]
            assert refusal(wrong)[1] in ("sample_check", "code_unknown")


def test_what_is_repeated_of_a_code_is_no_markup() -> None:
    with pytest.raises(BadInput) as refused:
        codes.read_text("![x](https://example.org/a.png) <b>" + "y" * 100)
    read = refused.value.findings[0].values["read"]
    assert not set(read) & set("![]:/<>*_`")
    assert len(read) <= 43


@pytest.mark.parametrize("text", ["ABC-123", "", "7K3M"])
def test_without_hangul_no_keyboard_is_undone(text: str) -> None:
    assert keyboard.as_latin(text) is None


def test_a_korean_keyboard_is_undone_key_by_key() -> None:
    assert keyboard.as_latin("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ") == "QWERTYUIOPASDFGHJKLZXCVBNM"
    assert keyboard.as_latin("ㅃㅉㄸㄲㅆㅒㅖ") == "QWERTOP"
    assert keyboard.as_latin("한글 닭 왜") == "GKSRMF EKFR DHO"
    assert keyboard.as_latin("한글") == "GKSRMF"  # as some systems hold it


@pytest.mark.parametrize("kind", ["QRCode", "Code128", "DataMatrix"])
def test_a_sample_is_read_off_a_picture(kind: str) -> None:
    assert codes.read_image(as_file(code(ID, kind))) == codes.Meaning("sample", ID, format=kind)


@pytest.mark.parametrize(("kind", "degrees"), [("Code128", 5), ("Code128", 90), ("Code128", 180), ("QRCode", 33)])
def test_a_code_may_lie_as_it_likes(kind: str, degrees: int) -> None:
    turned = code(ID, kind).rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert codes.read_image(as_file(turned)).number == ID


def test_gs1_codes_are_read_off_a_picture() -> None:
    for kind in ("Code128", "DataMatrix", "QRCode"):
        printed = code(f"(01)08801234567893(251){TRACE}", kind, gs1=True)
        assert codes.read_image(as_file(printed)) == codes.Meaning(
            "trace_number", TRACE, "cattle", "cattle", codes.codes_in(as_file(printed))[0].format
        )


def test_an_article_is_none_of_ours() -> None:
    assert unread(as_file(code("8801234567893", "EAN13"))) == "code_product"


def test_the_label_on_a_package_counts_before_the_package() -> None:
    sheet = as_file(code("8801234567893", "EAN13"), code(TRACE), qr(ID))
    assert codes.read_image(sheet).number == ID
    assert codes.read_image(as_file(code("8801234567893", "EAN13"), code(TRACE))).number == TRACE


def test_labels_of_several_samples_on_a_picture_are_told_apart_by_nobody() -> None:
    assert unread(as_file(qr(ID), qr(ids.new()))) == "several_codes"
    assert codes.read_image(as_file(qr(ID), code(ID))).number == ID


def test_a_wrong_check_character_on_a_picture_is_told() -> None:
    assert unread(as_file(qr("7K3M9QXD2PW"))) == "sample_check"


def test_transparent_and_large_pictures_are_read() -> None:
    mark = qr(ID)
    clear = Image.new("RGBA", mark.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=mark.point(lambda value: 255 - value))
    out = io.BytesIO()
    clear.save(out, "PNG")
    assert codes.read_image(out.getvalue()).number == ID
    large = Image.new("L", (5000, 4000), 255)
    large.paste(mark, (4200, 3000))
    assert codes.read_image(as_file(large)).number == ID


def test_what_is_no_picture_or_has_no_code_is_told() -> None:
    blank = as_file(Image.new("L", (50, 50), 200))
    assert unread(blank) == "no_code"
    assert unread(blank[:300]) == "photo_unreadable"
    assert unread(b"") == "photo_unreadable"
    assert unread(b"GIF89a" + bytes(100)) == "photo_unreadable"
    assert unread(bytes(21 * 1024**2)) == "photo_too_large"
    assert unread(as_file(Image.new("L", (9000, 9000)), kind="PNG")) == "photo_too_many_pixels"
