"""Zones after a scenario as polygons, with their number of pieces and compactness."""

from dataclasses import dataclass

import numpy as np
import shapely

from geoservice.model.layers import Geometries
from geoservice.planning.apply import Outcome
from geoservice.planning.ground import NO_SCHOOL, Floats, Ints

_SLIVER_M = 0.5
"""Edges of blocks and zones that are drawn twice lie so far apart at most."""
_PIECE_SHARE = 0.01
"""Smaller pieces of a zone are slivers of drawing."""


@dataclass(frozen=True)
class ZoneShapes:
    """Polygons of zones in meters, one per school, and their measures.

    ``pieces`` counts parts of at least 1% of a zone. ``compactness`` is the Polsby-Popper score: 1
    for a circle, near 0 for a narrow strip.
    """

    school: Ints
    polygons: Geometries
    pieces: Ints
    compactness: Floats


def zones_before(outcome: Outcome) -> ZoneShapes:
    """Today's zones."""
    return _measured(outcome.ground.zone_school, outcome.ground.zone_polygons)


def zones_after(outcome: Outcome) -> ZoneShapes:
    """Today's zones less the blocks that leave them, with the blocks that join them."""
    ground = outcome.ground
    before, after = ground.block_school, outcome.block_school
    is_changed = before != after
    today = dict(zip(ground.zone_school.tolist(), ground.zone_polygons, strict=True))
    changed = {*before[is_changed].tolist(), *after[is_changed].tolist()}
    shapes = {}
    for school in {*today, *changed} - {NO_SCHOOL}:  # Over schools.
        shape = today.get(school, shapely.MultiPolygon())
        if school in changed:
            shape = _redrawn(
                shape,
                ground.blocks.polygons,
                is_changed & (before == school),
                is_changed & (after == school),
            )
        if not shape.is_empty and outcome.schools.is_open[school]:
            shapes[school] = shape
    schools = np.array(sorted(shapes), dtype=np.int64)
    polygons = np.empty(len(schools), dtype=object)
    polygons[:] = [shapes[school] for school in schools.tolist()]
    return _measured(schools, polygons)


def _redrawn(
    shape: shapely.Geometry, blocks: Geometries, leave: np.ndarray, join: np.ndarray
) -> shapely.Geometry:
    if leave.any():
        removed = shapely.buffer(shapely.union_all(blocks[leave]), _SLIVER_M, join_style="mitre")
        shape = shapely.difference(shape, removed)
    joined = shapely.union_all([shape, *blocks[join]])
    closed = shapely.buffer(joined, 2 * _SLIVER_M, join_style="mitre")
    return shapely.buffer(closed, -2 * _SLIVER_M, join_style="mitre")


def _measured(school: Ints, polygons: Geometries) -> ZoneShapes:
    area, length = shapely.area(polygons), shapely.length(polygons)
    compactness = np.divide(4 * np.pi * area, length**2, out=np.zeros_like(area), where=length > 0)
    parts, owner = shapely.get_parts(polygons, return_index=True)
    is_piece = shapely.area(parts) >= _PIECE_SHARE * area[owner]
    pieces = np.bincount(owner[is_piece], minlength=len(polygons))
    return ZoneShapes(school, polygons, pieces, compactness)
