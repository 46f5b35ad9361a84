"""Files of walk zones: GeoJSON of outlines or of hexagons."""

from pathlib import Path

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from geoservice.reference.snapshot import Reference
from geoservice.region.build import to_degrees
from geoservice.service.walkzones import Walk
from geoservice.tables.sheets import write_atomically
from geoservice.walking.zones import MILES, WalkZones, street_cells, walk_zones


def write_walk_zones(
    measured: list[Walk], reference: Reference, path: Path, *, hexagons: bool = False
) -> None:
    """Write walk zones of 0.5, 1, 1.5 and 2 miles and of the level's distance as GeoJSON."""
    features = []
    for walk in measured:
        cells = street_cells(walk.reach.graph)
        zones = walk_zones(walk.reach, cells, tuple(sorted({*MILES, walk.miles})))
        features += (
            _hexagon_features(walk, zones, reference)
            if hexagons
            else _features(walk, zones, reference)
        )
    write_atomically(path, orjson.dumps({"type": "FeatureCollection", "features": features}))


def _features(walk: Walk, zones: WalkZones, reference: Reference) -> list[dict[str, object]]:
    shapes = _geojson(zones.polygons, reference)
    return [
        _feature(walk, school, shape, miles=miles, is_walk_zone=miles == walk.miles)
        for school, miles, shape in zip(
            zones.school.tolist(), zones.miles.tolist(), shapes, strict=True
        )
    ]


def _geojson(shapes: NDArray[np.object_], reference: Reference) -> NDArray[np.object_]:
    """Return shapes in metres as GeoJSON in degrees, rounded to a tenth of a metre."""
    degrees = to_degrees(shapes, reference.info.metric_crs)
    return np.asarray(shapely.to_geojson(shapely.transform(degrees, lambda xy: np.round(xy, 6))))


def _hexagon_features(
    walk: Walk, zones: WalkZones, reference: Reference
) -> list[dict[str, object]]:
    shapes = _geojson(zones.cells(), reference)
    return [
        _feature(walk, school, shape, miles=miles)
        for school, miles, shape in zip(
            zones.cell_school.tolist(), zones.cell_miles.tolist(), shapes, strict=True
        )
    ]


def _feature(walk: Walk, school: int, shape: str, **values: object) -> dict[str, object]:
    about = {
        "zones": walk.zones,
        "school_id": walk.school_ids[school],
        "school": walk.names[school],
    }
    return {
        "type": "Feature",
        "geometry": orjson.Fragment(shape),
        "properties": {**about, **values},
    }
