"""Release: what is hidden cannot be worked out from what is shown."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from geoservice.measures.matched import release


def counts(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame({"area_id": [f"a{at}" for at in range(len(pairs))],
                         "students": [n for n, _ in pairs], "matched": [m for _, m in pairs]},
                        schema={"area_id": pl.String, "students": pl.Int64, "matched": pl.Int64})  # fmt: skip


def test_large_areas_are_shown():
    released = release(counts((100, 80), (200, 150)), 10)
    assert released.table["share"].to_list() == [0.8, 0.75]
    assert released.total_students == 300


def test_one_small_area_takes_another_with_it():
    released = release(counts((5, 5), (60, 40), (200, 150)), 10)
    assert released.table["students"].to_list() == [None, None, 200]


def test_a_small_complement_is_hidden():
    assert release(counts((100, 97), (80, 60), (90, 60)), 10).table["share"][0] is None


def test_one_small_area_alone_hides_all():
    released = release(counts((5, 5)), 10)
    assert (released.total_students, released.table["students"][0]) == (None, None)


def test_no_rows_are_no_error():
    assert len(release(counts(), 10).table) == 0


@settings(deadline=None)  # A loaded machine is no fault.
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), max_size=12))
def test_what_is_subtracted_from_the_total_is_never_small(drawn):
    lines = [(n, min(n, m)) for n, m in drawn]
    released = release(counts(*lines), 10)
    hidden = [
        line for line, shown in zip(lines, released.table["students"], strict=True) if shown is None
    ]
    for (n, m), shown in zip(lines, released.table["students"], strict=True):
        if shown is not None:
            assert n >= 10
            assert m >= 10
            assert n - m == 0 or n - m >= 10
    if hidden and released.total_students is not None:
        n, m = sum(n for n, _ in hidden), sum(m for _, m in hidden)
        assert len(hidden) >= 2
        assert all(one == 0 or one >= 10 for one in (n, m, n - m))
