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


@dataclass(frozen=True)
class _Statistics:
    """Students, median and mean of groups; NaN where there is nobody."""

    number: NDArray[np.int64]
    key: NDArray[np.uint64]
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
        here = place[self.rows]
        known = np.flatnonzero(here >= 0)
        if number > 1:
            chosen = here[known]
            small = chosen.astype(np.uint16) if number <= _SMALL else chosen
            known = known[np.argsort(small, kind="stable")]
        group = here[known] * np.int32(self.groups) + self.group[known]
        return _Sorted(
            self.metres[known], self.rows[known], self.grade[known], group, number * self.groups
        )

    def of_grades(self, grades: Sequence[str] | None) -> "_Sorted":
        """Return the students of some grades; None for all, those without a grade among them."""
        if grades is None:
            return self
        chosen = np.array([*(grade in set(grades) for grade in GRADES), False])[self.grade]
        return _Sorted(
            self.metres[chosen],
            self.rows[chosen],
            self.grade[chosen],
            self.group[chosen],
            self.groups,
        )

    def statistics(self, keys: NDArray[np.uint64]) -> _Statistics:
        """Return the statistics of every group; ``keys`` are record keys by student."""
        count = np.bincount(self.group, minlength=self.groups)
        some = np.flatnonzero(count)
        number, end = count[some], np.cumsum(count)[some]
        key = np.zeros(self.groups, dtype=np.uint64)
        median, mean = (np.full(self.groups, np.nan) for _ in range(2))
        if len(some):
            key[some] = np.add.reduceat(keys[self.rows], end - number)
            low, high = end - number + (number - 1) // 2, end - number + number // 2
            median[some] = (self.metres[low] + self.metres[high]) / 2
            sums = np.bincount(self.group, weights=self.metres, minlength=self.groups)
            mean[some] = sums[some] / number
        return _Statistics(count, key, median, mean)


def _to_school(ground: Ground, unit: str) -> pl.DataFrame:
    """Metres to the school attended: of all, and by the rating of that school."""
    kinds = codes(ground.cohort.students["label"])
    by_rating = [
        _lines(ground, unit, "far", f"{label} ", kinds == at).drop("left_out", "left_out_key")
        for at, label in enumerate(ground.cohort.schools.labels)
    ]
    return pl.concat([_lines(ground, unit, "far", ""), *by_rating], how="diagonal_relaxed")


def _to_nearest(ground: Ground, unit: str) -> pl.DataFrame:
    """Metres to the nearest quality school, and those beyond it to the school attended."""
    return pl.concat([_lines(ground, unit, "near", ""), _lines(ground, unit, "excess", "excess ")])


def rated_parts(cohort: Cohort) -> tuple[str, ...]:
    """Return the parts of distances by rating."""
    return tuple(f"{label} {end}" for label in (*cohort.labels, NOT_RATED) for end in ENDS)


def _lines(
    ground: Ground, unit: str, of: str, prefix: str, counted: NDArray[np.bool_] | None = None
) -> pl.DataFrame:
    """Median and mean by line of some students, as cells whose ``value`` is in metres."""
    bands = _statistics(ground, unit, of, counted)
    number, key, median, mean = (
        np.stack([getattr(band, name) for band in bands])
        for name in ("number", "key", "median", "mean")
    )
    counts = Counts(number, key)
    rows = applicable(ground, unit) | (number > 0)
    rest = totals(ground, unit, ATTENDED if unit == SCHOOL else HOME) - counts
    table = cell_table(ground, unit, rows, {"denominator": counts, "left_out": rest})
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
    by_unit, whole = _grouped(ground, unit, of)
    keys = ground.cohort.students[RECORD_KEY].to_numpy()
    years, units = len(ground.cohort.years), len(unit_names(ground, unit))
    if counted is not None:
        by_unit, whole = _only(by_unit, counted), _only(whole, counted)
    found = []
    for grades in ground.every_band.values():  # Over bands: a handful.
        each, district = (
            grouped.of_grades(grades).statistics(keys) for grouped in (by_unit, whole)
        )
        found.append(_beside(each, district, years, units))
    return found


def _beside(by_unit: _Statistics, whole: _Statistics, years: int, units: int) -> _Statistics:
    """Statistics of the units and of the district in one array of years x units."""
    arrays = []
    for name in ("number", "key", "median", "mean"):
        mine = getattr(by_unit, name).reshape(max(units, 1), years)[:units]
        arrays.append(np.concatenate([mine, getattr(whole, name).reshape(1, years)]).T)
    return _Statistics(*arrays)


def _only(grouped: _Sorted, counted: NDArray[np.bool_]) -> _Sorted:
    chosen = counted[grouped.rows]
    return _Sorted(
        grouped.metres[chosen],
        grouped.rows[chosen],
        grouped.grade[chosen],
        grouped.group[chosen],
        grouped.groups,
    )


def _grouped(ground: Ground, unit: str, of: str) -> tuple[_Sorted, _Sorted]:
    """Students with a distance by unit and year, and by year alone."""
    return ground.cohort.once(("grouped", unit, of), lambda: _made_grouped(ground, unit, of))


def _made_grouped(ground: Ground, unit: str, of: str) -> tuple[_Sorted, _Sorted]:
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
            year, [at for at, name in enumerate(cohort.years) if name in cohort.rated]
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
        needs=frozenset({LIST, SUPPLY, RATINGS, DISTANCES}),
        protection=STATISTIC,
        value=as_counted,
    ),
)
