"""Enum columns as places in their categories, and back."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Codes = NDArray[np.int32]


def codes(column: pl.Series) -> Codes:
    """Places of an Enum column in its categories, -1 for none."""
    return column.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()


def enum_column(name: str, places: NDArray[np.integer], categories: Sequence[str]) -> pl.Series:
    """An Enum column from places in its categories; null if negative."""
    kind = pl.Enum(categories)
    small = pl.Series(name, places)
    places_or_null = pl.select(pl.when(small >= 0).then(small).alias(name)).to_series()
    return places_or_null.cast(pl.Series([], dtype=kind).to_physical().dtype).cat.to(kind)
