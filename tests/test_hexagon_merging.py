"""Hexagons of homes: only the sparse one is merged into a neighbor."""

import numpy as np
import polars as pl
import pytest
import shapely

from geoservice.geometry.hexagons import (
    LEVELS,
    centres_of,
    child_cells,
    level_of,
    packed,
    parent_cells,
)
from geoservice.geometry.projection import Projection
from geoservice.release.hexagon_merging import STUDENTS_PER_N, partition
from geoservice.release.hexagons import hexagons
from geoservice.release.protected_counts import Protection

EXACT = Protection(min_n=10, noise=None)
LEAST = STUDENTS_PER_N * EXACT.min_n
PROJECTION = Projection("EPSG:26915")


def siblings():
    """Return the smallest hexagons of one larger hexagon."""
    return child_cells(np.array([[0, 0]]), 1)


def students_in(numbers):
    """Return students with a home each; ``numbers`` by hexagon."""
    cells = np.repeat(siblings()[: len(numbers)], numbers, axis=0)
    x, y = centres_of(cells, 0)
    keys = np.arange(1, len(cells) + 1, dtype=np.uint64)
    home = np.arange(len(cells))
    columns = {"year": ["2023-24"] * len(cells), "x": x, "y": y, "record_key": keys}
    return pl.DataFrame({**columns, "household": home, "home": home}), cells


def parts_of(numbers):
    """Return the number of students and of smallest hexagons in each part."""
    students, cells = students_in(numbers)
    parts = partition(students, cells, EXACT)
    order = np.argsort(packed(parts.cells))
    place = order[np.searchsorted(packed(parts.cells)[order], packed(cells))]
    held = np.bincount(parts.part[place], minlength=len(parts.levels))
    return held, np.bincount(parts.part), parts


def test_only_the_sparse_hexagon_is_merged_and_the_others_stay_the_smallest():
    held, _, parts = parts_of([50, 60, 5])
    assert sorted(held) in ([50, 65], [55, 60])
    assert (parts.levels == 0).all()


def test_each_part_holds_enough_and_no_student_is_lost():
    held, _, _ = parts_of([12, 14, 16, 40])
    assert held.sum() == 82
    assert (held >= LEAST).all()


def test_students_who_are_too_few_for_two_parts_stay_together():
    held, _, parts = parts_of([20, 20])
    assert list(held) == [40]
    assert list(parts.levels) == [LEVELS - 1]


def test_parts_cover_the_largest_hexagon_so_that_no_outline_tells_an_empty_one():
    with_few, without = parts_of([50, 60, 5])[2], parts_of([50, 60, 0])[2]
    for parts in (with_few, without):
        assert len(parts.cells) == len(np.unique(packed(parts.cells)))
        assert len(parts.part) == len(parts.cells)
    assert set(packed(with_few.cells)) == set(packed(without.cells))


def test_a_hexagon_of_two_homes_is_merged_however_many_students_it_has():
    students, cells = students_in([40, 60])
    is_first = (packed(cells) == packed(siblings()[:1])[0]).tolist()
    two_homes = pl.when(pl.Series(is_first)).then(pl.col("home") % 2).otherwise("home")
    parts = partition(students.with_columns(home=two_homes), cells, EXACT)
    assert len(parts.levels) == 1


def test_outlines_of_parts_do_not_overlap_and_larger_hexagons_hold_their_parts():
    made = hexagons(students_in([50, 60, 5])[0].drop("home"), EXACT, PROJECTION)
    units = made.unit.unique().sort().to_list()
    outlines = [made.shapes[unit] for unit in units]
    first, second = PROJECTION.shapes_to_metres(np.array(outlines, dtype=object))
    assert shapely.intersection(first, second).area == pytest.approx(0, abs=1)
    whole = shapely.union_all(outlines).buffer(1e-6)
    larger = [name for name in made.shapes if level_of(name) == LEVELS - 1]
    assert shapely.covers(
        shapely.union_all([made.shapes[name] for name in larger]).buffer(1e-6), whole
    )


def test_a_part_is_named_after_a_hexagon_of_its_own():
    _, _, parts = parts_of([50, 60, 5])
    cells = parts.cells
    for level in range(LEVELS):
        for number in np.flatnonzero(parts.levels == level):
            assert packed(parts.names[number : number + 1])[0] in set(
                packed(cells[parts.part == number])
            )
        if level < LEVELS - 1:
            cells = parent_cells(cells, level)
