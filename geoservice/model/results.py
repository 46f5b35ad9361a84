"""The columns that geocoding adds; the only definition, for files, HTTP and docs."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class ResultColumn:
    """Name, type and meaning of a result column."""

    name: str
    dtype: type[pl.DataType]
    meaning: str


GEOCODE_COLUMNS = (
    ResultColumn("geo_status", pl.String, "matched, ambiguous or unmatched"),
    ResultColumn("geo_match", pl.String, "point, range, intersection, street or zip"),
    ResultColumn("geo_score", pl.Float64, "0 to 100: how well the matched address agrees"),
    ResultColumn("geo_reason", pl.String, "why a row is ambiguous or unmatched"),
    ResultColumn("lon", pl.Float64, "WGS 84 degrees, 6 decimals"),
    ResultColumn("lat", pl.Float64, "WGS 84 degrees, 6 decimals"),
    ResultColumn("geo_uncertainty_m", pl.Float64, "half-width in meters of the 95% region"),
    ResultColumn("geo_address", pl.String, "the matched address, standardised"),
    ResultColumn("geo_source", pl.String, "layer and feature of the reference"),
    ResultColumn("geo_side", pl.String, "L or R for ranges"),
    ResultColumn("geo_changes", pl.String, "what had to be changed to match; the candidates"),
)
SCHOOL_COLUMNS = (
    ResultColumn(
        "school_of_right", pl.String, "id of the school of the zone that serves the grade"
    ),
    ResultColumn("school_of_right_name", pl.String, "its name"),
    ResultColumn("rating", pl.String, "its rating label in the region's school year"),
    ResultColumn("zone_margin_m", pl.Float64, "distance in meters to the zone's edge"),
    ResultColumn(
        "zone_doubtful", pl.Boolean, "true where the uncertainty is larger than the margin"
    ),
)
ATTENDS_COLUMN = ResultColumn(
    "attends_school_of_right", pl.Boolean, "true where the school attended is the zoned school"
)


def result_columns(
    areas: tuple[str, ...],
    zones: tuple[str, ...],
    *,
    with_grade: bool,
    with_school: bool,
    input_columns: tuple[str, ...] = (),
) -> tuple[ResultColumn, ...]:
    """Return the columns that a run adds, in order, for the region's sets."""
    columns = [_coordinate(column, input_columns) for column in GEOCODE_COLUMNS]
    columns += [ResultColumn(f"area_{area_set}", pl.String, "the area's id") for area_set in areas]
    if with_grade:
        columns += [
            ResultColumn(f"zone_{zone_set}", pl.String, "the zone's id") for zone_set in zones
        ]
        columns += SCHOOL_COLUMNS
        columns += [ATTENDS_COLUMN] if with_school else []
    return tuple(columns)


def _coordinate(column: ResultColumn, input_columns: tuple[str, ...]) -> ResultColumn:
    taken_names = {"lon", "lat"} & set(input_columns)
    if taken_names and column.name in ("lon", "lat"):
        return ResultColumn(f"geo_{column.name}", column.dtype, column.meaning)
    return column
