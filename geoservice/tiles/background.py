"""The tile layer of a region's background: water, parks, railways and places."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.reference.snapshot import Reference
from geoservice.tiles.cutting import cut_lines, cut_points, cut_polygons
from geoservice.tiles.mercator import TileId, to_square
from geoservice.tiles.mvt import LINES, POINTS, POLYGONS, Parts, Tags, encode_layer

_MARGIN = 1 / 32
_CUTS = {POINTS: cut_points, LINES: cut_lines, POLYGONS: cut_polygons}
_OF_DIMENSION = (POINTS, LINES, POLYGONS)


@dataclass(frozen=True)
class BackgroundPart:
    """Shapes of one kind and dimension; ``kind`` names the layer inside of the tile."""

    kind: str
    geometry: int
    shapes: NDArray[np.object_]
    tags: tuple[Tags, ...]
    index: shapely.STRtree

    def tile(self, tile: TileId) -> bytes:
        """Return the part's layer: the ``name`` of each shape that has one."""
        near = np.sort(self.index.query(shapely.box(*tile.box(_MARGIN))))
        cut = _CUTS[self.geometry](self.shapes[near], np.arange(len(near)), tile)
        numbers, feature = np.unique(cut.features, return_inverse=True)
        parts = Parts(cut.points, cut.starts, feature.astype(np.int64))
        tags = [self.tags[near[number]] for number in numbers]
        return encode_layer(self.kind, self.geometry, parts, tags)


@dataclass(frozen=True)
class BackgroundTiles:
    """All background shapes of a region, to be cut to tiles."""

    parts: tuple[BackgroundPart, ...]

    @property
    def shapes(self) -> NDArray[np.object_]:
        """All shapes in the square."""
        empty = np.empty(0, dtype=object)
        return np.concatenate([empty, *(part.shapes for part in self.parts)])

    def tile(self, tile: TileId) -> bytes:
        """Return the tile with a layer for each kind, ``streams`` for water drawn as lines."""
        return b"".join(part.tile(tile) for part in self.parts)


def background(reference: Reference) -> BackgroundTiles:
    """Return the background of a region."""
    table = reference.background()
    whole_shapes = to_square(
        np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object)
    )
    shapes, row = shapely.get_parts(whole_shapes, return_index=True)
    kinds, names = table["kind"].to_numpy()[row], table["name"].to_list()
    dimensions = shapely.get_dimensions(shapes)
    parts = []
    for kind in table["kind"].unique(maintain_order=True):
        for dimension in range(3):
            rows = np.flatnonzero((kinds == kind) & (dimensions == dimension))
            if len(rows):
                tags: tuple[Tags, ...] = tuple(
                    {"name": names[number]} if names[number] else {} for number in row[rows]
                )
                layer = "streams" if kind == "water" and dimension == 1 else kind
                tree = shapely.STRtree(shapes[rows])
                parts.append(
                    BackgroundPart(layer, _OF_DIMENSION[dimension], shapes[rows], tags, tree)
                )
    return BackgroundTiles(tuple(parts))
