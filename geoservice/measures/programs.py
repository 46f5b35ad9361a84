"""Linear programs that ask which published lines must give way for a sum to become uncertain."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

from geoservice.measures.audit import Floats, Told
from geoservice.measures.coding import Bools

Found = tuple[tuple[Floats, ...], Floats]
"""Solutions, and by how much each line that may give way leaves its bounds."""


def cut(told: Told, groups: NDArray[np.int64], outside: Floats) -> tuple[Told, Bools]:
    """What is told of some groups where the others stay as they are, and which lines hold any of them."""
    matrix = told.matrix[:, groups]
    near = np.diff(matrix.indptr) > 0
    rest = told.matrix @ outside
    return Told(matrix[near], (told.low - rest)[near], (told.high - rest)[near]), near


def raised(soft: Told, hard: Told, cost: Floats, asked: sp.csr_matrix, goal: float) -> Found | None:
    """A solution in which a sum reaches a goal, and by how much each soft line leaves its bounds; None where there is none."""
    groups, count = soft.matrix.shape[1], len(cost)
    matrix, bound = _side(soft, hard, groups, 0, count)
    aim = np.concatenate([np.zeros(groups), cost, cost])
    reach = sp.hstack([-asked, sp.csr_matrix((1, 2 * count))])
    found = linprog(aim, A_ub=sp.vstack([matrix, reach]), b_ub=np.append(bound, -goal), method="highs")  # fmt: skip
    if found.status != 0:
        return None
    return (found.x[:groups],), found.x[groups : groups + count] + found.x[groups + count :]


def parted(
    soft: Told, hard: Told, cost: Floats, asked: sp.csr_matrix, width: float
) -> Found | None:
    """Two solutions in which a sum differs by a width, and by how much each soft line leaves its bounds in either."""
    groups, count = soft.matrix.shape[1], len(cost)
    first, bound = _side(soft, hard, groups, 0, count, groups)
    second, _ = _side(soft, hard, groups, groups, count)
    aim = np.concatenate([np.zeros(2 * groups), cost, cost])
    apart = sp.hstack([-asked, asked, sp.csr_matrix((1, 2 * count))])
    found = linprog(aim, A_ub=sp.vstack([first, second, apart]),
                    b_ub=np.concatenate([bound, bound, [-width]]), method="highs")  # fmt: skip
    if found.status != 0:
        return None
    moved = found.x[2 * groups :]
    return (found.x[:groups], found.x[groups : 2 * groups]), moved[:count] + moved[count:]


def _side(
    soft: Told, hard: Told, groups: int, before: int, count: int, after: int = 0
) -> tuple[sp.csr_matrix, Floats]:
    """Bounds of one solution: soft lines may leave theirs by further variables, hard ones may not."""
    eye, none = sp.eye(count), sp.csr_matrix((count, count))
    matrix, bound = [], []
    for rows, limit, slack in (
        (soft.matrix, soft.high, [-eye, none]), (-soft.matrix, -soft.low, [none, -eye]),
        (hard.matrix, hard.high, None), (-hard.matrix, -hard.low, None),
    ):  # fmt: skip
        n = rows.shape[0]
        more = slack or [sp.csr_matrix((n, 2 * count))]
        block = sp.hstack(
            [sp.csr_matrix((n, before)), rows, sp.csr_matrix((n, after)), *more]
        ).tocsr()
        bounded = np.isfinite(limit)
        matrix.append(block[bounded])
        bound.append(limit[bounded])
    return sp.vstack(matrix).tocsr(), np.concatenate(bound)
