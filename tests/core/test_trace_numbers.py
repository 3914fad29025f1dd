"""Trace numbers as people type, paste and scan them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock, trace_numbers
from core.errors import BadInput


@pytest.mark.parametrize(
    ("written", "number", "kind", "species"),
    [
        ("002086431813", "002086431813", "cattle", "cattle"),
        ("410002086431813", "002086431813", "cattle", "cattle"),  # the registry's 15 digits
        (" 002 0864-3181.3\n", "002086431813", "cattle", "cattle"),
        ("００２０８６４３１８１３", "002086431813", "cattle", "cattle"),  # full width
        ("086431813", "002086431813", "cattle", "cattle"),  # an ear tag
        ("0864-3181-3", "002086431813", "cattle", "cattle"),
        ("2086431813", "002086431813", "cattle", "cattle"),
        ("https://mtrace.go.kr/m.do?traceNo=002086431813&x=1", "002086431813", "cattle", "cattle"),
        ("(01)08801234567893(251)002086431813(11)260301", "002086431813", "cattle", "cattle"),
        ("(10)L01709271277007(310)1", "L01709271277007", "bundle", "cattle"),
        ("KOR 002 0864 3181 3", "002086431813", "cattle", "cattle"),
        ("kor 0864-3181-3", "002086431813", "cattle", "cattle"),
        (
            "http://aunit.mtrace.go.kr/mtracesearch/cattleNoSearch.do?btsProgNo=1&tracenoSearch=&traceno=l01709271277007",
            "L01709271277007",
            "bundle",
            "cattle",
        ),
        # GS1-128 as scanners send it: with its mark and separators, with written-out ones, with neither
        ("]C10108801234567893112603011726040125100208643181 3\x1d3102001234", "002086431813", "cattle", "cattle"),
        ("\x1d010880123456789310L01709271277007\x1d251002086431813", "002086431813", "cattle", "cattle"),
        ("]c1 0108801234567893 10 L11507319120001<GS>11 260301", "L11507319120001", "bundle", "pig"),
        ("]C1010880123456789310AB-12␝251160109900054", "160109900054", "pig", "pig"),
        ("010880123456789311260301251002086431813", "002086431813", "cattle", "cattle"),
        ("0108801234567893251002086431813310200123411260301", "002086431813", "cattle", "cattle"),
        ("010880123456789325141000208643181311260301", "002086431813", "cattle", "cattle"),
        ("010880123456789310L0170927127700711260301", "L01709271277007", "bundle", "cattle"),
        ("251002086431813", "002086431813", "cattle", "cattle"),
        ("160109900054", "160109900054", "pig", "pig"),
        ("170003000058", "170003000058", "pig", "pig"),
        ("120017700236", "120017700236", "pig", "pig"),
        ("L01709271277007", "L01709271277007", "bundle", "cattle"),
        ("l11507319120001", "L11507319120001", "bundle", "pig"),
        ("L02011163016114", "L02011163016114", "bundle", "cattle"),
        ("803123400001", "803123400001", "import", "cattle"),
        ("903123400001", "903123400001", "import", "pig"),
        ("A" + "1" * 19, "A" + "1" * 19, "import", None),
        ("A" + "1" * 29, "A" + "1" * 29, "import", None),
    ],
)
def test_a_known_form_is_read(written: str, number: str, kind: str, species: str | None) -> None:
    found = trace_numbers.parse(written)
    assert found is not None
    assert (found.number, found.kind, found.species) == (number, kind, species)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "00208643181",  # one digit short
        "0020864318133",
        "212345678901",  # a chicken
        "312345678901",  # eggs
        "512345678901",  # a duck
        "L21709271277007",  # a bundle of chicken
        "L51709271277007",
        "L0170927127700",
        "L01713271277007",  # a bundle of no month
        "L01702291277007",  # of no day
        "L09912311277007",  # of a day to come
        "L00712311277007",  # of beef, before there were bundles of it
        "L11411301277007",  # of pork, the same
        "251234567890",  # a chicken, no AI 251 with an ear tag
        "0108801234567893",  # a label without a trace number
        "]C1010880123456789310AB12",
        "]C1",
        "https://mtrace.go.kr/?traceNo=",
        "LOT150317238",
        "A" + "1" * 18,
        "A" + "1" * 30,
        "002o86431813",
        "٠٨٦٤٣١٨١٣",  # digits, but not ours
        "L0170927127700٧",
        "002086431813\0",
    ],
)
def test_another_form_is_refused(written: str) -> None:
    assert trace_numbers.parse(written) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "trace_form"),
        ("12345", "trace_form"),
        ("L01713271277007", "trace_bundle_day"),
        ("l09912311277007", "trace_bundle_day"),
        ("212345678901", "trace_poultry"),
        ("3 1234 5678 901", "trace_poultry"),
        ("512345678901", "trace_poultry"),
        ("L21709271277007", "trace_poultry"),
        ("(01)08801234567893(251)212345678901", "trace_poultry"),
        ("]C10108801234567893251312345678901", "trace_poultry"),
    ],
)
def test_what_is_wrong_is_said_as_clearly_as_it_is_known(written: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        trace_numbers.read(written)
    assert [(finding.field, finding.code) for finding in refused.value.findings] == [("trace_number", code)]


def test_a_bundle_of_today_is_one_and_of_tomorrow_is_none() -> None:
    with clock.at(datetime(2026, 3, 4, 15, tzinfo=UTC)):  # the fifth in Seoul
        assert trace_numbers.parse("L02603051277007") is not None
        assert trace_numbers.parse("L02603061277007") is None


@given(st.text(max_size=60) | st.text("]C1\x1d0123456789LA().-", max_size=90))
def test_any_text_gives_a_stored_form_or_none(text: str) -> None:
    found = trace_numbers.parse(text)
    if found is not None:
        assert found.number.isascii()
        assert trace_numbers.parse(found.number) == found
