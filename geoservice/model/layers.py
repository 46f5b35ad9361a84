"""The layers of a region as read from the district's files, in our names and units."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.model.region import RegionInfo

Geometries = NDArray[np.object_]
"""shapely geometries, two-dimensional, one per row of the table beside them."""

STREETS: dict[str, Any] = {
    # Texts as the file has them; null where the file has no such field. Give either
    # full_name or the parts. Range ends are whole numbers; null (never 0) where there is none.
    "id": pl.String, "full_name": pl.String, "predir": pl.String, "pretype": pl.String,
    "name": pl.String, "type": pl.String, "postdir": pl.String, "alias": pl.String,
    "from_left": pl.Int64, "to_left": pl.Int64, "from_right": pl.Int64, "to_right": pl.Int64,
    "parity_left": pl.String, "parity_right": pl.String,
    "zip_left": pl.String, "zip_right": pl.String, "city_left": pl.String, "city_right": pl.String,
    "state_left": pl.String, "state_right": pl.String,
    "source": pl.String,  # the file's name without its ending
}  # fmt: skip
ADDRESSES: dict[str, Any] = {
    # number is text ("123", "45-12", "12 1/2"); lon and lat are WGS 84 degrees.
    "id": pl.String, "number": pl.String, "street": pl.String, "unit": pl.String,
    "city": pl.String, "state": pl.String, "zip": pl.String,
    "lon": pl.Float64, "lat": pl.Float64, "source": pl.String,
}  # fmt: skip
ALIASES: dict[str, Any] = {
    # Another name of a street, both as full texts.
    "street": pl.String, "alias": pl.String,
}  # fmt: skip
SCHOOLS: dict[str, Any] = {
    # grades are the CEDS codes that the school serves, in school order, empty where unknown; low_grade and
    # high_grade are the first and the last of them. other_id is a second id by which other tables may name the
    # school. programs is "; "-separated text; first_year and last_year are the school years in which it was open
    # first and last, null where it was always.
    "id": pl.String, "name": pl.String, "low_grade": pl.String, "high_grade": pl.String,
    "level": pl.String, "sector": pl.String, "address": pl.String, "nces": pl.String,
    "programs": pl.String, "capacity": pl.Int64, "enrollment": pl.Int64,
    "lon": pl.Float64, "lat": pl.Float64, "first_year": pl.String, "last_year": pl.String,
    "other_id": pl.String, "grades": pl.List(pl.String),
}  # fmt: skip
SEATS: dict[str, Any] = {
    # Capacity and enrolment of a school in one school year; null where the file has none.
    "school_id": pl.String, "year": pl.String, "capacity": pl.Int64, "enrollment": pl.Int64,
}  # fmt: skip
RATINGS: dict[str, Any] = {
    # label is the rating label's id by the scheme, null where the school is not rated.
    "school_id": pl.String, "year": pl.String, "scheme": pl.String,
    "value": pl.String, "label": pl.String,
}  # fmt: skip
ZONES: dict[str, Any] = {
    # A row per polygon: those of one zone_id differ in grades, school or name. school_id holds the ids of several
    # schools joined by model.rights.SEPARATOR.
    "set_id": pl.String, "zone_id": pl.String, "school_id": pl.String, "name": pl.String,
    "grades": pl.List(pl.String),
}  # fmt: skip
AREAS: dict[str, Any] = {"set_id": pl.String, "area_id": pl.String, "name": pl.String}


@dataclass(frozen=True)
class Finding:
    """One thing that reading or checking found.

    ``severity`` is ``repair`` (mended while reading), ``warning``, ``error`` or ``note``. ``rows`` are up
    to ten 1-based data row numbers of the file, or ids of zones and schools; never addresses.
    """

    code: str
    severity: str
    dataset: str
    message: str
    count: int = 1
    rows: tuple[str, ...] = ()


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
