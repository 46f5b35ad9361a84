"""Polygons simplified together."""

from contextlib import suppress

import numpy as np
import shapely
from numpy.typing import NDArray


def simplified_together(polygons: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Polygons simplified so that shared edges stay shared.

    Public files have holes as thin as a hair. Such a hole can collapse when its coordinates are
    converted, and GEOS then refuses the whole coverage. The polygons are mended in that case;
    where GEOS still refuses, each polygon is simplified by itself.

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
