"""Assignment of stored students to the current region, without geocoding again."""

import numpy as np
import polars as pl

from geoservice.assign.schools import area_columns, in_areas, in_zones, school_columns
from geoservice.model.grades import grade_places
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import schools_attended
from geoservice.students.identity import COARSE

_KEYS = ("row", "year", "grade")
WITHOUT_ZONE = ("intersection", *COARSE)
"""Match types that are too coarse for a zone, as in geocoding."""
_OF_MARGIN = {"zone_margin_m", "zone_doubtful"}
_SCHOOLS = ("school_id", "school_reason", "school_of_right")


def reassigned(stored: pl.DataFrame, metric_crs: str, reference: Reference) -> pl.DataFrame:
    """Return the rows with areas, zones, schools and ratings of the current region.

    Columns of removed sets disappear, columns of new sets appear. Results of geocoding stay.
    ``metric_crs`` is the CRS of the stored metres.
    """
    located = stored.drop(name for name in stored.columns if name.startswith(("area_", "zone_")))
    if metric_crs != reference.info.metric_crs:
        located = _with_metres(located, reference)
    schools = schools_attended(located["school_id"].fill_null(""), located["year"], reference)
    x, y = (located[axis].fill_null(np.nan).to_numpy() for axis in "xy")
    columns = area_columns(in_areas(x, y, reference))
    coarse = located["geo_match"].is_in(list(WITHOUT_ZONE)).fill_null(value=False).to_numpy()
    x, y = np.where(coarse, np.nan, x), np.where(coarse, np.nan, y)
    columns |= school_columns(
        in_zones(x, y, reference),
        grade_places(located["grade"]),
        located["geo_uncertainty_m"],
        schools["school_id"],
        reference,
    )
    new_columns = {name: column.alias(name) for name, column in columns.items()}
    return located.drop("school_id", "school_reason").with_columns(
        schools["school_id"], schools["school_reason"], **new_columns
    )


def changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a changed zone or school of right.

    Columns: ``row``, ``year``, ``grade``, ``zone_before``, ``zone_after``, ``school_before``,
    ``school_after``.
    """
    compared = before.select(
        *_KEYS,
        zone_before=assigned_zone(before),
        zone_after=after.select(assigned_zone(after)).to_series(),
        school_before="school_of_right",
        school_after=after["school_of_right"],
    )
    moved = pl.col("zone_before").ne_missing(pl.col("zone_after")) | pl.col(
        "school_before"
    ).ne_missing(pl.col("school_after"))
    return compared.filter(moved)


def is_outdated(stored: pl.DataFrame, metric_crs: str, reference: Reference) -> bool:
    """Return whether any stored area, zone, school or place differs from the current region.

    Figures would otherwise mix two states of the region.
    """
    if metric_crs != reference.info.metric_crs:
        return True
    current = reassigned(stored, metric_crs, reference)
    before, after = (
        {column for column in frame.columns if column.startswith(("area_", "zone_"))} - _OF_MARGIN
        for frame in (stored, current)
    )
    if before != after:
        return True
    return any(
        not stored[column].equals(current[column], null_equal=True)
        for column in (*sorted(after), *_SCHOOLS)
    )


def assigned_zone(frame: pl.DataFrame) -> pl.Expr:
    """Return the zone of the school of right: of the first zone set that serves the grade."""
    zones = [name for name in frame.columns if name.startswith("zone_") and name not in _OF_MARGIN]
    return pl.coalesce(*zones, pl.lit(None, dtype=pl.String))


def _with_metres(students: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Return the rows with ``x`` and ``y`` in the region's new CRS, from stored degrees."""
    lon, lat = (students[axis].fill_null(0.0).to_numpy() for axis in ("lon", "lat"))
    has_place = students["x"].is_not_null().to_numpy()
    axes = (
        np.where(has_place, axis_values, np.nan)
        for axis_values in reference.projection.to_metres(lon, lat)
    )
    return students.with_columns(
        pl.Series(axis, axis_values, nan_to_null=True)
        for axis, axis_values in zip("xy", axes, strict=True)
    )
