"""Tables of pandas and polars: columns as text for geocoding, result columns added.

Rows are aligned by position. Labels of rows and columns may repeat and may have any type.
"""

import datetime
import math
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from geoservice.errors import InputError
from geoservice.tables.dialect import unique_names

Frame = pd.DataFrame | pl.DataFrame
_PLAIN = (
    pl.String,
    pl.Categorical,
    pl.Enum,
    pl.Boolean,
    pl.Decimal,
    pl.Date,
    pl.Null,
    *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
)
"""Types whose text form equals the displayed cell."""


def checked_frame(frame: object) -> Frame:
    """Return the table; collect a lazy table.

    Raises
    ------
    InputError
        If the object is no table of pandas or polars.
    """
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, pd.DataFrame | pl.DataFrame):
        return frame
    raise InputError("Give a table: a pandas, geopandas or polars DataFrame.")


def column_names(frame: Frame) -> tuple[str, ...]:
    """Return a name per column: its label as text, with a number where the label repeats."""
    return unique_names([_label_text(label) for label in frame.columns])


def column_name(frame: Frame, requested: Hashable) -> str:
    """Return the name (see `column_names`) of the column with a label.

    Raises
    ------
    InputError
        If several columns have the label.
    """
    labels = list(frame.columns)
    places = [place for place, label in enumerate(labels) if _same_label(label, requested)]
    if len(places) > 1:
        listed = " and ".join(str(place + 1) for place in places)
        raise InputError(
            f"Columns {listed} of the table are all called `{_label_text(requested)}`. Rename all "
            "but one of them.",
            column=_label_text(requested),
        )
    return column_names(frame)[places[0]] if places else _label_text(requested)


def text_columns(frame: Frame, names: Sequence[str]) -> pl.DataFrame:
    """Return the named columns as text, null for empty cells.

    Other columns are not read.
    """
    all_names = column_names(frame)
    places = {name: all_names.index(name) for name in dict.fromkeys(names)}
    series = [_text_series(frame, place).alias(name) for name, place in places.items()]
    return pl.DataFrame(series)


def with_results(frame: Frame, dropped: Sequence[str], results: pl.DataFrame) -> pd.DataFrame:
    """Return a pandas table without the ``dropped`` columns, followed by the results.

    A pandas input keeps its index, its labels and the types of its columns.
    """
    kept_places = [
        place for place, name in enumerate(column_names(frame)) if name not in set(dropped)
    ]
    added = results.to_pandas()
    if isinstance(frame, pl.DataFrame):
        columns = {frame.columns[place]: _pandas_column(frame[:, place]) for place in kept_places}
        return pd.concat([pd.DataFrame(columns, index=added.index), added], axis=1)
    own_columns = pd.DataFrame(frame).iloc[:, kept_places]
    if own_columns.columns.nlevels > 1:
        blank = ("",) * (own_columns.columns.nlevels - 1)
        added.columns = pd.MultiIndex.from_tuples([(name, *blank) for name in added.columns])
    joined = pd.concat([own_columns.set_axis(added.index, axis=0), added], axis=1)
    return joined.set_axis(frame.index, axis=0)


def _label_text(label: Hashable) -> str:
    if isinstance(label, tuple):  # The columns have several header rows.
        return " ".join(str(part) for part in label if str(part).strip())
    return str(label)


def _same_label(label: Hashable, requested: Hashable) -> bool:
    if isinstance(requested, str) and not isinstance(label, str):
        return _label_text(label) == requested
    return type(label) is type(requested) and label == requested


def _text_series(frame: Frame, place: int) -> pl.Series:
    """Return a column as text: by polars for a plain type, cell by cell for mixed types."""
    if isinstance(frame, pl.DataFrame):
        series = frame[:, place]
    else:
        column = frame.iloc[:, place]
        try:
            series = pl.from_pandas(column)
        except Exception:  # pyarrow and polars raise several kinds for unsupported cells
            return _cell_texts(column.astype(object).tolist())
    if isinstance(series.dtype, _PLAIN):
        return series.cast(pl.String)
    return _cell_texts(series.to_list())


def _cell_texts(cells: list[Any]) -> pl.Series:
    # Equal cells of different types have different texts, so the type is part of the key.
    texts: dict[tuple[type, Any], str | None] = {}
    result = []
    for cell in cells:
        key = (type(cell), cell)
        try:
            if key not in texts:
                texts[key] = _cell_text(cell)
            result.append(texts[key])
        except TypeError:  # A list or a dictionary cannot be looked up.
            result.append(_cell_text(cell))
    return pl.Series(result, dtype=pl.String)


def _cell_text(cell: Any) -> str | None:  # noqa: ANN401 - whatever a caller's cell holds
    """Return a cell as text: integers without ``.0``, days without midnight, None for empty."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    if isinstance(cell, float | np.floating | Decimal):
        if not math.isfinite(cell):
            return None
        return str(int(cell)) if cell == int(cell) else str(cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)


def _pandas_column(series: pl.Series) -> pd.Series:
    """Return a polars column in pandas; integers stay integers beside empty cells."""
    if series.dtype.is_integer() and series.null_count():
        return pd.Series(series.to_list(), dtype=str(series.dtype))  # pandas names them alike
    if series.dtype == pl.Object:
        return pd.Series(series.to_list(), dtype=object)
    return series.to_pandas()
