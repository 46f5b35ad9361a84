"""Students summed by block, grade and school, for plans that are drawn block by block."""

from dataclasses import dataclass

import numpy as np
import shapely

from geoservice.planning.ground import NO_SCHOOL, Bools, Floats, Ints, PlanningGround, summed

_COLOURS = 8
_APART_M = 1.0
"""Zones that lie no farther apart are neighbours: edges that are drawn twice do not meet."""


@dataclass(frozen=True)
class BlockCounts:
    """Students by block, grade and school of right: arrays of one length, a row each.

    Attributes
    ----------
    block, grade, school
        Places in the ground's blocks, grades and schools; -1 for none.
    students
        Students of the row.
    following
        Of these, students who attend their school of right, whichever it becomes.
    enrolled_elsewhere
        By school, students who attend it whatever the plan is.
    """

    block: Ints
    grade: Ints
    school: Ints
    students: Floats
    following: Floats
    enrolled_elsewhere: Floats


def block_counts(ground: PlanningGround) -> BlockCounts:
    """Sum the students of a ground: enough for every plan that only assigns blocks."""
    residents, schools = ground.residents, ground.schools
    follows = residents.follows(schools.is_open)
    sizes = (len(ground.blocks.ids) + 1, len(residents.grade_names) + 1, len(schools.ids) + 1)
    keys = (residents.block + 1, residents.grade + 1, residents.right + 1)
    distinct, row = np.unique(np.ravel_multi_index(keys, sizes), return_inverse=True)
    block, grade, school = (places - 1 for places in np.unravel_index(distinct, sizes))
    return BlockCounts(
        block=block,
        grade=grade,
        school=school,
        students=summed(residents.count, row, len(distinct)),
        following=summed(residents.count * follows, row, len(distinct)),
        enrolled_elsewhere=summed(residents.count * ~follows, residents.attends, len(schools.ids)),
    )


def cut_blocks(ground: PlanningGround, counts: BlockCounts) -> Bools:
    """Blocks some of whose students have another school of right than the block's centre."""
    is_inside = counts.block >= 0
    block, school = counts.block[is_inside], counts.school[is_inside]
    neighbour = ground.block_school[block] != school
    return np.bincount(block[neighbour], minlength=len(ground.blocks.ids)) > 0


def offered_schools(ground: PlanningGround) -> Ints:
    """Return open schools that may get blocks: with a zone today, or a grade of the zones."""
    schools, zone_schools = ground.schools, set(ground.zone_school.tolist())
    offered = [
        place
        for place, grades in enumerate(schools.grades)
        if schools.is_open[place]
        and (place in zone_schools or not grades.isdisjoint(ground.grades))
        and any(schools.serves(place, grade) for grade in ground.grades)
    ]
    return np.array(offered, dtype=np.int64)


def school_colours(ground: PlanningGround) -> Ints:
    """A colour number for each school, so that zones side by side differ where eight will do."""
    near = shapely.buffer(ground.zone_polygons, _APART_M)
    zones, neighbours = shapely.STRtree(ground.zone_polygons).query(near, predicate="intersects")
    colours = np.arange(len(ground.schools.ids)) % _COLOURS
    coloured: dict[int, int] = {}
    for zone, school in enumerate(ground.zone_school.tolist()):  # Over zones: some dozens.
        if school == NO_SCHOOL:
            continue
        taken = {
            coloured[neighbour]
            for neighbour in neighbours[zones == zone].tolist()
            if neighbour in coloured
        }
        free = [colour for colour in range(_COLOURS) if colour not in taken]
        # Colours take turns, so that none is used much more than the others.
        coloured[zone] = min(free or range(_COLOURS), key=lambda number: (number - zone) % _COLOURS)
        colours[school] = coloured[zone]
    return colours
