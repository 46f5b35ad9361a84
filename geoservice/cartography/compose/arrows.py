"""Arrows of flows as shapes: page and picture fill them like any polygon."""

from collections.abc import Sequence

import numpy as np
import shapely

from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.shapes import area_shapes, inner_points

_WIDEST_SHARE = 0.02
"""Width of the widest flow as a share of the region's width."""


def arrows(
    ground: FigureGround,
    ids: list[str],
    ordered: Sequence[tuple[str, str]],
    weights: Sequence[float],
) -> np.ndarray:
    """Arrows curved to the right, so that opposite arrows lie side by side, in degrees."""
    if not ordered:
        return np.array([], dtype=object)
    shapes = area_shapes(ground.reference, ground.area_set)
    places = shapely.get_coordinates(inner_points(shapes))
    east, north = ground.reference.projection.to_metres(places[:, 0], places[:, 1])
    centre = {unit_id: np.array([east[place], north[place]]) for place, unit_id in enumerate(ids)}
    widest = _WIDEST_SHARE * max(float(np.ptp(east)), float(np.ptp(north)), 1.0)
    outlines = [
        _arrow(centre[home], centre[school], widest * max(weight / max(weights), 0.06))
        for (home, school), weight in zip(ordered, weights, strict=True)
    ]
    lon, lat = ground.reference.projection.to_degrees(*np.concatenate(outlines).T)
    ends = np.cumsum([len(ring) for ring in outlines])[:-1]
    rings = np.split(np.round(np.column_stack([lon, lat]), 5), ends)
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)


def _arrow(start: np.ndarray, end: np.ndarray, width: float) -> np.ndarray:
    """Return the outline of an arrow in meters."""
    along = end - start
    length = float(np.hypot(*along)) or 1.0
    side = np.array([along[1], -along[0]]) / length
    bend = (start + end) / 2 + side * length * 0.16
    t = np.linspace(0.06, 0.94, 14)[:, None]
    way = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
    slope = np.gradient(way, axis=0)
    normal = np.column_stack([-slope[:, 1], slope[:, 0]]) / np.hypot(*slope.T)[:, None]
    head = max(width * 2.2, length * 0.03)
    neck = int(np.searchsorted(-np.hypot(*(way - way[-1]).T), -head)) or 1
    neck = min(max(neck, 1), len(way) - 1)
    left, right = way[:neck] + normal[:neck] * width / 2, way[:neck] - normal[:neck] * width / 2
    tip = [
        way[neck - 1] + normal[neck - 1] * head / 2,
        way[-1],
        way[neck - 1] - normal[neck - 1] * head / 2,
    ]
    return np.concatenate([left, tip, right[::-1]])
