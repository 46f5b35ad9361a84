"""Metres from homes to schools in a straight line: the one attended, and the nearest of some."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geoservice.model.grades import GRADES

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]
_WORKERS = 2


class Ways(Protocol):
    """Ways from homes to schools, both in fixed order."""

    @property
    def method(self) -> str:
        """How the metres are measured, in words that stand on every figure."""

    def to_school(self, school: Ints) -> Floats:
        """Metres from each home to its school; NaN where home or school has no place."""

    def unjoined(self, school: Ints) -> int:
        """Number of homes with a straight line to their school, against the method."""

    def to_nearest(self, rows: Ints, schools: Bools) -> Floats:
        """Metres from the homes of some rows to the nearest of some schools.

        Infinite where there is none.
        """


@dataclass(frozen=True)
class StraightWays:
    """Straight lines in the plane of the region's CRS.

    ``x``, ``y`` of homes and of schools, NaN where unknown.
    """

    x: Floats
    y: Floats
    school_x: Floats
    school_y: Floats
    method: str = "straight line"

    def to_school(self, school: Ints) -> Floats:
        """Metres from each home to its school."""
        away = np.hypot(self.x - self.school_x[school], self.y - self.school_y[school])
        away[school < 0] = np.nan
        return np.asarray(away)

    def unjoined(self, _: Ints) -> int:
        """None: there is always a straight line."""
        return 0

    def to_nearest(self, rows: Ints, schools: Bools) -> Floats:
        """Metres to the nearest of the schools, by a tree of them."""
        some = schools & np.isfinite(self.school_x)
        if not some.any():
            return np.full(len(rows), np.inf)
        tree = cKDTree(np.column_stack([self.school_x[some], self.school_y[some]]))
        homes = np.column_stack([self.x[rows], self.y[rows]])
        return np.asarray(tree.query(homes, workers=_WORKERS)[0])


def nearest_m(
    ways: Ways, is_home: Bools, grade: Ints, year: Ints, wanted: NDArray[np.bool_]
) -> Floats:
    """Metres to the nearest wanted school that serves the grade.

    ``grade`` are places in `geoservice.model.grades.GRADES` (-1 for none), ``year`` indices into
    ``wanted``, which is years x grades x schools. Infinite where no such school is, NaN where the
    home or the grade is not known.
    """
    far = np.full(len(is_home), np.nan)
    known = is_home & (grade >= 0)
    if not wanted.size:  # Nobody, or no school.
        far[known] = np.inf
        return far
    # Grades and years with the same schools are asked at once: every tree costs time.
    sets, alike = np.unique(wanted.reshape(-1, wanted.shape[-1]), axis=0, return_inverse=True)
    group = alike.reshape(-1).astype(np.uint16)[np.where(known, year * len(GRADES) + grade, 0)]
    group[~known] = len(sets)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=len(sets) + 1))[: len(sets)].tolist()
    for schools, start, end in zip(sets, [0, *ends], ends, strict=False):  # Over sets: some dozens.
        rows = order[start:end]
        far[rows] = ways.to_nearest(rows, schools)
    return far
