"""The street network as a graph for walking, with hazards removed."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geoservice.errors import InputError
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Lines = NDArray[np.object_]
_SNAP_M = 1.0
"""Ends of centerlines within this distance are one crossing."""
_BESIDE_M = 10.0
"""A street lies along a hazard line, and a crossing on it, within this distance."""
_ALONG_SHARE = 0.5
"""Share of a street beside a hazard line that makes it the hazard itself."""
_ISOLATED_SHARE = 0.01
"""A disconnected part of the network with a smaller share of all segments counts as isolated.

Such a part is usually drawn without its crossings, so homes and gates are not snapped to it.
"""
_LEAST_M = 1e-6
"""Length of an edge of length 0: a sparse graph stores no edges of length 0."""


@dataclass(frozen=True)
class WalkGraph:
    """The walkable street network.

    Attributes
    ----------
    lines
        One line per segment, in metres.
    ends
        Crossings at both ends of each segment (segments x 2). A barred crossing has a separate
        number for each segment that ends there, so that no route passes it.
    length_m
        Length of each segment.
    is_barred
        Segments that a child may not walk along.
    crossings
        Number of crossings.
    reachable
        Indexes of the segments that homes and gates are snapped to (the connected parts that
        are not isolated).
    tree
        A spatial index of the reachable segments.
    """

    lines: Lines
    ends: Ints
    length_m: Floats
    is_barred: Bools
    crossings: int
    reachable: Ints
    tree: shapely.STRtree = field(repr=False)

    def positions(self, x: Floats, y: Floats) -> "StreetPositions":
        """Return the position of each point on its nearest reachable segment, barred or not."""
        points = shapely.points(x, y)
        segment = self.reachable[np.asarray(self.tree.nearest(points), dtype=np.int64)]
        lines = self.lines[segment]
        return StreetPositions(
            segment,
            np.asarray(shapely.line_locate_point(lines, points)),
            np.asarray(shapely.distance(lines, points)),
        )


@dataclass(frozen=True)
class StreetPositions:
    """Positions of points on the street network.

    ``segment`` is the index of the segment, ``along_m`` the metres along it from its start, and
    ``offset_m`` the distance of the point from the segment.
    """

    segment: Ints
    along_m: Floats
    offset_m: Floats


def walk_graph(reference: Reference, hazards: Lines | None = None) -> WalkGraph:
    """Return the graph of a region's centerlines without hazards.

    Parameters
    ----------
    hazards
        Shapes in metres. A line bars the streets along it and the crossings on it. A point bars
        the crossing at its place. A polygon bars all streets and crossings inside.

    Raises
    ------
    InputError
        If the region has no centerlines.
    """
    offset = reference.array("segment_offset").astype(np.int64)
    if len(offset) < 2:
        raise InputError(
            "The region has no street centerlines, so walking distances cannot be measured."
        )
    xy = np.column_stack([reference.array("vertex_x"), reference.array("vertex_y")]).astype(
        np.float64
    )
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(offset) - 1), np.diff(offset)))
    return cut_graph(np.asarray(lines, dtype=object), hazards)


def cut_graph(lines: Lines, hazards: Lines | None = None) -> WalkGraph:
    """Return the graph of lines in metres, joined at their ends, without hazards."""
    starts, ends_at = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    places = shapely.get_coordinates(np.column_stack([starts, ends_at]).ravel())
    crossing = _snapped(places).reshape(-1, 2)
    is_barred = np.zeros(len(lines), dtype=bool)
    count = int(crossing.max()) + 1
    reachable = _larger_pieces(crossing, count)
    if hazards is not None and len(hazards):
        is_barred = _along(lines, hazards)
        near = shapely.STRtree(shapely.points(places)).query(
            hazards, "dwithin", distance=_BESIDE_M
        )[1]
        ends = crossing.ravel()
        near_ends = np.flatnonzero(np.isin(ends, ends[near]))
        ends[near_ends] = count + np.arange(len(near_ends))
        count += len(near_ends)
        crossing = ends.reshape(-1, 2)
    return WalkGraph(
        lines=lines,
        ends=crossing,
        length_m=np.asarray(shapely.length(lines)),
        is_barred=is_barred,
        crossings=count,
        reachable=reachable,
        tree=shapely.STRtree(lines[reachable]),
    )


def _larger_pieces(crossing: Ints, count: int) -> Ints:
    """Return the segments of connected parts with at least `_ISOLATED_SHARE` of all segments."""
    joined = coo_array(
        (np.ones(len(crossing)), (crossing[:, 0], crossing[:, 1])), shape=(count, count)
    )
    piece = connected_components(joined, directed=False)[1][crossing[:, 0]]
    size = np.bincount(piece)[piece]
    return np.flatnonzero(size >= _ISOLATED_SHARE * len(crossing))


def _snapped(places: Floats) -> Ints:
    """Return the crossing number of each end; ends within `_SNAP_M` share a crossing."""
    distinct, back = np.unique(places, axis=0, return_inverse=True)
    pairs = cKDTree(distinct).query_pairs(_SNAP_M, output_type="ndarray")
    joined = coo_array(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(distinct),) * 2
    )
    number = connected_components(joined, directed=False)[1]
    return np.asarray(number[back.reshape(-1)], dtype=np.int64)


def _along(lines: Lines, hazards: Lines) -> Bools:
    """Return True for lines that run along a hazard for more than half of their length."""
    wide = shapely.buffer(hazards[shapely.get_dimensions(hazards) > 0], _BESIDE_M)
    shared_m = np.zeros(len(lines))
    if len(wide):
        hazard, line = shapely.STRtree(lines).query(wide, "intersects")
        shared = shapely.length(shapely.intersection(wide[hazard], lines[line]))
        np.maximum.at(shared_m, line, shared)
    return np.asarray(shared_m > _ALONG_SHARE * shapely.length(lines))


def metres_to(graph: WalkGraph, x: Floats, y: Floats, limit_m: float) -> Floats:
    """Return metres from each point to each crossing (points x crossings).

    Distances beyond the limit are infinite. Each point is snapped to its nearest segment. A point
    on a barred segment can be reached along it: a school on a hazard street has its own sidewalk.
    """
    positions = graph.positions(x, y)
    nodes = graph.crossings + np.arange(len(x))
    usable = ~graph.is_barred
    segment = positions.segment
    start = np.concatenate([graph.ends[usable, 0], nodes, nodes])
    end = np.concatenate([graph.ends[usable, 1], graph.ends[segment, 0], graph.ends[segment, 1]])
    remaining_m = graph.length_m[segment] - positions.along_m
    metres = np.concatenate([graph.length_m[usable], positions.along_m, remaining_m])
    network = _shortest_edges(start, end, np.maximum(metres, _LEAST_M), graph.crossings + len(x))
    metres_between = dijkstra(network, directed=False, indices=nodes, limit=limit_m)
    return np.asarray(metres_between[:, : graph.crossings] + positions.offset_m[:, None])


def _shortest_edges(start: Ints, end: Ints, metres: Floats, size: int) -> coo_array:
    """Return the shortest edge of each pair of crossings.

    A sparse matrix would add up the lengths of parallel edges.
    """
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((metres, high, low))
    low, high, metres = low[order], high[order], metres[order]
    starts = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])] & (low != high)
    return coo_array((metres[starts], (low[starts], high[starts])), shape=(size, size)).tocsr()
