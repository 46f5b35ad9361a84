"""Operations on whole columns, once per distinct value where possible."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


def coded(column: pl.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Return each row's index into the distinct texts, and the texts in order of appearance.

    A null counts as the empty text.
    """
    if len(column) == 1:
        return np.zeros(1, dtype=np.int64), [column.item() or ""]
    encoded = column.cast(pl.String).fill_null("").to_arrow().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, encoded.dictionary.to_pylist()


def each_text(column: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """Return the function's result for each text; a null counts as the empty text."""
    codes, texts = coded(column)
    return pl.Series(column.name, [function(text) for text in texts], dtype=pl.String)[codes]


def table(columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Return columns of equal length as a table; three times as fast as the polars constructor."""
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def null_column(dtype: pl.DataType | type[pl.DataType], rows: int) -> pl.Series:
    """Return a column of nulls."""
    return pl.Series([None], dtype=dtype).new_from_index(0, rows)


def rows_at(values: pl.Series, index: NDArray[np.integer[Any]]) -> pl.Series:
    """Return values by index, none negative; a single row skips the planner of polars."""
    if len(index) == 1:
        return values.new_from_index(int(index[0]), 1)
    return values[index]


def gathered(values: pl.Series, index: NDArray[np.integer[Any]]) -> pl.Series:
    """Return values by index, null if the index is negative."""
    if len(index) == 1:
        return null_column(values.dtype, 1) if index[0] < 0 else rows_at(values, index)
    missing = index < 0
    if not missing.any():
        return values[index]
    if missing.all():
        return null_column(values.dtype, len(index))
    places = pl.Series(np.where(missing, 0, index).astype(np.uint32))
    return values.gather(places.set(pl.Series(missing), None))
