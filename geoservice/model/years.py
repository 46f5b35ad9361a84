"""School years in one form, read from the spellings of districts."""

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
    """Return ``2018-19`` for ``2018-2019``, ``SY18-19``, ``2018/19`` or ``1819``.

    A lone 2019 or FY19 is the school year that ends in 2019. A text such as a word, a date or two
    years with a gap is no school year and returns None. So does a lone academic year (``AY19``):
    districts name it by its beginning or by its end.
    """
    written = re.sub("['\u2018\u2019]", "", text.strip().upper().removesuffix(".0"))
    bare = _AROUND.sub("", written)
    for pattern in (_SPAN, _JOINED):
        if match := pattern.match(bare):
            start_year, end_year = (part for part in match.groups() if part is not None)
            gap = int(end_year) - int(start_year)
            if gap == 1 or (gap % 100 == 1 and min(len(start_year), len(end_year)) == 2):
                return _named(int(start_year))
    lone_year = None if written.startswith("A") else _END.match(bare)
    return _named(_full(int(lone_year[1])) - 1) if lone_year else None


def school_year_in(text: str) -> str | None:
    """Return the school year of a written year, or of a day such as 2018-08-20.

    School years begin in July.
    """
    day = _DAY.match(text.strip())
    if day:
        return _named(int(day[1]) - (int(day[2]) < _NEW_YEAR_MONTH))
    return read_year(text)


def school_years_in(column: pl.Series) -> pl.Series:
    """Return `school_year_in` of each text in a column; null if it returns None."""
    texts = column.cast(pl.String).unique().to_list()
    years = [school_year_in(text) if text else None for text in texts]
    return column.replace_strict(texts, years, return_dtype=pl.String).alias(column.name)


def _full(year: int) -> int:
    """Return a year of four digits; two digits from 70 on belong to the twentieth century."""
    if year > _CENTURY:
        return year
    return year + (1900 if year >= _LAST_CENTURY else 2000)


def _named(start_year: int) -> str:
    full_year = _full(start_year)
    return f"{full_year}-{(full_year + 1) % 100:02d}"
