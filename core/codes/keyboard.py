"""Undoes what a Korean keyboard layout makes of a scanner that types Latin letters.

A scanner that works as a keyboard sends keys, not letters: while Korean is switched on, "7K3M" arrives as "7ㅏ3ㅡ", and
keys that make a syllable together arrive as one sign. Standard layout: KS X 5002 (두벌식).
"""

import unicodedata

# The letters of the standard layout in the order of the keys; a letter with Shift comes from the same key.
_KEYS = dict(zip("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", "QWERTYUIOPASDFGHJKLZXCVBNM", strict=True))
_KEYS |= dict(zip("ㅃㅉㄸㄲㅆㅒㅖ", "QWERTOP", strict=True))
# Letters that are typed with two keys.
_KEYS |= {
    "ㅘ": "HK", "ㅙ": "HO", "ㅚ": "HL", "ㅝ": "NJ", "ㅞ": "NP", "ㅟ": "NL", "ㅢ": "ML",
    "ㄳ": "RT", "ㄵ": "SW", "ㄶ": "SG", "ㄺ": "FR", "ㄻ": "FA", "ㄼ": "FQ",
    "ㄽ": "FT", "ㄾ": "FX", "ㄿ": "FV", "ㅀ": "FG", "ㅄ": "QT",
}  # fmt: skip
# The parts of a syllable in the order in which Unicode counts them (The Unicode Standard, section 3.12).
_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MIDDLE = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LAST = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")


def as_latin(text: str) -> str | None:
    """The keys that were pressed for a text with Hangul in it, letters as capitals; None if there is no Hangul."""
    letters = "".join(_letters(sign) for sign in unicodedata.normalize("NFC", text))
    if _KEYS.keys().isdisjoint(letters):
        return None
    return "".join(_KEYS.get(letter, letter) for letter in letters)


def _letters(sign: str) -> str:
    """A syllable taken apart; any other sign as it is."""
    place = ord(sign) - 0xAC00
    if not 0 <= place < 19 * 21 * 28:
        return sign
    first, rest = divmod(place, 21 * 28)
    return _FIRST[first] + _MIDDLE[rest // 28] + _LAST[rest % 28]
