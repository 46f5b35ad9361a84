"""Precompute the areas, zones and zone margins of a snapshot's address points."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoservice.reference.polygon_layers import PolygonLayer
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
POINT_AREAS, POINT_ZONES, POINT_MARGINS = "point_areas", "point_zones", "point_margin_m"
"""Arrays with a row per layer of areas or zones and a column per address point."""


def keep_point_places(folder: Path) -> None:
    """Add the areas, zones and zone margins of the address points to a snapshot."""
    reference = Reference(folder)
    x, y = reference.array("point_x"), reference.array("point_y")
    if not len(x):
        return
    if reference.area_layers:
        areas = [layer.index.locate(x, y) for layer in reference.area_layers]
        np.save(folder / f"{POINT_AREAS}.npy", np.stack(areas).astype(np.int32))
    if reference.zone_layers:
        zones = [layer.index.locate(x, y) for layer in reference.zone_layers]
        layer_zones = zip(reference.zone_layers, zones, strict=True)
        margins = [zone_edge_m(layer, x, y, places) for layer, places in layer_zones]
        np.save(folder / f"{POINT_ZONES}.npy", np.stack(zones).astype(np.int32))
        np.save(folder / f"{POINT_MARGINS}.npy", np.stack(margins))


def zone_edge_m(layer: PolygonLayer, x: Floats, y: Floats, polygon: Places) -> Floats:
    """Return the distance from each point to the edge or the nearest overlap of its polygon.

    The distance is in metres; NaN if ``polygon`` is -1.
    """
    edge = layer.index.margin_m(x, y, polygon)
    return layer.overlaps.within_m(x, y, polygon, edge) if layer.overlaps else edge
