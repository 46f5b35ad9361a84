"""The fictional district in earlier years: younger students, former students, slow change."""

from pathlib import Path

import numpy as np
import polars as pl

from geoservice.demo.schooling import YEARS, Schooling, plan_schools
from geoservice.demo.streets import Floats, draw_streets
from geoservice.demo.students import (
    BAND_OF,
    GRADE_NAMES,
    Batch,
    chosen_schools,
    student_batches,
    student_ids,
)
from geoservice.tables.writing import TableWriter

_GRADES = len(GRADE_NAMES)
_LOYALTY = 0.22
"""Added appeal of the zoned school for each year back: school choice grows over the years."""
_MOVED = 0.06
"""Share of students who change their address in a year."""
_GROWTH = 0.03
"""Yearly growth at the eastern edge of the district; the western edge does not grow."""


def earlier_years() -> tuple[str, ...]:
    """Return the school years before the region's school year, in order."""
    return YEARS[:-1]


def write_year(path: Path, year: str, students: int, seed: int) -> None:
    """Write the student file of an earlier year.

    ``students`` is the number of students in the region's school year.
    """
    back = len(YEARS) - 1 - YEARS.index(year)
    streets, schooling = draw_streets(seed), plan_schools(seed)
    # First the current students as in their file, then former students of the grades above.
    former = -(-students * (len(YEARS) - 1) // _GRADES)
    batches = [
        *student_batches(streets, schooling, students, seed),
        *student_batches(streets, schooling, former, seed + 1),
    ]
    with TableWriter(path) as writer:
        writer.write(_year(batches, students, schooling, back, seed))


def choice_then(schooling: Schooling, back: int) -> Floats:
    """Return `Schooling.choice` as of ``back`` years ago."""
    choice = schooling.choice.copy()
    zones = np.arange(choice.shape[1])
    for band in range(3):
        choice[band, zones, schooling.zone_of[band]] *= np.exp(_LOYALTY * back)
    return np.asarray(choice / choice.sum(axis=2, keepdims=True))


def presence(schooling: Schooling, back: int) -> Floats:
    """Return, for each elementary zone, past students per current student."""
    zones = schooling.choice.shape[1]
    east = schooling.x[:zones] / schooling.x[:zones].max()
    return np.asarray(1 - _GROWTH * back * east)


def seats_then(schooling: Schooling, students: Floats, shares: Floats) -> pl.DataFrame:
    """Return the capacity and enrollment of each school in each year.

    Columns ``SCHOOL_ID``, ``YEAR``, ``CAPACITY`` and ``ENROLLMENT``. ``students`` is the current
    number in each elementary zone, ``shares`` the share of each grade band.
    """
    tables = []
    for place, year in enumerate(YEARS):
        back = len(YEARS) - 1 - place
        residents = students * presence(schooling, back)
        expected = np.einsum("bzs,z,b->s", choice_then(schooling, back), residents, shares)
        enrolled = schooling.enrollment if not back else np.rint(expected).astype(np.int64)
        tables.append(
            pl.DataFrame(
                {
                    "SCHOOL_ID": schooling.ids,
                    "YEAR": [year] * len(schooling.ids),
                    "CAPACITY": schooling.capacity,
                    "ENROLLMENT": enrolled,
                }
            )
        )
    return pl.concat(tables)


def _year(
    batches: list[Batch], students: int, schooling: Schooling, back: int, seed: int
) -> pl.DataFrame:
    grade, zone, wish = (
        np.concatenate([getattr(batch, name) for batch in batches])
        for name in ("grade", "zone", "wish")
    )
    address = pl.concat([batch.table["address"] for batch in batches])
    number, random = np.arange(len(grade)), np.random.default_rng([seed, 4])
    now = np.where(number < students, grade, _GRADES + number % (len(YEARS) - 1))
    then = now - back
    draws = random.random((2, len(grade)))
    # A student who moved gets the current home of a random student as the earlier home.
    home = np.where(draws[0] < _MOVED * back, random.permutation(len(grade)), number)
    is_present = (then >= 0) & (then < _GRADES) & (draws[1] < presence(schooling, back)[zone[home]])
    row = np.flatnonzero(is_present)
    band = BAND_OF[then[row]]
    moved_on = (band - BAND_OF[np.minimum(now[row], _GRADES - 1)]) * 0.618
    school = chosen_schools(
        choice_then(schooling, back), band, zone[home[row]], (wish[row] + moved_on) % 1.0
    )
    return pl.DataFrame(
        {
            "student_id": student_ids(row),
            "grade": GRADE_NAMES[then[row]],
            "school": np.array(schooling.ids)[school],
            "address": address[home[row]],
        }
    )
