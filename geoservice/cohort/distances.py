"""Straight-line distances in meters from homes to the school attended and nearby schools."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geoservice.model.grades import GRADES

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]
_WORKERS = 2


class Ways(Protocol):
    """Ways from homes to schools, both in fixed order."""

    @property
    def method(self) -> str:
        """The type of distance, in the words that every figure prints."""

    def to_school(self, school: Ints) -> Floats:
        """Metres from each home to its school; NaN if home or school has no place."""

    def unjoined(self, school: Ints) -> int:
        """Number of homes with a straight line to their school, against the method."""

    def to_nearest(self, rows: Ints, schools: Bools) -> Floats:
        """Return meters from the homes of some rows to the nearest of some schools.

        The distance is infinite if there is no school.
        """


@dataclass(frozen=True)
class StraightWays:
    """Straight lines in the plane of the region's CRS.

    ``x``, ``y`` of homes and of schools, NaN if unknown.
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
        """Return meters to the nearest school, found by a k-d tree."""
        chosen = schools & np.isfinite(self.school_x)
        if not chosen.any():
            return np.full(len(rows), np.inf)
        from scipy.spatial import cKDTree  # It takes a third of a second to load.

        tree = cKDTree(np.column_stack([self.school_x[chosen], self.school_y[chosen]]))
        homes = np.column_stack([self.x[rows], self.y[rows]])
        return np.asarray(tree.query(homes, workers=_WORKERS)[0])


def nearest_m(
    ways: Ways, is_home: Bools, grade: Ints, year: Ints, is_wanted: NDArray[np.bool_]
) -> Floats:
    """Metres to the nearest wanted school that serves the grade.

    ``grade`` are places in `geoservice.model.grades.GRADES` (-1 for none), ``year`` indices into
    ``wanted``, which is years x grades x schools. Infinite where no such school is, NaN if the
    home or the grade is not known.
    """
    far = np.full(len(is_home), np.nan)
    has_place = is_home & (grade >= 0)
    if not is_wanted.size:  # Nobody, or no school.
        far[has_place] = np.inf
        return far
    # Grades and years with the same schools are asked at once: every tree costs time.
    sets, alike = np.unique(is_wanted.reshape(-1, is_wanted.shape[-1]), axis=0, return_inverse=True)
    group = alike.reshape(-1).astype(np.uint16)[np.where(has_place, year * len(GRADES) + grade, 0)]
    group[~has_place] = len(sets)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=len(sets) + 1))[: len(sets)].tolist()
    for schools, start, end in zip(sets, [0, *ends], ends, strict=False):  # Over sets: some dozens.
        rows = order[start:end]
        far[rows] = ways.to_nearest(rows, schools)
    return far
