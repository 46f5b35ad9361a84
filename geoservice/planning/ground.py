"""What scenarios are applied to: schools, blocks, and the students with their school of today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.model.layers import Geometries
from geoservice.planning.blocks import ALL_GRADES, Blocks

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]
NO_SCHOOL = -1
_CROSSING_SHARE = 0.01
"""Smaller parts of a block in another zone are slivers of drawing."""


@dataclass(frozen=True)
class Schools:
    """Schools in a fixed order; those that a scenario opens come last.

    Attributes
    ----------
    x, y
        Metres; NaN if a school has no place.
    seats
        NaN if unknown.
    grades
        Grades that each serves; empty if unknown.
    is_quality
        True if the region's first rating scheme calls it a quality school.
    is_open
        False for schools that the scenario closes.
    are_rated
        False if the region has no rating scheme: nothing is known of quality.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    x: Floats
    y: Floats
    seats: Floats
    grades: tuple[frozenset[str], ...]
    is_quality: Bools
    is_open: Bools
    are_rated: bool = True

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The position of each school by its id, and by its name if the name is unique."""
        named: dict[str, int] = {}
        for place, name in enumerate(self.names):
            named[name] = NO_SCHOOL if name in named else place
        return {
            **{name: place for name, place in named.items() if place != NO_SCHOOL},
            **{school: place for place, school in enumerate(self.ids)},
        }

    def serves(self, school: int, grade: str) -> bool:
        """True if a school serves a grade, or its grades are unknown."""
        grades = self.grades[school]
        return not grades or grade == ALL_GRADES or grade in grades


@dataclass(frozen=True)
class Residents:
    """Students by home, or counts of a block and grade: a row each, arrays of one length.

    Attributes
    ----------
    count
        Students of the row.
    block, grade, area
        Places in the blocks, in ``grade_names`` and in ``area_names``; -1 for none.
    x, y
        Metres.
    right
        The school of today's zone; -1 for none.
    attends
        The school attended; -1 if unknown.
    next_school
        The school of the next level's zone; -1 for none.
    household
        Number of the household; -1 if unknown.
    record_key
        Secret number of the student (`geoservice.release.record_keys`); empty for exact counts.
    groups
        Members of listed subgroups, by name.
    """

    grade_names: tuple[str, ...]
    area_names: tuple[str, ...]
    count: Floats
    block: Ints
    grade: Ints
    area: Ints
    x: Floats
    y: Floats
    right: Ints
    attends: Ints
    next_school: Ints
    household: Ints
    groups: Mapping[str, Bools] = field(default_factory=dict)
    record_key: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    def follows(self, is_open: Bools) -> Bools:
        """Rows that attend their school of right, whichever it becomes.

        These are students who attend it today, and students whose school closes. Of counts
        without a school all do.

        Parameters
        ----------
        is_open
            By school, whether it is open after the scenario.
        """
        today = (self.attends == self.right) | (self.attends == NO_SCHOOL)
        return np.asarray(today | ~np.append(is_open, True)[self.attends])


@dataclass(frozen=True)
class PlanningGround:
    """A region before a scenario.

    ``zone_polygons`` (meters) belong to the schools in ``zone_school`` (positions in the schools).
    ``block_school`` is the school of today's zone at the center of each block, or -1.
    """

    zones: str
    snapshot: str
    grades: tuple[str, ...]
    blocks: Blocks
    schools: Schools
    residents: Residents
    zone_school: Ints
    zone_polygons: Geometries
    block_school: Ints
    area_ids: tuple[str, ...] = ()
    area_polygons: Geometries | None = None


def summed(count: Floats, keys: Ints, size: int) -> Floats:
    """Sums of counts by key, 0 to ``size`` - 1; rows of the key -1 are left out."""
    # Counted with the others and cut off: taking rows out first takes twice as long.
    sums = np.bincount(keys + 1, weights=count, minlength=size + 1)[1:]
    return np.asarray(sums, dtype=np.float64)


def crossing_blocks(ground: PlanningGround) -> list[str]:
    """Return ids of blocks with more than 1% of their land in zones of two or more schools."""
    blocks = ground.blocks.polygons
    block, zone = shapely.STRtree(ground.zone_polygons).query(blocks, predicate="intersects")
    shared = shapely.area(shapely.intersection(blocks[block], ground.zone_polygons[zone]))
    is_part = shared > _CROSSING_SHARE * shapely.area(blocks)[block]
    parts = np.bincount(block[is_part], minlength=len(blocks))
    return [ground.blocks.ids[place] for place in np.flatnonzero(parts > 1)]
