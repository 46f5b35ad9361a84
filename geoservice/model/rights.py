"""The schools of right of one place: the schools of its attendance zone, in one text."""

from collections.abc import Iterable

import polars as pl

SEPARATOR = ";"
"""Stands between ids, names and ratings where several schools or zones share one cell."""


def joined(texts: Iterable[str]) -> str:
    """Distinct texts in the order given, joined by `SEPARATOR`."""
    return SEPARATOR.join(dict.fromkeys(texts))


def parted(text: str | None) -> tuple[str, ...]:
    """The texts that `joined` put together; none for an empty text."""
    return tuple(text.split(SEPARATOR)) if text else ()


def attends(attended: pl.Series, school_of_right: pl.Series) -> pl.Series:
    """True where the school attended is among the schools of right; null where either is null.

    Parameters
    ----------
    attended
        One school id per row.
    school_of_right
        School ids per row, joined by `SEPARATOR`.
    """
    same = attended == school_of_right
    several = school_of_right.str.contains(SEPARATOR, literal=True).fill_null(value=False)
    if not several.any():
        return same
    among = pl.select(
        school_of_right.str.split(SEPARATOR).list.contains(attended).alias("attends")
    ).to_series()
    return same | (several & among)
