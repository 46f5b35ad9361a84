"""Functions of one text applied to whole columns, once per distinct value."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


def coded(column: pl.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Each row's index into the distinct texts, and these in order of appearance; null is empty."""
    if len(column) == 1:
        return np.zeros(1, dtype=np.int64), [column.item() or ""]
    encoded = column.cast(pl.String).fill_null("").to_arrow().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, encoded.dictionary.to_pylist()


def each_text(column: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """The function of every text; of null that of the empty text."""
    codes, texts = coded(column)
    return pl.Series(column.name, [function(text) for text in texts], dtype=pl.String)[codes]


def table(columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Columns of one length as a table, in their order: a third of the time of polars' own way."""
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def nothing(dtype: pl.DataType | type[pl.DataType], rows: int) -> pl.Series:
    """A column of nulls."""
    return pl.Series([None], dtype=dtype).new_from_index(0, rows)


def at(values: pl.Series, index: NDArray[np.integer[Any]]) -> pl.Series:
    """Values by index, none of them negative; of one row without polars' planning."""
    if len(index) == 1:
        return values.new_from_index(int(index[0]), 1)
    return values[index]


def gathered(values: pl.Series, index: NDArray[np.integer[Any]]) -> pl.Series:
    """Values by index, null where the index is negative."""
    if len(index) == 1:
        return nothing(values.dtype, 1) if index[0] < 0 else at(values, index)
    missing = index < 0
    if not missing.any():
        return values[index]
    if missing.all():
        return nothing(values.dtype, len(index))
    places = pl.Series(np.where(missing, 0, index).astype(np.uint32))
    return values.gather(places.set(pl.Series(missing), None))
