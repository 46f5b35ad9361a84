"""What the public numbers of a scenario say of groups of students, for the reader who joins them.

A group shares the school of right before and after, the grade, the area and the school attended:
all these are public facts of a home and of the scenario.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy import sparse

from attacker.attacks import Facts
from geoservice.planning.ground import NO_SCHOOL
from geoservice.planning.numbers import SHOWN, SUPPRESSED, TODAY

FACTS = ("before", "after", "grade", "area", "attends", "enrolled_before", "enrolled_after")
_KEYS = {
    ("school", "students", "before"): "before",
    ("school", "students", "after"): "after",
    ("school", "moved_out", "after"): "before",
    ("school", "moved_in", "after"): "after",
    ("school", "enrolled", "before"): "enrolled_before",
    ("school", "enrolled", "after"): "enrolled_after",
    ("area", "students", "before"): "area",
    ("area", "moved", "after"): "area",
}
"""Column of groups that each number is summed by."""


def groups_of_case(case) -> pl.DataFrame:
    """The groups of a scenario with the number of students in each, which the reader does not know."""
    residents, outcome = case.outcome.ground.residents, case.outcome
    today = np.where(residents.attends == NO_SCHOOL, residents.right, residents.attends)
    rows = pl.DataFrame(
        {
            "before": residents.right,
            "after": outcome.after,
            "grade": residents.grade,
            "area": residents.area,
            "attends": residents.attends,
            "enrolled_before": today,
            "enrolled_after": outcome.enrolled(),
        }
    )
    return rows.group_by(FACTS, maintain_order=True).agg(students=pl.len())


def statements_of_case(case, groups: pl.DataFrame, min_n: int, bound: int) -> Facts:
    """All that the public numbers of a scenario and its public forecast say of groups."""
    masks, low, high, published = [], [], [], []
    for mask, number, is_shown in _numbers(case, groups):
        masks.append(mask)
        low.append(max(number - bound, 0.0) if is_shown else 0.0)
        high.append(number + bound if is_shown else min_n - 1.0 + bound)
        published.append(number if is_shown else np.nan)
    rows = sparse.csr_matrix(np.array(masks, dtype=float))
    return Facts(rows, np.array(low), np.array(high), np.array(published)).distinct()


def _numbers(case, groups: pl.DataFrame) -> Iterator[tuple[np.ndarray, float, bool]]:
    schools = {school: place for place, school in enumerate(case.outcome.schools.ids)}
    areas = {area: place for place, area in enumerate(case.outcome.ground.area_ids)}
    grades = {grade: place for place, grade in enumerate(case.outcome.ground.residents.grade_names)}
    column = {name: groups[name].to_numpy() for name in FACTS}
    is_moved = (column["before"] >= 0) & (column["before"] != column["after"])
    for row in case.numbers.filter(year=TODAY).iter_rows(named=True):
        for side in ("before", "after"):
            status, number = row[f"{side}_status"], row[side]
            mask = _mask(row, side, column, is_moved, schools | areas)
            if mask is None or status not in (SHOWN, SUPPRESSED):
                continue
            if row["grade"] != "all":
                mask = mask & (column["grade"] == grades[row["grade"]])
            if mask.any():
                yield mask, number or 0.0, status == SHOWN


def _mask(row, side: str, column, is_moved: np.ndarray, units) -> np.ndarray | None:
    """The groups that a number counts; None for numbers that are no counts of groups."""
    measure = row["measure"]
    if row["by"] == "district":
        if measure == "students":
            return column[side] >= 0
        return is_moved if (measure, side) == ("moved", "after") else None
    key = _KEYS.get((row["by"], measure, side))
    if key is None:
        return None
    mask = column[key] == units[row["unit"]]
    return mask & is_moved if measure.startswith("moved") else mask
