"""Start plans: every block to a school, solved exactly as a mixed integer program by HiGHS.

Contiguity follows Zoltners and Sinha, *Sales Territory Alignment* (Management Science 29, 1983): a
block may go to a school only if a neighbour that is nearer to the school goes there too.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
import shapely
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import connected_components, dijkstra

from geoservice.errors import InputError
from geoservice.model.miles import METRES_PER_MILE
from geoservice.planning.ground import NO_SCHOOL, Bools, Floats, Ints, PlanningGround, summed

PlanKind = Literal["nearest", "nearest-with-room", "fewest-moves"]
KINDS: tuple[PlanKind, ...] = ("nearest", "nearest-with-room", "fewest-moves")
_CANDIDATES = (4, 12)
"""Nearest schools that a block may go to, beside that of today: more where these give no plan."""
_INFEASIBLE = 2
"""Status of `scipy.optimize.milp` where no plan exists."""
_BESIDE_M = 1.0
"""Blocks whose edges lie this near are neighbours where they share more than a corner."""
_LEAST_EDGE_M = 5.0
_OUTSIDE = 1000.0
"""Cost of a step outside today's zone, so that ways within it come first."""
_TIE = 1e-4
"""Weight of miles beside moved students: of plans with equally many moves the nearest is taken."""


@dataclass(frozen=True)
class StartPlan:
    """A start plan.

    Attributes
    ----------
    block_school
        The school of each block; -1 for blocks that are not drawn or in no zone.
    gap
        Relative distance of the plan from the best that could be: 0 for a proven optimum.
    utilisation
        By school afterwards; NaN if seats are unknown.
    """

    block_school: Ints
    gap: float
    utilisation: Floats


@dataclass(frozen=True)
class _Pairs:
    """Pairs of a block and a school that the block may be assigned to."""

    block: Ints
    school: Ints
    miles: Floats


def start_plan(
    ground: PlanningGround, kind: PlanKind, most: float = 0.95, seconds: float = 10.0
) -> StartPlan:
    """Find a start plan.

    Parameters
    ----------
    kind
        ``nearest`` minimizes miles; ``nearest-with-room`` also keeps every school at most ``most``
        full; ``fewest-moves`` minimizes students who change school, with every school at most
        ``most`` full.
    most
        Utilisation that no school may exceed.
    seconds
        Time for the solver; the gap bounds the distance from the best plan.

    Raises
    ------
    InputError
        If no plan exists, or none was found in time.
    """
    schools = _candidates(ground)
    steps = _neighbours(ground)
    rank = _ranks(ground, schools, steps, kind)
    students = summed(ground.residents.count, ground.residents.block, len(ground.blocks.ids))
    for nearest in _CANDIDATES:
        pairs = _pairs(ground, schools, kind, nearest)
        cost = _cost(ground, pairs, students, kind)
        rules = [_one_school_each(pairs), _contiguous(ground, pairs, steps, rank, kind)]
        if kind != "nearest":
            rules.append(_with_room(ground, pairs, most))
        solved = milp(
            cost,
            constraints=rules,
            integrality=np.ones(len(cost)),
            bounds=Bounds(0, 1),
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )
        if solved.status != _INFEASIBLE:
            break
    if solved.x is None:
        raise InputError(_no_plan(ground, most, solved.status))
    chosen = np.flatnonzero(solved.x > 0.5)
    block_school = np.full(len(ground.blocks.ids), NO_SCHOOL)
    block_school[pairs.block[chosen]] = pairs.school[chosen]
    return StartPlan(block_school, float(solved.mip_gap or 0.0), _utilisation(ground, block_school))


def _candidates(ground: PlanningGround) -> Ints:
    """Schools that have a zone today.

    Raises
    ------
    InputError
        If a school has no place: a plan would take all its blocks away.
    """
    zoned = ground.zone_school[ground.zone_school >= 0]
    without_place = np.flatnonzero(np.isnan(ground.schools.x[zoned]))
    if len(without_place):
        names = ", ".join(f"`{ground.schools.names[zoned[place]]}`" for place in without_place)
        raise InputError(
            f"Schools of these zones have no place: {names}. A plan needs the place of each "
            "school. Add it with `lon` and `lat` to the file of `[schools]`."
        )
    if not len(zoned):
        raise InputError(
            "No zone of this set names a school of the region. Correct `school_id` of these zones."
        )
    return np.asarray(zoned, dtype=np.int64)


def _pairs(ground: PlanningGround, schools: Ints, kind: PlanKind, school_count: int) -> _Pairs:
    x, y = ground.blocks.centres
    rows = np.flatnonzero(ground.blocks.is_drawn)
    if kind == "fewest-moves":
        rows = rows[ground.block_school[rows] != NO_SCHOOL]
    far = np.hypot(
        x[rows, None] - ground.schools.x[schools], y[rows, None] - ground.schools.y[schools]
    )
    nearest = np.argsort(far, axis=1, kind="stable")[:, :school_count]
    is_allowed = np.zeros(far.shape, dtype=bool)
    np.put_along_axis(is_allowed, nearest, values=True, axis=1)
    if kind == "fewest-moves":
        is_allowed |= ground.block_school[rows, None] == schools[None, :]
    row, column = np.nonzero(is_allowed)
    return _Pairs(rows[row], schools[column], far[row, column] / METRES_PER_MILE)


def _cost(ground: PlanningGround, pairs: _Pairs, students: Floats, kind: PlanKind) -> Floats:
    miles = (students[pairs.block] + _TIE) * pairs.miles
    if kind != "fewest-moves":
        return np.asarray(miles)
    is_move = pairs.school != ground.block_school[pairs.block]
    return np.asarray(
        (students[pairs.block] + _TIE) * is_move + _TIE * miles / max(students.sum(), 1.0)
    )


def _neighbours(ground: PlanningGround) -> sp.csr_array:
    """Neighbours of blocks, with the metres between their centres; pieces apart are joined."""
    drawn = np.flatnonzero(ground.blocks.is_drawn)
    polygons = ground.blocks.polygons[drawn]
    tree = shapely.STRtree(polygons)
    block_a, block_b = tree.query(polygons, "dwithin", distance=_BESIDE_M)
    pairs = block_a < block_b
    block_a, block_b = block_a[pairs], block_b[pairs]
    wide = shapely.buffer(polygons, _BESIDE_M)
    shared = shapely.intersection(shapely.boundary(polygons[block_a]), wide[block_b])
    edge = shapely.length(shared) > _LEAST_EDGE_M
    left_end, right_end = drawn[block_a[edge]], drawn[block_b[edge]]
    left_end, right_end = _joined(ground, drawn, left_end, right_end)
    x, y = ground.blocks.centres
    metres = np.maximum(np.hypot(x[left_end] - x[right_end], y[left_end] - y[right_end]), 1.0)
    size = (len(ground.blocks.ids),) * 2
    graph = sp.coo_array(
        (np.r_[metres, metres], (np.r_[left_end, right_end], np.r_[right_end, left_end])),
        shape=size,
    )
    return graph.tocsr()


def _joined(
    ground: PlanningGround, drawn: Ints, left_end: Ints, right_end: Ints
) -> tuple[Ints, Ints]:
    """Return the pairs, and a pair for each group of blocks that a river or gap separates."""
    size = len(ground.blocks.ids)
    x, y = ground.blocks.centres
    while True:
        graph = sp.coo_array((np.ones(len(left_end)), (left_end, right_end)), shape=(size, size))
        piece = connected_components(graph, directed=False)[1][drawn]
        if (piece == piece[0]).all():
            return left_end, right_end
        piece_blocks, far_blocks = drawn[piece == piece[0]], drawn[piece != piece[0]]
        far = np.hypot(x[piece_blocks, None] - x[far_blocks], y[piece_blocks, None] - y[far_blocks])
        index, to = np.unravel_index(int(far.argmin()), far.shape)
        left_end, right_end = (
            np.append(left_end, piece_blocks[index]),
            np.append(right_end, far_blocks[to]),
        )


def _ranks(ground: PlanningGround, schools: Ints, steps: sp.csr_array, kind: PlanKind) -> Floats:
    """How far each block is from each school along neighbours, schools x blocks.

    For the fewest moves ways within today's zone of the school come first, so that today's zones
    are plans themselves.
    """
    drawn = np.flatnonzero(ground.blocks.is_drawn)
    x, y = ground.blocks.centres
    ranks = np.full((len(ground.schools.ids), len(ground.blocks.ids)), np.inf)
    graph = steps.tocoo()
    for school in schools.tolist():  # Over schools: at most some hundreds.
        metres = graph.data
        near = np.hypot(x[drawn] - ground.schools.x[school], y[drawn] - ground.schools.y[school])
        if kind == "fewest-moves":
            inside = ground.block_school == school
            metres = metres * np.where(inside[graph.row] & inside[graph.col], 1.0, _OUTSIDE)
            near = np.where(inside[drawn], near, near * _OUTSIDE)
        home = drawn[int(near.argmin())]
        weighted = sp.coo_array((metres, (graph.row, graph.col)), shape=graph.shape).tocsr()
        ranks[school] = dijkstra(weighted, directed=False, indices=home)
    return ranks


def _one_school_each(pairs: _Pairs) -> LinearConstraint:
    blocks, row = np.unique(pairs.block, return_inverse=True)
    matrix = sp.csr_array(
        (np.ones(len(row)), (row, np.arange(len(row)))), shape=(len(blocks), len(row))
    )
    return LinearConstraint(matrix, 1, 1)


def _contiguous(
    ground: PlanningGround, pairs: _Pairs, steps: sp.csr_array, rank: Floats, kind: PlanKind
) -> LinearConstraint:
    """A pair needs a pair of a nearer neighbour with the same school; a school's own block none."""
    place = {
        pair: index
        for index, pair in enumerate(zip(pairs.block.tolist(), pairs.school.tolist(), strict=True))
    }
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    count = 0
    for index, (block, school) in enumerate(place):  # Over pairs: some thousands.
        own_rank = rank[school, block]
        is_today = kind == "fewest-moves" and ground.block_school[block] == school
        if own_rank == 0 or (
            is_today and own_rank >= _OUTSIDE * 10
        ):  # An island of today's zone may stay.
            continue
        near = steps.indices[steps.indptr[block] : steps.indptr[block + 1]]
        nearer = [
            place[right_end, school]
            for right_end in near[rank[school, near] < own_rank].tolist()
            if (right_end, school) in place
        ]
        rows += [count] * (1 + len(nearer))
        columns += [index, *nearer]
        values += [1.0, *([-1.0] * len(nearer))]
        count += 1
    matrix = sp.csr_array((values, (rows, columns)), shape=(count, len(place)))
    return LinearConstraint(matrix, -np.inf, 0)


def _demand(ground: PlanningGround) -> tuple[Floats, Floats]:
    """Return by block the students who follow its school, and by school the other students."""
    residents = ground.residents
    follows = residents.follows(ground.schools.is_open) & (residents.block >= 0)
    blocks = summed(residents.count * follows, residents.block, len(ground.blocks.ids))
    stay = np.where(residents.attends == NO_SCHOOL, residents.right, residents.attends)
    return blocks, summed(residents.count * ~follows, stay, len(ground.schools.ids))


def _with_room(ground: PlanningGround, pairs: _Pairs, most: float) -> LinearConstraint:
    blocks, fixed = _demand(ground)
    school_places = np.flatnonzero(np.isfinite(ground.schools.seats))
    row = np.full(len(ground.schools.ids), -1)
    row[school_places] = np.arange(len(school_places))
    pair_rows = np.flatnonzero(row[pairs.school] >= 0)
    matrix = sp.csr_array(
        (blocks[pairs.block[pair_rows]], (row[pairs.school[pair_rows]], pair_rows)),
        shape=(len(school_places), len(pairs.block)),
    )
    # A school that others fill beyond the limit takes no block, and cannot be emptied further.
    room = np.maximum(most * ground.schools.seats[school_places] - fixed[school_places], 0.0)
    return LinearConstraint(matrix, -np.inf, room)


def _utilisation(ground: PlanningGround, block_school: Ints) -> Floats:
    blocks, fixed = _demand(ground)
    students = fixed + summed(blocks, block_school, len(ground.schools.ids))
    return np.asarray(students / ground.schools.seats)


def _no_plan(ground: PlanningGround, most: float, status: int) -> str:
    if status == 1:
        return "No plan was found in time. Give more with --seconds."
    blocks, fixed = _demand(ground)
    zones = ground.zone_school[ground.zone_school >= 0]
    seats = float(np.nansum(ground.schools.seats[zones])) * most
    students = float(blocks.sum() + fixed[zones].sum())
    return (
        f"No plan keeps every school at {most:.0%} of its seats: {students:,.0f} students need a "
        f"seat, {seats:,.0f} "
        "seats are below that limit. Raise --most, or let blocks be smaller."
    )


def is_contiguous(plan: StartPlan, ground: PlanningGround) -> Bools:
    """Return True for each school with blocks if its blocks are in one piece."""
    steps = _neighbours(ground).tocoo()
    same = plan.block_school[steps.row] == plan.block_school[steps.col]
    size = (len(ground.blocks.ids),) * 2
    graph = sp.coo_array((np.ones(int(same.sum())), (steps.row[same], steps.col[same])), shape=size)
    piece = connected_components(graph, directed=False)[1]
    schools = np.unique(plan.block_school[plan.block_school >= 0])
    is_whole: NDArray[np.bool_] = np.array(
        [len(np.unique(piece[plan.block_school == left_end])) == 1 for left_end in schools]
    )
    return is_whole
