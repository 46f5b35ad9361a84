"""Students by unit, school year and grade: the counts that a forecast is made from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.grades import GRADES, grade_position

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
DISTRICT_GROUP = -1
_PROGRESSING = ("KG", *(f"{grade:02d}" for grade in range(1, 13)))
"""Grades whose students come from the grade before, but for the first."""


@dataclass(frozen=True)
class History:
    """Counts of students.

    Attributes
    ----------
    units, names
        Ids and names, in the order of the arrays.
    years
        Consecutive school years, ascending.
    grades
        CEDS codes in school order.
    students
        Units x years x grades.
    served
        Units x grades: the grades of a unit. A unit that counts students by home has all grades,
        because lower grades grow into its own grades.
    reported
        Units x grades: the grades that a unit reports.
    group
        By unit, the index of the area that a small unit is shrunk toward; -1 for the district.
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    years: tuple[str, ...]
    grades: tuple[str, ...]
    students: Floats
    served: Bools
    reported: Bools
    group: Ints

    def until(self, year_index: int) -> "History":
        """The history up to and with the year of an index."""
        return replace(
            self, years=self.years[: year_index + 1], students=self.students[:, : year_index + 1, :]
        )

    @property
    def previous(self) -> Ints:
        """By grade the index of the grade before it; -1 for grades that students enter at."""
        places = {grade: place for place, grade in enumerate(self.grades)}
        before = dict(zip(_PROGRESSING[1:], _PROGRESSING[:-1], strict=True))
        return np.array([places.get(before.get(grade, ""), -1) for grade in self.grades])


def first_calendar_year(school_year: str) -> int:
    """2023 for ``2023-24``."""
    return int(school_year[:4])


def school_year_from(start_year: int) -> str:
    """``2023-24`` for 2023."""
    return f"{start_year}-{(start_year + 1) % 100:02d}"


def history_of(
    counts: pl.DataFrame,
    units: pl.DataFrame,
    served: dict[str, Sequence[str]] | None = None,
    *,
    by_home: bool = False,
) -> History:
    """Arrange counts as arrays.

    Parameters
    ----------
    counts
        ``unit``, ``year``, ``grade`` (CEDS code) and ``students``; missing cells are 0.
    units
        ``unit``, ``name`` and ``group`` (the id of an area, or null), one row per unit, in the
        order of the answer. Counts of other units are left out.
    served
        Grades by unit. Units without an entry have the grades with students in the last year.
    by_home
        True if students are counted by home: a unit then has all grades and reports the grades in
        ``served``.

    Raises
    ------
    InputError
        If there are fewer than two consecutive school years.
    """
    years = _last_run(counts["year"].unique().drop_nulls().to_list())
    listed = [grade for grade in counts["grade"].unique().drop_nulls().to_list() if grade in GRADES]
    grades = tuple(sorted(listed, key=grade_position))
    unit_ids = tuple(units["unit"].to_list())
    students = _students(counts, unit_ids, years, grades)
    reported = _served(unit_ids, grades, students, served or {})
    return History(
        units=unit_ids,
        names=tuple(units["name"].to_list()),
        years=years,
        grades=grades,
        students=students,
        served=np.ones_like(reported) if by_home else reported,
        reported=reported,
        group=_groups(units["group"]),
    )


def _students(
    counts: pl.DataFrame, units: tuple[str, ...], years: tuple[str, ...], grades: tuple[str, ...]
) -> Floats:
    """Return students by unit, year and grade."""
    students = np.zeros((len(units), len(years), len(grades)))
    axes = {"unit": units, "year": years, "grade": grades}
    cells = counts.filter(pl.col(column).is_in(values) for column, values in axes.items())
    positions = tuple(
        cells[column].replace_strict(values, range(len(values)), return_dtype=pl.Int64).to_numpy()
        for column, values in axes.items()
    )
    np.add.at(students, positions, cells["students"].to_numpy().astype(np.float64))
    return students


def _groups(areas: pl.Series) -> Ints:
    """Return the number of each unit's area; -1 where a unit has no area."""
    ids = areas.unique().drop_nulls().sort().to_list()
    numbers = [DISTRICT_GROUP if area is None else ids.index(area) for area in areas]
    return np.array(numbers, dtype=np.int64)


def _last_run(years: list[str]) -> tuple[str, ...]:
    """The latest school years that follow one another without a gap."""
    ordered = sorted(years, reverse=True)
    run = ordered[:1]
    for year in ordered[1:]:
        if first_calendar_year(year) != first_calendar_year(run[-1]) - 1:
            break
        run.append(year)
    if len(run) < 2:
        raise InputError(
            "A forecast needs students of at least two school years that follow one another. Add "
            "the list of the year before with `geoservice students add … --school-year YEAR`, or "
            "give counts with --history FILE."
        )
    return tuple(reversed(run))


def _served(
    units: tuple[str, ...],
    grades: tuple[str, ...],
    students: Floats,
    stated: dict[str, Sequence[str]],
) -> Bools:
    served = students[:, -1, :] > 0
    for place, unit in enumerate(units):  # Over units: some hundreds.
        if unit in stated:
            served[place] = [grade in stated[unit] for grade in grades]
    return served
