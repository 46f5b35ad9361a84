"""House numbers as a whole number and the pattern around it.

``123`` is 123 and no pattern; ``123A`` is 123 and ``#A``; ``12 1/2`` is 12 and ``# 1/2``;
``45-12`` is 4512 and ``#-#``; ``W204N11912`` is 20411912 and ``W#N#``. Two numbers are the same
where both agree.
"""

import re
from typing import NamedTuple

from geoservice.address.clean import clean_text

NO_NUMBER = -1
_TOO_LONG = 9
_FRACTION = re.compile(r"\s[0-9]/[0-9]$")
_DIGITS = re.compile(r"[0-9]+")
_GLUED_FRACTION = re.compile(r"^([0-9]+?)[ -]?([1-7]/[2348])$")
_PADDED = re.compile(r"^0+(?=[0-9])")
_LETTER = re.compile(r"^([0-9]+)[\s-]+([A-Z])$")


class Number(NamedTuple):
    """``value`` is -1 where there is no number, ``pattern`` empty for a plain one."""

    value: int
    pattern: str


def split_number(text: str) -> Number:
    """The digits of a cleaned number as one whole number, and what stands around them."""
    if text.isdigit() and text.isascii() and len(text) <= _TOO_LONG:
        return Number(int(text), "")
    fraction = _FRACTION.search(text)
    whole = text[: fraction.start()] if fraction else text
    digits = "".join(_DIGITS.findall(whole))
    shape = _DIGITS.sub("#", whole) + (fraction[0] if fraction else "")
    if not 1 <= len(digits) <= _TOO_LONG:
        return Number(NO_NUMBER, shape)
    return Number(int(digits), "" if shape == "#" else shape)


def clean_number(text: str | None) -> str:
    """A number from a file: upper case, floats and zero padding mended.

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
    """A number with a space before its fraction: 121/2 and 12-1/2 are 12 1/2."""
    return _GLUED_FRACTION.sub(r"\1 \2", text) if "/" in text else text
