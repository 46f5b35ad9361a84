"""Snapshot arrays of street crossings: nodes at the ends of centerlines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoservice.region.street_index import StreetIndex

Arrays = dict[str, NDArray[np.generic]]
_GRID_M = 0.5
"""Ends that round to the same multiple of this distance share a node."""


def index_nodes(arrays: Arrays, streets: StreetIndex) -> Arrays:
    """Return the nodes, the two nodes of each segment, and the segments of each street."""
    ends = _ends(arrays)
    grid = np.round(ends / _GRID_M).astype(np.int64)
    _, first_end, node = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    node = np.asarray(node.reshape(-1, 2), dtype=np.int32)
    street = streets.segment_street
    order = np.argsort(street, kind="stable").astype(np.int32)
    offset = np.searchsorted(street[order], np.arange(len(streets.table()) + 1))
    return {
        "node_x": ends[first_end, 0],
        "node_y": ends[first_end, 1],
        "node_last": _last_lines(arrays, node, len(first_end)),
        "segment_node": node.astype(np.int32),
        "segment_street": street.astype(np.int32),
        "street_offset": offset,
        "street_segment": order,
    }


def _ends(arrays: Arrays) -> NDArray[np.float64]:
    """Return the first and last vertex of each segment in successive rows."""
    offset = arrays["segment_offset"].astype(np.int64)
    place = np.stack([offset[:-1], offset[1:] - 1], axis=1).ravel()
    xy = np.stack([arrays["vertex_x"][place], arrays["vertex_y"][place]], axis=1)
    return xy.astype(np.float64)


def _last_lines(arrays: Arrays, node: NDArray[np.integer[Any]], nodes: int) -> NDArray[np.int32]:
    """Return the last line of a range at each node; -1 for nodes without a range."""
    last_line = np.full(nodes, -1, dtype=np.int32)
    segment = arrays["range_segment"].astype(np.int64)
    for end in (0, 1):
        last_line[node[segment, end]] = arrays["range_last"]
    return last_line
