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
from geoservice.planning.ground import NO_SCHOOL, Bools, Floats, Ground, Ints, summed

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
_METRES_PER_MILE = 1609.344


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
        By school afterwards; NaN where seats are unknown.
    """

    block_school: Ints
    gap: float
    utilisation: Floats


@dataclass(frozen=True)
class _Pairs:
    """Pairs of a block and a school that it may go to."""

    block: Ints
    school: Ints
    miles: Floats


def start_plan(
    ground: Ground, kind: PlanKind, most: float = 0.95, seconds: float = 10.0
) -> StartPlan:
    """Find a start plan.

    Parameters
    ----------
    kind
        ``nearest``: the least miles; ``nearest-with-room``: the same with every school at most
        ``most`` full; ``fewest-moves``: the fewest students who change their school, with every
        school at most ``most`` full.
    most
        Utilisation that no school may exceed.
    seconds
        Time for the solver; the gap tells how far its plan may be from the best.

    Raises
    ------
    InputError
        Where no plan exists, or none was found in time.
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


def _candidates(ground: Ground) -> Ints:
    """Schools that have a zone today and a place."""
    schools = ground.schools
    known = [
        school
        for school in ground.zone_school.tolist()
        if school >= 0 and np.isfinite(schools.x[school])
    ]
    if not known:
        raise InputError(
            "No school of these zones has a place. Give schools `lon` and `lat` in region.toml."
        )
    return np.array(known, dtype=np.int64)


def _pairs(ground: Ground, schools: Ints, kind: PlanKind, most: int) -> _Pairs:
    x, y = ground.blocks.centres
    rows = np.flatnonzero(ground.blocks.is_drawn)
    if kind == "fewest-moves":
        rows = rows[ground.block_school[rows] != NO_SCHOOL]
    far = np.hypot(
        x[rows, None] - ground.schools.x[schools], y[rows, None] - ground.schools.y[schools]
    )
    nearest = np.argsort(far, axis=1, kind="stable")[:, :most]
    is_allowed = np.zeros(far.shape, dtype=bool)
    np.put_along_axis(is_allowed, nearest, values=True, axis=1)
    if kind == "fewest-moves":
        is_allowed |= ground.block_school[rows, None] == schools[None, :]
    row, column = np.nonzero(is_allowed)
    return _Pairs(rows[row], schools[column], far[row, column] / _METRES_PER_MILE)


def _cost(ground: Ground, pairs: _Pairs, students: Floats, kind: PlanKind) -> Floats:
    miles = (students[pairs.block] + _TIE) * pairs.miles
    if kind != "fewest-moves":
        return np.asarray(miles)
    is_move = pairs.school != ground.block_school[pairs.block]
    return np.asarray(
        (students[pairs.block] + _TIE) * is_move + _TIE * miles / max(students.sum(), 1.0)
    )


def _neighbours(ground: Ground) -> sp.csr_array:
    """Neighbours of blocks, with the metres between their centres; pieces apart are joined."""
    drawn = np.flatnonzero(ground.blocks.is_drawn)
    polygons = ground.blocks.polygons[drawn]
    tree = shapely.STRtree(polygons)
    first, second = tree.query(polygons, "dwithin", distance=_BESIDE_M)
    pairs = first < second
    first, second = first[pairs], second[pairs]
    wide = shapely.buffer(polygons, _BESIDE_M)
    shared = shapely.intersection(shapely.boundary(polygons[first]), wide[second])
    edge = shapely.length(shared) > _LEAST_EDGE_M
    one, other = drawn[first[edge]], drawn[second[edge]]
    one, other = _joined(ground, drawn, one, other)
    x, y = ground.blocks.centres
    metres = np.maximum(np.hypot(x[one] - x[other], y[one] - y[other]), 1.0)
    size = (len(ground.blocks.ids),) * 2
    graph = sp.coo_array(
        (np.r_[metres, metres], (np.r_[one, other], np.r_[other, one])), shape=size
    )
    return graph.tocsr()


def _joined(ground: Ground, drawn: Ints, one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """The pairs, and one more for each piece of blocks that a river or a gap sets apart."""
    size = len(ground.blocks.ids)
    x, y = ground.blocks.centres
    while True:
        graph = sp.coo_array((np.ones(len(one)), (one, other)), shape=(size, size))
        piece = connected_components(graph, directed=False)[1][drawn]
        if (piece == piece[0]).all():
            return one, other
        here, there = drawn[piece == piece[0]], drawn[piece != piece[0]]
        far = np.hypot(x[here, None] - x[there], y[here, None] - y[there])
        at, to = np.unravel_index(int(far.argmin()), far.shape)
        one, other = np.append(one, here[at]), np.append(other, there[to])


def _ranks(ground: Ground, schools: Ints, steps: sp.csr_array, kind: PlanKind) -> Floats:
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
    ground: Ground, pairs: _Pairs, steps: sp.csr_array, rank: Floats, kind: PlanKind
) -> LinearConstraint:
    """A pair needs a pair of a nearer neighbour with the same school; a school's own block none."""
    place = {
        pair: at
        for at, pair in enumerate(zip(pairs.block.tolist(), pairs.school.tolist(), strict=True))
    }
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    count = 0
    for at, (block, school) in enumerate(place):  # Over pairs: some thousands.
        own = rank[school, block]
        is_today = kind == "fewest-moves" and ground.block_school[block] == school
        if own == 0 or (is_today and own >= _OUTSIDE * 10):  # An island of today's zone may stay.
            continue
        near = steps.indices[steps.indptr[block] : steps.indptr[block + 1]]
        nearer = [
            place[other, school]
            for other in near[rank[school, near] < own].tolist()
            if (other, school) in place
        ]
        rows += [count] * (1 + len(nearer))
        columns += [at, *nearer]
        values += [1.0, *([-1.0] * len(nearer))]
        count += 1
    matrix = sp.csr_array((values, (rows, columns)), shape=(count, len(place)))
    return LinearConstraint(matrix, -np.inf, 0)


def _demand(ground: Ground) -> tuple[Floats, Floats]:
    """Students of each block who follow its school, and of each school those who do not."""
    residents = ground.residents
    follows = residents.follows(ground.schools.is_open) & (residents.block >= 0)
    blocks = summed(residents.count * follows, residents.block, len(ground.blocks.ids))
    stay = np.where(residents.attends == NO_SCHOOL, residents.right, residents.attends)
    return blocks, summed(residents.count * ~follows, stay, len(ground.schools.ids))


def _with_room(ground: Ground, pairs: _Pairs, most: float) -> LinearConstraint:
    blocks, fixed = _demand(ground)
    known = np.flatnonzero(np.isfinite(ground.schools.seats))
    row = np.full(len(ground.schools.ids), -1)
    row[known] = np.arange(len(known))
    kept = np.flatnonzero(row[pairs.school] >= 0)
    matrix = sp.csr_array(
        (blocks[pairs.block[kept]], (row[pairs.school[kept]], kept)),
        shape=(len(known), len(pairs.block)),
    )
    # A school that others fill beyond the limit takes no block, and cannot be emptied further.
    room = np.maximum(most * ground.schools.seats[known] - fixed[known], 0.0)
    return LinearConstraint(matrix, -np.inf, room)


def _utilisation(ground: Ground, block_school: Ints) -> Floats:
    blocks, fixed = _demand(ground)
    students = fixed + summed(blocks, block_school, len(ground.schools.ids))
    return np.asarray(students / ground.schools.seats)


def _no_plan(ground: Ground, most: float, status: int) -> str:
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


def is_contiguous(plan: StartPlan, ground: Ground) -> Bools:
    """By school that has blocks, whether they are in one piece."""
    steps = _neighbours(ground).tocoo()
    same = plan.block_school[steps.row] == plan.block_school[steps.col]
    size = (len(ground.blocks.ids),) * 2
    graph = sp.coo_array((np.ones(int(same.sum())), (steps.row[same], steps.col[same])), shape=size)
    piece = connected_components(graph, directed=False)[1]
    schools = np.unique(plan.block_school[plan.block_school >= 0])
    found: NDArray[np.bool_] = np.array(
        [len(np.unique(piece[plan.block_school == one])) == 1 for one in schools]
    )
    return found
