"""House numbers as an integer and the pattern around it.

``123`` is 123 and no pattern; ``123A`` is 123 and ``#A``; ``12 1/2`` is 12 and ``# 1/2``;
``45-12`` is 4512 and ``#-#``; ``W204N11912`` is 20411912 and ``W#N#``. Two house numbers are equal
if both parts are equal.
"""

import re
from typing import NamedTuple

from geoservice.address.clean import clean_text

NO_NUMBER = -1
_MAX_DIGITS = 9
"""More digits do not fit into the 32 bits of a house number in an index."""
_FRACTION = re.compile(r"\s[0-9]/[0-9]$")
_DIGITS = re.compile(r"[0-9]+")
_GLUED_FRACTION = re.compile(r"^([0-9]+?)[ -]?([1-7]/[2348])$")
_PADDED = re.compile(r"^0+(?=[0-9])")
_LETTER = re.compile(r"^([0-9]+)[\s-]+([A-Z])$")


class Number(NamedTuple):
    """``value`` is -1 for no number; ``pattern`` is empty for a plain number."""

    value: int
    pattern: str


def split_number(text: str) -> Number:
    """Return the digits of a cleaned number as an integer, and the pattern around them."""
    if text.isdigit() and text.isascii() and len(text) <= _MAX_DIGITS:
        return Number(int(text), "")
    fraction = _FRACTION.search(text)
    before_fraction = text[: fraction.start()] if fraction else text
    digits = "".join(_DIGITS.findall(before_fraction))
    shape = _DIGITS.sub("#", before_fraction) + (fraction[0] if fraction else "")
    if not 1 <= len(digits) <= _MAX_DIGITS:
        return Number(NO_NUMBER, shape)
    return Number(int(digits), "" if shape == "#" else shape)


def clean_number(text: str | None) -> str:
    """Return a number from a file in upper case, with floats and zero padding repaired.

    ``00123.0`` is 123; ``253.5`` and ``253½`` are 253 1/2.
    """
    if not text:
        return ""
    text = text.strip().upper()
    if not text.isdigit():
        text = with_fraction_apart(clean_text(text).removeprefix("# "))
        text = _LETTER.sub(r"\1\2", text)
    return _PADDED.sub("", text)


def with_fraction_apart(text: str) -> str:
    """Return a number with a space before its fraction: 121/2 and 12-1/2 become 12 1/2."""
    return _GLUED_FRACTION.sub(r"\1 \2", text) if "/" in text else text
