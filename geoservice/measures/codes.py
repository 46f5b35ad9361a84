"""Enum columns as places in their categories, and back."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Codes = NDArray[np.int32]
_MOST_DENSE = 10_000_000
"""Numbers up to this are counted in one array."""


def codes(column: pl.Series) -> Codes:
    """Places of an Enum column in its categories, -1 for none."""
    return column.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()


def enum_column(name: str, places: NDArray[np.integer], categories: Sequence[str]) -> pl.Series:
    """An Enum column from places in its categories; null where negative."""
    kind = pl.Enum(categories)
    small = pl.Series(name, places)
    kept = pl.select(pl.when(small >= 0).then(small).alias(name)).to_series()
    return kept.cast(pl.Series([], dtype=kind).to_physical().dtype).cat.to(kind)


def counted(table: pl.DataFrame) -> pl.DataFrame:
    """The distinct rows of a table of Enums, texts, booleans and whole numbers, sorted, Enums as text; ``n`` is how often each is.

    Each row is packed into one number, which is many times faster than grouping by several columns.
    """
    texts = [
        one.cast(pl.Enum(one.drop_nulls().unique().sort()))
        for one in table
        if one.dtype == pl.String
    ]
    table = table.with_columns(texts)
    packed = np.zeros(len(table), dtype=np.int64)
    sizes, lowest = [], []
    for column in table.get_columns():
        whole = column.to_physical() if column.dtype == pl.Enum else column.cast(pl.Int64)
        low, high = (int(whole.min() or 0), int(whole.max() or 0)) if len(whole) else (0, 0)  # type: ignore[arg-type]
        values = whole.cast(pl.Int64).fill_null(low - 1).to_numpy()
        lowest.append(low - 1)
        sizes.append(high - low + 2)
        packed *= sizes[-1]
        packed += values - (low - 1)
    places, number = _distinct(packed, int(np.prod(sizes)) if sizes else 1)
    found = []
    for column, size, low in zip(reversed(table.get_columns()), reversed(sizes), reversed(lowest), strict=True):  # fmt: skip
        places, rest = np.divmod(places, size)
        found.append(_column(column, rest + low, low))
    made = pl.DataFrame([*reversed(found), pl.Series("n", number, dtype=pl.Int64)])
    return made.sort(table.columns)


def _distinct(packed: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct numbers, ascending, and how often each is."""
    if size > max(_MOST_DENSE, 2 * len(packed)):
        return np.unique(packed, return_counts=True)
    number = np.bincount(packed, minlength=1)
    places = np.flatnonzero(number)
    return places, number[places]


def _column(like: pl.Series, values: NDArray[np.int64], none: int) -> pl.Series:
    known = np.where(values == none, -1, values) if like.dtype == pl.Enum else values
    if isinstance(like.dtype, pl.Enum):
        return enum_column(like.name, known, like.dtype.categories.to_list()).cast(pl.String)
    whole = pl.Series(like.name, values)
    return pl.select(
        pl.when(whole != none).then(whole).cast(like.dtype).alias(like.name)
    ).to_series()
