"""Sample ids: 10 random Crockford base-32 characters and the Crockford check symbol.

The check symbol is the number modulo 37 (https://www.crockford.com/base32.html). Symbols 32 to 36 are signs that
neither URLs nor barcodes like, so ids that would need one are never made. Any single wrong character and any swap of
two neighbours changes the symbol.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 11
LONGEST_WRITTEN = 50  # with spaces and hyphens; whatever is longer is not looked at
_LOOKALIKES = str.maketrans("ILO", "110")


def new() -> str:
    while True:
        if made := with_check_symbol("".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))):
            return made


def with_check_symbol(digits: str) -> str | None:
    """The id that begins with these ten characters, if there is one."""
    symbol = _check_symbol(digits)
    return digits + symbol if symbol is not None else None


def parse(text: str) -> str | None:
    """The id in its stored form, or None if it is not one; takes lower case, spaces, hyphens and look-alikes."""
    characters = part(text)
    if characters is None or len(characters) != LENGTH:
        return None
    return characters if _check_symbol(characters[:-1]) == characters[-1] else None


def part(text: str) -> str | None:
    """The same of any part of an id, as people remember or read one; None if no id has such a part."""
    if len(text) > LONGEST_WRITTEN:
        return None
    characters = re.sub(r"[\s-]", "", text).upper().translate(_LOOKALIKES)
    return characters if 0 < len(characters) <= LENGTH and all(c in ALPHABET for c in characters) else None


def pretty(sample_id: str) -> str:
    """As people read it: 7K3M-9QXD-2PV."""
    return f"{sample_id[:4]}-{sample_id[4:8]}-{sample_id[8:]}"


def _check_symbol(digits: str) -> str | None:
    number = 0
    for character in digits:
        number = number * 32 + ALPHABET.index(character)
    remainder = number % 37
    return ALPHABET[remainder] if remainder < 32 else None
