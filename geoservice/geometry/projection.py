"""Between WGS 84 degrees and a region's metric CRS: the one place that transforms points."""

import threading

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]


class Projection:
    """Both directions between WGS 84 (longitude first) and one projected CRS in metres.

    Transformers of PROJ must not be shared between threads, so each thread has its own.
    """

    def __init__(self, metric_crs: str) -> None:
        self._crs = metric_crs
        self._local = threading.local()

    def to_metres(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """East and north in metres of points in degrees."""
        return self._run(lon, lat, inverse=False)

    def shapes_to_metres(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Shapes in degrees as shapes in metres."""

        def moved(places: Floats) -> Floats:
            return np.column_stack(self.to_metres(places[:, 0], places[:, 1]))

        return np.asarray(shapely.transform(shapes, moved), dtype=object)

    def to_degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitude and latitude in degrees of points in metres."""
        return self._run(x, y, inverse=True)

    def _run(self, first: Floats, second: Floats, *, inverse: bool) -> tuple[Floats, Floats]:
        direction = "INVERSE" if inverse else "FORWARD"
        one, two = self._transformer().transform(first, second, direction=direction)
        return np.asarray(one, dtype=np.float64), np.asarray(two, dtype=np.float64)

    def _transformer(self) -> Transformer:
        found: Transformer | None = getattr(self._local, "transformer", None)
        if found is None:
            found = Transformer.from_crs("EPSG:4326", self._crs, always_xy=True)
            self._local.transformer = found
        return found
