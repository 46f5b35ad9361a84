"""The arrays of a snapshot that say where streets meet: nodes at the ends of centerlines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoservice.region.street_index import StreetIndex

Arrays = dict[str, NDArray[np.generic]]
_GRID_M = 0.5
"""Ends that round to the same multiple of this are one node."""


def index_nodes(arrays: Arrays, streets: StreetIndex) -> Arrays:
    """Nodes, the two of each segment, and the segments of each street."""
    ends = _ends(arrays)
    grid = np.round(ends / _GRID_M).astype(np.int64)
    _, first, node = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    node = np.asarray(node.reshape(-1, 2), dtype=np.int32)
    street = streets.segment_street
    order = np.argsort(street, kind="stable").astype(np.int32)
    offset = np.searchsorted(street[order], np.arange(len(streets.table()) + 1))
    return {
        "node_x": ends[first, 0], "node_y": ends[first, 1],
        "node_last": _last_lines(arrays, node, len(first)), "segment_node": node.astype(np.int32),
        "segment_street": street.astype(np.int32), "street_offset": offset, "street_segment": order,
    }  # fmt: skip


def _ends(arrays: Arrays) -> NDArray[np.float64]:
    """First and last vertex of each segment, one below the other."""
    offset = arrays["segment_offset"].astype(np.int64)
    place = np.stack([offset[:-1], offset[1:] - 1], axis=1).ravel()
    xy = np.stack([arrays["vertex_x"][place], arrays["vertex_y"][place]], axis=1)
    return xy.astype(np.float64)


def _last_lines(arrays: Arrays, node: NDArray[np.integer[Any]], nodes: int) -> NDArray[np.int32]:
    """The last line of a range side at each node, -1 where no range ends there."""
    found = np.full(nodes, -1, dtype=np.int32)
    segment = arrays["range_segment"].astype(np.int64)
    for end in (0, 1):
        found[node[segment, end]] = arrays["range_last"]
    return found
