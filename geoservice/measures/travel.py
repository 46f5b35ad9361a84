"""Distances by unit: medians and means in metres."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.cohort.codes import Codes, codes
from geoservice.cohort.students import RECORD_KEY, Cohort
from geoservice.measures.applicable import applicable, unit_names
from geoservice.measures.cells import ATTENDED, HOME, Counts, cell_table, totals
from geoservice.measures.ground import SCHOOL, Ground
from geoservice.measures.measure import (
    AREA,
    ATTENDANCE,
    BY_SCHOOL,
    DISTANCES,
    LIST,
    MILES,
    QUALITY,
    RATINGS,
    STATISTIC,
    SUPPLY,
    ZONE,
    Measure,
    as_counted,
)
from geoservice.model.grades import GRADES
from geoservice.model.region import NOT_RATED

ENDS = ("median", "mean")
_SMALL = 65_536
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Statistics:
    """Students, median and mean of groups; NaN if there is nobody.

    ``homes`` is the number of homes; 3 stands for all larger ones.
    """

    number: NDArray[np.int64]
    key: NDArray[np.uint64]
    homes: NDArray[np.int64]
    median: Floats
    mean: Floats


@dataclass(frozen=True)
class _Sorted:
    """Students with a distance by group, in each the nearest first.

    So medians do not depend on the order of rows.
    """

    metres: Floats
    rows: Codes
    grade: Codes
    group: Codes
    groups: int

    def within(self, place: Codes, number: int) -> "_Sorted":
        """Return the groups within each of a number of places, given by student; -1 for none."""
        places = place[self.rows]
        placed = np.flatnonzero(places >= 0)
        if number > 1:
            chosen = places[placed]
            small = chosen.astype(np.uint16) if number <= _SMALL else chosen
            placed = placed[np.argsort(small, kind="stable")]
        group = places[placed] * np.int32(self.groups) + self.group[placed]
        return _Sorted(
            self.metres[placed], self.rows[placed], self.grade[placed], group, number * self.groups
        )

    def of_grades(self, grades: Sequence[str] | None) -> "_Sorted":
        """Return the students of some grades; None returns all, also students without a grade."""
        if grades is None:
            return self
        return self.where(
            np.array([*(grade in set(grades) for grade in GRADES), False])[self.grade]
        )

    def where(self, chosen: NDArray[np.bool_]) -> "_Sorted":
        """Return the chosen students."""
        rows, grade, group = (column[chosen] for column in (self.rows, self.grade, self.group))
        return _Sorted(self.metres[chosen], rows, grade, group, self.groups)

    def statistics(self, keys: NDArray[np.uint64], households: Codes) -> _Statistics:
        """Return the statistics of every group; the arguments are of each student."""
        count = np.bincount(self.group, minlength=self.groups)
        nonempty = np.flatnonzero(count)
        number, end = count[nonempty], np.cumsum(count)[nonempty]
        key = np.zeros(self.groups, dtype=np.uint64)
        homes = np.zeros(self.groups, dtype=np.int64)
        median, mean = (np.full(self.groups, np.nan) for _ in range(2))
        if len(nonempty):
            key[nonempty] = np.add.reduceat(keys[self.rows], end - number)
            homes[nonempty] = _homes(households[self.rows], end - number, number)
            low, high = end - number + (number - 1) // 2, end - number + number // 2
            median[nonempty] = (self.metres[low] + self.metres[high]) / 2
            sums = np.bincount(self.group, weights=self.metres, minlength=self.groups)
            mean[nonempty] = sums[nonempty] / number
        return _Statistics(count, key, homes, median, mean)


def _homes(households: Codes, starts: Ints, sizes: Ints) -> Ints:
    """The number of homes of groups that stand side by side; 3 stands for all larger ones."""
    ends = [end.reduceat(households, starts) for end in (np.minimum, np.maximum)]
    is_between = np.all([households != np.repeat(end, sizes) for end in ends], axis=0)
    has_third = np.logical_or.reduceat(is_between, starts)
    return np.asarray(1 + (ends[0] != ends[1]) + has_third, dtype=np.int64)


def _to_school(ground: Ground, unit: str) -> pl.DataFrame:
    """Metres to the school attended: of all, and by the rating of that school."""
    kinds = codes(ground.cohort.students["label"])
    by_rating = [
        _lines(ground, unit, "far", f"{label} ", kinds == number).drop("left_out", "left_out_key")
        for number, label in enumerate(ground.cohort.schools.labels)
    ]
    return pl.concat([_lines(ground, unit, "far", ""), *by_rating], how="diagonal_relaxed")


def _to_nearest(ground: Ground, unit: str) -> pl.DataFrame:
    """Return meters to the nearest quality school, and the meters that students travel beyond."""
    return pl.concat([_lines(ground, unit, "near", ""), _lines(ground, unit, "excess", "excess ")])


def rated_parts(cohort: Cohort) -> tuple[str, ...]:
    """Return the parts of distances by rating."""
    return tuple(f"{label} {end}" for label in (*cohort.labels, NOT_RATED) for end in ENDS)


def _lines(
    ground: Ground, unit: str, of: str, prefix: str, counted: NDArray[np.bool_] | None = None
) -> pl.DataFrame:
    """Median and mean by line of some students, as cells whose ``value`` is in metres."""
    bands = _statistics(ground, unit, of, counted)
    number, key, homes, median, mean = (
        np.stack([getattr(band, name) for band in bands])
        for name in ("number", "key", "homes", "median", "mean")
    )
    counts = Counts(number, key)
    rows = applicable(ground, unit) | (number > 0)
    left_out = totals(ground, unit, ATTENDED if unit == SCHOOL else HOME) - counts
    columns = {"denominator": counts, "left_out": left_out}
    table = cell_table(ground, unit, rows, columns, homes=homes)
    return pl.concat(
        [
            table.with_columns(
                part=pl.lit(prefix + end), value=pl.Series(values[rows], nan_to_null=True)
            )
            for end, values in zip(ENDS, (median, mean), strict=True)
        ]
    )


def _statistics(
    ground: Ground, unit: str, of: str, counted: NDArray[np.bool_] | None
) -> list[_Statistics]:
    """By band the statistics as arrays of years x units, the district last."""
    name = ("grouped", unit, of)
    by_unit, district_groups = ground.cohort.once(name, lambda: _grouped(ground, unit, of))
    students = ground.cohort.students
    keys = students[RECORD_KEY].to_numpy()
    rows = pl.int_range(len(students), eager=True)
    households = students.get_column("household", default=rows).to_numpy()
    years, units = len(ground.cohort.years), len(unit_names(ground, unit))
    if counted is not None:
        by_unit, district_groups = (
            grouped.where(counted[grouped.rows]) for grouped in (by_unit, district_groups)
        )
    by_band = []
    for grades in ground.every_band.values():  # Over bands: a handful.
        units_here, district = (
            grouped.of_grades(grades).statistics(keys, households)
            for grouped in (by_unit, district_groups)
        )
        by_band.append(_beside(units_here, district, years, units))
    return by_band


def _beside(by_unit: _Statistics, district: _Statistics, years: int, units: int) -> _Statistics:
    """Statistics of the units and of the district in one array of years x units."""
    arrays = []
    for name in ("number", "key", "homes", "median", "mean"):
        unit_values = getattr(by_unit, name).reshape(max(units, 1), years)[:units]
        arrays.append(np.concatenate([unit_values, getattr(district, name).reshape(1, years)]).T)
    return _Statistics(*arrays)


def _grouped(ground: Ground, unit: str, of: str) -> tuple[_Sorted, _Sorted]:
    """Students with a distance by unit and year, and by year alone."""
    students = ground.cohort.students
    units = codes(students["school_id" if unit == SCHOOL else unit])
    place = np.where(students["is_matched"].to_numpy(), units, -1).astype(np.int32)
    by_year = ground.cohort.once(("sorted", of), lambda: _sorted(ground.cohort, of))
    number = max(len(unit_names(ground, unit)), 1)
    return by_year.within(place, number), by_year.within(np.minimum(place, 0), 1)


def _sorted(cohort: Cohort, of: str) -> _Sorted:
    """Students with a distance by year.

    ``far`` to the school attended, ``near`` to a quality school, ``excess`` beyond it.
    """
    far = cohort.metres("far_m").fill_null(np.nan).to_numpy()
    year, grade = (codes(cohort.students[name]) for name in ("year", "grade"))
    metres = far
    if of != "far":
        near = cohort.metres("nearest_m").fill_null(np.nan).to_numpy()
        is_rated = np.isin(
            year, [number for number, name in enumerate(cohort.years) if name in cohort.rated]
        )
        near = np.where(is_rated & np.isfinite(near), near, np.nan)
        metres = near if of == "near" else far - near
    rows = np.flatnonzero(np.isfinite(metres)).astype(np.int32)
    rows = rows[np.argsort(metres[rows])]
    nearest = _Sorted(metres[rows], rows, grade[rows], np.zeros(len(rows), dtype=np.int32), 1)
    return nearest.within(year, len(cohort.years))


MEASURES = (
    Measure(
        "distance",
        "metres to the school attended",
        MILES,
        frozenset({AREA, ZONE, BY_SCHOOL}),
        _to_school,
        parts=ENDS,
        region_parts=rated_parts,
        needs=frozenset({LIST, ATTENDANCE, RATINGS, DISTANCES}),
        protection=STATISTIC,
        value=as_counted,
        unrated_parts=frozenset(ENDS),
        by_rating=True,
    ),
    Measure(
        "nearest_quality",
        "metres to the nearest quality school",
        MILES,
        frozenset({AREA, ZONE}),
        _to_nearest,
        parts=(*ENDS, *(f"excess {end}" for end in ENDS)),
        needs=frozenset({LIST, SUPPLY, RATINGS, QUALITY, DISTANCES}),
        protection=STATISTIC,
        value=as_counted,
    ),
)
