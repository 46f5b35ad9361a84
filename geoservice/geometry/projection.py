"""Transformation of points between WGS 84 degrees and a region's metric CRS."""

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
        """Return easting and northing in metres of points in degrees."""
        return self._run(lon, lat, inverse=False)

    def shapes_to_metres(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return shapes in metres from shapes in degrees."""

        def moved(places: Floats) -> Floats:
            return np.column_stack(self.to_metres(places[:, 0], places[:, 1]))

        return np.asarray(shapely.transform(shapes, moved), dtype=object)

    def to_degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return longitude and latitude in degrees of points in metres."""
        return self._run(x, y, inverse=True)

    def _run(self, horizontal: Floats, vertical: Floats, *, inverse: bool) -> tuple[Floats, Floats]:
        direction = "INVERSE" if inverse else "FORWARD"
        moved_horizontal, moved_vertical = self._transformer().transform(
            horizontal, vertical, direction=direction
        )
        return np.asarray(moved_horizontal, dtype=np.float64), np.asarray(
            moved_vertical, dtype=np.float64
        )

    def _transformer(self) -> Transformer:
        transformer: Transformer | None = getattr(self._local, "transformer", None)
        if transformer is None:
            transformer = Transformer.from_crs("EPSG:4326", self._crs, always_xy=True)
            self._local.transformer = transformer
        return transformer
