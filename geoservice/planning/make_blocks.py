"""Planning blocks made from streets and zones: faces of the street network, merged."""

import heapq

import numpy as np
import polars as pl
import shapely

from geoservice.errors import InputError
from geoservice.model.layers import Geometries
from geoservice.planning.ground import Floats, Ints
from geoservice.reference.snapshot import Reference

_GRID_M = 0.01
"""Ends of edges that round to the same multiple of this are one."""
_LEAST_FACE_M2 = 1.0


def make_blocks(reference: Reference, x: Floats, y: Floats, min_students: int) -> Geometries:
    """Cut the zones along streets into blocks that hold at least ``min_students`` places.

    No block crosses an edge of a zone of any set. A part of a zone with fewer places stays one
    block.

    Parameters
    ----------
    x, y
        Homes of students, or of addresses, metres.

    Returns
    -------
    numpy.ndarray
        Polygons in metres, from north to south.

    Raises
    ------
    InputError
        If the region has no zones or no streets.
    """
    faces = _faces(reference)
    zone = _zones_of(faces, reference)
    faces, zone = faces[zone >= 0], zone[zone >= 0]
    if not len(faces):
        raise InputError(
            "The region has no zones to cut into blocks. Name their files in [[zones]]."
        )
    tree = shapely.STRtree(faces)
    _, face = tree.query(shapely.points(x, y), predicate="intersects")
    weight = np.bincount(face, minlength=len(faces)).astype(np.float64)
    first, second, length = _neighbours(faces)
    same = zone[first] == zone[second]
    group = _merged(weight, first[same], second[same], length[same], min_students)
    blocks = [shapely.union_all(faces[group == number]) for number in np.unique(group)]
    polygons = np.empty(len(blocks), dtype=object)
    polygons[:] = blocks
    return np.asarray(
        polygons[np.argsort(-shapely.get_y(shapely.centroid(polygons)), kind="stable")]
    )


def _faces(reference: Reference) -> Geometries:
    """Faces between streets and edges of zones."""
    offset = reference.array("segment_offset").astype(np.int64)
    if len(offset) < 2:
        raise InputError("The region has no street centerlines to cut blocks along.")
    vertices = np.column_stack([reference.array("vertex_x"), reference.array("vertex_y")])
    streets = shapely.linestrings(
        vertices, indices=np.repeat(np.arange(len(offset) - 1), np.diff(offset))
    )
    edges = [shapely.boundary(layer.polygons) for layer in reference.zone_layers]
    lines = np.concatenate([streets, *(shapely.get_parts(edge) for edge in edges)])
    noded = shapely.union_all(lines, grid_size=_GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return np.asarray(faces[shapely.area(faces) >= _LEAST_FACE_M2])


def _zones_of(faces: Geometries, reference: Reference) -> Ints:
    """A number for the zones of all layers that hold each face; -1 outside all."""
    inside = shapely.point_on_surface(faces)
    x, y = shapely.get_x(inside), shapely.get_y(inside)
    places = [layer.index.locate(x, y) for layer in reference.zone_layers]
    if not places:
        return np.full(len(faces), -1)
    keys = np.column_stack(places)
    _, number = np.unique(keys, axis=0, return_inverse=True)
    return np.where((keys >= 0).any(axis=1), number.reshape(-1), -1)


def _neighbours(faces: Geometries) -> tuple[Ints, Ints, Floats]:
    """Pairs of faces with a common edge, and its length."""
    xy, face = shapely.get_coordinates(shapely.get_exterior_ring(faces), return_index=True)
    grid = np.round(xy / _GRID_M).astype(np.int64)
    same = face[1:] == face[:-1]
    ends = np.column_stack([grid[:-1], grid[1:]])[same]
    swap = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[swap] = ends[swap][:, [2, 3, 0, 1]]
    edges = pl.DataFrame(ends, schema=["x0", "y0", "x1", "y1"]).with_columns(
        face=pl.Series(face[:-1][same])
    )
    pairs = (
        edges.group_by("x0", "y0", "x1", "y1")
        .agg(first=pl.col("face").min(), second=pl.col("face").max())
        .filter(pl.col("first") != pl.col("second"))
        .with_columns(
            length=((pl.col("x1") - pl.col("x0")) ** 2 + (pl.col("y1") - pl.col("y0")) ** 2).sqrt()
            * _GRID_M
        )
        .group_by("first", "second")
        .agg(pl.col("length").sum())
        .sort("first", "second")
    )
    return pairs["first"].to_numpy(), pairs["second"].to_numpy(), pairs["length"].to_numpy()


def _merged(weight: Floats, first: Ints, second: Ints, length: Floats, min_students: int) -> Ints:
    """Merge the smallest face with the neighbour of the longest common edge until all are large."""
    around: list[dict[int, float]] = [{} for _ in range(len(weight))]
    for left_face, right_face, metres in zip(
        first.tolist(), second.tolist(), length.tolist(), strict=True
    ):
        around[left_face][right_face] = around[right_face][left_face] = metres
    group, total = np.arange(len(weight)), weight.copy()
    small = np.flatnonzero(total < min_students)
    waiting = list(zip(total[small].tolist(), small.tolist(), strict=True))
    heapq.heapify(waiting)
    while waiting:  # Over faces: each is merged away once.
        students, face = heapq.heappop(waiting)
        if group[face] != face or students != total[face] or not around[face]:
            continue
        into = max(around[face], key=lambda near: (around[face][near], -near))
        for near, metres in around[face].items():
            del around[near][face]
            if near != into:
                around[into][near] = around[near][into] = around[into].get(near, 0.0) + metres
        around[face] = {}
        group[face] = into
        total[into] += students
        if total[into] < min_students:
            heapq.heappush(waiting, (float(total[into]), into))
    while (group != group[group]).any():
        group = group[group]
    return group
