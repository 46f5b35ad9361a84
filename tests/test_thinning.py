"""Sums without the repetitions of others that are told: the same statements."""

import numpy as np
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from geoservice.measures.thinning import thinned

CELLS = 6
SETS = st.lists(st.tuples(st.sets(st.integers(0, CELLS - 1), min_size=1), st.booleans()), min_size=1, max_size=12)  # fmt: skip


def rows_of(sets):
    return sp.csr_matrix([[float(cell in one) for cell in range(CELLS)] for one in sets])


@given(SETS)
def test_rows_are_made_of_those_before_and_these_follow_from_them(made):
    rows, told = rows_of([one for one, _ in made]), np.array([one for _, one in made])
    fewer, ways = thinned(rows, told)
    assert (fewer.toarray() == (ways @ rows).toarray()).all()
    assert abs(np.linalg.det(ways.toarray())) == 1
    assert fewer.nnz <= rows.nnz
    # Of others only those are taken out that are told exactly: bounds stay what they are.
    others = ways - sp.identity(len(made))
    assert not others[:, ~told].nnz


def test_a_total_told_beside_its_parts_says_nothing_more():
    whole, one, two = range(CELLS), range(2), range(2, CELLS)
    fewer, _ = thinned(rows_of([whole, one, two]), np.ones(3, dtype=bool))
    assert sorted(np.diff(fewer.indptr)) == [0, 2, CELLS - 2]


def test_rows_of_other_numbers_are_left_alone():
    rows = sp.csr_matrix([[1.0, 0.5], [1.0, 0.0]])
    fewer, _ = thinned(rows, np.ones(2, dtype=bool))
    assert (fewer.toarray() == rows.toarray()).all()
