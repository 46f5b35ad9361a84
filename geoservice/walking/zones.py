"""Walk zones: the hexagons whose streets lie within some miles of a school, and their outline."""

from dataclasses import dataclass

import numpy as np
import shapely

from geoservice.walking.distances import METRES_PER_MILE, Reach
from geoservice.walking.graph import Floats, Ints, Lines, WalkGraph

MILES = (0.5, 1.0, 1.5, 2.0)
_STEP_M = 25.0
"""Streets are looked at every so many metres."""
_RADIUS_M = 50.0
"""Centre to corner of a hexagon: about as deep as a home stands from its street."""


@dataclass(frozen=True)
class StreetCells:
    """Places along streets, and the hexagon of each.

    ``cell`` numbers the rows of ``column`` and ``row``, axial coordinates of hexagons.
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
        By zone.
    polygons
        Outlines of the hexagons, metres; empty where no street is within reach.
    cell_school, cell_miles, cell_column, cell_row
        Hexagons of each school with the least of the miles that reaches them.
    """

    school: Ints
    miles: Floats
    polygons: Lines
    cell_school: Ints
    cell_miles: Floats
    cell_column: Ints
    cell_row: Ints

    def cells(self) -> Lines:
        """The hexagons as polygons."""
        return hexagons(self.cell_column, self.cell_row)


def street_cells(graph: WalkGraph) -> StreetCells:
    """Places every `_STEP_M` along all streets, the ends too."""
    count = np.maximum(np.ceil(graph.length_m / _STEP_M).astype(np.int64), 1) + 1
    segment = np.repeat(np.arange(len(graph.lines)), count)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    along = graph.length_m[segment] * step / (count - 1)[segment]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(graph.lines[segment], along))
    column, row = _hexagon(xy[:, 0], xy[:, 1])
    _, first, cell = np.unique((column << 32) + row, return_index=True, return_inverse=True)
    return StreetCells(segment, along, cell.reshape(-1), column[first], row[first])


def walk_zones(reach: Reach, streets: StreetCells, miles: tuple[float, ...] = MILES) -> WalkZones:
    """The walk zones of every school of the gates."""
    schools = np.unique(reach.gates.school)
    zones: list[tuple[int, float, shapely.Geometry]] = []
    cells: list[tuple[Ints, Floats, Ints]] = []
    for school in schools.tolist():  # Over schools: some dozens.
        far = _cell_metres(reach, streets, school) / METRES_PER_MILE
        band = np.searchsorted(np.array(miles), far)
        near = np.flatnonzero(band < len(miles))
        shapes = hexagons(streets.column[near], streets.row[near])
        outline = shapely.MultiPolygon()
        for place, most in enumerate(miles):
            joining = shapes[band[near] == place]
            outline = shapely.coverage_union_all([*shapely.get_parts(outline), *joining])
            zones.append((school, most, outline))
        cells.append((np.full(len(near), school), np.array(miles)[band[near]], near))
    polygons = np.empty(len(zones), dtype=object)
    polygons[:] = [shape for *_, shape in zones]
    cell = np.concatenate([one for *_, one in cells]) if cells else np.empty(0, dtype=np.int64)
    return WalkZones(
        np.array([school for school, *_ in zones], dtype=np.int64),
        np.array([most for _, most, _ in zones]),
        polygons,
        np.concatenate([one for one, *_ in cells]) if cells else cell,
        np.concatenate([one for _, one, _ in cells]) if cells else np.empty(0),
        streets.column[cell],
        streets.row[cell],
    )


def _cell_metres(reach: Reach, streets: StreetCells, school: int) -> Floats:
    """The least metres from the streets in each hexagon to a school."""
    found = np.full(len(streets.column), np.inf)
    for gate in np.flatnonzero(reach.gates.school == school):  # Over the school's gates.
        is_near = np.isfinite(reach.far_m[gate][reach.graph.ends]).any(axis=1)
        is_near[reach.footing.segment[gate]] = True
        near = np.flatnonzero(is_near[streets.segment])
        metres = reach.along(int(gate), streets.segment[near], streets.along_m[near])
        np.minimum.at(found, streets.cell[near], metres)
    return found


def _hexagon(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """Axial coordinates of the flat-topped hexagon that holds each place (cube rounding)."""
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


def hexagons(column: Ints, row: Ints) -> Lines:
    """Polygons of hexagons, metres. Neighbours share the same corners, so they join without gaps."""
    corner_x = np.array([2, 1, -1, -2, -1, 1])
    corner_y = np.array([0, 1, 1, 0, -1, -1])
    x = (3 * column[:, None] + corner_x) * (_RADIUS_M / 2)
    y = (2 * row[:, None] + column[:, None] + corner_y) * (_RADIUS_M * np.sqrt(3) / 2)
    return np.asarray(shapely.polygons(np.stack([x, y], axis=-1)), dtype=object)
