"""School years in one form, read from what districts write."""

import re

import polars as pl

_DIGITS = r"(?:(?:19|20)?\d{2})"
_PART = r"\s*(?:[-/_\u2010-\u2015\u2212]|TO\b)\s*"
_SPAN = re.compile(rf"^({_DIGITS}){_PART}({_DIGITS})$")
_JOINED = re.compile(r"^(?:((?:19|20)\d{2})((?:19|20)\d{2})|(\d{2})(\d{2}))$")
_DAY = re.compile(r"^(\d{4})-(\d{2})-\d{2}(?:[ T].*)?$")
_NEW_YEAR_MONTH = 7
_CENTURY, _LAST_CENTURY = 99, 70
_END = re.compile(rf"^({_DIGITS})$")
_NAME = r"(?:SCHOOL\s*YEAR|ACADEMIC\s*YEAR|S\.?Y\.?|A\.?Y\.?|FY)"
_AROUND = re.compile(rf"^{_NAME}[\s:-]*|\s*{_NAME}$")


def read_year(text: str) -> str | None:
    """``2018-19`` for ``2018-2019``, ``SY18-19``, ``2018/19``, ``1819``; a lone 2019 or FY19 is the year that ends then.

    None where the text is no school year: two years that do not follow one another, a date, a word. A lone academic year
    (``AY19``) is none either: some name it by its beginning.
    """
    written = re.sub("['\u2018\u2019]", "", text.strip().upper().removesuffix(".0"))
    bare = _AROUND.sub("", written)
    for pattern in (_SPAN, _JOINED):
        if found := pattern.match(bare):
            first, last = (part for part in found.groups() if part is not None)
            gap = int(last) - int(first)
            if gap == 1 or (gap % 100 == 1 and min(len(first), len(last)) == 2):
                return _named(int(first))
    end = None if written.startswith("A") else _END.match(bare)
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


def _full(year: int) -> int:
    """Four digits of two; those from 70 on are of the last century."""
    if year > _CENTURY:
        return year
    return year + (1900 if year >= _LAST_CENTURY else 2000)


def _named(first: int) -> str:
    start = _full(first)
    return f"{start}-{(start + 1) % 100:02d}"
