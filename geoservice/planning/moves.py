"""Moves of a scenario: parts of zones that change school, with the number of their students."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from geoservice.model.layers import Geometries
from geoservice.planning.apply import Outcome
from geoservice.planning.counting import CellCounter, PublicCounts
from geoservice.planning.ground import NO_SCHOOL, Ints
from geoservice.planning.zone_shapes import zones_after, zones_before

_SLIVER_M2 = 100.0
"""Smaller parts are slivers of drawing."""


@dataclass(frozen=True)
class ZoneParts:
    """Parts of the region with the same school before and the same school after.

    Attributes
    ----------
    before, after
        Places in the schools; -1 for none.
    polygons
        Metres, of the parts.
    """

    before: Ints
    after: Ints
    polygons: Geometries


def zone_parts(outcome: Outcome) -> ZoneParts:
    """Intersect today's zones with the zones of a scenario."""
    today, later = zones_before(outcome), zones_after(outcome)
    tree = shapely.STRtree(later.polygons)
    today_zone, later_zone = tree.query(today.polygons, predicate="intersects")
    shapes = shapely.intersection(today.polygons[today_zone], later.polygons[later_zone])
    parts = np.array([_areal(shape) for shape in shapes], dtype=object)
    is_part = shapely.area(parts) > _SLIVER_M2
    return ZoneParts(
        today.school[today_zone][is_part], later.school[later_zone][is_part], parts[is_part]
    )


def moves_between(outcome: Outcome, public: PublicCounts | None = None) -> pl.DataFrame:
    """Students who move by school of today and of the scenario; null if they may not be shown.

    Returns
    -------
    polars.DataFrame
        ``before``, ``after`` (places in the schools), ``blocks`` and ``students``.
    """
    size = len(outcome.schools.ids)
    blocks = np.flatnonzero(
        (outcome.ground.block_school != outcome.block_school)
        & (outcome.ground.block_school != NO_SCHOOL)
        & (outcome.block_school != NO_SCHOOL)
    )
    by_block = outcome.ground.block_school[blocks] * size + outcome.block_school[blocks]
    later_zone = outcome.ground.residents.right
    keys = np.where(outcome.is_moved & (outcome.after >= 0), later_zone * size + outcome.after, -1)
    pairs = np.unique(np.concatenate([by_block, keys[keys >= 0]]))
    counter = CellCounter(outcome.ground.residents, public)
    dense = np.where(keys >= 0, np.searchsorted(pairs, keys), -1)
    students = counter.shown(counter.cells(dense, len(pairs)))
    return pl.DataFrame(
        {
            "before": pairs // size,
            "after": pairs % size,
            "blocks": np.bincount(np.searchsorted(pairs, by_block), minlength=len(pairs)),
            "students": pl.Series(students, nan_to_null=True),
        }
    )


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of an intersection, without the lines where zones only touch."""
    polygons = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2]
    return shapely.union_all(polygons) if polygons else shapely.MultiPolygon()
