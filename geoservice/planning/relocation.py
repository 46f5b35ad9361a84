"""Where the students of closed schools and dropped grades go."""

from dataclasses import dataclass

import numpy as np

from geoservice.planning.ground import (
    NO_SCHOOL,
    Bools,
    Floats,
    Ints,
    PlanningGround,
    Schools,
    summed,
)
from geoservice.planning.scenario import Fault


@dataclass(frozen=True)
class _Clusters:
    """Students who move together: those of a block who lose the same school.

    A student outside all blocks is a cluster alone. ``of_row`` is the cluster of each row that
    loses its school, ``rows`` are these rows. ``count`` is the number of students of a cluster,
    ``seats`` the number of seats that they need. A student who attends another school by choice
    needs no seat.
    """

    rows: Ints
    of_row: Ints
    lost: Ints
    block: Ints
    x: Floats
    y: Floats
    count: Floats
    seats: Floats


def relocate(
    ground: PlanningGround,
    schools: Schools,
    targets: dict[int, tuple[int, ...]],
    after: Ints,
    block_school: Ints,
    faults: list[Fault],
) -> tuple[Ints, Ints]:
    """Give a school to students whose school closes or no longer serves their grade.

    Parameters
    ----------
    targets
        By school that loses students, the schools of which the nearest is taken; empty for the
        nearest open school that serves their grades and has room.

    Returns
    -------
    tuple
        ``after`` and ``block_school`` with the new schools.
    """
    loses = _loses(ground, schools, targets, after)
    lost_blocks = np.flatnonzero(~np.append(schools.is_open, True)[block_school])
    clusters = _clusters(ground, schools, after, loses, lost_blocks, block_school)
    if not len(clusters.lost):
        return after, block_school
    allowed = _allowed(ground, schools, targets, clusters, after)
    room = _room(ground, schools, after, loses)
    chosen = _nearest(clusters, schools, allowed, room, targets)
    homeless = np.flatnonzero((chosen == NO_SCHOOL) & (clusters.count > 0))
    if len(homeless):
        lost = schools.ids[clusters.lost[homeless[0]]]
        faults.append(
            Fault(
                "scenario",
                0,
                f"no open school that serves the grades has room for all students of `{lost}`. "
                "Name schools with `to`, or give a school more seats.",
            )
        )
    after = after.copy()
    after[clusters.rows] = chosen[clusters.of_row]
    block_school = block_school.copy()
    closed = np.isin(clusters.block, lost_blocks) & (clusters.block >= 0)
    block_school[clusters.block[closed]] = chosen[closed]
    return after, block_school


def _loses(
    ground: PlanningGround, schools: Schools, targets: dict[int, tuple[int, ...]], after: Ints
) -> Bools:
    """Return rows whose school closes, or changes and does not serve their grade any more."""
    grades = ground.residents.grade_names
    lacks = np.zeros((len(schools.ids) + 1, len(grades) + 1), dtype=bool)
    for school in targets:  # Over schools that change.
        if not schools.is_open[school]:
            lacks[school, :] = True
        else:
            lacks[school, :-1] = [not schools.serves(school, grade) for grade in grades]
    return np.asarray(lacks[after, ground.residents.grade])


def _clusters(
    ground: PlanningGround,
    schools: Schools,
    after: Ints,
    loses: Bools,
    lost_blocks: Ints,
    block_school: Ints,
) -> _Clusters:
    residents = ground.residents
    rows = np.flatnonzero(loses)
    alone = residents.block[rows] < 0
    block = np.where(alone, len(ground.blocks.ids) + rows, residents.block[rows])
    # Blocks of a closed school without students go with their neighbours, for the zones' shapes.
    keys = np.stack([np.r_[block, lost_blocks], np.r_[after[rows], block_school[lost_blocks]]])
    distinct, of_all = np.unique(keys, axis=1, return_inverse=True)
    of_row = of_all.reshape(-1)[: len(rows)]
    count = summed(residents.count[rows], of_row, distinct.shape[1])
    centre_x, centre_y = ground.blocks.centres
    is_block = distinct[0] < len(ground.blocks.ids)
    pair = np.where(is_block, distinct[0], 0)
    lone = np.where(is_block, 0, distinct[0] - len(ground.blocks.ids))
    x = np.where(is_block, centre_x[pair], residents.x[lone] if len(residents.x) else 0.0)
    y = np.where(is_block, centre_y[pair], residents.y[lone] if len(residents.y) else 0.0)
    needs_seat = residents.count[rows] * residents.follows(schools.is_open)[rows]
    return _Clusters(
        rows=rows,
        of_row=of_row,
        lost=distinct[1],
        block=np.where(is_block, distinct[0], -1),
        x=x,
        y=y,
        count=count,
        seats=summed(needs_seat, of_row, distinct.shape[1]),
    )


def _allowed(
    ground: PlanningGround,
    schools: Schools,
    targets: dict[int, tuple[int, ...]],
    clusters: _Clusters,
    after: Ints,
) -> Bools:
    """Return clusters x schools: True if the cluster may go to the school."""
    residents = ground.residents
    serves = np.array(
        [
            [schools.serves(school, grade) for grade in residents.grade_names]
            for school in range(len(schools.ids))
        ]
    ).reshape(len(schools.ids), len(residents.grade_names))
    has_grade = np.zeros((len(clusters.lost), len(residents.grade_names)), dtype=bool)
    is_graded = residents.grade[clusters.rows] >= 0
    has_grade[clusters.of_row[is_graded], residents.grade[clusters.rows[is_graded]]] = True
    lacks = (has_grade.astype(np.int64) @ (~serves).T.astype(np.int64)) > 0
    allowed = ~lacks & schools.is_open[None, :] & np.isfinite(schools.x)[None, :]
    today = set(ground.zone_school.tolist())
    is_candidate = [
        school in today or any(grade in schools.grades[school] for grade in ground.grades)
        for school in range(len(schools.ids))
    ]
    allowed &= np.array(is_candidate)[None, :]
    for place, lost in enumerate(clusters.lost.tolist()):  # Over clusters: some hundreds.
        allowed[place, lost] = False
        if targets.get(lost):
            named = np.zeros(len(schools.ids), dtype=bool)
            named[list(targets[lost])] = True
            allowed[place] &= named
    return allowed


def _room(ground: PlanningGround, schools: Schools, after: Ints, loses: Bools) -> Floats:
    """Return free seats of each school; 0 if its seats are unknown.

    Students who look for a school do not count.
    """
    residents = ground.residents
    follows = residents.follows(schools.is_open)
    enrolled = np.where(follows, after, residents.attends)
    taken = (enrolled >= 0) & ~(loses & follows)
    students = summed(residents.count[taken], enrolled[taken], len(schools.ids))
    return np.nan_to_num(schools.seats) - students


def _nearest(
    clusters: _Clusters,
    schools: Schools,
    allowed: Bools,
    room: Floats,
    targets: dict[int, tuple[int, ...]],
) -> Ints:
    """The nearest school of each cluster, the nearest pairs of cluster and school first."""
    far = np.hypot(
        clusters.x[:, None] - schools.x[None, :], clusters.y[:, None] - schools.y[None, :]
    )
    far = np.where(allowed, far, np.inf)
    chosen = np.full(len(clusters.lost), NO_SCHOOL)
    needs_room = np.array([not targets.get(lost) for lost in clusters.lost.tolist()])
    cluster, school = np.nonzero(np.isfinite(far))
    order = np.argsort(far[cluster, school], kind="stable")
    for pair in order.tolist():  # Over pairs of cluster and school, the nearest first.
        cluster_of_pair, school_of_pair = cluster[pair], school[pair]
        fits = (
            not needs_room[cluster_of_pair]
            or room[school_of_pair] >= clusters.seats[cluster_of_pair]
            or not clusters.seats[cluster_of_pair]
        )
        if chosen[cluster_of_pair] == NO_SCHOOL and fits:
            chosen[cluster_of_pair] = school_of_pair
            room[school_of_pair] -= clusters.seats[cluster_of_pair]
    return chosen
