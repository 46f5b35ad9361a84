"""The schools of right of a place: the schools of its attendance zone, joined in one text."""

from collections.abc import Iterable

import polars as pl

SEPARATOR = ";"
"""Separator of ids, names and ratings where a cell holds several schools or zones."""


def join_ids(texts: Iterable[str]) -> str:
    """Return the distinct texts in input order, joined by `SEPARATOR`."""
    return SEPARATOR.join(dict.fromkeys(texts))


def split_ids(text: str | None) -> tuple[str, ...]:
    """Return the texts that `join_ids` has joined; no text for an empty input."""
    return tuple(text.split(SEPARATOR)) if text else ()


def attends(attended: pl.Series, school_of_right: pl.Series) -> pl.Series:
    """Return whether the school attended is a school of right; null if either is null.

    Parameters
    ----------
    attended
        A school id per row.
    school_of_right
        School ids per row, joined by `SEPARATOR`.
    """
    is_same = attended == school_of_right
    has_several = school_of_right.str.contains(SEPARATOR, literal=True).fill_null(value=False)
    if not has_several.any():
        return is_same
    is_among = pl.select(
        school_of_right.str.split(SEPARATOR).list.contains(attended).alias("attends")
    ).to_series()
    return is_same | (has_several & is_among)
