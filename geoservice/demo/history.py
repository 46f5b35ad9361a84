"""The fictional district in earlier years: the same students younger, those who have left, and slow change."""

from pathlib import Path

import numpy as np
import polars as pl

from geoservice.demo.ground import Floats, draw
from geoservice.demo.schooling import YEARS, Schooling, plan
from geoservice.demo.students import (
    BAND_OF,
    GRADE_NAMES,
    Batch,
    chosen,
    student_batches,
    student_ids,
)
from geoservice.tables.writing import TableWriter

_GRADES = len(GRADE_NAMES)
_LOYALTY = 0.22
"""Each year back, the zoned school drew this much more: the share of families who choose grows."""
_MOVED = 0.06
"""Share of students who had another address a year earlier."""
_GROWTH = 0.03
"""The district's east grows by this share a year; its west does not."""


def earlier_years() -> tuple[str, ...]:
    """The school years before the region's own, the latest last."""
    return YEARS[:-1]


def write_year(path: Path, year: str, students: int, seed: int) -> None:
    """Write the student file of an earlier year; ``students`` are those of the region's own."""
    back = len(YEARS) - 1 - YEARS.index(year)
    ground, schooling = draw(seed), plan(seed)
    # Students of now as their own file has them, and after them those of the grades that have left.
    left = -(-students * (len(YEARS) - 1) // _GRADES)
    batches = [*student_batches(ground, schooling, students, seed),
               *student_batches(ground, schooling, left, seed + 1)]  # fmt: skip
    with TableWriter(path) as writer:
        writer.write(_year(batches, students, schooling, back, seed))


def choice_then(schooling: Schooling, back: int) -> Floats:
    """`Schooling.choice` of ``back`` years ago."""
    choice = schooling.choice.copy()
    zones = np.arange(choice.shape[1])
    for band in range(3):
        choice[band, zones, schooling.zone_of[band]] *= np.exp(_LOYALTY * back)
    return np.asarray(choice / choice.sum(axis=2, keepdims=True))


def presence(schooling: Schooling, back: int) -> Floats:
    """By elementary zone the number of students ``back`` years ago beside that of now."""
    zones = schooling.choice.shape[1]
    east = schooling.x[:zones] / schooling.x[:zones].max()
    return np.asarray(1 - _GROWTH * back * east)


def seats_then(schooling: Schooling, students: Floats, shares: Floats) -> pl.DataFrame:
    """Capacity and enrolment of each school in each year: ``SCHOOL_ID``, ``YEAR``, ``CAPACITY``, ``ENROLLMENT``.

    ``students`` live in each elementary zone now, ``shares`` are those of the bands.
    """
    found = []
    for place, year in enumerate(YEARS):
        back = len(YEARS) - 1 - place
        there = students * presence(schooling, back)
        expected = np.einsum("bzs,z,b->s", choice_then(schooling, back), there, shares)
        enrolled = schooling.enrollment if not back else np.rint(expected).astype(np.int64)
        found.append(pl.DataFrame({
            "SCHOOL_ID": schooling.ids, "YEAR": [year] * len(schooling.ids),
            "CAPACITY": schooling.capacity, "ENROLLMENT": enrolled,
        }))  # fmt: skip
    return pl.concat(found)


def _year(
    batches: list[Batch], students: int, schooling: Schooling, back: int, seed: int
) -> pl.DataFrame:
    grade, zone, wish = (np.concatenate([getattr(one, name) for one in batches])
                         for name in ("grade", "zone", "wish"))  # fmt: skip
    address = pl.concat([one.table["address"] for one in batches])
    number, random = np.arange(len(grade)), np.random.default_rng([seed, 4])
    now = np.where(number < students, grade, _GRADES + number % (len(YEARS) - 1))
    then = now - back
    draws = random.random((2, len(grade)))
    # Who had moved had lived where somebody else lives now.
    home = np.where(draws[0] < _MOVED * back, random.permutation(len(grade)), number)
    there = (then >= 0) & (then < _GRADES) & (draws[1] < presence(schooling, back)[zone[home]])
    row = np.flatnonzero(there)
    band = BAND_OF[then[row]]
    moved_on = (band - BAND_OF[np.minimum(now[row], _GRADES - 1)]) * 0.618
    school = chosen(
        choice_then(schooling, back), band, zone[home[row]], (wish[row] + moved_on) % 1.0
    )
    return pl.DataFrame({
        "student_id": student_ids(row), "grade": GRADE_NAMES[then[row]],
        "school": np.array(schooling.ids)[school], "address": address[home[row]],
    })  # fmt: skip
