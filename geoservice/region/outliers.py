"""Points that lie far from all others of their file: a sign or a digit of a coordinate is wrong."""

import numpy as np
import scipy.sparse as sp
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_FEWEST_POINTS = 5
_CELL_DEGREES = 0.1
_KEY_ROWS = 10_000
"""More than there are rows of cells from pole to pole, so that column and row make one number."""
_KM_PER_DEGREE = 111.32
_APART_KM = 50.0
"""Towns of a county, islands and valleys among them, have a neighbour within this distance."""
_ABROAD_KM = 500.0
_MAIN_SHARE = 0.8
"""Where the points near each other are fewer, nothing says which of them are wrong."""
_FEW_SHARE = 0.005
"""Groups within 500 km count as wrong only below this share of the points."""


def far_points(lon: Floats, lat: Floats) -> Flags:
    """True of points more than 50 km away from the body of all points.

    The points are put in cells of a tenth of a degree; cells within 50 km hang together; the group
    with most points is the body. Another group is far where it lies 500 km away, or where it is
    few points.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees; NaN where a row has no place, which is never far.
    """
    known = np.isfinite(lon) & np.isfinite(lat)
    far = np.zeros(len(lon), dtype=bool)
    if known.sum() < _FEWEST_POINTS:
        return far
    column, row = (np.floor(axis[known] / _CELL_DEGREES).astype(np.int64) for axis in (lon, lat))
    key = column * _KEY_ROWS + row + _KEY_ROWS // 2
    cells, cell_of, counts = np.unique(key, return_inverse=True, return_counts=True)
    corners = np.column_stack([cells // _KEY_ROWS, cells % _KEY_ROWS - _KEY_ROWS // 2])
    far[known] = _far_cells(corners * _CELL_DEGREES, counts)[cell_of]
    return far


def mirrored(lon: Floats, lat: Floats, far: Flags) -> Flags:
    """True of far points that would lie among the others if the longitude had the other sign."""
    flipped = np.where(far, -lon, lon)
    return far & ~far_points(flipped, lat)


def _far_cells(places: Floats, counts: NDArray[np.int64]) -> Flags:
    """True of cells in groups that are far from the body; ``places`` are their corners in degrees."""
    middle_lat = np.median(places[:, 1])
    flat = places * [np.cos(np.radians(middle_lat)) * _KM_PER_DEGREE, _KM_PER_DEGREE]
    tree = shapely.STRtree(shapely.points(flat))
    left, right = tree.query(shapely.points(flat), predicate="dwithin", distance=_APART_KM)
    links = sp.coo_matrix((np.ones(len(left), dtype=bool), (left, right)), (len(flat),) * 2)
    groups, group_of = sp.csgraph.connected_components(links, directed=False)
    points = np.bincount(group_of, weights=counts, minlength=groups)
    body = int(np.argmax(points))
    if points[body] < _MAIN_SHARE * points.sum():
        return np.zeros(len(places), dtype=bool)
    near_body = shapely.STRtree(shapely.points(flat[group_of == body]))
    others = np.flatnonzero(group_of != body)
    gap = np.full(groups, np.inf)
    if len(others):
        pairs, distance = near_body.query_nearest(
            shapely.points(flat[others]), return_distance=True, all_matches=False
        )
        np.minimum.at(gap, group_of[others[pairs[0]]], distance)
    is_few = points <= _FEW_SHARE * points.sum()
    is_far = (np.arange(groups) != body) & (is_few | (gap > _ABROAD_KM))
    return np.asarray(is_far[group_of])
