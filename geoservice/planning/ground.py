"""What scenarios are applied to: schools, blocks, and the students with their school of today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.layers import Geometries
from geoservice.planning.blocks import ALL_GRADES, Blocks
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NO_SCHOOL = -1
_NO_HOUSEHOLD = -1
_CROSSING_SHARE = 0.01
"""Smaller parts of a block in another zone are slivers of drawing."""


@dataclass(frozen=True)
class Schools:
    """Schools in a fixed order; those that a scenario opens come last.

    Attributes
    ----------
    x, y
        Metres; NaN where a school has no place.
    seats
        NaN where unknown.
    grades
        Grades that each serves; empty where unknown.
    is_quality
        True where the region's first rating scheme calls it a quality school.
    is_open
        False for schools that the scenario closes.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    x: Floats
    y: Floats
    seats: Floats
    grades: tuple[frozenset[str], ...]
    is_quality: Bools
    is_open: Bools

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of each school by its id, and by its name where no other has it."""
        named: dict[str, int] = {}
        for place, name in enumerate(self.names):
            named[name] = NO_SCHOOL if name in named else place
        return {
            **{name: place for name, place in named.items() if place != NO_SCHOOL},
            **{school: place for place, school in enumerate(self.ids)},
        }

    def serves(self, school: int, grade: str) -> bool:
        """True where a school serves a grade, or its grades are unknown."""
        grades = self.grades[school]
        return not grades or grade == ALL_GRADES or grade in grades


@dataclass(frozen=True)
class Residents:
    """Students by home, or counts of a block and grade: a row each, arrays of one length.

    Attributes
    ----------
    count
        Students of the row.
    block, grade, area
        Places in the blocks, in ``grade_names`` and in ``area_names``; -1 for none.
    x, y
        Metres.
    right
        The school of today's zone; -1 for none.
    attends
        The school attended; -1 where unknown.
    next_school
        The school of the next level's zone; -1 for none.
    household
        Number of the household; -1 where unknown.
    groups
        Members of listed subgroups, by name.
    """

    grade_names: tuple[str, ...]
    area_names: tuple[str, ...]
    count: Floats
    block: Ints
    grade: Ints
    area: Ints
    x: Floats
    y: Floats
    right: Ints
    attends: Ints
    next_school: Ints
    household: Ints
    groups: Mapping[str, Bools] = field(default_factory=dict)

    def follows(self, is_open: Bools) -> Bools:
        """Rows that attend their school of right, whichever it becomes.

        These are students who attend it today, and students whose school closes. Of counts
        without a school all do.

        Parameters
        ----------
        is_open
            By school, whether it is open after the scenario.
        """
        today = (self.attends == self.right) | (self.attends == NO_SCHOOL)
        return np.asarray(today | ~np.append(is_open, True)[self.attends])


@dataclass(frozen=True)
class Ground:
    """A region before a scenario.

    ``zone_polygons`` are those of ``zone_school`` (a place in the schools), metres.
    ``block_school`` is the school of today's zone at each block's centre; -1 for none.
    """

    zones: str
    snapshot: str
    grades: tuple[str, ...]
    blocks: Blocks
    schools: Schools
    residents: Residents
    zone_school: Ints
    zone_polygons: Geometries
    block_school: Ints
    area_ids: tuple[str, ...] = ()


def make_ground(
    reference: Reference, zones: str, blocks: Blocks, students: pl.DataFrame | None = None
) -> Ground:
    """The ground of a set of zones.

    Parameters
    ----------
    students
        Placed students of one year, schema `geoservice.model.students`; without them the counts
        of the blocks' own file.

    Raises
    ------
    InputError
        Where the region has no such set of zones, or neither students nor counts are there.
    """
    info = reference.info
    grades = next((one.grades for one in info.zone_sets if one.id == zones), None)
    if grades is None:
        known = ", ".join(one.id for one in info.zone_sets) or "none"
        raise InputError(f"The region has no set of zones `{zones}`. There are: {known}.")
    schools = _schools(reference)
    zone_school, polygons = _zones(reference, zones, schools)
    centre_x, centre_y = blocks.centres
    block_school = _right(
        reference, zones, schools, centre_x, centre_y, np.full(len(centre_x), ALL_GRADES)
    )
    if students is not None:
        residents = _of_students(reference, zones, grades, blocks, schools, students)
    else:
        residents = _of_counts(reference, grades, blocks, block_school, schools)
    area_ids = tuple(reference.area_layers[0].ids.to_list()) if reference.area_layers else ()
    return Ground(
        zones,
        reference.snapshot,
        grades,
        blocks,
        schools,
        residents,
        zone_school,
        polygons,
        block_school,
        area_ids,
    )


def _schools(reference: Reference) -> Schools:
    """The region's schools, and those that zones name and no table has."""
    table = reference.schools().unique("id", keep="first", maintain_order=True)
    named = reference.zones()["school_id"].drop_nulls().unique().sort().to_list()
    more = [school for school in named if school not in set(table["id"])]
    x, y = reference.projection.to_metres(
        table["lon"].fill_null(np.nan).to_numpy(), table["lat"].fill_null(np.nan).to_numpy()
    )
    blank = np.full(len(more), np.nan)
    yearly = reference.seats().filter(pl.col("capacity") > 0).sort("year")
    latest = dict(yearly.select("school_id", "capacity").iter_rows())
    stated = [
        latest.get(school) or seats for school, seats in table.select("id", "capacity").iter_rows()
    ]
    seats = np.array([float(one) if one and one > 0 else np.nan for one in stated])
    grades = [frozenset(one or ()) for one in table["grades"].to_list()]
    return Schools(
        ids=(*table["id"], *more),
        names=(*table["name"].fill_null(table["id"]), *more),
        x=np.concatenate([x, blank]),
        y=np.concatenate([y, blank]),
        seats=np.concatenate([seats.reshape(-1), blank]),
        grades=(*grades, *(frozenset[str]() for _ in more)),
        is_quality=np.isin(np.array([*table["id"], *more]), _quality_schools(reference)),
        is_open=np.ones(len(table) + len(more), dtype=bool),
    )


def _quality_schools(reference: Reference) -> list[str]:
    schemes = reference.info.schemes
    if not schemes:
        return []
    labels = [label.id for label in schemes[0].labels if label.quality]
    rated = reference.ratings().filter(scheme=schemes[0].id, year=reference.info.school_year)
    return rated.filter(pl.col("label").is_in(labels))["school_id"].to_list()


def _zones(reference: Reference, zones: str, schools: Schools) -> tuple[Ints, Geometries]:
    """Today's polygons of the set's first grade, one per school."""
    layer = next(layer for layer in reference.zone_layers if layer.set_id == zones)
    school = np.array(
        [schools.numbers.get(one or "", NO_SCHOOL) for one in layer.rows["school_id"]]
    )
    polygons = [shapely.union_all(layer.polygons[school == one]) for one in np.unique(school)]
    united = np.empty(len(polygons), dtype=object)
    united[:] = polygons
    return np.unique(school).astype(np.int64), united


def _right(
    reference: Reference,
    zones: str,
    schools: Schools,
    x: Floats,
    y: Floats,
    grade: NDArray[np.object_],
) -> Ints:
    """The school of the zone that holds each place for its grade; ``all`` is the first layer."""
    right = np.full(len(x), NO_SCHOOL)
    is_placed = np.isfinite(x)
    first = True
    for layer in reference.zone_layers:  # Over sets of polygons: a few.
        if layer.set_id != zones:
            continue
        served = [*layer.grades, *([ALL_GRADES] if first else [])]
        rows = np.flatnonzero(is_placed & np.isin(grade, served))
        first = False
        numbers = [schools.numbers.get(one or "", NO_SCHOOL) for one in layer.rows["school_id"]]
        right[rows] = np.array([*numbers, NO_SCHOOL])[layer.index.locate(x[rows], y[rows])]
    return right


def _of_students(
    reference: Reference,
    zones: str,
    grades: Sequence[str],
    blocks: Blocks,
    schools: Schools,
    students: pl.DataFrame,
) -> Residents:
    placed = students.filter(
        pl.col("grade").is_in(list(grades)), pl.col("geo_match").is_in(["point", "range"])
    )
    x, y = placed["x"].to_numpy().astype(np.float64), placed["y"].to_numpy().astype(np.float64)
    texts = placed["grade"].cast(pl.String)
    grade = (
        texts.replace_strict(list(grades), range(len(grades)), return_dtype=pl.Int64)
        .to_numpy()
        .astype(np.int64)
    )
    attended = placed["school_id"].cast(pl.String).fill_null("")
    named = attended.unique().to_list()
    numbers = [schools.numbers.get(school, NO_SCHOOL) for school in named]
    codes = attended.replace_strict(named, numbers, return_dtype=pl.Int64)
    right = _right(reference, zones, schools, x, y, texts.to_numpy())
    return Residents(
        grade_names=tuple(grades),
        area_names=_area_names(reference),
        count=np.ones(len(placed)),
        block=blocks.index.locate(x, y),
        grade=grade,
        area=_areas(reference, x, y),
        x=x,
        y=y,
        right=right,
        attends=codes.to_numpy().astype(np.int64),
        next_school=_next(reference, zones, schools, x, y),
        household=_households(placed),
        groups=_groups(placed),
    )


def _of_counts(
    reference: Reference,
    grades: Sequence[str],
    blocks: Blocks,
    block_school: Ints,
    schools: Schools,
) -> Residents:
    """Counts of the blocks' own file: by grade where it has grades, else of all together."""
    if not blocks.counts:
        raise InputError(
            "There are no students: keep a list with `geoservice students add`, or map `students` "
            "or grades under [blocks.fields] of region.toml."
        )
    chosen = {grade: count for grade, count in blocks.counts.items() if grade in grades}
    if ALL_GRADES in blocks.counts and not chosen:
        chosen = {ALL_GRADES: blocks.counts[ALL_GRADES]}
    if not chosen:
        raise InputError("[blocks.fields] of region.toml maps no grade that these zones serve.")
    block = np.tile(np.arange(len(blocks.ids)), len(chosen))
    x, y = (np.tile(axis, len(chosen)) for axis in blocks.centres)
    grade = np.repeat(np.arange(len(chosen)), len(blocks.ids))
    right = block_school[block]
    return Residents(
        grade_names=tuple(chosen),
        area_names=_area_names(reference),
        count=np.concatenate(list(chosen.values())),
        block=block,
        grade=grade,
        area=_areas(reference, x, y),
        x=x,
        y=y,
        right=right,
        attends=right.copy(),
        next_school=np.full(len(block), NO_SCHOOL),
        household=np.full(len(block), _NO_HOUSEHOLD),
    )


def _area_names(reference: Reference) -> tuple[str, ...]:
    if not reference.area_layers:
        return ()
    rows = reference.area_layers[0].rows
    return tuple(rows.select(pl.coalesce("name", "area_id")).to_series().to_list())


def _areas(reference: Reference, x: Floats, y: Floats) -> Ints:
    """The area of the region's first regionalisation at each place; -1 where there is none."""
    if not reference.area_layers:
        return np.full(len(x), -1)
    area = np.full(len(x), -1)
    is_placed = np.isfinite(x)
    area[is_placed] = reference.area_layers[0].index.locate(x[is_placed], y[is_placed])
    return area


def _next(reference: Reference, zones: str, schools: Schools, x: Floats, y: Floats) -> Ints:
    """The school of the zone of the next set of zones, at its first grade."""
    sets = [one.id for one in reference.info.zone_sets]
    after = sets[sets.index(zones) + 1 :]
    if not after:
        return np.full(len(x), NO_SCHOOL)
    return _right(reference, after[0], schools, x, y, np.full(len(x), ALL_GRADES))


def _households(placed: pl.DataFrame) -> Ints:
    if "household" not in placed.columns:
        return np.full(len(placed), _NO_HOUSEHOLD)
    number = placed["household"].rank("dense").cast(pl.Int64)
    return number.fill_null(_NO_HOUSEHOLD).to_numpy().astype(np.int64)


def _groups(placed: pl.DataFrame) -> dict[str, Bools]:
    """Members of each listed subgroup: whoever's cell is no plain no."""
    names = [name for name in placed.columns if name.startswith("subgroup_")]
    return {
        name.removeprefix("subgroup_"): placed.select(_is_marked(name)).to_series().to_numpy()
        for name in names
    }


def _is_marked(name: str) -> pl.Expr:
    cell = pl.col(name).cast(pl.String).str.strip_chars().str.to_lowercase()
    return (cell.is_not_null() & ~cell.is_in(["", "0", "n", "no", "false", "f"])).fill_null(
        value=False
    )


def summed(count: Floats, keys: Ints, size: int) -> Floats:
    """Sums of counts by key, 0 to ``size`` - 1; rows of the key -1 are left out."""
    known = keys >= 0
    sums = np.bincount(keys[known], weights=count[known], minlength=size)
    return np.asarray(sums, dtype=np.float64)


def crossing_blocks(ground: Ground) -> list[str]:
    """Ids of blocks of which today's zones of several schools hold more than 1% each."""
    blocks = ground.blocks.polygons
    block, zone = shapely.STRtree(ground.zone_polygons).query(blocks, predicate="intersects")
    shared = shapely.area(shapely.intersection(blocks[block], ground.zone_polygons[zone]))
    is_part = shared > _CROSSING_SHARE * shapely.area(blocks)[block]
    parts = np.bincount(block[is_part], minlength=len(blocks))
    return [ground.blocks.ids[place] for place in np.flatnonzero(parts > 1)]
