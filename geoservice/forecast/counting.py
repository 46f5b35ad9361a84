"""Placed students counted by unit, school year and grade."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.forecast.history import History, Ints, history_of
from geoservice.reference.snapshot import Reference

Keys = NDArray[np.uint64]
DISTRICT, SCHOOL = "district", "school"
OWN_UNITS = "units"
"""The kind of units of a file of counts that are neither the district nor named by `--by`."""
_UNITS = {"unit": pl.String, "name": pl.String, "group": pl.String}


Protect = Callable[[Ints, Keys], Ints]
"""From true counts and sums of record keys to protected counts."""


@dataclass(frozen=True)
class Kind:
    """The kind of units of a forecast: ``district``, ``school``, or a set of areas or zones.

    ``column`` is ``area_<set>`` or ``zone_<set>``; empty for the others.
    """

    name: str
    column: str = ""

    @property
    def set_id(self) -> str:
        """The id of the set of areas or zones."""
        return self.column.partition("_")[2]


def kind_of(reference: Reference, by: str) -> Kind:
    """Read the kind of units, written as ``area_<set>``, ``zone_<set>`` or the set's id alone.

    Raises
    ------
    InputError
        If the region has no such set.
    """
    info = reference.info
    columns = [f"area_{areas.id}" for areas in info.area_sets]
    columns += [f"zone_{zones.id}" for zones in info.zone_sets]
    if by in (DISTRICT, SCHOOL):
        return Kind(by)
    for column in columns:
        if by in (column, column.partition("_")[2]):
            return Kind(column, column)
    raise InputError(f"--by must be one of: {', '.join([DISTRICT, SCHOOL, *columns])}.")


@dataclass(frozen=True)
class _Counter:
    """Counts students by cell: exactly, or as protected counts."""

    protect: Protect | None

    def counts(self, students: pl.DataFrame, unit: pl.Expr) -> pl.DataFrame:
        """Students by ``unit``, ``year`` and ``grade``."""
        cells = students.with_columns(unit=unit.cast(pl.String)).drop_nulls("unit")
        grouped = cells.group_by("unit", "year", "grade")
        if self.protect is None:
            counted = grouped.agg(students=pl.len())
        else:
            counted = grouped.agg(students=pl.len(), key=pl.col("record_key").sum())
            numbers = counted["students"].cast(pl.Int64).to_numpy()
            protected = self.protect(numbers, counted["key"].to_numpy())
            counted = counted.with_columns(students=pl.Series(protected)).drop("key")
        return counted.with_columns(pl.col("year", "grade").cast(pl.String))


def count_students(
    students: pl.DataFrame, reference: Reference, kind: Kind, protect: Protect | None = None
) -> History:
    """Count placed students (schema `geoservice.model.students`) for a forecast.

    By school, students count where they attend; by area and zone, where they live; in the district,
    all students count. Students without a grade are left out, and by unit also students without a
    school or a place.

    Parameters
    ----------
    protect
        For protected counts, of students with the column ``record_key``.
    """
    counter = _Counter(protect)
    graded = students.filter(pl.col("grade").is_not_null())
    if kind.name == DISTRICT:
        units = pl.DataFrame([(DISTRICT, reference.info.name, None)], schema=_UNITS, orient="row")
        return history_of(counter.counts(graded, pl.lit(DISTRICT)), units)
    if kind.name == SCHOOL:
        return _by_school(graded, reference, counter)
    if kind.column.startswith("area_"):
        areas = reference.areas().filter(set_id=kind.set_id)
        units = areas.select(unit="area_id", name="name", group=pl.lit(None, dtype=pl.String))
        return history_of(counter.counts(graded, pl.col(kind.column)), units, by_home=True)
    return _by_zone(graded, reference, kind, counter)


def _by_school(students: pl.DataFrame, reference: Reference, counter: _Counter) -> History:
    attending = students.filter(pl.col("school_reason").is_null())
    counts = counter.counts(attending, pl.col("school_id"))
    latest = counts.filter(year=counts["year"].max())["unit"].unique()
    schools = (
        reference.schools().unique("id", keep="first").filter(pl.col("id").is_in(latest.implode()))
    )
    x, y = reference.projection.to_metres(
        schools["lon"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        schools["lat"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
    )
    units = schools.select(unit="id", name="name").with_columns(group=_areas_at(x, y, reference))
    served: dict[str, Sequence[str]] = {
        school: grades for school, grades in schools.select("id", "grades").iter_rows() if grades
    }
    return history_of(counts, units.sort("unit"), served)


def _by_zone(
    students: pl.DataFrame, reference: Reference, kind: Kind, counter: _Counter
) -> History:
    """Residents of all grades: the students of a zone's first grade live there a year before."""
    placed = students.filter(pl.col("geo_match").is_in(["point", "range"]))
    x, y = placed["x"].to_numpy(), placed["y"].to_numpy()
    counts, units = [], []
    served: dict[str, Sequence[str]] = {}
    for layer in reference.zone_layers:  # Over sets of polygons: a few.
        if layer.set_id != kind.set_id:
            continue
        place = layer.index.locate(x, y)
        ids = layer.ids.to_numpy()
        inside = placed.filter(pl.Series(place >= 0)).with_columns(zone=ids[place[place >= 0]])
        is_own = pl.col("grade").is_in(list(layer.grades)).alias("is_own")
        counts.append(counter.counts(inside, pl.col("zone")).with_columns(is_own))
        units.append(layer.rows.select("zone_id", "school_id", "name"))
        served |= {zone: tuple({*served.get(zone, ()), *layer.grades}) for zone in ids}
    zones = pl.concat(units).unique("zone_id", keep="first", maintain_order=True)
    named = reference.named_zones(zones)
    centres = _zone_centres(reference, kind.set_id, named["zone_id"].to_list())
    table = named.select(unit="zone_id", name=pl.coalesce("name", "zone_id"))
    areas = _areas_at(shapely.get_x(centres), shapely.get_y(centres), reference)
    # A zone whose grades have different polygons: each grade is counted in its own.
    cells = pl.concat(counts).sort("is_own", descending=True, maintain_order=True)
    distinct = cells.unique(["unit", "year", "grade"], keep="first", maintain_order=True)
    return history_of(distinct, table.with_columns(group=areas), served, by_home=True)


def _zone_centres(reference: Reference, set_id: str, zones: list[str]) -> np.ndarray:
    """A point inside each zone, in metres."""
    table = reference.zones().filter(set_id=set_id).unique("zone_id", keep="first")
    shapes = dict(zip(table["zone_id"], shapely.from_wkb(table["geometry"].to_list()), strict=True))
    inside = shapely.point_on_surface(np.array([shapes[zone] for zone in zones], dtype=object))
    return reference.projection.shapes_to_metres(inside)


def _areas_at(x: np.ndarray, y: np.ndarray, reference: Reference) -> pl.Series:
    """Return the area of the region's first set of areas at each place; null without an area."""
    if not reference.area_layers:
        return pl.Series("group", [None] * len(x), dtype=pl.String)
    layer = reference.area_layers[0]
    place = np.full(len(x), -1)
    is_placed = np.isfinite(x)
    place[is_placed] = layer.index.locate(x[is_placed], y[is_placed])
    ids = layer.ids.to_list()
    names = [ids[area] if area >= 0 else None for area in place]
    return pl.Series("group", names, dtype=pl.String)
