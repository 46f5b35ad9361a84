"""How far schools lie from the attendance zones that name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.model.layers import Geometries

FARTHEST_M = 30_000.0
"""A school that lies farther than this from every zone of a text is never joined by its name."""


@dataclass(frozen=True)
class SchoolPlaces:
    """Positions of schools, and the polygons of the zones that each text names.

    ``points`` maps schools' ids to their places in metres; schools without a position are left
    out. ``polygons`` maps each text to the polygons, in the same CRS, whose cells hold it.
    """

    points: Mapping[str, shapely.Point]
    polygons: Mapping[str, Geometries]

    def distance_m(self, text: str, school: str) -> float | None:
        """Metres from the nearest polygon of a text to a school; 0 inside, None if unknown."""
        if school not in self.points or text not in self.polygons:
            return None
        distances = shapely.distance(self.polygons[text], self.points[school])
        return None if np.isnan(distances).all() else float(np.nanmin(distances))

    def within_reach(self, text: str, schools: Sequence[str]) -> tuple[str, ...]:
        """The schools that lie at most `FARTHEST_M` away, or nobody knows where."""
        return tuple(
            school for school in schools if (self.distance_m(text, school) or 0.0) <= FARTHEST_M
        )

    def nearest(self, text: str, schools: Sequence[str]) -> tuple[str, ...]:
        """The schools in the zones of a text, else the nearest; all if a position is unknown."""
        distances = {school: self.distance_m(text, school) for school in schools}
        known = [distance for distance in distances.values() if distance is not None]
        least = min(known, default=None)
        if least is None or (least > 0 and len(known) < len(schools)):
            return tuple(schools)
        return tuple(school for school in schools if distances[school] == least)


def school_points(schools: pl.DataFrame, metric_crs: str) -> dict[str, shapely.Point]:
    """Places in metres of the schools, schema model.layers.SCHOOLS, that have a position."""
    placed = schools.drop_nulls(["lon", "lat"])
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
    east, north = to_metres.transform(placed["lon"].to_numpy(), placed["lat"].to_numpy())
    return dict(zip(placed["id"].to_list(), shapely.points(east, north).tolist(), strict=True))
