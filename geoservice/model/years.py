"""School years in one form, read from what districts write."""

import re

import polars as pl

_DIGITS = r"(?:\d{4}|\d{2})"
_SPAN = re.compile(rf"^(?:SY)?\s*({_DIGITS})\s*[-/\u2013\u2014]\s*({_DIGITS})$")
_JOINED = re.compile(r"^(?:SY)?\s*(?:(\d{4})(\d{4})|(\d{2})(\d{2}))$")
_DAY = re.compile(r"^(\d{4})-(\d{2})-\d{2}(?:[ T].*)?$")
_NEW_YEAR_MONTH = 7
_CENTURY, _LAST_CENTURY = 99, 70
_END = re.compile(r"^(?:FY|SY)?\s*((?:20|19)?\d{2})$")


def read_year(text: str) -> str | None:
    """``2018-19`` for ``2018-2019``, ``SY18-19``, ``2018/19``, ``1819``; a lone 2019 or FY19 is the year that ends then.

    None where the text is no school year: two years that do not follow one another, a date, a word.
    """
    written = re.sub(r"^(?:SCHOOL\s*YEAR|SY|FY)\s*'?", lambda one: one[0][:2].replace("SC", "SY"),
                     text.strip().upper().removesuffix(".0"))  # fmt: skip
    written = re.sub(r"^(?:ACADEMIC\s*YEAR|AY)\s*'?(?=\d+\s*\D)", "", written)
    for pattern in (_SPAN, _JOINED):
        if found := pattern.match(written):
            first, last = (part for part in found.groups() if part is not None)
            if (int(last) - int(first)) % 100 == 1:
                return _named(int(first))
    end = _END.match(written)
    return _named(_full(int(end[1])) - 1) if end else None


def year_of(text: str) -> str | None:
    """The school year of a text that is one, or of a day such as 2018-08-20; school years begin in July."""
    day = _DAY.match(text.strip())
    if day:
        return _named(int(day[1]) - (int(day[2]) < _NEW_YEAR_MONTH))
    return read_year(text)


def years_of(column: pl.Series) -> pl.Series:
    """`year_of` each text of a column; null where there is none."""
    texts = column.cast(pl.String).unique().to_list()
    years = [year_of(text) if text else None for text in texts]
    return column.replace_strict(texts, years, return_dtype=pl.String).alias(column.name)


def normal_year(text: str) -> str:
    """The school year in one form; a text that is none as it stands."""
    return read_year(text) or text.strip()


def _full(year: int) -> int:
    """Four digits of two; those from 70 on are of the last century."""
    if year > _CENTURY:
        return year
    return year + (1900 if year >= _LAST_CENTURY else 2000)


def _named(first: int) -> str:
    start = _full(first)
    return f"{start}-{(start + 1) % 100:02d}"
