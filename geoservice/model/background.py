"""Kinds of background layers, the ground that maps show beneath a figure."""

from collections.abc import Mapping
from typing import Any

import polars as pl

WATER, PARKS, RAILWAYS, PLACES = "water", "parks", "railways", "places"
POINT, LINE, POLYGON = 0, 1, 2
"""Dimensions of shapes."""
DIMENSIONS: Mapping[str, tuple[int, ...]] = {
    WATER: (POLYGON, LINE),
    PARKS: (POLYGON,),
    RAILWAYS: (LINE,),
    PLACES: (POINT, POLYGON),
}
"""Kinds with the dimensions of their shapes; a place is stored as a point."""
BACKGROUND: dict[str, Any] = {"kind": pl.String, "name": pl.String}
"""Columns of background shapes; the name is null if the file has none."""
