"""Cleaning of a text before it is read: case, accents, punctuation, spreadsheet damage."""

import re
import unicodedata

_MAX_LENGTH = 300
"""Longer than any address; limits the work for hostile input."""
_MARKED = dict.fromkeys("`\u2018\u2019\u02bc'\".", None)
_SPACED = dict.fromkeys("\t\n\r\v\f\x00;:|()[]{}*_~^\u00a0\u200b\ufeff", " ")
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
_SLASHES = {"\u2044": "/"}
_APART = {"#": " # ", ",": " , ", "&": " & ", "@": " @ "}
_CONTROLS = {chr(code): " " for code in range(32)}
_TABLE = str.maketrans({**_CONTROLS, **_MARKED, **_SPACED, **_DASHES, **_SLASHES, **_APART})
_USUAL = re.compile(r"[A-Z0-9 ,#/-]*")
"""A text with no other signs to translate than commas and number signs."""
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
_NO_PLACES = frozenset(
    {
        "NOTSTATED",
        "UNINCORPORATED",
        "UNKNOWN",
        "NONE",
        "NOTAPPLICABLE",
        "NOTAVAILABLE",
        "NULL",
        "UNSPECIFIED",
        "NOTREPORTED",
    }
)
"""Keys of texts that stand for no town."""


def clean_text(text: str | None) -> str:
    """Return upper-case text without accents, periods, apostrophes and control characters.

    Commas, ``#``, ``&`` and ``@`` become separate words; single spaces separate all words. Hyphens
    and slashes stay. Text beyond the length of any address is cut.
    """
    if not text:
        return ""
    text = text[:_MAX_LENGTH]
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_FRACTION_SIGNS))
        text = "".join(
            character for character in decomposed if not unicodedata.combining(character)
        )
    text = text.upper()
    if "." in text:
        text = _WORD_END.sub(" ", _DECIMAL.sub(_without_decimals, text))
    if "," in text:
        text = _THOUSANDS.sub(r"\1\2", text) if _THOUSANDS.match(text) else text
    if _USUAL.fullmatch(text):
        text = text.replace(",", " , ").replace("#", " # ")
    else:
        text = text.translate(_TABLE)
    text = " ".join(text.split())
    return _JUNIOR.sub("", text) if " , J" in text or " , SR " in text else text


def clean_zip(text: str | None) -> str:
    """Return a five-digit ZIP; repairs ZIP+4, floats, exponents, lost zeros. Empty for no ZIP."""
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
    match = _ZIP.match(text)
    if not match:
        return ""
    return match[1] or match[2].zfill(5)


def place_key(name: str) -> str:
    """Return the key of a town's cleaned name: only letters, with SAINT, MOUNT, FORT abbreviated.

    Empty for texts such as NOT STATED, which name no town.
    """
    words = [_PLACE_WORDS.get(word, word) for word in name.replace("-", " ").split()]
    joined = "".join(words)
    if not joined.isalpha():
        joined = "".join(letter for letter in joined if "A" <= letter <= "Z")
    return "" if joined in _NO_PLACES or name == "N/A" else joined


def _without_decimals(number: re.Match[str]) -> str:
    """Return a spreadsheet's number as people write it: 253.0 is 253, 253.5 is 253 1/2."""
    decimals = number[2].rstrip("0")
    return number[1] + (_DECIMALS.get(decimals, f" {decimals}") if decimals else "")
