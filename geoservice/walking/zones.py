"""Walk zones: the hexagons with streets within walking distance of a school, and outlines."""

from dataclasses import dataclass

import numpy as np
import shapely

from geoservice.model.miles import METRES_PER_MILE
from geoservice.walking.distances import Reach
from geoservice.walking.graph import Floats, Ints, Lines, WalkGraph

MILES = (0.5, 1.0, 1.5, 2.0)
_STEP_M = 25.0
"""Distance between sample points along streets."""
_RADIUS_M = 50.0
"""Centre to corner of a hexagon, about the usual distance of a home from its street."""


@dataclass(frozen=True)
class StreetCells:
    """Sample points along streets, and the hexagon of each.

    ``cell`` is an index into ``column`` and ``row``, the axial coordinates of the hexagons.
    """

    segment: Ints
    along_m: Floats
    cell: Ints
    column: Ints
    row: Ints


@dataclass(frozen=True)
class WalkZones:
    """Walk zones of schools.

    Attributes
    ----------
    school, miles
        School index and distance limit of each zone.
    polygons
        Outlines of the hexagons in metres; empty if no street is within the limit.
    cell_school, cell_miles, cell_column, cell_row
        Hexagons of each school, with the smallest limit that includes them.
    """

    school: Ints
    miles: Floats
    polygons: Lines
    cell_school: Ints
    cell_miles: Floats
    cell_column: Ints
    cell_row: Ints

    def cells(self) -> Lines:
        """Return the hexagons as polygons."""
        return hexagon_polygons(self.cell_column, self.cell_row)


def street_cells(graph: WalkGraph) -> StreetCells:
    """Return sample points every `_STEP_M` along all streets, including both ends."""
    count = np.maximum(np.ceil(graph.length_m / _STEP_M).astype(np.int64), 1) + 1
    segment = np.repeat(np.arange(len(graph.lines)), count)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    along = graph.length_m[segment] * step / (count - 1)[segment]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(graph.lines[segment], along))
    column, row = _hexagon(xy[:, 0], xy[:, 1])
    _, first_row, cell = np.unique((column << 32) + row, return_index=True, return_inverse=True)
    return StreetCells(segment, along, cell.reshape(-1), column[first_row], row[first_row])


def walk_zones(reach: Reach, streets: StreetCells, miles: tuple[float, ...] = MILES) -> WalkZones:
    """Return outlines and hexagons of the walk zones of every school that has a gate.

    There is an outline for each school and each number of ``miles``; each outline contains the
    outlines of fewer miles.
    """
    schools = np.unique(reach.gates.school)
    zones: list[tuple[int, float, shapely.Geometry]] = []
    cells: list[tuple[Ints, Floats, Ints]] = []
    for school in schools.tolist():  # Over schools: some dozens.
        cell_miles = _cell_metres(reach, streets, school) / METRES_PER_MILE
        band = np.searchsorted(np.array(miles), cell_miles)
        near = np.flatnonzero(band < len(miles))
        shapes = hexagon_polygons(streets.column[near], streets.row[near])
        outline = shapely.MultiPolygon()
        for place, limit in enumerate(miles):
            joining = shapes[band[near] == place]
            outline = shapely.coverage_union_all([*shapely.get_parts(outline), *joining])
            zones.append((school, limit, outline))
        cells.append((np.full(len(near), school), np.array(miles)[band[near]], near))
    polygons = np.empty(len(zones), dtype=object)
    polygons[:] = [shape for *_, shape in zones]
    cell = np.concatenate([part for *_, part in cells]) if cells else np.empty(0, dtype=np.int64)
    return WalkZones(
        np.array([school for school, *_ in zones], dtype=np.int64),
        np.array([limit for _, limit, _ in zones]),
        polygons,
        np.concatenate([part for part, *_ in cells]) if cells else cell,
        np.concatenate([part for _, part, _ in cells]) if cells else np.empty(0),
        streets.column[cell],
        streets.row[cell],
    )


def _cell_metres(reach: Reach, streets: StreetCells, school: int) -> Floats:
    """Return the shortest distance in metres from the streets of each hexagon to a school."""
    nearest_m = np.full(len(streets.column), np.inf)
    for gate in np.flatnonzero(reach.gates.school == school):  # Over the school's gates.
        is_near = np.isfinite(reach.crossing_distance_m[gate][reach.graph.ends]).any(axis=1)
        is_near[reach.gate_positions.segment[gate]] = True
        near = np.flatnonzero(is_near[streets.segment])
        metres = reach.along(int(gate), streets.segment[near], streets.along_m[near])
        np.minimum.at(nearest_m, streets.cell[near], metres)
    return nearest_m


def _hexagon(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """Return axial coordinates of the flat-topped hexagon around each point (cube rounding)."""
    q = 2 / 3 * x / _RADIUS_M
    r = (-x / 3 + np.sqrt(3) / 3 * y) / _RADIUS_M
    s = -q - r
    near_q, near_r, near_s = np.round(q), np.round(r), np.round(s)
    off_q, off_r, off_s = np.abs(near_q - q), np.abs(near_r - r), np.abs(near_s - s)
    fix_q = (off_q > off_r) & (off_q > off_s)
    fix_r = ~fix_q & (off_r > off_s)
    column = np.where(fix_q, -near_r - near_s, near_q)
    row = np.where(fix_r, -near_q - near_s, near_r)
    return column.astype(np.int64), row.astype(np.int64)


def hexagon_polygons(column: Ints, row: Ints) -> Lines:
    """Return hexagons as polygons in metres.

    Neighbouring hexagons share exact corners, so that they join without gaps.
    """
    corner_x = np.array([2, 1, -1, -2, -1, 1])
    corner_y = np.array([0, 1, 1, 0, -1, -1])
    x = (3 * column[:, None] + corner_x) * (_RADIUS_M / 2)
    y = (2 * row[:, None] + column[:, None] + corner_y) * (_RADIUS_M * np.sqrt(3) / 2)
    return np.asarray(shapely.polygons(np.stack([x, y], axis=-1)), dtype=object)
