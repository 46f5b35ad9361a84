"""The layers of a region, read from the district's files, with uniform names and units."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.model.background import BACKGROUND
from geoservice.model.counted import in_number
from geoservice.model.region import RegionInfo

Geometries = NDArray[np.object_]
"""2-D shapely geometries, one per row of the layer's table."""

STREETS: dict[str, Any] = {
    # Texts as in the file; null where the file has no such field. A file has either full_name or
    # the parts. Range ends are whole numbers; null (never 0) for no range.
    "id": pl.String,
    "full_name": pl.String,
    "predir": pl.String,
    "pretype": pl.String,
    "name": pl.String,
    "type": pl.String,
    "postdir": pl.String,
    "alias": pl.String,
    "from_left": pl.Int64,
    "to_left": pl.Int64,
    "from_right": pl.Int64,
    "to_right": pl.Int64,
    "parity_left": pl.String,
    "parity_right": pl.String,
    "zip_left": pl.String,
    "zip_right": pl.String,
    "city_left": pl.String,
    "city_right": pl.String,
    "state_left": pl.String,
    "state_right": pl.String,
    "source": pl.String,  # the file's name without its ending
}
ADDRESSES: dict[str, Any] = {
    # number is text ("123", "45-12", "12 1/2"); lon and lat are WGS 84 degrees.
    "id": pl.String,
    "number": pl.String,
    "street": pl.String,
    "unit": pl.String,
    "city": pl.String,
    "state": pl.String,
    "zip": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "source": pl.String,
}
ALIASES: dict[str, Any] = {
    # A second name of a street; both names are full texts.
    "street": pl.String,
    "alias": pl.String,
}
SCHOOLS: dict[str, Any] = {
    # grades are CEDS codes in school order, empty where unknown; low_grade and high_grade are the
    # lowest and the highest. other_id is a second id that other tables may use. programs is text
    # separated by "; ". first_year and last_year limit the years in which the school is open; null
    # for no limit.
    "id": pl.String,
    "name": pl.String,
    "low_grade": pl.String,
    "high_grade": pl.String,
    "level": pl.String,
    "sector": pl.String,
    "address": pl.String,
    "nces": pl.String,
    "programs": pl.String,
    "capacity": pl.Int64,
    "enrollment": pl.Int64,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "first_year": pl.String,
    "last_year": pl.String,
    "other_id": pl.String,
    "grades": pl.List(pl.String),
}
SEATS: dict[str, Any] = {
    # Capacity and enrolment of a school in one school year; null where the file has no value.
    "school_id": pl.String,
    "year": pl.String,
    "capacity": pl.Int64,
    "enrollment": pl.Int64,
}
RATINGS: dict[str, Any] = {
    # label is the id of a label of the scheme, null where the school is not rated.
    "school_id": pl.String,
    "year": pl.String,
    "scheme": pl.String,
    "value": pl.String,
    "label": pl.String,
}
ZONES: dict[str, Any] = {
    # A row per polygon. Polygons of the same zone_id differ in grades, school or name. school_id
    # may hold several ids, joined by model.rights.SEPARATOR.
    "set_id": pl.String,
    "zone_id": pl.String,
    "school_id": pl.String,
    "name": pl.String,
    "grades": pl.List(pl.String),
}
AREAS: dict[str, Any] = {"set_id": pl.String, "area_id": pl.String, "name": pl.String}


_ABOUT_A_LAYER = frozenset(
    {
        "crs_contradicted",
        "empty_layer",
        "exact_counts",
        "layers_apart",
        "metric_crs_elsewhere",
        "no_crs",
        "no_shx",
        "nothing_to_geocode",
        "read",
        "table_place",
        "wrong_hemisphere",
        "z_dropped",
    }
)
"""Codes of findings whose count says nothing."""


@dataclass(frozen=True)
class Finding:
    """A line of the quality report on a region's files.

    ``severity`` is ``repair`` (repaired while reading), ``warning``, ``error`` or ``note``.
    ``rows`` holds up to ten data row numbers of the file, counted from 1, or ids of zones and
    schools; never addresses. ``message`` follows the count: `[zone names|zones name] no school` is
    given in both forms, and stored in the form for the count.
    """

    code: str
    severity: str
    dataset: str
    message: str
    count: int = 1
    rows: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Store the message in the form for the count."""
        object.__setattr__(self, "message", in_number(self.message, self.count))

    @property
    def sentence(self) -> str:
        """The message with its count; alone if it is about a whole layer."""
        if self.code in _ABOUT_A_LAYER:
            return self.message
        return f"{self.count:,} {self.message}"


@dataclass(frozen=True)
class RegionLayers:
    """All layers of a region. Geometries are 2-D, valid, in the region's metric CRS."""

    info: RegionInfo
    streets: pl.DataFrame
    street_lines: Geometries
    addresses: pl.DataFrame
    schools: pl.DataFrame
    ratings: pl.DataFrame
    zones: pl.DataFrame
    zone_polygons: Geometries
    areas: pl.DataFrame
    area_polygons: Geometries
    findings: Sequence[Finding]
    aliases: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ALIASES))
    seats: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SEATS))
    background: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BACKGROUND))
    background_shapes: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
