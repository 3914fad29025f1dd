"""Trace numbers as people type, paste and scan them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import trace_numbers


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


@given(st.text(max_size=60))
def test_any_text_gives_a_stored_form_or_none(text: str) -> None:
    found = trace_numbers.parse(text)
    if found is not None:
        assert found.number.isascii()
        assert trace_numbers.parse(found.number) == found
