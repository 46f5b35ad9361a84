"""The tile layers of a region: its streets with names, its zones and its areas."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.reference.snapshot import Reference
from geoservice.tiles.background import BackgroundTiles, background
from geoservice.tiles.cutting import cut_lines, cut_polygons
from geoservice.tiles.mercator import TileId, to_square
from geoservice.tiles.mvt import LINES, POLYGONS, Parts, Tags, encode_layer

VERSION = 2
"""Changes with the bytes: part of what names a tile."""
_PIXELS = 256
_MAJOR_M, _MIDDLE_M = 4_000.0, 1_200.0
_ALL_FROM_ZOOM, _LEAST_PIXELS = 14, 24.0
_NAMED_FROM_ZOOM = (15, 14, 13)
"""By class: minor, middle and major streets carry their names from these zooms on."""
_DIRECTIONS = ("N", "S", "E", "W", "NE", "NW", "SE", "SW")
_EARTH_M = 40_075_016.686


@dataclass(frozen=True)
class TileStreets:
    """Streets of the same name joined into long lines, to be cut to tiles.

    Attributes
    ----------
    lines
        The lines in the square of web maps.
    name
        Number of each line's name in ``names``.
    length
        Length of the line's street, in sides of the square.
    classes
        Class of each line by the length of its street: 0 minor, 1 middle, 2 major.
    """

    lines: NDArray[np.object_]
    name: NDArray[np.int64]
    names: tuple[str, ...]
    length: NDArray[np.float64]
    classes: NDArray[np.int64]
    index: shapely.STRtree

    def tile(self, tile: TileId) -> bytes:
        """The tile's layer ``streets``: ``class``, and ``name`` from some zoom on."""
        near = np.sort(self.index.query(shapely.box(*tile.box(1 / 32))))
        shown = near[self.is_drawn(near, tile.z)]
        named = tile.z >= np.asarray(_NAMED_FROM_ZOOM)[self.classes[shown]]
        key = np.where(named, self.name[shown] + 3, self.classes[shown])
        order = np.argsort(key, kind="stable")
        keys, feature = np.unique(key[order], return_inverse=True)
        parts, features = _renumbered(cut_lines(self.lines[shown[order]], feature, tile))
        first_lines = shown[order][np.searchsorted(key[order], keys)]
        tags = [
            self._tags(int(keys[feature_number]), int(first_lines[feature_number]))
            for feature_number in features
        ]
        return encode_layer("streets", LINES, parts, tags)

    def is_drawn(self, lines: NDArray[np.int64], zoom: int) -> NDArray[np.bool_]:
        """Return for each line, by number, whether its street is long enough for a zoom."""
        pixels = self.length[lines] * (_PIXELS << zoom)
        return (pixels >= _LEAST_PIXELS) | (zoom >= _ALL_FROM_ZOOM)

    def _tags(self, key: int, line: int) -> Tags:
        tags: dict[str, str | int] = {"class": int(self.classes[line])}
        if key >= 3 and self.names[key - 3]:
            tags["name"] = self.names[key - 3]
        return tags


@dataclass(frozen=True)
class Polygons:
    """Zones or areas, to be cut to tiles."""

    layer: str
    shapes: NDArray[np.object_]
    tags: tuple[Tags, ...]
    index: shapely.STRtree

    def tile(self, tile: TileId) -> bytes:
        """The tile's layer: ``set``, ``id`` and ``name`` of each polygon."""
        near = np.sort(self.index.query(shapely.box(*tile.box(1 / 32))))
        parts, features = _renumbered(cut_polygons(self.shapes[near], np.arange(len(near)), tile))
        return encode_layer(
            self.layer,
            POLYGONS,
            parts,
            [self.tags[near[feature_number]] for feature_number in features],
        )


def streets(reference: Reference) -> TileStreets:
    """The streets of a region."""
    table = reference.streets().filter(pl.col("geometry").is_not_null())
    names, number = np.unique(table["name"].fill_null("").to_numpy(), return_inverse=True)
    lines = to_square(np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object))
    parts, owner = shapely.get_parts(lines, return_index=True)
    order = np.argsort(number[owner], kind="stable")
    joined = (
        np.asarray(
            shapely.line_merge(shapely.multilinestrings(parts[order], indices=number[owner][order]))
        )
        if len(parts)
        else parts
    )
    long_lines, name = shapely.get_parts(joined, return_index=True)
    alone = shapely.length(long_lines)
    length = np.bincount(name, weights=alone, minlength=len(names))[name]
    # Streets without a name have nothing in common: each counts for itself.
    length = np.where(names[name] == "", alone, length) if len(names) else alone
    length_m = length * _EARTH_M * _shrink(long_lines)
    classes = (length_m >= _MIDDLE_M).astype(np.int64) + (length_m >= _MAJOR_M)
    shown = tuple(street_as_written(street_name) for street_name in names.tolist())
    return TileStreets(long_lines, name, shown, length, classes, shapely.STRtree(long_lines))


def zones(reference: Reference) -> Polygons:
    """All attendance zones of a region, named by their schools."""
    return _polygons("zones", reference.zone_outlines.rename({"zone_id": "id"}))


def areas(reference: Reference) -> Polygons:
    """All areas of all regionalisations of a region."""
    return _polygons("areas", reference.areas().rename({"area_id": "id"}))


TileLayer = TileStreets | Polygons | BackgroundTiles
LAYERS: dict[str, Callable[[Reference], TileLayer]] = {
    "background": background,
    "streets": streets,
    "zones": zones,
    "areas": areas,
}


def street_as_written(name: str) -> str:
    """Return a name in capitals as maps write it: ``N 2ND AVE`` is N 2nd Ave."""
    return " ".join(word if word in _DIRECTIONS else word.capitalize() for word in name.split())


def _polygons(layer: str, table: pl.DataFrame) -> Polygons:
    shapes = to_square(np.asarray(shapely.from_wkb(table["geometry"].to_list()), dtype=object))
    tags: tuple[Tags, ...] = tuple(
        {"set": row[0], "id": row[1], "name": row[2] or row[1]}
        for row in table.select("set_id", "id", "name").iter_rows()
    )
    return Polygons(layer, shapes, tags, shapely.STRtree(shapes))


def _shrink(lines: NDArray[np.object_]) -> float:
    """Return the scale of Web Mercator at the middle of the lines: ground meters per unit."""
    if not len(lines):
        return 1.0
    _, north, _, south = shapely.total_bounds(lines)
    return float(1 / np.cosh((0.5 - (north + south) / 2) * 2 * np.pi))


def _renumbered(parts: Parts) -> tuple[Parts, NDArray[np.int64]]:
    """The parts with their features numbered from 0, and the numbers that were kept."""
    numbers, feature = np.unique(parts.features, return_inverse=True)
    return Parts(parts.points, parts.starts, feature.astype(np.int64)), numbers
