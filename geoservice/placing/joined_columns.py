"""Columns whose texts together are the address or the street line, such as number and street."""

import re
from collections.abc import Iterable, Sequence

import polars as pl

from geoservice.tables.header_names import name_words

_UNIT = re.compile(r"(?:^|_)(?:unit|apt|apartment|suite|ste)(?:_|$)")
BETWEEN = " + "
"""Stands between the names of joined columns, as in ``House Number + Street``."""


def names_in(text: str | None) -> tuple[str, ...]:
    """Return the names of the columns in a text of joined names; none without a text."""
    return () if text is None else tuple(name.strip() for name in text.split(BETWEEN))


def joined_name(columns: Iterable[str]) -> str:
    """Return the names of columns as one text."""
    return BETWEEN.join(columns)


def joined_text(columns: Sequence[str]) -> pl.Expr:
    """Return the texts of columns, joined by single blanks; empty cells are left out."""
    texts = (
        unit_text(name) if _UNIT.search(name_words(name)) else part_text(name) for name in columns
    )
    return pl.concat_str(texts, separator=" ", ignore_nulls=True)


def unit_text(column: str) -> pl.Expr:
    """Return the unit of an address as text: ``# E`` for E, which else would be a direction."""
    return part_text(column).str.replace(r"^([NSEWnsew])$", "# $1")


def part_text(column: str) -> pl.Expr:
    """Return a part of an address as text without the marks of a spreadsheet; null if empty.

    Spreadsheets write 745.0 for a number, and an apostrophe before it.
    """
    text = pl.col(column).cast(pl.String, strict=False).str.strip_chars()
    plain = text.str.replace(r"^'(\d)", "$1").str.replace(r"^(\d+)\.0+$", "$1")
    return pl.when(plain != "").then(plain).alias(column)
