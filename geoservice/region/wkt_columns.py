"""Shapes as well-known text in a column, as in exports of open-data portals."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

_NAMES = ("the_geom", "wkt", "wkt_geom", "geom", "geometry", "shape", "multipolygon", "polygon")
_WKT = (
    r"(?i)^\s*(?:srid=\d+;)?\s*(?:multi)?(?:polygon|linestring|point)\s*(?:z|m|zm)?\s*(?:\(|empty)"
)
_SRID = r"(?i)^\s*srid=\d+;"


def wkt_column(frame: pl.DataFrame) -> str | None:
    """Return the column with shapes, by its name and its first filled cell; None without one."""
    for column in frame.columns:
        if column.lower() not in _NAMES:
            continue
        filled = frame[column].drop_nulls().head(1)
        if len(filled) and filled.str.contains(_WKT).item():
            return column
    return None


def wkt_texts(column: pl.Series) -> NDArray[np.object_]:
    """Return the texts of the shapes of a column, without their CRS."""
    return np.array(column.str.replace(_SRID, "").to_list(), dtype=object)
