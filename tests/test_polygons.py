"""Cells of polygons answer as the polygons do, digit by digit."""

import numpy as np
import pytest
import shapely

from geoservice.geometry.cells import ACROSS, UNSURE, lattice
from geoservice.geometry.polygons import PolygonIndex

POINTS = 3_000


def star(east: float, north: float, edges: int, seed: int) -> shapely.Polygon:
    """A polygon of many edges around a middle, some of them flat or upright."""
    drawn = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, edges, endpoint=False)
    reach = drawn.uniform(700, 1_000, edges)
    corners = np.stack([east + reach * np.cos(angle), north + reach * np.sin(angle)], axis=1)
    corners[1::9, 1], corners[4::9, 0] = (
        corners[0::9, 1][: len(corners[1::9])],
        corners[3::9, 0][: len(corners[4::9])],
    )
    return shapely.Polygon(corners).buffer(0)


@pytest.fixture(scope="module")
def index() -> PolygonIndex:
    return PolygonIndex(
        np.array([star(0, 0, 400, 1), star(2_100, 50, 700, 2), star(0, 2_200, 90, 3)])
    )


@pytest.fixture(scope="module")
def points() -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(5)
    return drawn.uniform(-1_000, 3_100, POINTS), drawn.uniform(-1_000, 3_200, POINTS)


def test_many_points_have_the_margins_that_few_points_have(index, points):
    x, y = points
    places = index.locate(x, y)
    assert {0, 1, 2} <= set(places.tolist())
    few = np.concatenate(
        [
            index.margin_m(x[at : at + 20], y[at : at + 20], places[at : at + 20])
            for at in range(0, POINTS, 20)
        ]
    )
    np.testing.assert_allclose(index.margin_m(x, y, places), few, rtol=0, atol=1e-9)
    large = places < 2
    assert np.array_equal(index.margin_m(x, y, places)[large], few[large], equal_nan=True)


def test_cells_without_an_edge_lie_in_one_polygon(index):
    polygons = index._polygons
    cells = lattice(polygons, index._locate)
    column, row = np.meshgrid(np.arange(ACROSS), np.arange(ACROSS))
    west, south = (
        cells.west + column.ravel() * cells.width,
        cells.south + row.ravel() * cells.height,
    )
    boxes = shapely.box(west, south, west + cells.width, south + cells.height)
    for place, polygon in enumerate(polygons):
        inside, touched = shapely.contains(polygon, boxes), shapely.intersects(polygon, boxes)
        assert inside[cells.place == place].all()
        assert not touched[(cells.place != place) & (cells.place != UNSURE)].any()
    assert (cells.place == UNSURE).mean() < 0.1
