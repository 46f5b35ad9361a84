"""Grades as CEDS codes in school order, read from the spellings of districts."""

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.columns import coded

GRADES = (
    "IT",
    "PR",
    "PK",
    "TK",
    "KG",
    *(f"{grade:02d}" for grade in range(1, 14)),
    "PS",
    "UG",
    "Other",
)
_POSITION = {grade: position for position, grade in enumerate(GRADES)}
_WORDS = {
    "K": "KG",
    "0K": "KG",
    "KN": "KG",
    "KDG": "KG",
    "KF": "KG",
    "KH": "KG",
    "KINDER": "KG",
    "KINDERGARTEN": "KG",
    "0": "KG",
    "00": "KG",
    "PREK": "PK",
    "P": "PK",
    "PK3": "PK",
    "PK4": "PK",
    "PREK3": "PK",
    "3K": "PK",
    "4K": "PK",
    "PREK4": "PK",
    "P3": "PK",
    "P4": "PK",
    "PREKINDER": "PK",
    "PREKINDERGARTEN": "PK",
    "PRESCHOOL": "PR",
    "-1": "PK",
    "-2": "PR",
    "TRANSITIONALKINDERGARTEN": "TK",
    "INFANT": "IT",
    "TODDLER": "IT",
    "UNGRADED": "UG",
    "OTHER": "Other",
    "FIRST": "01",
    "SECOND": "02",
    "THIRD": "03",
    "FOURTH": "04",
    "FIFTH": "05",
    "SIXTH": "06",
    "SEVENTH": "07",
    "EIGHTH": "08",
    "NINTH": "09",
    "TENTH": "10",
    "ELEVENTH": "11",
    "TWELFTH": "12",
    "FRESHMAN": "09",
    "SOPHOMORE": "10",
    "SENIOR": "12",
    # Students who repeat the last year of high school: no grade of their own.
    "5THYRSENIOR": "12",
    "5THYEARSENIOR": "12",
    "FIFTHYEARSENIOR": "12",
    "SUPERSENIOR": "12",
    # Codes of states: EE (Texas), K4 and K5 (Wisconsin, South Carolina), UE and US (California),
    # JK and SK (Ontario, private schools), Y5 and DK for young fives (Michigan), UPK (New York),
    # VPK (Florida).
    "EE": "PR",
    "EC": "PR",
    "ECE": "PR",
    "ECSE": "PR",
    "JK": "PK",
    "UPK": "PK",
    "VPK": "PK",
    "SK": "KG",
    "5K": "KG",
    "FK": "KG",
    "HK": "KG",
    "DK": "TK",
    "YK": "TK",
    "YOUNGFIVES": "TK",
    "JUNIORKINDERGARTEN": "PK",
    "SENIORKINDERGARTEN": "KG",
    "UE": "UG",
    "US": "UG",
    "AE": "Other",
    "ADULT": "Other",
}
_OF_AGE = {"K3": "PK", "K4": "PK", "K5": "KG", "Y5": "TK"}
"""Kindergarten by age, without a sign between letter and digit: `K-5` is a range."""
_NUMBER = re.compile(r"^0*(\d{1,2})(?:ST|ND|RD|TH)?$")
# Signs inside a word, to be removed. Between digits they stay: `1-2` is a class of two grades, not
# grade 12.
_PARTS = re.compile(r"(?<=\D)[-\s_.:()]+|[-\s_.:()]+(?=[^\d]|$)")
_NAMED = re.compile(r"^(?:GRADE|GRD|GR|G)(?=.)|(?<=.)(?:GRADE|GR)$")
_DASHES = re.compile(r"\s*(?:[-\u2010-\u2015\u2212]|\b(?:TO|THRU|THROUGH)\b)\s*")
_LISTS = re.compile(r"\s*(?:[,;&/]|\bAND\b)\s*|\s+")
_GLUED = re.compile(r"^(PK|TK|K)0*(6|7|8|9|10|12)$")
"""A range without its hyphen, such as `K8`; `K5` is a grade."""
_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_DAY = re.compile(
    rf"\d{{1,2}}[-/ .](?:{_MONTHS})[A-Z]*(?:[-/ .,]+\d+)?"
    rf"|(?:{_MONTHS})[A-Z]*[-/ .,]+\d+(?:[-/ .,]+\d+)?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|1[4-9]|[2-9]\d)(?: .*)?"
)
"""Calendar days as spreadsheets write them.

A two-digit year is at least 14, which is no grade: `9/10/11` is a list of grades.
"""
_LONGEST_GRADE = 200
"""No grade has more signs; the patterns would take long."""
_RANGE = re.compile(r"^(-?[^-]+)(?:-(-?[^-]+))?$")


def read_grade(text: str | None) -> str | None:
    """Return the CEDS code of a written grade; None for no grade or several grades."""
    if text is None or len(text) > _LONGEST_GRADE:
        return None
    text = text.strip().removeprefix("'")  # Spreadsheets mark a text with digits so.
    # Spreadsheets write numbers of a column with gaps as 5.0 and 0.0.
    number = re.sub(r"^(-?)0*(\d+)\.0+$", r"\1\2", text.strip().upper())
    if number in _OF_AGE:
        return _OF_AGE[number]
    sign = "-" if re.match(r"-\d", number) else ""
    word = sign + _PARTS.sub("", number.removeprefix("-").lstrip("0") or "0" if sign else number)
    return _code(word) or _code(_NAMED.sub("", word))


def _code(word: str) -> str | None:
    if word in _POSITION:
        return word
    if word in _WORDS:
        return _WORDS[word]
    number = _NUMBER.match(word)
    code = f"{int(number[1]):02d}" if number else ""
    return code if code in _POSITION else None


def expand_grades(text: str) -> tuple[str, ...]:
    """Return the grades of a range or list such as ``TK-05``, ``K to 5`` or ``9,10,11,12``.

    Raises
    ------
    InputError
        If a part is no grade, a range runs downwards, or a spreadsheet turned it into a day.
    """
    if is_calendar_day(text):
        raise InputError(
            "A spreadsheet turned a grade range such as `3-5` into a calendar day. Set the "
            "column's format to text, then write the range again."
        )
    text = text.strip().removeprefix("'").upper()
    plain = re.sub(r"\bPRE[-\s]?K(?:INDERGARTEN)?\b", "PK", text)
    plain = re.sub(r"\b(?:GRADES?|GR)\b[.:]?\s*", "", plain)
    grades: set[str] = set()
    for part in _LISTS.split(_DASHES.sub("-", plain)):
        glued = _GLUED.match(part)
        ends = _RANGE.match(f"{glued[1]}-{glued[2]}" if glued else part)
        low, high = (_known(ends[1]), _known(ends[2] or ends[1])) if ends else (_known(""), "")
        if _POSITION[low] > _POSITION[high]:
            raise InputError("A grade range runs downwards. Write the lower grade first: `KG-05`.")
        grades.update(grade_range(low, high))
    return tuple(sorted(grades, key=_POSITION.__getitem__))


def is_calendar_day(text: str) -> bool:
    """Return True for a date such as ``5-Mar``, which a spreadsheet made of a grade range."""
    return _DAY.fullmatch(text.strip().upper()) is not None


def written_grades(grades: Sequence[str]) -> str:
    """Return CEDS codes in school order as ranges and single grades: ``KG-05, 09``."""
    places = [_POSITION[grade] for grade in grades]
    spans: list[list[int]] = []
    for place in places:
        if spans and place == spans[-1][-1] + 1:
            spans[-1].append(place)
        else:
            spans.append([place])
    return ", ".join(
        GRADES[span[0]] if len(span) == 1 else f"{GRADES[span[0]]}-{GRADES[span[-1]]}"
        for span in spans
    )


def grade_range(low: str, high: str) -> tuple[str, ...]:
    """Return all grades from low to high, both included; both are CEDS codes."""
    return GRADES[_POSITION[low] : _POSITION[high] + 1]


def grade_position(grade: str) -> int:
    """Return the position of a CEDS code in school order, for sorting."""
    return _POSITION[grade]


def read_grades(column: pl.Series) -> pl.Series:
    """Return the CEDS codes of a column of written grades; null if a cell is no grade."""
    texts = column.cast(pl.String)
    unique = texts.unique().to_list()
    codes = [read_grade(text) for text in unique]
    return texts.replace_strict(unique, codes, return_dtype=pl.String).alias(column.name)


def grade_places(column: pl.Series) -> NDArray[np.int64]:
    """Return the positions of written grades in `GRADES`; -1 if a cell is no grade."""
    codes, texts = coded(column)
    places = [_POSITION.get(read_grade(text) or "", -1) for text in texts]
    return np.array(places, dtype=np.int64)[codes]


def _known(text: str) -> str:
    code = read_grade(text)
    if code is None:
        raise InputError(
            "Part of a grade range is not a grade. Write CEDS codes, for example `TK-05` or "
            "`09-12`."
        )
    return code
