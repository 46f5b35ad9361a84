"""Points far from all others of their file, usually by a wrong sign or digit."""

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_FEWEST_POINTS = 5
_CELL_DEGREES = 0.1
_KEY_ROWS = 10_000
"""More than the rows of cells between the poles, so that column and row form a key."""
_KM_PER_DEGREE = 111.32
_APART_KM = 50.0
"""Towns of a county have a neighbor within this distance, even on islands and in valleys."""
_ABROAD_KM = 500.0
_MAIN_SHARE = 0.8
"""With a smaller share in the main group, it is unknown which points are wrong."""
_FEW_SHARE = 0.005
"""Groups within `_ABROAD_KM` count as wrong only below this share of the points."""


def far_points(lon: Floats, lat: Floats) -> Flags:
    """Return True for points far from the main group of points.

    The points are binned into cells of a tenth of a degree. Cells within `_APART_KM` form a
    group; the main group has the most points. Another group is far if it is more than
    `_ABROAD_KM` away or has a small share of the points.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees; NaN for rows without coordinates, which are never far.
    """
    is_placed = np.isfinite(lon) & np.isfinite(lat)
    far = np.zeros(len(lon), dtype=bool)
    if is_placed.sum() < _FEWEST_POINTS:
        return far
    column, row = (
        np.floor(axis[is_placed] / _CELL_DEGREES).astype(np.int64) for axis in (lon, lat)
    )
    key = column * _KEY_ROWS + row + _KEY_ROWS // 2
    cells, cell_of, counts = np.unique(key, return_inverse=True, return_counts=True)
    corners = np.column_stack([cells // _KEY_ROWS, cells % _KEY_ROWS - _KEY_ROWS // 2])
    far[is_placed] = _far_cells(corners * _CELL_DEGREES, counts)[cell_of]
    return far


def mirrored(lon: Floats, lat: Floats, far: Flags) -> Flags:
    """Return True for far points that are near with the opposite sign of longitude."""
    flipped = np.where(far, -lon, lon)
    return far & ~far_points(flipped, lat)


def _far_cells(places: Floats, counts: NDArray[np.int64]) -> Flags:
    """Return True for cells in groups far from the main group.

    ``places`` are the corners of the cells in degrees.
    """
    middle_lat = np.median(places[:, 1])
    flat = places * [np.cos(np.radians(middle_lat)) * _KM_PER_DEGREE, _KM_PER_DEGREE]
    tree = shapely.STRtree(shapely.points(flat))
    left, right = tree.query(shapely.points(flat), predicate="dwithin", distance=_APART_KM)
    import scipy.sparse as sp  # It takes a sixth of a second to load.

    links = sp.coo_matrix((np.ones(len(left), dtype=bool), (left, right)), (len(flat),) * 2)
    groups, group_of = sp.csgraph.connected_components(links, directed=False)
    points = np.bincount(group_of, weights=counts, minlength=groups)
    main_group = int(np.argmax(points))
    if points[main_group] < _MAIN_SHARE * points.sum():
        return np.zeros(len(places), dtype=bool)
    main_tree = shapely.STRtree(shapely.points(flat[group_of == main_group]))
    others = np.flatnonzero(group_of != main_group)
    gap = np.full(groups, np.inf)
    if len(others):
        pairs, distance = main_tree.query_nearest(
            shapely.points(flat[others]), return_distance=True, all_matches=False
        )
        np.minimum.at(gap, group_of[others[pairs[0]]], distance)
    is_few = points <= _FEW_SHARE * points.sum()
    is_far = (np.arange(groups) != main_group) & (is_few | (gap > _ABROAD_KM))
    return np.asarray(is_far[group_of])
