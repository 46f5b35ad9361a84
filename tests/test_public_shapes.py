"""Zones and areas as public files have them: hair-thin holes, overlaps, gaps."""

import numpy as np
import pytest
import shapely

from geoservice.geometry.simplify import simplified_together

WHOLE = [(0, 0), (10, 0), (10, 10), (0, 10)]
SPIKE = [(5, 5), (6, 6), (5, 5), (5, 5)]
SQUARE = shapely.box(10, 0, 20, 10)
CASES = {
    "hole that collapsed": [shapely.Polygon(WHOLE, [SPIKE]), SQUARE],
    "line beside a polygon": [
        shapely.GeometryCollection(
            [shapely.Polygon(WHOLE), shapely.LineString([(0, 20), (1, 20)])]
        ),
        SQUARE,
    ],
    "overlap": [shapely.Polygon(WHOLE), shapely.box(5, 5, 15, 15)],
    "gap": [shapely.Polygon(WHOLE), shapely.box(10.001, 0, 20, 10)],
}


@pytest.mark.parametrize("case", CASES)
def test_polygons_that_are_no_coverage_are_simplified(case):
    given = np.array(CASES[case], dtype=object)
    simple = simplified_together(given, 0.1)
    assert shapely.is_valid(simple).all()
    assert shapely.area(simple) == pytest.approx(shapely.area(given))


def test_a_shared_edge_stays_shared_beside_a_hole_that_collapsed():
    edge = [(10 + (y % 2) * 0.05, y) for y in range(11)]
    west = shapely.Polygon([(0, 0), *edge, (0, 10)], [SPIKE])
    east = shapely.Polygon([(20, 0), *edge, (20, 10)])
    west, east = simplified_together(np.array([west, east], dtype=object), 0.2)
    assert west.intersection(east).area == 0
    assert west.union(east).geom_type == "Polygon"
