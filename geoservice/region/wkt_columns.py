"""Shapes in a column of a text table, as open-data portals write them: well-known text."""

import numpy as np
import polars as pl
import shapely

from geoservice.model.layers import Geometries

_NAMES = ("the_geom", "wkt", "wkt_geom", "geom", "geometry", "shape", "multipolygon", "polygon")
_WKT = (
    r"(?i)^\s*(?:srid=\d+;)?\s*(?:multi)?(?:polygon|linestring|point)\s*(?:z|m|zm)?\s*(?:\(|empty)"
)
_SRID = r"(?i)^\s*srid=\d+;"


def wkt_column(frame: pl.DataFrame) -> str | None:
    """The column that holds shapes: called as such columns are, and its first filled cell is a shape."""
    for column in frame.columns:
        if column.lower() not in _NAMES:
            continue
        filled = frame[column].drop_nulls().head(1)
        if len(filled) and filled.str.contains(_WKT).item():
            return column
    return None


def wkt_shapes(column: pl.Series) -> Geometries:
    """The shapes of a column, None where a cell holds none that can be read."""
    texts = np.array(column.str.replace(_SRID, "").to_list(), dtype=object)
    with np.errstate(invalid="ignore"):  # NaN coordinates are looked for later.
        return np.asarray(shapely.from_wkt(texts, on_invalid="fix"), dtype=object)
