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
    _pass(highs, program)
    highs.run()
    return highs


def _pass(highs: highspy.Highs, program: Program) -> None:
    """Hand a program over as arrays: a model object copies them number by number, which takes as long as half the solving."""
    matrix = program.matrix.tocsr()
    rows, columns = matrix.shape
    highs.passModel(
        columns, rows, matrix.nnz, int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0,
        program.cost, program.low, program.high, program.row_low, program.row_high,
        matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data, np.zeros(columns, dtype=np.int32),
    )  # fmt: skip
