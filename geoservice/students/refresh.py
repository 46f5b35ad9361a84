"""Stored students assigned anew to the region as it is now, without geocoding again."""

import numpy as np
import polars as pl

from geoservice.assign.schools import area_columns, in_areas, in_zones, school_columns
from geoservice.model.grades import grade_places
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import schools_attended
from geoservice.students.identity import COARSE

_KEYS = ("row", "year", "grade")
WITHOUT_ZONE = ("intersection", *COARSE)
"""Matches that are too coarse for a zone, as when they were geocoded."""
_OF_MARGIN = {"zone_margin_m", "zone_doubtful"}
_SCHOOLS = ("school_id", "school_reason", "school_of_right")


def assigned_again(stored: pl.DataFrame, metric_crs: str, reference: Reference) -> pl.DataFrame:
    """The rows with areas, zones, schools and ratings of the region as it is now.

    Sets that the region no longer has are gone, new ones are there. What geocoding found stays. ``metric_crs`` is the CRS of
    the stored metres.
    """
    located = stored.drop(one for one in stored.columns if one.startswith(("area_", "zone_")))
    if metric_crs != reference.info.metric_crs:
        located = _with_metres(located, reference)
    schools = schools_attended(located["school_id"].fill_null(""), located["year"], reference)
    x, y = (located[axis].fill_null(np.nan).to_numpy() for axis in "xy")
    columns = area_columns(in_areas(x, y, reference))
    coarse = located["geo_match"].is_in(list(WITHOUT_ZONE)).fill_null(value=False).to_numpy()
    x, y = np.where(coarse, np.nan, x), np.where(coarse, np.nan, y)
    columns |= school_columns(
        in_zones(x, y, reference), x, y, grade_places(located["grade"]), located["geo_uncertainty_m"],
        schools["school_id"], reference,
    )  # fmt: skip
    again = {name: one.alias(name) for name, one in columns.items()}
    return located.drop("school_id", "school_reason").with_columns(
        schools["school_id"], schools["school_reason"], **again
    )


def changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows whose zone or school of right is another: ``row``, ``year``, ``grade``, ``zone_before``, ``zone_after``,
    ``school_before``, ``school_after``.
    """  # noqa: D205 - the columns
    told = before.select(
        *_KEYS,
        zone_before=assigned_zone(before),
        zone_after=after.select(assigned_zone(after)).to_series(),
        school_before="school_of_right",
        school_after=after["school_of_right"],
    )
    moved = pl.col("zone_before").ne_missing(pl.col("zone_after")) | pl.col(
        "school_before"
    ).ne_missing(pl.col("school_after"))
    return told.filter(moved)


def is_outdated(stored: pl.DataFrame, metric_crs: str, reference: Reference) -> bool:
    """True where any stored area, zone, school or place is another in the region as it is now, so that figures would mix both."""
    if metric_crs != reference.info.metric_crs:
        return True
    now = assigned_again(stored, metric_crs, reference)
    before, after = (
        {one for one in frame.columns if one.startswith(("area_", "zone_"))} - _OF_MARGIN
        for frame in (stored, now)
    )
    if before != after:
        return True
    return any(not stored[one].equals(now[one], null_equal=True) for one in (*sorted(after), *_SCHOOLS))  # fmt: skip


def assigned_zone(frame: pl.DataFrame) -> pl.Expr:
    """The zone that gives the school of right: of the first set that serves the grade."""
    zones = [one for one in frame.columns if one.startswith("zone_") and one not in _OF_MARGIN]
    return pl.coalesce(*zones, pl.lit(None, dtype=pl.String))


def _with_metres(placed: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """The rows with ``x`` and ``y`` in the CRS of a region that changed it, from degrees of six decimals."""
    lon, lat = (placed[axis].fill_null(0.0).to_numpy() for axis in ("lon", "lat"))
    known = placed["x"].is_not_null().to_numpy()
    found = (np.where(known, one, np.nan) for one in reference.projection.to_metres(lon, lat))
    return placed.with_columns(
        pl.Series(axis, one, nan_to_null=True) for axis, one in zip("xy", found, strict=True)
    )
