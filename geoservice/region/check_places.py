"""Comparison of a region's layers: whether all lie in the same place on Earth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.address.vocabulary import vocabulary
from geoservice.geometry.polygons import PolygonIndex
from geoservice.geometry.projection import Projection
from geoservice.model.layers import Finding, RegionLayers
from geoservice.region.guess_crs import LonLat, utm_zone

Floats = NDArray[np.float64]
_METRES_PER_KM = 1_000.0
_NEARER = 0.1
"""A correction is suggested if it reduces the distance to a tenth."""
_PACIFIC_STATES = frozenset({"GU", "MP"})
_MOST_OUTSIDE = 0.5
_LEAST_SHARE_SHOWN = 0.001
_SLIPS: Mapping[str, Callable[[LonLat], LonLat]] = {
    "longitude and latitude seem to be exchanged": lambda place: (place[1], place[0]),
    "the longitudes seem to lack their minus sign": lambda place: (-place[0], place[1]),
    "the latitudes seem to lack their minus sign": lambda place: (place[0], -place[1]),
    "longitude and latitude seem to be exchanged, and a sign is missing": lambda place: (
        -abs(place[1]),
        abs(place[0]),
    ),
}


@dataclass(frozen=True)
class Extent:
    """The name of a layer in messages, its bounding box in metres, its middle in degrees."""

    name: str
    box: shapely.Polygon
    middle: LonLat


def compare_places(layers: RegionLayers) -> list[Finding]:
    """Return layers far apart, addresses outside all zones and regions on the wrong hemisphere."""
    extents = _extents(layers)
    if not extents:
        return []
    home = _home(extents)
    return [
        *_apart(extents, home),
        *_wrong_hemisphere(layers, home),
        *_wrong_metric_crs(layers, home),
        *_outside_all_zones(layers),
    ]


def _extents(layers: RegionLayers) -> list[Extent]:
    """Return the extents of the layers with coordinates, most important layer first."""
    projection = Projection(layers.info.metric_crs)
    shapes: dict[str, NDArray[np.object_]] = {"streets": layers.street_lines}
    for name, table in (("addresses", layers.addresses), ("schools", layers.schools)):
        places = table.drop_nulls(["lon", "lat"])
        x, y = projection.to_metres(places["lon"].to_numpy(), places["lat"].to_numpy())
        shapes[name] = np.asarray(shapely.points(x, y), dtype=object)
    for name, sets, units, polygons in (
        ("zones", layers.info.zone_sets, layers.zones, layers.zone_polygons),
        ("areas", layers.info.area_sets, layers.areas, layers.area_polygons),
    ):
        for unit_set in sets:
            is_of_set = (units["set_id"] == unit_set.id).to_numpy()
            shapes[f"{name} {unit_set.id}"] = polygons[is_of_set]
    extents = [_extent(name, geometries, projection) for name, geometries in shapes.items()]
    return [extent for extent in extents if extent is not None]


def _extent(name: str, shapes: NDArray[np.object_], projection: Projection) -> Extent | None:
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    middle = np.median((bounds[:, :2] + bounds[:, 2:]) / 2, axis=0)
    lon, lat = projection.to_degrees(middle[:1], middle[1:])
    return Extent(name, shapely.box(west, south, east, north), (float(lon[0]), float(lat[0])))


def _home(extents: Sequence[Extent]) -> Extent:
    """Return the layer that intersects most others; in a tie the most important layer."""
    met = [sum(extent.box.intersects(neighbor.box) for neighbor in extents) for extent in extents]
    return extents[int(np.argmax(met))]


def _apart(extents: Sequence[Extent], home: Extent) -> list[Finding]:
    findings = []
    for extent in extents:
        if extent is home or extent.box.intersects(home.box):
            continue
        distance_km = _distance_km(extent.middle, home.middle)
        slip = _slip(extent.middle, home.middle, distance_km)
        text = f"the layer lies nowhere near the {home.name}, {distance_km:,.0f} km away{slip}"
        findings.append(Finding("layers_apart", "error", extent.name, text))
    return findings


def _slip(middle: LonLat, home: LonLat, distance_km: float) -> str:
    """Return the likely reason for a displaced layer: exchanged axes, a lost sign, the CRS."""
    for reason, corrected in _SLIPS.items():
        lon, lat = corrected(middle)
        is_place = abs(lat) <= 90
        if is_place and _distance_km((lon, lat), home) < _NEARER * distance_km:
            return f": {reason}"
    return ": its CRS is wrong, or it is a file of another place"


def _distance_km(place: LonLat, other_place: LonLat) -> float:
    """Return the distance on the WGS 84 ellipsoid; infinite for places without coordinates."""
    if not np.isfinite([*place, *other_place]).all():
        return float("inf")
    _, _, distance_m = pyproj.Geod(ellps="WGS84").inv(*place, *other_place)
    return float(distance_m) / _METRES_PER_KM


def _wrong_hemisphere(layers: RegionLayers, home: Extent) -> list[Finding]:
    """Return a finding for a region that names US states but lies in the east or south."""
    states = set(layers.addresses["state"].drop_nulls().unique().str.to_uppercase())
    for side in ("left", "right"):
        states |= set(layers.streets[f"state_{side}"].drop_nulls().unique().str.to_uppercase())
    codes = {vocabulary().states.get(state, "") for state in states} - _PACIFIC_STATES - {""}
    lon, lat = home.middle
    if not codes or (lon < 0 < lat) or "AS" in codes:
        return []
    slip = (
        "the longitudes lack their minus sign"
        if lon > 0 and lat > 0
        else ("longitude and latitude are exchanged")
    )
    text = f"the layer lies outside the United States, whose states its rows name: {slip}"
    return [Finding("wrong_hemisphere", "error", home.name, text)]


def _wrong_metric_crs(layers: RegionLayers, home: Extent) -> list[Finding]:
    """Return a finding for a metric CRS of another part of the world."""
    area = pyproj.CRS(layers.info.metric_crs).area_of_use
    lon, lat = home.middle
    margin = 3.0  # Regions may extend a little beyond the edge of a UTM zone.
    if area is None or not np.isfinite([lon, lat]).all():
        return []
    if (area.west - margin <= lon <= area.east + margin) and (
        area.south - margin <= lat <= area.north + margin
    ):
        return []
    text = (
        "`metric_crs` is made for another part of the world, so that distances are wrong. "
        f"Write `{utm_zone((lon, lat))}`"
    )
    return [Finding("metric_crs_elsewhere", "warning", "region", text)]


def _outside_all_zones(layers: RegionLayers) -> list[Finding]:
    """Return a finding for address points outside the zones of all sets."""
    points = layers.addresses.drop_nulls(["lon", "lat"])
    if not len(points) or not len(layers.zone_polygons):
        return []
    projection = Projection(layers.info.metric_crs)
    x, y = projection.to_metres(points["lon"].to_numpy(), points["lat"].to_numpy())
    outside = int((PolygonIndex(layers.zone_polygons).locate(x, y) < 0).sum())
    if not outside:
        return []
    share = outside / len(points)
    severity = "error" if share == 1 else "warning"
    consequence = (
        "; [its|their] students get no school"
        if share < _MOST_OUTSIDE
        else ("; are the zones those of another district, or are some missing?")
    )
    written = f"{share:.1%}" if share >= _LEAST_SHARE_SHOWN else "less than 0.1%"
    text = f"address [point|points] ({written}) [lies|lie] in no zone of any set{consequence}"
    return [Finding("outside_zones", severity, "addresses", text, outside)]
