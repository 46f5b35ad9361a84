"""A pyramid of hexagons in five sizes; each size has edges twice as long as the size below.

Each small hexagon belongs to one larger hexagon.

Cells are axial coordinates of pointy-topped hexagons, rounded as in Red Blob Games, "Hexagonal
Grids".
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.geometry.projection import Projection

EDGE_M = 400.0
"""Length of an edge of the smallest hexagons."""
LEVELS = 5
"""Number of sizes."""
_ROUNDED_M = 2
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def pyramid(x: Floats, y: Floats) -> list[Ints]:
    """Return the hexagon of each place (metres) by level, the smallest hexagons first.

    Each array has a row per place and two columns: the axial coordinates.
    """
    levels = [_cells(x, y, EDGE_M)]
    for level in range(LEVELS - 1):
        levels.append(parent_cells(levels[-1], level))
    return levels


def parent_cells(cells: Ints, level: int) -> Ints:
    """Return the hexagon of the next level that each hexagon of a level belongs to."""
    edge_m = EDGE_M * 2**level
    return _cells(*_centres(cells, edge_m), edge_m * 2)


def packed(cells: Ints) -> Ints:
    """Return both coordinates as one number."""
    return np.asarray((cells[:, 0] << 32) + cells[:, 1])


def unpacked(numbers: Ints) -> Ints:
    """Return coordinates from `packed` numbers."""
    low = np.asarray((numbers & 0xFFFFFFFF).astype(np.uint32).view(np.int32), dtype=np.int64)
    return np.column_stack([(numbers - low) >> 32, low])


def hexagon_ids(levels: Iterable[int], cells: Ints) -> list[str]:
    """Return the names of hexagons."""
    return [f"h{level}_{q}_{r}" for level, (q, r) in zip(levels, cells.tolist(), strict=True)]


def parsed(names: Iterable[str]) -> tuple[Ints, Ints]:
    """Return level and `packed` cell of hexagons by name."""
    numbers = [[int(part) for part in name[1:].split("_")] for name in names]
    table = np.array(numbers, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], packed(table[:, 1:])


def level_of(name: str) -> int:
    """Return the level of a hexagon's name, 0 for the smallest."""
    return int(name[1:].split("_", maxsplit=1)[0])


class HexagonShapes(Mapping[str, shapely.Geometry]):
    """Outlines of hexagons by name, in degrees; each outline is computed at its first use.

    ``cells`` maps each name to its smallest hexagons. A large or merged hexagon has the outline of
    its smallest hexagons, so that neighbors of all sizes share their edges.
    """

    def __init__(self, cells: Mapping[str, Ints], projection: Projection) -> None:
        self._names, self._projection = dict(cells), projection
        self._outline = cache(self._made_outline)

    def __getitem__(self, name: str) -> shapely.Geometry:
        """Return the outline of a hexagon."""
        if name not in self._names:
            raise KeyError(name)
        return self._outline(name)

    def __contains__(self, name: object) -> bool:
        """Return whether a hexagon is in the mapping, without computing its outline."""
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of hexagons."""
        return len(self._names)

    def _made_outline(self, name: str) -> shapely.Geometry:
        cells = self._names[name]
        to_degrees = self._projection.to_degrees
        return shapely.transform(
            _outline(cells), lambda places: np.column_stack(to_degrees(places[:, 0], places[:, 1]))
        )


def _cells(x: Floats, y: Floats, edge_m: float) -> Ints:
    q = (math.sqrt(3) / 3 * x - y / 3) / edge_m
    r = 2 / 3 * y / edge_m
    cube = np.column_stack([q, r, -q - r])
    rounded = np.round(cube)
    worst = np.abs(rounded - cube).argmax(axis=1)
    rows = np.arange(len(rounded))
    rounded[rows, worst] -= rounded.sum(axis=1)
    return rounded[:, :2].astype(np.int64)


def centres_of(cells: Ints, level: int) -> tuple[Floats, Floats]:
    """Return the middles of hexagons of a level, east and north in metres."""
    return _centres(cells, EDGE_M * 2**level)


def _centres(cells: Ints, edge_m: float) -> tuple[Floats, Floats]:
    q, r = cells[:, 0], cells[:, 1]
    x = np.asarray(edge_m * math.sqrt(3) * (q + r / 2), dtype=np.float64)
    return x, np.asarray(edge_m * 1.5 * r, dtype=np.float64)


def child_cells(cells: Ints, level: int) -> Ints:
    """Return the hexagons of the next smaller size that belong to hexagons of a level."""
    edge_m = EDGE_M * 2 ** (level - 1)
    around = np.array([(q, r) for q in range(-3, 4) for r in range(-3, 4)])
    nearby = _cells(*_centres(cells, EDGE_M * 2**level), edge_m)[:, None, :] + around[None]
    candidates = np.unique(nearby.reshape(-1, 2), axis=0)
    is_child = np.isin(packed(parent_cells(candidates, level - 1)), packed(cells))
    return np.asarray(candidates[is_child])


def _outline(cells: Ints) -> shapely.Geometry:
    angles = np.radians(60 * np.arange(6) + 30)
    x, y = _centres(cells, EDGE_M)
    corners = (x[:, None] + EDGE_M * np.cos(angles), y[:, None] + EDGE_M * np.sin(angles))
    rings = np.round(np.stack(corners, axis=2), _ROUNDED_M)
    return shapely.union_all(shapely.polygons(rings), grid_size=0.5)
