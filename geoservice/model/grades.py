"""Grades: CEDS codes in school order, read from what districts write."""

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.columns import coded

GRADES = (
    "IT", "PR", "PK", "TK", "KG",
    *(f"{grade:02d}" for grade in range(1, 14)),
    "PS", "UG", "Other",
)  # fmt: skip
_POSITION = {grade: position for position, grade in enumerate(GRADES)}
_WORDS = {
    "K": "KG", "0K": "KG", "KN": "KG", "KDG": "KG", "KINDER": "KG", "KINDERGARTEN": "KG",
    "0": "KG", "00": "KG", "PREK": "PK", "P": "PK", "PK3": "PK", "PK4": "PK", "PREK3": "PK",
    "PREK4": "PK", "-1": "PK", "-2": "PR", "P3": "PK", "P4": "PK", "TRANSITIONALKINDERGARTEN": "TK",
    "UNGRADED": "UG", "OTHER": "Other", "FIRST": "01", "SECOND": "02", "THIRD": "03",
    "FOURTH": "04", "FIFTH": "05", "SIXTH": "06", "SEVENTH": "07", "EIGHTH": "08",
    "NINTH": "09", "TENTH": "10", "ELEVENTH": "11", "TWELFTH": "12",
}  # fmt: skip
_NUMBER = re.compile(r"^(?:GRADE|GR)?0*(\d{1,2})(?:\.0+)?(?:ST|ND|RD|TH)?(?:GRADE)?$")


def read_grade(text: str | None) -> str | None:
    """CEDS code of one written grade, or None where it says no grade."""
    if text is None:
        return None
    word = re.sub(r"[\s_.]+$|(?<!^)[-\s_]+|^\s+", "", text.strip().upper())
    if word in _POSITION:
        return word
    if word in _WORDS:
        return _WORDS[word]
    number = _NUMBER.match(word)
    code = f"{int(number[1]):02d}" if number else ""
    return code if code in _POSITION else None


def expand_grades(text: str) -> tuple[str, ...]:
    """Grades of a range or list such as ``TK-05``, ``K-5`` or ``9,10,11,12``, in school order.

    Raises
    ------
    InputError
        Where a part is no grade.
    """
    found: set[str] = set()
    for part in re.split(r"[,;]\s*|\s+", text.strip()):
        ends = re.split(r"\s*(?:-|\u2013|to)\s*", part) if not part.startswith("-") else [part]
        codes = [_known(end) for end in ends]
        found.update(grade_range(codes[0], codes[-1]))
    return tuple(sorted(found, key=_POSITION.__getitem__))


def grade_range(low: str, high: str) -> tuple[str, ...]:
    """All grades from low to high, both CEDS codes, both included."""
    return GRADES[_POSITION[low] : _POSITION[high] + 1]


def grade_position(grade: str) -> int:
    """Place of a CEDS code in school order, for sorting."""
    return _POSITION[grade]


def read_grades(column: pl.Series) -> pl.Series:
    """CEDS codes of a column of written grades; null where a cell says no grade."""
    texts = column.cast(pl.String)
    unique = texts.unique().to_list()
    codes = [read_grade(text) for text in unique]
    return texts.replace_strict(unique, codes, return_dtype=pl.String).alias(column.name)


def grade_places(column: pl.Series) -> NDArray[np.int64]:
    """Places in `GRADES` of a column of written grades; -1 where a cell says no grade."""
    codes, texts = coded(column)
    places = [_POSITION.get(read_grade(text) or "", -1) for text in texts]
    return np.array(places, dtype=np.int64)[codes]


def _known(text: str) -> str:
    code = read_grade(text)
    if code is None:
        raise InputError(
            "A grade range holds a part that is no grade. Write CEDS codes, for example "
            "`TK-05` or `09-12`."
        )
    return code
