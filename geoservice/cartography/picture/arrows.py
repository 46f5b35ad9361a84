"""Positions of labels on the arrows of a map of flows."""

import numpy as np
import shapely

from geoservice.cartography.picture.placement import Floats, Rect

_SAMPLES = 4
"""Places for a label between two vertices of an arrow."""
_USED_SHARE = 0.8
"""Share of an arrow's length where its label may stand, around the middle."""


def along(arrow: shapely.Geometry) -> list[tuple[float, float]]:
    """Return places along the middle of an arrow, near its half first."""
    ring, neck = _outline(arrow)
    middle = (ring[:neck] + ring[::-1][:neck]) / 2
    steps = np.linspace(0, neck - 1, _SAMPLES * neck)
    fine = np.column_stack([np.interp(steps, np.arange(neck), middle[:, axis]) for axis in (0, 1)])
    order = np.argsort(np.abs(np.linspace(-0.5, 0.5, len(fine))), kind="stable")
    return [(float(x), float(y)) for x, y in fine[order][: int(len(fine) * _USED_SHARE)]]


def tip(arrow: shapely.Geometry) -> Rect:
    """Return the box of an arrow's head, which labels must not cover."""
    ring, neck = _outline(arrow)
    west, bottom = ring[neck : neck + 3].min(axis=0).tolist()
    east, top = ring[neck : neck + 3].max(axis=0).tolist()
    return west, bottom, east, top


def shaft(arrow: shapely.Geometry) -> tuple[Floats, Floats]:
    """Return places and half widths along an arrow, which names of areas do not cover."""
    ring, neck = _outline(arrow)
    near_side, far_side = ring[:neck], ring[::-1][:neck]
    half = np.hypot(*(near_side - far_side).T) / 2
    steps = np.linspace(0, neck - 1, _SAMPLES * neck)
    x, y, half_width = (
        np.interp(steps, np.arange(neck), values)
        for values in (*((near_side + far_side) / 2).T, half)
    )
    return np.column_stack([x, y]), np.asarray(half_width)


def _outline(arrow: shapely.Geometry) -> tuple[Floats, int]:
    """Return the outline of an arrow, and the number of vertices on a side of its shaft.

    The outline runs up a side, over three points of the head, and back.
    """
    ring = shapely.get_coordinates(arrow)[:-1]
    return ring, (len(ring) - 3) // 2
