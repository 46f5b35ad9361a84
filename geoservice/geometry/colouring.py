"""Colouring of polygons so that neighbours differ."""

import numpy as np
import shapely
from numpy.typing import NDArray

_LEAST_SHARED = 1e-9
"""Polygons that touch in a point only are not neighbours."""


def neighbours(polygons: NDArray[np.object_]) -> list[set[int]]:
    """Return for each polygon the numbers of the polygons with which it shares an edge."""
    sides: list[set[int]] = [set() for _ in polygons]
    near, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    is_pair = near < other
    near, other = near[is_pair], other[is_pair]
    shared = shapely.intersection(polygons[near], polygons[other])
    is_edge = shapely.length(shared) > _LEAST_SHARED
    for one_side, other_side in zip(near[is_edge].tolist(), other[is_edge].tolist(), strict=True):
        sides[one_side].add(other_side)
        sides[other_side].add(one_side)
    return sides


def coloured(sides: list[set[int]]) -> list[int]:
    """Return a colour number for each polygon, so that no two neighbours have the same.

    The polygon whose neighbours have most colours comes next (DSATUR), with a swap of two colours
    where it would need a fifth. Maps of zones in one piece take four colours.
    """
    colours = [-1] * len(sides)
    for _ in sides:
        node = max(
            (node for node, colour in enumerate(colours) if colour < 0),
            key=lambda node: (
                len({colours[side] for side in sides[node]} - {-1}),
                len(sides[node]),
                -node,
            ),
        )
        colours[node] = _free_colour(node, sides, colours)
    return colours


_FEW = 4


def _free_colour(node: int, sides: list[set[int]], colours: list[int]) -> int:
    """Return a colour that no neighbour has, after a swap if all four are taken."""
    taken = {colours[side] for side in sides[node]} - {-1}
    free = [colour for colour in range(len(sides)) if colour not in taken]
    if free[0] < _FEW:
        return _least_used(free, colours)
    for old in range(_FEW):
        for new in range(_FEW):
            chain = _chain(node, (old, new), sides, colours)
            if old != new and not any(colours[side] == new for side in chain & sides[node]):
                for part in chain:
                    colours[part] = old + new - colours[part]
                return old
    return free[0]


def _least_used(free: list[int], colours: list[int]) -> int:
    """Return the rarest of the free colours among the first four, so that all four occur."""
    return min((colour for colour in free if colour < _FEW), key=lambda c: (colours.count(c), c))


def _chain(node: int, pair: tuple[int, int], sides: list[set[int]], colours: list[int]) -> set[int]:
    """Return the polygons of two colours that hang together with neighbours of the old colour."""
    chain: set[int] = set()
    waiting = [side for side in sides[node] if colours[side] == pair[0]]
    while waiting:
        part = waiting.pop()
        if part not in chain:
            chain.add(part)
            waiting += [side for side in sides[part] if colours[side] in pair]
    return chain
