"""Distances between schools and the attendance zones that name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.model.layers import Geometries

FARTHEST_M = 30_000.0
"""No school joins by name to zones that are all farther away."""


@dataclass(frozen=True)
class SchoolPlaces:
    """Positions of schools, and the polygons of the zones that each text names.

    ``points`` maps ids of schools to points in metres; schools without a position are missing.
    ``polygons`` maps each text to the polygons of its zones, in the same CRS.
    """

    points: Mapping[str, shapely.Point]
    polygons: Mapping[str, Geometries]

    def distance_m(self, text: str, school: str) -> float | None:
        """Return metres from the nearest zone of a text to a school; 0 inside, None if unknown."""
        if school not in self.points or text not in self.polygons:
            return None
        distances = shapely.distance(self.polygons[text], self.points[school])
        return None if np.isnan(distances).all() else float(np.nanmin(distances))

    def within_reach(self, text: str, schools: Sequence[str]) -> tuple[str, ...]:
        """Return the schools within `FARTHEST_M`, and schools without a position."""
        return tuple(
            school for school in schools if (self.distance_m(text, school) or 0.0) <= FARTHEST_M
        )

    def nearest(self, text: str, schools: Sequence[str]) -> tuple[str, ...]:
        """Return the schools in the zones of a text, else the nearest.

        Returns all schools if no school is inside and a position is unknown.
        """
        distances = {school: self.distance_m(text, school) for school in schools}
        measured = [distance for distance in distances.values() if distance is not None]
        shortest = min(measured, default=None)
        if shortest is None or (shortest > 0 and len(measured) < len(schools)):
            return tuple(schools)
        return tuple(school for school in schools if distances[school] == shortest)


def school_points(schools: pl.DataFrame, metric_crs: str) -> dict[str, shapely.Point]:
    """Return points in metres of schools (schema model.layers.SCHOOLS) with a position."""
    placed = schools.drop_nulls(["lon", "lat"])
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
    east, north = to_metres.transform(placed["lon"].to_numpy(), placed["lat"].to_numpy())
    return dict(zip(placed["id"].to_list(), shapely.points(east, north).tolist(), strict=True))
