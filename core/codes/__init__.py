"""Codes that are scanned: read from a picture or from what a scanner types, and what they say."""

from core.codes.meaning import LONGEST, Meaning, read_text
from core.codes.reading import Code, codes_in, read_image

__all__ = ["LONGEST", "Code", "Meaning", "codes_in", "read_image", "read_text"]
