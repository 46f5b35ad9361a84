"""The ground of scenarios, made of a region, its blocks and its students."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.layers import Geometries
from geoservice.planning.blocks import ALL_GRADES, Blocks
from geoservice.planning.ground import (
    NO_SCHOOL,
    Bools,
    Floats,
    Ints,
    Keys,
    PlanningGround,
    Residents,
    Schools,
)
from geoservice.reference.snapshot import Reference

_NO_HOUSEHOLD = -1
_RECORD_KEY = "record_key"


def make_ground(
    reference: Reference, zones: str, blocks: Blocks, students: pl.DataFrame | None = None
) -> PlanningGround:
    """The ground of a set of zones.

    Parameters
    ----------
    students
        Placed students of one year, schema `geoservice.model.students`; without them the counts
        of the blocks' own file.

    Raises
    ------
    InputError
        If the region has no such set of zones, or neither students nor counts are there.
    """
    info = reference.info
    grades = next((zone_set.grades for zone_set in info.zone_sets if zone_set.id == zones), None)
    if grades is None:
        sets = ", ".join(zone_set.id for zone_set in info.zone_sets) or "none"
        raise InputError(f"The region has no set of zones `{zones}`. There are: {sets}.")
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
    areas = reference.area_layers[0] if reference.area_layers else None
    return PlanningGround(
        zones,
        reference.snapshot,
        grades,
        blocks,
        schools,
        residents,
        zone_school,
        polygons,
        block_school,
        area_ids=() if areas is None else tuple(areas.ids.to_list()),
        area_polygons=None if areas is None else areas.polygons,
    )


def _schools(reference: Reference) -> Schools:
    """Return the region's schools, and schools that only zones name."""
    table = reference.schools().unique("id", keep="first", maintain_order=True)
    named = reference.zones()["school_id"].drop_nulls().unique().sort().to_list()
    unlisted = [school for school in named if school not in set(table["id"])]
    x, y = reference.projection.to_metres(
        table["lon"].fill_null(np.nan).to_numpy(), table["lat"].fill_null(np.nan).to_numpy()
    )
    blank = np.full(len(unlisted), np.nan)
    yearly = reference.seats().filter(pl.col("capacity") > 0).sort("year")
    latest = dict(yearly.select("school_id", "capacity").iter_rows())
    stated = [
        latest.get(school) or seats for school, seats in table.select("id", "capacity").iter_rows()
    ]
    seats = np.array([float(entry) if entry and entry > 0 else np.nan for entry in stated])
    grades = [frozenset(entry or ()) for entry in table["grades"].to_list()]
    return Schools(
        ids=(*table["id"], *unlisted),
        names=(*table["name"].fill_null(table["id"]), *unlisted),
        x=np.concatenate([x, blank]),
        y=np.concatenate([y, blank]),
        seats=np.concatenate([seats.reshape(-1), blank]),
        grades=(*grades, *(frozenset[str]() for _ in unlisted)),
        is_quality=np.isin(np.array([*table["id"], *unlisted]), _quality_schools(reference)),
        are_rated=bool(reference.info.schemes),
        is_open=np.ones(len(table) + len(unlisted), dtype=bool),
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
        [schools.numbers.get(entry or "", NO_SCHOOL) for entry in layer.rows["school_id"]]
    )
    polygons = [shapely.union_all(layer.polygons[school == entry]) for entry in np.unique(school)]
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
    is_first = True
    for layer in reference.zone_layers:  # Over sets of polygons: a few.
        if layer.set_id != zones:
            continue
        served = [*layer.grades, *([ALL_GRADES] if is_first else [])]
        rows = np.flatnonzero(is_placed & np.isin(grade, served))
        is_first = False
        numbers = [schools.numbers.get(entry or "", NO_SCHOOL) for entry in layer.rows["school_id"]]
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
        record_key=_record_keys(placed),
    )


def _of_counts(
    reference: Reference,
    grades: Sequence[str],
    blocks: Blocks,
    block_school: Ints,
    schools: Schools,
) -> Residents:
    """Return residents from the counts of the blocks' file: by grade, or for all grades."""
    if not blocks.counts:
        raise InputError(
            "No students are known: add a list with `geoservice students add`, or map `students` "
            "or grades under [blocks.fields] of region.toml."
        )
    chosen = {grade: count for grade, count in blocks.counts.items() if grade in grades}
    if ALL_GRADES in blocks.counts and not chosen:
        chosen = {ALL_GRADES: blocks.counts[ALL_GRADES]}
    if not chosen:
        raise InputError(
            "[blocks.fields] of region.toml maps no grade that these zones serve. Map these grades."
        )
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
    """The area of the region's first regionalisation at each place; -1 if there is none."""
    if not reference.area_layers:
        return np.full(len(x), -1)
    area = np.full(len(x), -1)
    is_placed = np.isfinite(x)
    area[is_placed] = reference.area_layers[0].index.locate(x[is_placed], y[is_placed])
    return area


def _next(reference: Reference, zones: str, schools: Schools, x: Floats, y: Floats) -> Ints:
    """The school of the zone of the next set of zones, at its first grade."""
    sets = [entry.id for entry in reference.info.zone_sets]
    after = sets[sets.index(zones) + 1 :]
    if not after:
        return np.full(len(x), NO_SCHOOL)
    return _right(reference, after[0], schools, x, y, np.full(len(x), ALL_GRADES))


def _households(placed: pl.DataFrame) -> Ints:
    if "household" not in placed.columns:
        return np.full(len(placed), _NO_HOUSEHOLD)
    number = placed["household"].rank("dense").cast(pl.Int64)
    return number.fill_null(_NO_HOUSEHOLD).to_numpy().astype(np.int64)


def _record_keys(placed: pl.DataFrame) -> Keys:
    if _RECORD_KEY not in placed.columns:
        return np.zeros(0, dtype=np.uint64)
    return placed[_RECORD_KEY].to_numpy()


def _groups(placed: pl.DataFrame) -> dict[str, Bools]:
    """Return members of each listed subgroup: students whose cell is not a clear no."""
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
