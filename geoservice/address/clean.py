"""Cleaning of one text before it is read: case, accents, punctuation, spreadsheet damage."""

import re
import unicodedata

_LONGEST = 300
_MARKED = dict.fromkeys("`\u2018\u2019\u02bc'\".", None)
_SPACED = dict.fromkeys("\t\n\r\v\f\x00;:|()[]{}*_~^\u00a0\u200b\ufeff", " ")
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
_SLASHES = {"\u2044": "/"}
_APART = {"#": " # ", ",": " , ", "&": " & ", "@": " @ "}
_CONTROLS = {chr(code): " " for code in range(32)}
_TABLE = str.maketrans({**_CONTROLS, **_MARKED, **_SPACED, **_DASHES, **_SLASHES, **_APART})
_FRACTION_SIGNS = str.maketrans({"\u00bd": " 1/2", "\u00bc": " 1/4", "\u00be": " 3/4"})
_FRACTION_SIGNS |= str.maketrans({"\u2153": " 1/3", "\u2154": " 2/3", "\u215b": " 1/8"})
_DECIMALS = {"5": " 1/2", "25": " 1/4", "75": " 3/4"}
_DECIMAL = re.compile(r"^\s*([0-9]+)\.([0-9]+)(?![0-9A-Z])")
_JUNIOR = re.compile(r" ,(?= (?:JR|JUNIOR|SR) )")
_THOUSANDS = re.compile(r"^\s*([0-9]{1,3}),([0-9]{3})(?![0-9])")
_WORD_END = re.compile(
    r"(?<=[A-Z]{2})\.(?=[A-Z0-9])|(?<=[0-9A-Z])\.(?=[A-Z]{3})|(?<=[A-Z])\.(?=[0-9])"
)
_ZIP = re.compile(r"^([0-9]{5})(?:-?(?:[0-9]{4})?)$|^([0-9]{3,4})(?:-[0-9]{4})?$")
_EXPONENT = re.compile(r"^([0-9])\.([0-9]{1,8})E\+0?([48])$")
_PLACE_WORDS = {"SAINT": "ST", "SAINTE": "STE", "MOUNT": "MT", "FORT": "FT"}
_NO_PLACES = frozenset({
    "NOTSTATED", "UNINCORPORATED", "UNKNOWN", "NONE", "NOTAPPLICABLE", "NOTAVAILABLE", "NULL",
    "UNSPECIFIED", "NOTREPORTED",
})  # fmt: skip
"""What files write where there is no town, as keys."""


def clean_text(text: str | None) -> str:
    """Upper-case text without accents, periods, apostrophes and control characters.

    Commas, ``#``, ``&`` and ``@`` come out as words of their own, single spaces between all.
    Hyphens and slashes stay. What is longer than any address is cut.
    """
    if not text:
        return ""
    text = text[:_LONGEST]
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_FRACTION_SIGNS))
        text = "".join(one for one in decomposed if not unicodedata.combining(one))
    text = text.upper()
    if "." in text:
        text = _WORD_END.sub(" ", _DECIMAL.sub(_without_decimals, text))
    if "," in text:
        text = _THOUSANDS.sub(r"\1\2", text)
    text = " ".join(text.translate(_TABLE).split())
    return _JUNIOR.sub("", text) if " , " in text else text


def clean_zip(text: str | None) -> str:
    """Five-digit ZIP: ZIP+4, floats, exponents and lost leading zeros mended; else empty."""
    if not text:
        return ""
    text = text.strip().upper()
    if not text.isascii():
        return ""
    text = text.removesuffix(".0").removesuffix(".")
    exponent = _EXPONENT.match(text)
    if exponent:
        text = (exponent[1] + exponent[2]).ljust(int(exponent[3]) + 1, "0")
        return text[:5] if len(text) == int(exponent[3]) + 1 and len(exponent[2]) >= 4 else ""
    found = _ZIP.match(text)
    if not found:
        return ""
    return found[1] or found[2].zfill(5)


def place_key(name: str) -> str:
    """The key of a town's cleaned name: letters only, SAINT, MOUNT and FORT abbreviated.

    Empty for texts such as NOT STATED, which name no town.
    """
    words = [_PLACE_WORDS.get(word, word) for word in name.replace("-", " ").split()]
    joined = "".join(words)
    if not joined.isalpha():
        joined = "".join(letter for letter in joined if "A" <= letter <= "Z")
    return "" if joined in _NO_PLACES or name == "N/A" else joined


def _without_decimals(number: re.Match[str]) -> str:
    """A spreadsheet's number as people write it: 253.0 is 253, 253.5 is 253 1/2."""
    decimals = number[2].rstrip("0")
    return number[1] + (_DECIMALS.get(decimals, f" {decimals}") if decimals else "")
