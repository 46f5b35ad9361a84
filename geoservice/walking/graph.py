"""Streets as a graph for walking: what a child may use, and where hazards cut it."""

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
"""Ends of centerlines that are this near are one crossing."""
_BESIDE_M = 10.0
"""A street lies along a hazard line, and a crossing on it, within this distance."""
_ALONG_SHARE = 0.5
"""Share of a street beside a hazard line that makes it the hazard itself."""
_ISOLATED_SHARE = 0.01
"""A piece of the network with a smaller share of the streets that joins no other was drawn without its
crossings: nobody is placed on it."""
_LEAST_M = 1e-6
"""Length of an edge of none: a sparse graph has no edges of length 0."""


@dataclass(frozen=True)
class WalkGraph:
    """Streets that may be walked.

    Attributes
    ----------
    lines
        One line per segment, metres.
    ends
        Crossings at both ends of each segment, segments x 2. A barred crossing is a crossing of
        its own for each segment that ends there: nobody passes it.
    length_m
        Of each segment.
    is_barred
        Segments that a child may not walk along.
    crossings
        Number of crossings.
    reached
        Segments that places may stand on: those of the larger pieces of the network.
    tree
        A search tree of these segments.
    """

    lines: Lines
    ends: Ints
    length_m: Floats
    is_barred: Bools
    crossings: int
    reached: Ints
    tree: shapely.STRtree = field(repr=False)

    def footing(self, x: Floats, y: Floats) -> "Footing":
        """Where places meet the streets: the nearest reached segment, barred or not."""
        points = shapely.points(x, y)
        segment = self.reached[np.asarray(self.tree.nearest(points), dtype=np.int64)]
        lines = self.lines[segment]
        return Footing(
            segment,
            np.asarray(shapely.line_locate_point(lines, points)),
            np.asarray(shapely.distance(lines, points)),
        )


@dataclass(frozen=True)
class Footing:
    """Places on streets: segment, metres along it, metres aside of it."""

    segment: Ints
    along_m: Floats
    aside_m: Floats


def walk_graph(reference: Reference, hazards: Lines | None = None) -> WalkGraph:
    """The graph of a region's centerlines, cut by hazards.

    Parameters
    ----------
    hazards
        Shapes in metres. A street along a hazard line may not be walked, and no crossing on it
        may be passed. A point bars the crossing there, a polygon all streets and crossings in it.

    Raises
    ------
    InputError
        Where the region has no centerlines.
    """
    offset = reference.array("segment_offset").astype(np.int64)
    if len(offset) < 2:
        raise InputError(
            "The region has no street centerlines, so that no way can be measured along them."
        )
    xy = np.column_stack([reference.array("vertex_x"), reference.array("vertex_y")]).astype(
        np.float64
    )
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(offset) - 1), np.diff(offset)))
    return cut_graph(np.asarray(lines, dtype=object), hazards)


def cut_graph(lines: Lines, hazards: Lines | None = None) -> WalkGraph:
    """The graph of lines in metres, joined at their ends, cut by hazards."""
    first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    places = shapely.get_coordinates(np.column_stack([first, last]).ravel())
    crossing = _snapped(places).reshape(-1, 2)
    is_barred = np.zeros(len(lines), dtype=bool)
    count = int(crossing.max()) + 1
    reached = _larger_pieces(crossing, count)
    if hazards is not None and len(hazards):
        is_barred = _along(lines, hazards)
        near = shapely.STRtree(shapely.points(places)).query(
            hazards, "dwithin", distance=_BESIDE_M
        )[1]
        ends = crossing.ravel()
        at = np.flatnonzero(np.isin(ends, ends[near]))
        ends[at] = count + np.arange(len(at))
        count += len(at)
        crossing = ends.reshape(-1, 2)
    return WalkGraph(
        lines=lines,
        ends=crossing,
        length_m=np.asarray(shapely.length(lines)),
        is_barred=is_barred,
        crossings=count,
        reached=reached,
        tree=shapely.STRtree(lines[reached]),
    )


def _larger_pieces(crossing: Ints, count: int) -> Ints:
    """Segments of the pieces of the network that hold at least `_ISOLATED_SHARE` of all."""
    joined = coo_array(
        (np.ones(len(crossing)), (crossing[:, 0], crossing[:, 1])), shape=(count, count)
    )
    piece = connected_components(joined, directed=False)[1][crossing[:, 0]]
    size = np.bincount(piece)[piece]
    return np.flatnonzero(size >= _ISOLATED_SHARE * len(crossing))


def _snapped(places: Floats) -> Ints:
    """The number of the crossing at each end: ends within `_SNAP_M` of one another are one."""
    distinct, back = np.unique(places, axis=0, return_inverse=True)
    pairs = cKDTree(distinct).query_pairs(_SNAP_M, output_type="ndarray")
    joined = coo_array(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(distinct),) * 2
    )
    number = connected_components(joined, directed=False)[1]
    return np.asarray(number[back.reshape(-1)], dtype=np.int64)


def _along(lines: Lines, hazards: Lines) -> Bools:
    """Lines that run along a hazard for more than half of their length."""
    wide = shapely.buffer(hazards[shapely.get_dimensions(hazards) > 0], _BESIDE_M)
    beside = np.zeros(len(lines))
    if len(wide):
        hazard, line = shapely.STRtree(lines).query(wide, "intersects")
        shared = shapely.length(shapely.intersection(wide[hazard], lines[line]))
        np.maximum.at(beside, line, shared)
    return np.asarray(beside > _ALONG_SHARE * shapely.length(lines))


def metres_to(graph: WalkGraph, x: Floats, y: Floats, limit_m: float) -> Floats:
    """Metres from each crossing to each place, places x crossings; infinite beyond the limit.

    A place stands on its nearest segment; a place on a barred segment is reached along it, as a
    school on a hazard street is reached by its own pavement.
    """
    footing = graph.footing(x, y)
    own = graph.crossings + np.arange(len(x))
    usable = ~graph.is_barred
    segment = footing.segment
    start = np.concatenate([graph.ends[usable, 0], own, own])
    end = np.concatenate([graph.ends[usable, 1], graph.ends[segment, 0], graph.ends[segment, 1]])
    rest = graph.length_m[segment] - footing.along_m
    metres = np.concatenate([graph.length_m[usable], footing.along_m, rest])
    network = _shortest_edges(start, end, np.maximum(metres, _LEAST_M), graph.crossings + len(x))
    far = dijkstra(network, directed=False, indices=own, limit=limit_m)
    return np.asarray(far[:, : graph.crossings] + footing.aside_m[:, None])


def _shortest_edges(start: Ints, end: Ints, metres: Floats, size: int) -> coo_array:
    """One edge for each pair of crossings: a sparse matrix would add up those of several."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((metres, high, low))
    low, high, metres = low[order], high[order], metres[order]
    first = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])] & (low != high)
    return coo_array((metres[first], (low[first], high[first])), shape=(size, size)).tocsr()
