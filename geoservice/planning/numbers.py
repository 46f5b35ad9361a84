"""The numbers of a scenario before and after, by school, area, grade and district."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from geoservice.planning.apply import Outcome
from geoservice.planning.area_numbers import area_numbers, area_units, district_numbers, together
from geoservice.planning.cell_numbers import Pair
from geoservice.planning.comparison import ALL, Comparison
from geoservice.planning.counting import CellCounter, Growth, PublicCounts
from geoservice.planning.ground import Bools, Ints
from geoservice.planning.school_numbers import school_numbers, school_units, shown_pair

TODAY = "today"
SHOWN, SUPPRESSED, NO_DATA = "shown", "suppressed", "no_data"
COLUMNS = {
    "scenario": pl.String,
    "year": pl.String,
    "by": pl.String,
    "unit": pl.String,
    "name": pl.String,
    "grade": pl.String,
    "measure": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "before_status": pl.String,
    "after_status": pl.String,
}
MEASURES = {
    "students": "students of the zones (by school), or who live there (by area)",
    "moved_out": "students whose zoned school is this school today and another school afterwards",
    "moved_in": "students whose zoned school is another school today and this school afterwards",
    "moved": "students whose zoned school changes",
    "may_stay": "of these, students who may stay at the school of today",
    "enrolled": "students who attend, if students at their zoned school follow the zone",
    "enrolled_first_year": "the same, if students who may stay at the school of today do stay",
    "seats": "seats of the school",
    "utilisation": "enrolled students divided by seats",
    "in_quality": "students whose zoned school is a quality school",
    "in_quality_share": "the same as a share",
    "distance_mean_miles": "mean distance from home to the zoned school, straight line",
    "distance_median_miles": "median of the same",
    "beyond_walking": "students farther than the walking distance: eligible for a bus",
    "beyond_walking_share": "the same as a share",
    "schools": "zoned schools of at least 5% of the area's students",
    "split_areas": "areas with several such schools",
    "next_schools": "schools of the next level that at least 5% of the students go to",
    "split_feeders": "schools with several such schools of the next level",
    "pieces": "pieces of the zone",
    "compactness": "Polsby and Popper: 1 for a circle",
    "zones_in_pieces": "zones of more than one piece",
    "schools_over_95": "schools over 95% of their seats",
    "schools_under_80": "schools under 80% of their seats",
}
"""Measures with their meaning; ``share_…``, ``dissimilarity_…``, ``exposure_…`` and ``isolation_…``
are of subgroups."""
_OF_FILES = frozenset({"seats", "pieces", "compactness"})
"""Measures that count no student."""
OF_CHANGE = frozenset({"moved", "moved_in", "moved_out", "may_stay", "enrolled_first_year"})
"""Measures that today has none of."""
_OF_RATINGS = frozenset({"in_quality", "in_quality_share"})
_DIGITS = 1
"""Digits of students of a coming year."""

_SIDES = ("before", "after")


@dataclass(frozen=True)
class _ListedUnits:
    """Units with numbers in the result.

    Attributes
    ----------
    by
        Kind of unit.
    ids, names, grades
        A value per unit.
    places
        Position of each unit in the arrays of numbers.
    can_show
        By position, True if numbers of students may be shown, before and after.
    unknown
        Measures without data in the region.
    """

    by: str
    ids: Sequence[str]
    names: Sequence[str]
    grades: Sequence[str]
    places: Ints
    can_show: tuple[Bools, Bools]
    unknown: frozenset[str] = frozenset()


def scenario_numbers(
    outcome: Outcome,
    walking_miles: float,
    *,
    public: PublicCounts | None = None,
    growth: Mapping[str, Growth] | None = None,
) -> pl.DataFrame:
    """Return all numbers of a scenario: a row per year, unit, grade and measure (`COLUMNS`).

    Parameters
    ----------
    walking_miles
        The walking distance of the level.
    public
        Protection of counts; None for exact numbers.
    growth
        By future school year, the forecast of today's students. The numbers of today's students
        have the year `TODAY`.

    Returns
    -------
    polars.DataFrame
        Unknown and suppressed numbers are null; the status says which.
    """
    comparison = Comparison(outcome, walking_miles)
    years: dict[str, Growth | None] = {TODAY: None, **(growth or {})}
    tables = []
    for year, coming in years.items():  # Over today and five years.
        counter = CellCounter(comparison.residents, public, coming)
        rows = [*_schools(comparison, counter), *_areas(comparison, counter)]
        rows += _district(comparison, counter)
        tables.append(pl.concat(rows).with_columns(year=pl.lit(year)))
    numbers = pl.concat(tables).with_columns(
        *(_status(side, is_public=public is not None) for side in _SIDES)
    )
    numbers = numbers.with_columns(
        *(_rounded(side) for side in _SIDES), scenario=pl.lit(outcome.scenario.id)
    )
    return numbers.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())


def _rounded(side: str) -> pl.Expr:
    """Students of coming years with a digit, all other numbers as they are."""
    is_coming = (pl.col("year") != TODAY) & (pl.col(side).abs() >= 1)
    value = pl.col(side).fill_nan(None)
    return pl.when(is_coming).then(value.round(_DIGITS)).otherwise(value).alias(side)


def _schools(comparison: Comparison, counter: CellCounter) -> Iterator[pl.DataFrame]:
    """Return numbers of the schools that have a zone before or after."""
    schools, zones = comparison.schools, comparison.has_zone
    units = school_units(comparison, counter)
    has_students = (units.totals[0] > 0) | (units.totals[1] > 0)
    places = np.flatnonzero(has_students | zones[0] | zones[1])
    ids, names = (
        [texts[place] for place in places.tolist()] for texts in (schools.ids, schools.names)
    )
    can_show = _can_show(counter, units.keys, units.size)
    listed = _ListedUnits(
        "school", ids, names, [ALL] * len(ids), places, can_show, _unknown(comparison)
    )
    yield _rows(listed, school_numbers(comparison, counter, units))
    by_grade = _students_by_grade(comparison, counter)
    for place, grade in comparison.grades:
        grade_students = {"students": (by_grade[0][:, place], by_grade[1][:, place])}
        yield _rows(replace(listed, grades=[grade] * len(ids)), grade_students)


def _students_by_grade(comparison: Comparison, counter: CellCounter) -> Pair:
    """Students of each school's zone and grade, schools x grades, before and after."""
    grade, zones = comparison.residents.grade, comparison.has_zone
    grades = len(comparison.residents.grade_names)
    size = comparison.size * grades
    keys = [
        np.where((right >= 0) & (grade >= 0), right * grades + grade, -1)
        for right in comparison.right
    ]
    counts = (counter.cells(keys[0], size), counter.cells(keys[1], size))
    zero = (np.repeat(~zones[0], grades), np.repeat(~zones[1], grades))
    before, after = shown_pair(counter, counts, zero)
    return before.reshape(-1, grades), after.reshape(-1, grades)


def _areas(comparison: Comparison, counter: CellCounter) -> Iterator[pl.DataFrame]:
    """Numbers by area of the region's first regionalisation."""
    units = area_units(comparison, counter)
    names = comparison.residents.area_names
    ids = comparison.outcome.ground.area_ids[: len(names)]
    can_show = _can_show(counter, units.keys, units.size)
    everywhere = np.arange(len(names))
    listed = _ListedUnits(
        "area", ids, names, [ALL] * len(names), everywhere, can_show, _unknown(comparison)
    )
    yield _rows(listed, area_numbers(comparison, counter, units))


def _district(comparison: Comparison, counter: CellCounter) -> Iterator[pl.DataFrame]:
    """Numbers of the district, of all grades and of each."""
    yes, grades = np.ones(1, dtype=bool), comparison.grades
    listed = _ListedUnits(
        "district",
        ["district"],
        [""],
        [ALL],
        np.zeros(1, dtype=np.int64),
        (yes, yes),
        _unknown(comparison),
    )
    yield _rows(listed, district_numbers(comparison, counter))
    if not grades:
        return
    residents = comparison.residents
    numbers = together(comparison, counter, residents.grade, len(residents.grade_names))
    yes = np.ones(len(residents.grade_names), dtype=bool)
    by_grade = _ListedUnits(
        "district",
        ["district"] * len(grades),
        [""] * len(grades),
        [grade for _, grade in grades],
        np.array([place for place, _ in grades]),
        (yes, yes),
        _unknown(comparison),
    )
    yield _rows(by_grade, numbers)


def _unknown(comparison: Comparison) -> frozenset[str]:
    return frozenset() if comparison.schools.are_rated else _OF_RATINGS


def _can_show(counter: CellCounter, keys: tuple[Ints, Ints], size: int) -> tuple[Bools, Bools]:
    before = counter.has_homes(keys[0], size)
    return before, before if keys[0] is keys[1] else counter.has_homes(keys[1], size)


def _rows(listed: _ListedUnits, measures: Mapping[str, Pair]) -> pl.DataFrame:
    """The numbers of units: a row per unit and measure, without status.

    ``before_hides`` and ``after_hides`` are True if a missing number is suppressed.
    """
    of_unit = np.repeat(np.arange(len(listed.places)), len(measures))
    of_measure = np.tile(np.arange(len(measures)), len(listed.places))
    counts_students = np.array([measure not in _OF_FILES for measure in measures])
    columns: dict[str, object] = {
        "by": pl.repeat(listed.by, len(of_unit), eager=True),
        "unit": pl.Series(listed.ids, dtype=pl.String).gather(of_unit),
        "name": pl.Series(listed.names, dtype=pl.String).gather(of_unit),
        "grade": pl.Series(listed.grades, dtype=pl.String).gather(of_unit),
        "measure": pl.Series(list(measures), dtype=pl.String).gather(of_measure),
    }
    for side, name in enumerate(_SIDES):
        values = np.stack([pair[side][listed.places] for pair in measures.values()], axis=1)
        can_show = listed.can_show[side][listed.places, None]
        is_unknown = np.array([measure in listed.unknown for measure in measures])
        shown = np.where((counts_students & ~can_show) | is_unknown, np.nan, values)
        columns[name] = shown.astype(np.float64).ravel()
        columns[f"{name}_hides"] = (counts_students & ~_is_absent(listed, measures, side)).ravel()
    return pl.DataFrame(columns)


def _is_absent(listed: _ListedUnits, measures: Mapping[str, Pair], side: int) -> Bools:
    """Return True by unit and measure if there is no such number."""
    absent = np.zeros((len(listed.places), len(measures)), dtype=bool)
    for place, measure in enumerate(measures):
        if measure in listed.unknown or (side == 0 and measure in OF_CHANGE):
            absent[:, place] = True
        elif measure == "utilisation":
            absent[:, place] = np.isnan(measures["seats"][side][listed.places])
    return absent


def _status(side: str, *, is_public: bool) -> pl.Expr:
    is_hidden = pl.col(f"{side}_hides") & pl.lit(is_public)
    unknown = pl.when(is_hidden).then(pl.lit(SUPPRESSED)).otherwise(pl.lit(NO_DATA))
    is_known = pl.col(side).is_not_nan()
    return pl.when(is_known).then(pl.lit(SHOWN)).otherwise(unknown).alias(f"{side}_status")
