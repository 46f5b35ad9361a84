"""Metres from homes to schools along the region's streets: centerlines joined at their ends."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geoservice.cohort.distances import Bools, Floats, Ints, StraightWays
from geoservice.reference.snapshot import Reference

_SNAP_M = 1.0
"""Ends of centerlines that are this near are one node."""
_LEAST_M = 1.0e-6
"""Length of an edge of none: a sparse graph has no edges of length 0."""


@dataclass(frozen=True)
class Streets:
    """Centerlines as a graph.

    Attributes
    ----------
    lines
        One line per segment, metres.
    ends
        The nodes at both ends of each segment.
    length_m
        Of each segment.
    nodes
        Number of nodes.
    """

    lines: NDArray[np.object_]
    ends: Ints
    length_m: Floats
    nodes: int


@dataclass(frozen=True)
class Footing:
    """Where places join the streets: the segment, meters along it, and meters aside.

    -1 for no place.
    """

    segment: Ints
    along_m: Floats
    aside_m: Floats


@dataclass(frozen=True)
class NetworkWays:
    """Distances along the streets; a straight line if no street joins home and school.

    ``node_m`` are meters from each school (row) to each node, infinite without a path.
    """

    straight: StraightWays
    streets: Streets
    homes: Footing
    schools: Footing
    node_m: Floats
    method: str = "along the streets, a straight line where none leads"

    def to_school(self, school: Ints) -> Floats:
        """Metres from each home to its school."""
        far, walked = self.straight.to_school(school), self._to_school(school)
        joined = np.isfinite(walked)
        far[joined] = walked[joined]
        return far

    def unjoined(self, school: Ints) -> int:
        """Number of homes from which no street leads to their school."""
        return int(np.isinf(self._to_school(school)).sum())

    def to_nearest(self, rows: Ints, schools: Bools) -> Floats:
        """Metres to the nearest of the schools; the straight line where no street leads to any."""
        chosen = np.flatnonzero(schools & (self.schools.segment >= 0))
        if not len(chosen):
            return np.full(len(rows), np.inf)
        near = self._from_ends(rows, self.node_m[chosen].min(axis=0))
        for school in chosen:  # Over schools: those on the home's own segment need no node.
            same = np.flatnonzero(self.homes.segment[rows] == self.schools.segment[school])
            near[same] = np.minimum(near[same], self._along(rows[same], school))
        unreached = ~np.isfinite(near)
        near[unreached] = self.straight.to_nearest(rows[unreached], schools)
        return near

    def _to_school(self, school: Ints) -> Floats:
        """Metres along the streets.

        Infinite where none leads, NaN if home or school has no place.
        """
        far = np.full(len(school), np.nan)
        joined = np.flatnonzero((self.homes.segment >= 0) & (school >= 0))
        joined = joined[self.schools.segment[school[joined]] >= 0]
        far[joined] = self._walked(joined, school[joined])
        return far

    def _walked(self, rows: Ints, school: Ints) -> Floats:
        """Return meters along the streets from each home to its school."""
        homes, start = self.homes, self.homes.segment[rows]
        by_start = homes.along_m[rows] + self.node_m[school, self.streets.ends[start, 0]]
        to_end_m = self.streets.length_m[start] - homes.along_m[rows]
        by_end = to_end_m + self.node_m[school, self.streets.ends[start, 1]]
        far: Floats = np.minimum(by_start, by_end) + homes.aside_m[rows]
        same = np.flatnonzero(start == self.schools.segment[school])
        far[same] = np.minimum(far[same], self._along(rows[same], school[same]))
        return far

    def _from_ends(self, rows: Ints, node_m: Floats) -> Floats:
        homes, segment = self.homes, self.homes.segment[rows]
        ends = self.streets.ends[segment]
        by_start = homes.along_m[rows] + node_m[ends[:, 0]]
        by_end = self.streets.length_m[segment] - homes.along_m[rows] + node_m[ends[:, 1]]
        return np.asarray(np.minimum(by_start, by_end) + homes.aside_m[rows])

    def _along(self, rows: Ints, school: Ints | np.integer) -> Floats:
        """Return meters between home and school if both join the same segment."""
        apart = np.abs(self.homes.along_m[rows] - self.schools.along_m[school])
        return np.asarray(apart + self.homes.aside_m[rows] + self.schools.aside_m[school])


def network_ways(straight: StraightWays, reference: Reference) -> NetworkWays | StraightWays:
    """Return distances along the region's centerlines.

    If the region has no centerlines, distances are straight lines, and their method says so.
    """
    streets = streets_of(reference)
    if streets is None:
        return StraightWays(
            straight.x,
            straight.y,
            straight.school_x,
            straight.school_y,
            "straight line: the region has no street centerlines",
        )
    tree = shapely.STRtree(streets.lines)
    homes = _footing(straight.x, straight.y, streets, tree)
    schools = _footing(straight.school_x, straight.school_y, streets, tree)
    return NetworkWays(straight, streets, homes, schools, _node_metres(streets, schools))


def streets_of(reference: Reference) -> Streets | None:
    """Return the centerlines of a region as a graph; None without centerlines."""
    offset = reference.array("segment_offset").astype(np.int64)
    if len(offset) < 2:
        return None
    x, y = (reference.array(f"vertex_{axis}").astype(np.float64) for axis in "xy")
    line_of = np.repeat(np.arange(len(offset) - 1), np.diff(offset))
    lines = shapely.linestrings(np.column_stack([x, y]), indices=line_of)
    node = _snapped(reference.array("node_x"), reference.array("node_y"))
    ends = node[reference.array("segment_node").reshape(-1, 2)]
    return Streets(lines, ends, np.asarray(shapely.length(lines)), int(node.max()) + 1)


def _snapped(x: Floats, y: Floats) -> Ints:
    """Return for each node the number of its group; nodes close together form a group."""
    pairs = cKDTree(np.column_stack([x, y])).query_pairs(_SNAP_M, output_type="ndarray")
    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(x), len(x)))
    return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int64)


def _footing(x: Floats, y: Floats, streets: Streets, tree: shapely.STRtree) -> Footing:
    """The nearest place on a street of each place; each distinct place is looked up once."""
    located = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    places, back = np.unique(np.column_stack([x[located], y[located]]), axis=0, return_inverse=True)
    points = shapely.points(places)
    nearest = tree.nearest(points) if len(points) else np.empty(0, dtype=np.int64)
    lines = streets.lines[nearest]
    footing = Footing(np.full(len(x), -1), np.full(len(x), np.nan), np.full(len(x), np.nan))
    footing.segment[located] = nearest[back]
    footing.along_m[located] = shapely.line_locate_point(lines, points)[back]
    footing.aside_m[located] = shapely.distance(lines, points)[back]
    return footing


def _node_metres(streets: Streets, schools: Footing) -> Floats:
    """Return meters from each school to each node, schools x nodes.

    Each school is a node of its own on its street.
    """
    count = len(schools.segment)
    placed = np.flatnonzero(schools.segment >= 0)
    segment, along = schools.segment[placed], schools.along_m[placed]
    school_nodes = streets.nodes + placed
    start = np.concatenate([streets.ends[:, 0], school_nodes, school_nodes])
    end = np.concatenate([streets.ends[:, 1], streets.ends[segment, 0], streets.ends[segment, 1]])
    metres = np.concatenate([streets.length_m, along, streets.length_m[segment] - along])
    graph = _graph(start, end, np.maximum(metres, _LEAST_M), streets.nodes + count)
    far = np.full((count, streets.nodes), np.inf)
    if len(placed):
        from_schools = dijkstra(graph, directed=False, indices=school_nodes)
        far[placed] = from_schools[:, : streets.nodes] + schools.aside_m[placed, None]
    return far


def _graph(start: Ints, end: Ints, metres: Floats, nodes: int) -> coo_array:
    """The shortest of the edges that join two nodes; a sparse matrix would add them up."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((metres, high, low))
    low, high, metres = low[order], high[order], metres[order]
    is_shortest = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])] & (low != high)
    return coo_array(
        (metres[is_shortest], (low[is_shortest], high[is_shortest])), shape=(nodes, nodes)
    )
