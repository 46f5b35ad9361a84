"""Today and a scenario side by side: what does not depend on how students are counted."""

from functools import cached_property

import numpy as np
import shapely

from geoservice.model.miles import METRES_PER_MILE
from geoservice.planning.apply import Outcome
from geoservice.planning.ground import NO_SCHOOL, Bools, Floats, Ints
from geoservice.planning.scenario import Alter
from geoservice.planning.zone_shapes import ZoneShapes, zones_after, zones_before

ALL = "all"
_TOUCHING_M2 = 1.0
"""Blocks and zones that share less than this only touch."""


class Comparison:
    """Students by school, area and grade, before and after a scenario.

    Pairs hold the value of today and the value of the scenario.
    """

    def __init__(self, outcome: Outcome, walking_miles: float) -> None:
        self.outcome, self.residents = outcome, outcome.ground.residents
        self.schools, self.size = outcome.schools, len(outcome.schools.ids)
        self.area_count = len(self.residents.area_names)
        self.before, self.after = self.residents.right, outcome.after
        self.right = (self.before, self.after)
        self.miles = tuple(self._miles(right) for right in self.right)
        self.is_beyond = tuple(miles > walking_miles for miles in self.miles)
        self.nearest_first = tuple(_ascending(miles) for miles in self.miles)
        has_quality = np.append(self.schools.is_quality, False)
        self.is_in_quality = tuple(has_quality[right] for right in self.right)
        # Counts of all grades together have no grades to show.
        self.grades = [
            (place, grade) for place, grade in enumerate(self.residents.grade_names) if grade != ALL
        ]

    @cached_property
    def zones(self) -> tuple[ZoneShapes, ZoneShapes]:
        """The shapes of the zones."""
        return zones_before(self.outcome), zones_after(self.outcome)

    @cached_property
    def has_zone(self) -> tuple[Bools, Bools]:
        """Schools that have a zone."""
        return self._with_zone(self.zones[0]), self._with_zone(self.zones[1])

    @cached_property
    def can_leave(self) -> Bools:
        """Schools that students may leave, as anybody sees from the scenario alone."""
        if self._drops_grades:
            return np.ones(self.size, dtype=bool)
        schools = np.zeros(self.size, dtype=bool)
        zone_school = self.outcome.ground.zone_school[self._touched(self._zone_polygons)]
        schools[zone_school[zone_school >= 0]] = True
        return schools | ~self.schools.is_open

    @cached_property
    def can_join(self) -> Bools:
        """Schools that students may come to."""
        if self._drops_grades:
            return np.ones(self.size, dtype=bool)
        schools = np.zeros(self.size, dtype=bool)
        joined = self.outcome.block_school[self.changed]
        schools[joined[joined >= 0]] = True
        return schools

    @cached_property
    def can_move(self) -> Bools:
        """Areas whose students may change school."""
        if self._drops_grades or self.outcome.ground.area_polygons is None:
            return np.ones(self.area_count, dtype=bool)
        areas = np.zeros(self.area_count, dtype=bool)
        areas[self._touched(self.outcome.ground.area_polygons)] = True
        return areas

    @cached_property
    def changed(self) -> Ints:
        """Blocks that get another school."""
        outcome = self.outcome
        return np.flatnonzero(outcome.ground.block_school != outcome.block_school)

    @property
    def _zone_polygons(self) -> np.ndarray:
        return self.outcome.ground.zone_polygons

    @property
    def _drops_grades(self) -> bool:
        changes = self.outcome.scenario.changes
        return any(isinstance(change, Alter) and change.grades is not None for change in changes)

    def _touched(self, polygons: np.ndarray) -> Ints:
        """Return the polygons that share ground with changed blocks."""
        blocks = self.outcome.ground.blocks.polygons[self.changed]
        block, polygon = shapely.STRtree(polygons).query(blocks, predicate="intersects")
        shared = shapely.area(shapely.intersection(blocks[block], polygons[polygon]))
        return np.unique(polygon[shared > _TOUCHING_M2])

    def _with_zone(self, shapes: ZoneShapes) -> Bools:
        schools = np.zeros(self.size, dtype=bool)
        schools[shapes.school[shapes.school != NO_SCHOOL]] = True
        return schools

    def _miles(self, right: Ints) -> Floats:
        x, y = np.append(self.schools.x, np.nan), np.append(self.schools.y, np.nan)
        metres = np.hypot(self.residents.x - x[right], self.residents.y - y[right])
        return np.asarray(metres / METRES_PER_MILE)


def _ascending(values: Floats) -> Ints:
    """The rows of finite values, the smallest first."""
    order = np.argsort(values)
    return order[: int(np.isfinite(values).sum())]
