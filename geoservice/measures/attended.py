"""The school that each student attends beside the school of right: ratings, seats, where it stands."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.measures.codes import Codes, codes, enum_column
from geoservice.measures.facts import standing_zones, unit_ids, zone_schools
from geoservice.model.grades import GRADES
from geoservice.model.region import NOT_RATED, RatingScheme
from geoservice.reference.snapshot import Reference

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Schools:
    """Schools as arrays, in the order of their ids; of a region without schools one that was never open, without an id.

    Attributes
    ----------
    ids, labels
        Categories of the Enums of schools and ratings; the last label is that of the schools not rated.
    is_placed
        By school: where it stands is known.
    is_open, quality, has_room, is_full, is_unsure, rank
        By year and school. Schools whose seats or enrolment are unknown neither have room nor are full: they are unsure. Rank is -1 for none.
    areas
        By set the places of areas among their ids, by school; -1 for none.
    zones
        By set the places of zones among their ids, by grade and school; -1 for none.
    zone_right
        By set the school of right, by zone and grade; -1 for none.
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
    is_unsure: Bools
    rank: Codes
    areas: dict[str, Codes]
    zones: dict[str, Codes]
    zone_right: dict[str, Codes]
    unit_ids: dict[str, tuple[str, ...]]


def schools_of(
    facts: pl.DataFrame, yearly: pl.DataFrame, years: tuple[str, ...], reference: Reference,
    scheme: RatingScheme | None,
) -> Schools:  # fmt: skip
    """Schools of some years as arrays."""
    table = yearly.filter(pl.col("year").is_in(years))
    shape = (len(years), len(facts))
    by_year = {name: table[name].to_numpy().reshape(shape) for name in ("is_open", "quality")}
    seats = {name: table[name].cast(pl.Float64).fill_null(np.nan).to_numpy().reshape(shape)
             for name in ("capacity", "enrollment")}  # fmt: skip
    ids, named = tuple(facts["school_id"]), unit_ids(reference)
    standing = standing_zones(facts, reference)
    zones = {unit: one for unit, one in named.items() if unit.startswith("zone_")}
    found = Schools(
        ids=ids,
        labels=(*(one.id for one in (scheme.from_best if scheme else ())), NOT_RATED),
        is_placed=np.isfinite(facts["s_x"].to_numpy()),
        has_room=seats["capacity"] > seats["enrollment"],
        is_full=seats["capacity"] <= seats["enrollment"],
        is_unsure=np.isnan(seats["capacity"]) | np.isnan(seats["enrollment"]),
        rank=table["rank"].fill_null(-1).to_numpy().reshape(shape).astype(np.int32),
        areas={unit: _places(facts[f"s_{unit}"].to_list(), one)
               for unit, one in named.items() if unit.startswith("area_")},
        zones={unit: np.stack([_places(row, one) for row in standing[unit.removeprefix("zone_")]])
               for unit, one in zones.items()},
        zone_right={unit: _zone_right(unit, one, ids, reference) for unit, one in zones.items()},
        unit_ids=named, **by_year,
    )  # fmt: skip
    return found if ids else _with_one(found)


def _with_one(schools: Schools) -> Schools:
    """The arrays with a school that is nowhere and never open, so that the place of no school, -1, is one of theirs."""
    more: dict[str, Any] = {name: _widened(getattr(schools, name), fill=False)
                            for name in ("is_placed", "is_open", "quality", "has_room", "is_full", "is_unsure")}  # fmt: skip
    for name in ("areas", "zones"):
        more[name] = {unit: _widened(one, fill=-1) for unit, one in getattr(schools, name).items()}
    return replace(schools, rank=_widened(schools.rank, fill=-1), **more)


def _widened(of_none: NDArray[Any], *, fill: int) -> NDArray[Any]:
    return np.full((*of_none.shape[:-1], 1), fill, dtype=of_none.dtype)


def school_columns(placed: pl.DataFrame, students: pl.DataFrame, schools: Schools) -> list[pl.Series]:  # fmt: skip
    """Columns about the school attended, and the school of right.

    ``school_id`` and ``is_known_school`` (of the region, and open that year), ``is_placed_school``, ``s_area_<set>`` and
    ``s_zone_<set>`` (where it stands; a zone of the student's grade), ``label``, ``rank`` and ``quality``;
    ``right_school``, ``right_rank``, ``right_full`` (null where it is not known), ``attends_right``; ``in_zone_<set>`` (attends the school of the home's
    zone), ``in_zone`` (of any) and ``has_zone`` (the school has one for the grade).
    """
    year, grade = (codes(students[name]) for name in ("year", "grade"))
    kind = pl.Enum(schools.ids)
    told = codes(placed["school_id"].cast(kind, strict=False))
    known = (told >= 0) & schools.is_open[year, told]
    school = np.where(known, told, -1).astype(np.int32)
    right = codes(placed["school_of_right"].cast(kind, strict=False))
    rank, right_rank = (np.where(at >= 0, schools.rank[year, at], -1) for at in (school, right))
    label = np.where(rank >= 0, rank, len(schools.labels) - 1)
    columns = [
        enum_column("school_id", school, schools.ids), pl.Series("is_known_school", known),
        pl.Series("is_placed_school", known & schools.is_placed[school]),
        enum_column("label", label, schools.labels), _number("rank", rank),
        pl.Series("quality", known & schools.quality[year, school]),
        enum_column("right_school", right, schools.ids), _number("right_rank", right_rank),
        _unless("right_full", (right >= 0) & schools.is_full[year, right], (right >= 0) & schools.is_unsure[year, right]),
        pl.Series("attends_right", known & (school == right)),
    ]  # fmt: skip
    for unit, places in schools.areas.items():
        at = np.where(school >= 0, places[school], -1)
        columns.append(enum_column(f"s_{unit}", at, schools.unit_ids[unit]))
    return columns + _zone_columns(students, schools, school, grade)


def _zone_columns(
    students: pl.DataFrame, schools: Schools, school: Codes, grade: Codes
) -> list[pl.Series]:
    columns = []
    in_any, has_any = (np.zeros(len(school), dtype=bool) for _ in range(2))
    graded = (school >= 0) & (grade >= 0)
    for unit, places in schools.zones.items():
        at = np.where(graded, places[grade, school], -1)
        columns.append(enum_column(f"s_{unit}", at, schools.unit_ids[unit]))
        home, rights = codes(students[unit]), schools.zone_right[unit]
        inside = graded & (home >= 0) & (rights[home, grade] == school)
        columns.append(pl.Series(f"in_{unit}", inside))
        zoned = np.zeros((len(GRADES), places.shape[-1]), dtype=bool)
        zone, which = np.nonzero(rights >= 0)
        zoned[which, rights[zone, which]] = True
        in_any |= inside
        has_any |= graded & zoned[grade, school]
    return [*columns, pl.Series("in_zone", in_any), pl.Series("has_zone", has_any)]


def _zone_right(
    unit: str, zones: tuple[str, ...], ids: tuple[str, ...], reference: Reference
) -> Codes:
    at = {school: place for place, school in enumerate(ids)}
    found = np.full((max(len(zones), 1), len(GRADES)), -1, dtype=np.int32)
    places = {zone: place for place, zone in enumerate(zones)}
    rights = zone_schools(reference.zone_layers, unit.removeprefix("zone_"))
    for (zone, grade), school in rights.items():  # Over zones and grades: some thousands.
        found[places[zone], GRADES.index(grade)] = at.get(school, -1)
    return found


def _places(names: list[str | None], ids: tuple[str, ...]) -> Codes:
    at = {name: place for place, name in enumerate(ids)}
    return np.array([-1 if name is None else at.get(name, -1) for name in names], dtype=np.int32)


def _unless(name: str, flags: Bools, unsure: Bools) -> pl.Series:
    """Flags, null where they are not known."""
    return pl.select(pl.when(~pl.Series(unsure)).then(pl.Series(flags)).alias(name)).to_series()


def _number(name: str, places: NDArray[np.integer]) -> pl.Series:
    small = pl.Series(name, places.astype(np.int8), dtype=pl.Int8)
    return pl.select(pl.when(small >= 0).then(small).alias(name)).to_series()
