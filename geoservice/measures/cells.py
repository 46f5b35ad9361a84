"""Counting: the number of students and the sum of their record keys, by band, year and unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.cohort.codes import Codes, codes
from geoservice.cohort.students import RECORD_KEY, Cohort
from geoservice.measures.applicable import applicable, unit_names
from geoservice.measures.ground import DISTRICT, SCHOOL, Ground
from geoservice.model.grades import GRADES

Bools = NDArray[np.bool_]
HOME, ATTENDED, TYPED = "home", "attended", "typed"
"""Sides: students by where they live; by where they attend.

All students, by the home or else the typed ZIP.
"""
KEY = ("year", "band", "unit")
_LOW_BITS = np.uint64(32)


@dataclass(frozen=True)
class Counts:
    """Sets of students in an array of cells: bands x years x units, the last unit is the district.

    Attributes
    ----------
    number
        Number of students of each cell.
    key
        Sum of their record keys modulo 2^64: the same set has the same sum in every table.
    """

    number: NDArray[np.int64]
    key: NDArray[np.uint64]

    def sum(self, axis: int) -> "Counts":
        """Return the unions of disjoint sets along an axis."""
        return Counts(self.number.sum(axis=axis), self.key.sum(axis=axis, dtype=np.uint64))

    def __sub__(self, part: "Counts") -> "Counts":
        """Return the sets without a part of each."""
        return Counts(self.number - part.number, self.key - part.key)


@dataclass(frozen=True)
class Grouping:
    """Who is counted, and in which parts.

    Attributes
    ----------
    side
        `HOME`, `ATTENDED` or `TYPED`.
    counted
        An expression, True for the students in the denominator.
    parts
        By part, an expression that is True for the students in the numerator. Without parts the
        numerator is the denominator.
    known
        By part, an expression that is True for students with a known answer. The denominator of
        the part has only these students.
    metres
        Columns of `Cohort.metres` that the expressions name.
    can_count
        True for cells that can have students according to public facts; None for all cells.
    """

    side: str
    counted: pl.Expr
    parts: Mapping[str, pl.Expr] = field(default_factory=dict)
    known: Mapping[str, pl.Expr] = field(default_factory=dict)
    metres: tuple[str, ...] = ()
    can_count: Callable[[Ground, str], Bools] | None = None


def attended_unit(unit: str) -> str:
    """Return the column with the unit of the school attended."""
    return "school_id" if unit == SCHOOL else f"s_{unit}"


def part_cells(ground: Ground, unit: str, grouping: Grouping) -> pl.DataFrame:
    """Count students in parts: a row per year, band, unit and part, the district too.

    Returns
    -------
    polars.DataFrame
        ``year``, ``band``, ``unit``, ``part``; ``numerator`` and ``numerator_key`` (the part),
        ``denominator`` and ``denominator_key`` (all students counted), ``left_out`` and
        ``left_out_key`` (students of the unit who are not counted), ``homes`` (of the unit's
        residents; null if no rule needs them) and ``is_known``. Keys are null in cells that are
        empty by public facts.
    """
    masks = _masks(ground.cohort, grouping)
    column = _column(unit, grouping.side)
    with_unplaced = grouping.side == TYPED
    total = totals(ground, unit, grouping.side)
    counted = tally(ground, column, masks["counted"], with_unplaced=with_unplaced)
    rows = applicable(ground, unit)
    rows = rows | (total.number > 0) if unit == SCHOOL else rows
    can_count = grouping.can_count(ground, unit) if grouping.can_count else None
    homes = None if grouping.side == ATTENDED else home_numbers(ground, column, total)
    tables = []
    for part in grouping.parts or ("",):  # Over parts: a dozen at most.
        inside, denominator, is_known = masks["counted"], counted, None
        if part in grouping.known:
            inside = inside & masks[f"known {part}"]
            denominator = tally(ground, column, inside, with_unplaced=with_unplaced)
            is_known = (denominator.number > 0) | (counted.number == 0)
        number = denominator
        if grouping.parts:
            number = tally(
                ground, column, inside & masks[f"part {part}"], with_unplaced=with_unplaced
            )
        values = {"numerator": number, "denominator": denominator, "left_out": total - denominator}
        table = cell_table(
            ground, unit, rows, values, can_count=can_count, is_known=is_known, homes=homes
        )
        tables.append(table.hstack([_filled("part", part, pl.String, len(table))]))
    return pl.concat(tables)


def totals(ground: Ground, unit: str, side: str) -> Counts:
    """Count all students of each unit.

    The district's attenders are all students whose grade the units serve.
    """
    name = ("totals", unit, side, *ground.bands)
    return ground.cohort.once(name, lambda: _totals(ground, unit, side))


def tally(ground: Ground, column: str, where: Bools, *, with_unplaced: bool = False) -> Counts:
    """Count students by a column of units, in all bands and years.

    The district is the sum of the units; ``with_unplaced`` adds students without a unit to it.
    """
    by_grade = _by_grade(ground.cohort, column, where)
    chosen = [
        slice(None) if grades is None else [GRADES.index(grade) + 1 for grade in grades]
        for grades in ground.every_band.values()
    ]
    number, key = (
        np.stack([values[:, grades].sum(axis=1, dtype=values.dtype) for grades in chosen])
        for values in (by_grade.number, by_grade.key)
    )
    start = 0 if with_unplaced else 1
    district = Counts(number[:, :, start:], key[:, :, start:]).sum(axis=2)
    return Counts(
        np.concatenate([number[:, :, 1:], district.number[:, :, None]], axis=2),
        np.concatenate([key[:, :, 1:], district.key[:, :, None]], axis=2),
    )


def cell_table(
    ground: Ground,
    unit: str,
    rows: Bools,
    values: Mapping[str, Counts],
    *,
    can_count: Bools | None = None,
    is_known: Bools | None = None,
    homes: NDArray[np.int64] | None = None,
) -> pl.DataFrame:
    """Return a table with a row for each cell in ``rows`` (columns as in `part_cells`).

    ``values`` are counts by column name. Keys are null in cells outside ``can_count``. Without
    ``is_known`` all cells are known; without ``homes`` the column is null.
    """
    places = np.nonzero(rows)
    band, year, unit_at = places
    names = (*unit_names(ground, unit), DISTRICT)
    columns = [
        _texts("year", ground.cohort.years, year),
        _texts("band", tuple(ground.every_band), band),
        _texts("unit", names, unit_at),
    ]
    for name, counts in values.items():
        columns.append(pl.Series(name, counts.number[places]))
        columns.append(pl.Series(f"{name}_key", counts.key[places], dtype=pl.UInt64))
    size = len(band)
    columns += [
        _filled("homes", None if homes is None else homes[places], pl.Int64, size),
        _filled("is_known", True if is_known is None else is_known[places], pl.Boolean, size),
    ]
    table = pl.DataFrame(columns)
    if can_count is None:
        return table
    possible = pl.Series(can_count[places])
    keys = [f"{name}_key" for name in values]
    return table.with_columns(pl.when(possible).then(pl.col(key)).alias(key) for key in keys)


def _filled(name: str, values: object, kind: type[pl.DataType], size: int) -> pl.Series:
    """Return a column from an array, or with the same value in all rows."""
    if isinstance(values, np.ndarray):
        return pl.Series(name, values, dtype=kind)
    return pl.Series(name, [values], dtype=kind).new_from_index(0, size)


def _masks(cohort: Cohort, grouping: Grouping) -> dict[str, Bools]:
    counted = {
        HOME: pl.col("is_matched"),
        ATTENDED: pl.col("is_known_school"),
        TYPED: pl.lit(value=True),
    }[grouping.side]
    flags_by_name = {"counted": counted & grouping.counted}
    flags_by_name |= {f"part {part}": inside for part, inside in grouping.parts.items()}
    flags_by_name |= {f"known {part}": is_known for part, is_known in grouping.known.items()}
    students = cohort.with_metres(grouping.metres) if grouping.metres else cohort.students
    flags = students.select(
        pl.lit(value=True).and_(flag).fill_null(value=False).alias(name)
        for name, flag in flags_by_name.items()
    )
    return {
        name: np.broadcast_to(flags[name].to_numpy(), len(cohort.students))
        for name in flags_by_name
    }


def _column(unit: str, side: str) -> str:
    return {HOME: unit, ATTENDED: attended_unit(unit), TYPED: f"c_{unit}"}[side]


def _totals(ground: Ground, unit: str, side: str) -> Counts:
    students, column = ground.cohort.students, _column(unit, side)
    everybody = np.ones(len(students), dtype=bool)
    if side == HOME:
        return tally(ground, column, students["is_matched"].to_numpy())
    if side == TYPED:
        return tally(ground, column, everybody, with_unplaced=True)
    by_unit = tally(ground, column, students["is_known_school"].to_numpy())
    grades = {
        f"zone_{zone_set.id}": zone_set.grades
        for zone_set in ground.cohort.reference.info.zone_sets
    }
    if unit in grades:
        everybody = students["grade"].is_in(list(grades[unit])).fill_null(value=False).to_numpy()
    district = tally(ground, DISTRICT, everybody, with_unplaced=True)
    by_unit.number[:, :, -1], by_unit.key[:, :, -1] = (
        district.number[:, :, -1],
        district.key[:, :, -1],
    )
    return by_unit


def home_numbers(ground: Ground, column: str, total: Counts) -> NDArray[np.int64] | None:
    """Count the homes of each cell; None if no rule needs them.

    If no student of a cell has a known home, each student counts as a home. The district needs no
    count.
    """
    if ground.protect is None:
        return None
    name = ("homes", column, *ground.bands)
    homes = ground.cohort.once(name, lambda: _made_homes(ground, column))
    return None if homes is None else np.where(homes == 0, total.number, homes)


def _made_homes(ground: Ground, column: str) -> NDArray[np.int64] | None:
    students = ground.cohort.students
    if "household" not in students.columns:
        return None
    names = (*unit_names(ground, column.removeprefix("c_")), DISTRICT)
    homes = np.zeros((len(ground.bands) + 1, len(ground.cohort.years), len(names)), dtype=np.int64)
    places = {name: index for index, name in enumerate(names)}
    residents = students.filter("is_matched").drop_nulls(column)
    for band, grades in enumerate(ground.every_band.values()):
        inside = True if grades is None else pl.col("grade").is_in(list(grades))
        number = (
            residents.filter(inside).group_by("year", column).agg(pl.col("household").n_unique())
        )
        years = codes(number["year"])
        units = [places[name] for name in number[column].cast(pl.String)]
        homes[band, years, units] = number["household"].to_numpy()
    homes[:, :, -1] = len(students)
    return homes


def _by_grade(cohort: Cohort, column: str, where: Bools) -> Counts:
    """Counts by year, grade (the first for none) and unit (the first for none)."""
    cell, shape = cohort.once(("places", column), lambda: _places(cohort, column))
    low, high = cohort.once("key halves", lambda: _key_halves(cohort))
    chosen = slice(None) if where.all() else where
    size = int(np.prod(shape))
    student_cells = cell[chosen]
    number = np.bincount(student_cells, minlength=size).reshape(shape)
    # A float holds sums of two million halves without loss.
    low_sum, high_sum = (
        np.bincount(student_cells, weights=half[chosen], minlength=size).astype(np.uint64)
        for half in (low, high)
    )
    return Counts(number, (low_sum + (high_sum << _LOW_BITS)).reshape(shape))


def _key_halves(cohort: Cohort) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    keys = cohort.students[RECORD_KEY].to_numpy()
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.float64), (keys >> _LOW_BITS).astype(np.float64)


def _places(cohort: Cohort, column: str) -> tuple[Codes, tuple[int, int, int]]:
    """The cell of each student by year, grade and unit, and the shape of the cells."""
    students = cohort.students
    cell = codes(students["year"]) * (len(GRADES) + 1) + codes(students["grade"]) + 1
    if column == DISTRICT:
        return cell, (len(cohort.years), len(GRADES) + 1, 1)
    units = students[column]
    if units.dtype == pl.String:  # Hexagons
        units = units.cast(pl.Enum(units.drop_nulls().unique().sort()))
    size = len(units.dtype.categories) + 1  # type: ignore[attr-defined]
    cell = cell * size + codes(units) + 1
    return cell, (len(cohort.years), len(GRADES) + 1, size)


def _texts(name: str, texts: tuple[str, ...], indexes: NDArray[np.int64]) -> pl.Series:
    return pl.Series(name, texts, dtype=pl.String).gather(indexes)
