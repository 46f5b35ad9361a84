"""The school that each student attends beside the school of right."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.cohort.codes import Codes, codes, enum_column
from geoservice.cohort.facts import standing_zones, unit_ids, zone_schools
from geoservice.model.grades import GRADES
from geoservice.model.region import NOT_RATED, RatingScheme
from geoservice.reference.snapshot import Reference

Bools = NDArray[np.bool_]
SEPARATOR = ";"
"""Between the ids of several schools of right."""


@dataclass(frozen=True)
class AttendedSchools:
    """Schools as arrays, in the order of their ids.

    A region without schools has a single school here, which has no place, no id, and was never
    open.

    Attributes
    ----------
    ids, labels
        Categories of the Enums of schools and ratings; the last label means not rated.
    is_placed
        By school, True if its place is known.
    is_open, quality, has_room, is_full, is_unknown, rank
        By year and school. Schools with unknown seats or enrollment neither have room nor are
        full. The rank is -1 without a rating.
    areas
        By set and school, the index of the area; -1 for none.
    zones
        By set, grade and school, the index of the zone; -1 for none.
    zone_right
        By set, number, zone and grade, the index of a zoned school; -1 for none. A zone may have
        several schools.
    unit_ids
        Ids of areas and zones by column.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    is_placed: Bools
    is_open: Bools
    quality: Bools
    has_room: Bools
    is_full: Bools
    is_unknown: Bools
    rank: Codes
    areas: dict[str, Codes]
    zones: dict[str, Codes]
    zone_right: dict[str, Codes]
    unit_ids: dict[str, tuple[str, ...]]


def schools_of(
    facts: pl.DataFrame,
    yearly: pl.DataFrame,
    years: tuple[str, ...],
    reference: Reference,
    scheme: RatingScheme | None,
) -> AttendedSchools:
    """Return the schools of some years as arrays."""
    table = yearly.filter(pl.col("year").is_in(years))
    shape = (len(years), len(facts))
    is_open, quality = (table[name].to_numpy().reshape(shape) for name in ("is_open", "quality"))
    capacity, enrollment = (
        table[name].cast(pl.Float64).fill_null(np.nan).to_numpy().reshape(shape)
        for name in ("capacity", "enrollment")
    )
    ids, units = tuple(facts["school_id"]), unit_ids(reference)
    standing = standing_zones(facts, reference)
    zones = {unit: zone_ids for unit, zone_ids in units.items() if unit.startswith("zone_")}
    schools = AttendedSchools(
        ids=ids,
        labels=(*(label.id for label in (scheme.from_best if scheme else ())), NOT_RATED),
        is_placed=np.isfinite(facts["s_x"].to_numpy()),
        is_open=is_open,
        quality=quality,
        has_room=capacity > enrollment,
        is_full=capacity <= enrollment,
        is_unknown=np.isnan(capacity) | np.isnan(enrollment),
        rank=table["rank"].fill_null(-1).to_numpy().reshape(shape).astype(np.int32),
        areas={
            unit: _indexes(facts[f"s_{unit}"].to_list(), area_ids)
            for unit, area_ids in units.items()
            if unit.startswith("area_")
        },
        zones={
            unit: np.stack(
                [_indexes(row, zone_ids) for row in standing[unit.removeprefix("zone_")]]
            )
            for unit, zone_ids in zones.items()
        },
        zone_right={
            unit: _zone_right(unit, zone_ids, ids, reference) for unit, zone_ids in zones.items()
        },
        unit_ids=units,
    )
    return schools if ids else _with_no_school(schools)


def school_columns(
    placed: pl.DataFrame, students: pl.DataFrame, schools: AttendedSchools
) -> list[pl.Series]:
    """Return columns about the school attended, and the school of right.

    ``school_id`` and ``is_known_school`` (of the region, and open that year), ``is_placed_school``,
    ``s_area_<set>`` and ``s_zone_<set>`` (where it stands; a zone of the student's grade),
    ``label``, ``rank`` and ``quality``; ``right_school`` (of several the school attended, else the
    first), ``right_rank``, ``right_full`` (null if it is unknown), ``attends_right``;
    ``in_zone_<set>`` (attends a school of the home's zone), ``in_zone`` (of any set) and
    ``has_zone`` (the school has a zone for the grade).
    """
    year, grade = (codes(students[name]) for name in ("year", "grade"))
    stated = codes(placed["school_id"].cast(pl.Enum(schools.ids), strict=False))
    is_known = (stated >= 0) & schools.is_open[year, stated]
    school = np.where(is_known, stated, -1).astype(np.int32)
    right = _right_schools(placed["school_of_right"], school, schools.ids)
    rank, right_rank = (
        np.where(places >= 0, schools.rank[year, places], -1) for places in (school, right)
    )
    label = np.where(rank >= 0, rank, len(schools.labels) - 1)
    has_right = right >= 0
    is_unknown = has_right & schools.is_unknown[year, right]
    attends_right = is_known & (school == right)
    columns = [
        enum_column("school_id", school, schools.ids),
        pl.Series("is_known_school", is_known),
        pl.Series("is_placed_school", is_known & schools.is_placed[school]),
        enum_column("label", label, schools.labels),
        _rank("rank", rank),
        pl.Series("quality", is_known & schools.quality[year, school]),
        enum_column("right_school", right, schools.ids),
        _rank("right_rank", right_rank),
        _unless("right_full", has_right & schools.is_full[year, right], is_unknown),
        pl.Series("attends_right", attends_right),
    ]
    for unit, indexes in schools.areas.items():
        stands = np.where(school >= 0, indexes[school], -1)
        columns.append(enum_column(f"s_{unit}", stands, schools.unit_ids[unit]))
    return columns + _zone_columns(students, schools, school, grade, attends_right)


def _right_schools(stated: pl.Series, attended: Codes, ids: tuple[str, ...]) -> Codes:
    """Return the zoned school of each student: the school attended if it is one, or the first."""
    distinct = (
        stated.cast(pl.String)
        .fill_null("")
        .to_frame("text")
        .with_columns(at=pl.col("text").rank("dense") - 1)
    )
    texts = distinct.unique("at").sort("at")["text"].to_list()
    listed = [text.split(SEPARATOR) for text in texts]
    most_schools = max((len(schools) for schools in listed), default=1)
    options = np.full((max(len(listed), 1), most_schools), -1, dtype=np.int32)
    for row, schools in enumerate(listed):  # Over distinct schools of right: some hundreds.
        options[row, : len(schools)] = _indexes([school.strip() for school in schools], ids)
    rights = options[distinct["at"].cast(pl.Int64).to_numpy()]
    is_attended = ((rights == attended[:, None]) & (rights >= 0)).any(axis=1)
    return np.where(is_attended, attended, rights[:, 0]).astype(np.int32)


def _zone_columns(
    students: pl.DataFrame,
    schools: AttendedSchools,
    school: Codes,
    grade: Codes,
    attends_right: Bools,
) -> list[pl.Series]:
    columns = []
    # A home in overlapping zones has no zone of its own, but a school of right.
    in_any, has_any = attends_right.copy(), np.zeros(len(school), dtype=bool)
    graded = (school >= 0) & (grade >= 0)
    for unit, standing in schools.zones.items():
        stands = np.where(graded, standing[grade, school], -1)
        columns.append(enum_column(f"s_{unit}", stands, schools.unit_ids[unit]))
        home, rights = codes(students[unit]), schools.zone_right[unit]
        is_right = (rights[:, home, grade] == school).any(axis=0)
        inside = graded & (home >= 0) & is_right
        columns.append(pl.Series(f"in_{unit}", inside))
        zoned = np.zeros((len(GRADES), standing.shape[-1]), dtype=bool)
        number, zone, served = np.nonzero(rights >= 0)
        zoned[served, rights[number, zone, served]] = True
        in_any |= inside
        has_any |= graded & zoned[grade, school]
    return [*columns, pl.Series("in_zone", in_any), pl.Series("has_zone", has_any)]


def _with_no_school(schools: AttendedSchools) -> AttendedSchools:
    """Add a school that is nowhere and never open, so that the index of no school, -1, is valid."""
    flags = ("is_placed", "is_open", "quality", "has_room", "is_full", "is_unknown")
    wider: dict[str, Any] = {name: _widened(getattr(schools, name), fill=False) for name in flags}
    for name in ("areas", "zones"):
        wider[name] = {
            unit: _widened(indexes, fill=-1) for unit, indexes in getattr(schools, name).items()
        }
    return replace(schools, rank=_widened(schools.rank, fill=-1), **wider)


def _widened(empty: NDArray[Any], *, fill: int) -> NDArray[Any]:
    return np.full((*empty.shape[:-1], 1), fill, dtype=empty.dtype)


def _zone_right(
    unit: str, zone_ids: tuple[str, ...], ids: tuple[str, ...], reference: Reference
) -> Codes:
    rights = zone_schools(reference.zone_layers, unit.removeprefix("zone_"))
    listed = {
        key: [name.strip() for name in (text or "").split(SEPARATOR)]
        for key, text in rights.items()
    }
    most_schools = max((len(schools) for schools in listed.values()), default=1)
    right_places = np.full((most_schools, max(len(zone_ids), 1), len(GRADES)), -1, dtype=np.int32)
    places = {zone: place for place, zone in enumerate(zone_ids)}
    school_places = {school: place for place, school in enumerate(ids)}
    for (zone, grade), schools in listed.items():  # Over zones and grades: some thousands.
        for number, school in enumerate(schools):
            right_places[number, places[zone], GRADES.index(grade)] = school_places.get(school, -1)
    return right_places


def _indexes(names: list[str | None] | list[str], ids: tuple[str, ...]) -> Codes:
    places = {name: index for index, name in enumerate(ids)}
    return np.array(
        [-1 if name is None else places.get(name, -1) for name in names], dtype=np.int32
    )


def _unless(name: str, flags: Bools, is_unknown: Bools) -> pl.Series:
    """Flags, null if they are unknown."""
    flags_or_null = pl.when(~pl.Series(is_unknown)).then(pl.Series(flags))
    return pl.select(flags_or_null.alias(name)).to_series()


def _rank(name: str, ranks: NDArray[np.integer]) -> pl.Series:
    small = pl.Series(name, ranks.astype(np.int8), dtype=pl.Int8)
    return pl.select(pl.when(small >= 0).then(small).alias(name)).to_series()
