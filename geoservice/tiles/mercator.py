"""The square of web maps (EPSG:3857 scaled to 0..1, y down), which tiles divide."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096
"""Units along a side of a tile."""
MOST_ZOOM = 18


@dataclass(frozen=True)
class TileId:
    """A tile; ``x`` counts from the west and ``y`` from the north, each below 2^z."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """True if zoom and place are possible."""
        return 0 <= self.z <= MOST_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    def box(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """West, north, east, south in the square; ``margin`` is a share of the side."""
        side = 1 / (1 << self.z)
        return (
            (self.x - margin) * side,
            (self.y - margin) * side,
            (self.x + 1 + margin) * side,
            (self.y + 1 + margin) * side,
        )

    def units(self, square: NDArray[np.float64]) -> NDArray[np.int64]:
        """Coordinates in the square, shape (n, 2), as whole units of this tile."""
        scale = 1 << self.z
        return np.rint((square * scale - (self.x, self.y)) * EXTENT).astype(np.int64)


def to_square(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Geometries in WGS 84 degrees, longitude first, in the square."""
    return np.asarray(shapely.transform(geometries, _project))


def _project(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    latitude = np.radians(np.clip(degrees[:, 1], -85.05, 85.05))
    x = degrees[:, 0] / 360 + 0.5
    y = 0.5 - np.arcsinh(np.tan(latitude)) / (2 * np.pi)
    return np.stack([x, y], axis=1)
