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
        Units x grades: the grades that a unit holds. Where students of some unit are counted by
        their homes, it holds all grades, as those below its own grow into them.
    reported
        Units x grades: the grades that are reported of a unit.
    group
        By unit the number of the area that a small unit is shrunk toward; -1 for the district.
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    years: tuple[str, ...]
    grades: tuple[str, ...]
    students: Floats
    served: Bools
    reported: Bools
    group: Ints

    def until(self, last: int) -> "History":
        """The history up to and with the year of an index."""
        return replace(self, years=self.years[: last + 1], students=self.students[:, : last + 1, :])

    @property
    def previous(self) -> Ints:
        """By grade the index of the grade before it; -1 for grades that students enter at."""
        places = {grade: place for place, grade in enumerate(self.grades)}
        before = dict(zip(_PROGRESSING[1:], _PROGRESSING[:-1], strict=True))
        return np.array([places.get(before.get(grade, ""), -1) for grade in self.grades])


def first_calendar_year(school_year: str) -> int:
    """2023 for ``2023-24``."""
    return int(school_year[:4])


def school_year_from(first: int) -> str:
    """``2023-24`` for 2023."""
    return f"{first}-{(first + 1) % 100:02d}"


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
        ``unit``, ``year``, ``grade`` (CEDS code) and ``students``; cells that are not there are 0.
    units
        ``unit``, ``name`` and ``group`` (the id of an area, or null), one row per unit, in the
        order of the answer. Counts of other units are left out.
    served
        Grades by unit; without it, and for units that it lacks, those that have students in the
        last year.
    by_home
        True where students are counted by their homes: a unit then holds all grades, and reports
        the served ones.

    Raises
    ------
    InputError
        Where there are fewer than two school years that follow one another.
    """
    years = _last_run(counts["year"].unique().drop_nulls().to_list())
    known = [grade for grade in counts["grade"].unique().drop_nulls().to_list() if grade in GRADES]
    grades = tuple(sorted(known, key=grade_position))
    ids = tuple(units["unit"].to_list())
    students = np.zeros((len(ids), len(years), len(grades)))
    cells = counts.filter(
        pl.col("unit").is_in(ids), pl.col("year").is_in(years), pl.col("grade").is_in(grades)
    )
    at = tuple(
        cells[column].replace_strict(values, range(len(values)), return_dtype=pl.Int64).to_numpy()
        for column, values in (("unit", ids), ("year", years), ("grade", grades))
    )
    np.add.at(students, at, cells["students"].to_numpy().astype(np.float64))
    groups = units["group"].unique().drop_nulls().sort().to_list()
    group = [DISTRICT_GROUP if area is None else groups.index(area) for area in units["group"]]
    reported = _served(ids, grades, students, served or {})
    return History(
        units=ids,
        names=tuple(units["name"].to_list()),
        years=years,
        grades=grades,
        students=students,
        served=np.ones_like(reported) if by_home else reported,
        reported=reported,
        group=np.array(group, dtype=np.int64),
    )


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
