"""Simplification of polygons that share edges."""

from contextlib import suppress

import numpy as np
import shapely
from numpy.typing import NDArray


def simplified_together(polygons: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Return polygons simplified so that shared edges stay shared.

    Public files have very thin holes. Such a hole can collapse when its coordinates are
    converted, and GEOS then refuses the whole coverage. In that case the polygons are repaired. If
    GEOS still refuses, each polygon is simplified separately.

    Parameters
    ----------
    polygons
        Shape (n,).
    tolerance
        In units of the coordinates.
    """
    with suppress(shapely.errors.GEOSException, TypeError):
        return np.asarray(shapely.coverage_simplify(polygons, tolerance), dtype=object)
    mended = shapely.buffer(polygons, 0)
    with suppress(shapely.errors.GEOSException, TypeError):
        return np.asarray(shapely.coverage_simplify(mended, tolerance), dtype=object)
    return np.asarray(shapely.simplify(mended, tolerance), dtype=object)
