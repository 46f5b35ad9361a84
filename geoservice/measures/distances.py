"""Metres in a straight line from homes to schools: the one attended, and the nearest of some."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geoservice.measures.facts import serves
from geoservice.model.grades import GRADES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
METHOD = "straight line"


def apart_m(x: Floats, y: Floats, other_x: Floats, other_y: Floats) -> Floats:
    """Distance in metres between pairs of places; NaN where one is not known."""
    return np.asarray(np.hypot(x - other_x, y - other_y))


def nearest_m(
    x: Floats, y: Floats, grade: Ints, year: Ints, facts: pl.DataFrame, wanted: NDArray[np.bool_]
) -> Floats:
    """Distance in metres to the nearest wanted school that serves the grade.

    ``grade`` are places in `geoservice.model.grades.GRADES` (-1 for none), ``year`` indices into ``wanted``, which is years x
    schools. Infinite where no such school is, NaN where the home or the grade is not known.
    """
    far = np.full(len(x), np.nan)
    at = facts.select("s_x", "s_y").to_numpy()
    usable = np.isfinite(at).all(axis=1)
    served = serves(facts)
    known = np.isfinite(x) & (grade >= 0)
    group = year * len(GRADES) + grade
    order = np.argsort(np.where(known, group, -1), kind="stable")
    order = order[int((~known).sum()) :]
    groups, first = np.unique(group[order], return_index=True)
    for one, rows in zip(groups.tolist(), np.split(order, first[1:]), strict=True):
        when, which = divmod(one, len(GRADES))  # Over years and grades: some dozens.
        some = usable & served[:, which] & wanted[when]
        far[rows] = np.inf
        if some.any():
            far[rows] = cKDTree(at[some]).query(np.column_stack([x[rows], y[rows]]))[0]
    return far
