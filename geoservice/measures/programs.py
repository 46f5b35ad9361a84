"""Linear programs, solved by HiGHS through its own interface: the simplex method as it is suited, and interior points."""

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NEAR, _SLACK = 1e-6, 1e-7
"""How near the best an interior solution is, and by how much it may leave its bounds."""


@dataclass(frozen=True)
class Program:
    """Make ``cost @ x`` least, where ``x`` and ``matrix @ x`` lie between bounds."""

    cost: Floats
    low: Floats
    high: Floats
    matrix: sp.csr_matrix
    row_low: Floats
    row_high: Floats


def by_dual_simplex(program: Program) -> Floats | None:
    """The solution of a program whose costs are none below 0 and whose lower bounds are 0: it starts from there.

    None where there is none.
    """
    highs = _run(program, {"solver": "simplex", "simplex_strategy": 1, "presolve": "off"})
    is_best = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return np.asarray(highs.getSolution().col_value) if is_best else None


def by_interior_points(program: Program) -> Floats | None:
    """A solution near the best, from inside; None where none was found.

    Whether it is the best does not matter, and what HiGHS says of that after presolve is often "unknown": it must be possible.
    """
    highs = _run(program, {
        "solver": "ipm", "run_crossover": "off", "presolve": "on", "ipm_optimality_tolerance": _NEAR,
    })  # fmt: skip
    found = np.asarray(highs.getSolution().col_value)
    return found if len(found) and _is_possible(program, found) else None


def _is_possible(program: Program, found: Floats) -> bool:
    sums = program.matrix @ found
    pairs = ((program.low, found), (found, program.high), (program.row_low, sums), (sums, program.row_high))  # fmt: skip
    return all(bool((low <= high + _SLACK).all()) for low, high in pairs)


def _run(program: Program, options: dict[str, str | int | float]) -> highspy.Highs:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    for name, value in {"threads": 1, **options}.items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(program))
    highs.run()
    return highs


def _model(program: Program) -> highspy.HighsLp:
    matrix = program.matrix.tocsr()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = program.cost, program.low, program.high
    model.row_lower_, model.row_upper_ = program.row_low, program.row_high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    return model
