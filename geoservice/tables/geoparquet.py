"""Parquet and GeoParquet 1.1.

GeoParquet has a geometry column and a bounding box for each row, by which readers such as DuckDB
and GDAL skip rows before they read shapes. Rows without a place have neither.
"""

import json
from collections.abc import Collection
from typing import IO, Any

import numpy as np
import polars as pl
import pyarrow
import pyarrow.parquet
import shapely

from geoservice.tables.positions import position_columns
from geoservice.tables.sink import Sink

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_VERSION = "1.1.0"
_GEOMETRY, _BOX = "geometry", "bbox"


class ParquetSink(Sink):
    """Parquet with the columns of the table."""

    def __init__(self, stream: IO[bytes], frame: pl.DataFrame) -> None:
        self._stream = stream
        self._schema = self._table(frame.clear()).schema
        self._writer = pyarrow.parquet.ParquetWriter(stream, self._schema, compression="zstd")

    def write(self, frame: pl.DataFrame) -> None:
        """Add rows; all chunks have the same columns."""
        self._writer.write_table(self._table(frame).cast(self._schema))

    def close(self) -> None:
        """Complete the file."""
        self._writer.close()
        self._stream.close()

    def _table(self, frame: pl.DataFrame) -> pyarrow.Table:
        return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


class GeoParquetSink(ParquetSink):
    """GeoParquet: the columns of the table, then a point and its box for each row with a place.

    Where the table has columns of these names, the new columns begin with ``geo_``.
    """

    def __init__(self, stream: IO[bytes], frame: pl.DataFrame) -> None:
        self._names = tuple(
            f"geo_{name}" if name in frame.columns else name for name in (_BOX, _GEOMETRY)
        )
        self._bounds = np.full(4, np.nan)
        super().__init__(stream, frame)

    def close(self) -> None:
        """Complete the file with the bounds of all its points."""
        has_points = not np.isnan(self._bounds[0])
        metadata = geo_metadata(
            ["Point"] if has_points else [],
            self._bounds.tolist() if has_points else None,
            geometry=self._names[1],
            box=self._names[0],
        )
        self._writer.add_key_value_metadata({"geo": metadata})
        super().close()

    def _table(self, frame: pl.DataFrame) -> pyarrow.Table:
        points = _points(frame)
        if len(frame):
            self._extend(shapely.total_bounds(points))
        table = super()._table(frame).append_column(self._names[0], box_column(points))
        return table.append_column(self._names[1], geometry_column(points))

    def _extend(self, bounds: Any) -> None:  # noqa: ANN401
        low = np.fmin(self._bounds[:2], bounds[:2])
        high = np.fmax(self._bounds[2:], bounds[2:])
        self._bounds = np.concatenate([low, high])


def geometry_column(shapes: Any) -> pyarrow.Array:  # noqa: ANN401
    """Return shapes as a column of WKB; a missing shape is null."""
    return pyarrow.array(shapely.to_wkb(shapes).tolist(), type=pyarrow.binary())


def box_column(shapes: Any) -> pyarrow.StructArray:  # noqa: ANN401
    """Return the box of each shape as a column of four numbers."""
    bounds = shapely.bounds(shapes).reshape(-1, len(_SIDES))
    missing = pyarrow.array(np.isnan(bounds[:, 0]))
    sides = [pyarrow.array(bounds[:, side]) for side in range(len(_SIDES))]
    return pyarrow.StructArray.from_arrays(sides, names=list(_SIDES), mask=missing)


def geo_metadata(
    kinds: Collection[str],
    bounds: list[float] | None,
    *,
    geometry: str = _GEOMETRY,
    box: str = _BOX,
) -> str:
    """Return the metadata ``geo`` of a file; without a CRS it is longitude and latitude (WGS 84).

    Parameters
    ----------
    kinds
        The kinds of shapes, such as ``Point``.
    bounds
        Of all shapes; None for a file without shapes.
    """
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(kinds),
        "covering": {"bbox": {side: [box, side] for side in _SIDES}},
    }
    if bounds is not None:
        column["bbox"] = bounds
    content = {"version": _VERSION, "primary_column": geometry, "columns": {geometry: column}}
    return json.dumps(content)


def _points(frame: pl.DataFrame) -> Any:  # noqa: ANN401
    """Return the point of each row in longitude and latitude; None for a row without a place."""
    x, y = (
        frame[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for column in position_columns(frame)
    )
    return np.where(np.isnan(x), None, shapely.points(np.nan_to_num(x), np.nan_to_num(y)))
