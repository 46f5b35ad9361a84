"""The coordinate reference systems that a region's files do not name."""

import re
from collections.abc import Sequence

import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.database import CRSInfo, query_crs_info
from pyproj.enums import PJType

from geoservice.address.vocabulary import vocabulary

FALLBACK = "EPSG:5070"
"""Conus Albers in metres, for regions with an unknown location."""
_WIDEST_DEGREES = 40.0
_NEAR_DEGREES = 1.0
_TENTH = 0.1
_ZONE_DEGREES = 6
_LAST_NAD83_ZONE, _EASTERN_NAD83 = 23, -40.0
LonLat = tuple[float, float]
"""Longitude and latitude in WGS 84 degrees."""
Bounds = tuple[float, float, float, float]
"""West, south, east and north in degrees."""


def metric_crs(layers: Sequence[pyproj.CRS | None], center: LonLat | None) -> str:
    """Return a projected CRS in meters for a region: the CRS of a layer, or else the UTM zone.

    Parameters
    ----------
    layers
        The CRS of each layer, the most important layer first.
    center
        The middle of the region; None if unknown.
    """
    for crs in layers:
        code = crs.to_epsg() if crs is not None and _is_local_in_metres(crs) else None
        if code is not None:
            return f"EPSG:{code}"
    return FALLBACK if center is None else utm_zone(center)


def utm_zone(center: LonLat) -> str:
    """Return the UTM zone of a place: NAD83 in North America, else WGS 84."""
    lon, lat = center
    zone = int((lon + 180) % 360 // _ZONE_DEGREES) + 1
    if lat < 0:
        return f"EPSG:{32700 + zone}"
    if zone <= _LAST_NAD83_ZONE and lon < _EASTERN_NAD83:
        return f"EPSG:{26900 + zone}"
    return f"EPSG:{32600 + zone}"


def plane_systems(x: float, y: float, state: str | None, center: LonLat | None) -> tuple[str, ...]:
    """Return the NAD83 state plane and UTM zones that fit coordinates in unknown units.

    Parameters
    ----------
    x, y
        Coordinates of the middle of a layer, in unknown units.
    state
        The name or postal code of the state; None if unknown.
    center
        The middle of the other layers; None without other layers.

    Returns
    -------
    tuple of str
        Codes such as ``EPSG:2269``, one for each possible location; empty if none fits.
    """
    name = _state_name(state)
    if name is None and center is None:
        return ()
    systems = _candidates(name, center)
    home = [area for system, area in systems if name is not None and name in system.name]
    fitting: dict[str, LonLat] = {}
    for system, area in systems:
        code = f"EPSG:{system.code}"
        place = _transformed(x, y, code)
        at_home = not home or any(_inside(place, home_area) for home_area in home)
        near = center is None or _is_near(place, center)
        is_repeated = any(_is_near(place, fitted) for fitted in fitting.values())
        if _inside(place, area) and at_home and near and not is_repeated:
            fitting[code] = place
    return tuple(fitting)


def _is_local_in_metres(crs: pyproj.CRS) -> bool:
    """Return whether the CRS measures metres on the ground (no degrees, feet, world Mercator)."""
    if not crs.is_projected or {axis.unit_name for axis in crs.axis_info} != {"metre"}:
        return False
    area = crs.area_of_use
    is_local = area is not None and 0 < area.east - area.west < _WIDEST_DEGREES
    return is_local and "Mercator" not in crs.name.replace("Transverse Mercator", "")


def _state_name(state: str | None) -> str | None:
    codes = vocabulary().states
    code = codes.get(state.strip().upper()) if state else None
    names = [name for name, state_code in codes.items() if state_code == code and name != code]
    return names[0].title() if code and names else None


def _candidates(state: str | None, center: LonLat | None) -> list[tuple[CRSInfo, Bounds]]:
    """Return the NAD83 zones of a state or around a place, with their areas of use."""
    around = None
    if center is not None:
        lon, lat = center
        around = AreaOfInterest(lon - _TENTH, lat - _TENTH, lon + _TENTH, lat + _TENTH)
    zone = re.escape(state) if state else ".*"
    system_name = re.compile(rf"NAD83 / (?:{zone}\b|UTM zone).*", re.IGNORECASE)
    return [
        (system, system.area_of_use[:4])
        for system in query_crs_info("EPSG", [PJType.PROJECTED_CRS], area_of_interest=around)
        if system_name.fullmatch(system.name) and system.area_of_use is not None
    ]


def _inside(place: LonLat, area: Bounds) -> bool:
    west, south, east, north = area
    return west <= place[0] <= east and south <= place[1] <= north


def _transformed(x: float, y: float, code: str) -> LonLat:
    to_degrees = pyproj.Transformer.from_crs(code, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(x, y)
    return float(lon), float(lat)


def _is_near(place: LonLat, other_place: LonLat) -> bool:
    return (
        abs(place[0] - other_place[0]) < _NEAR_DEGREES
        and abs(place[1] - other_place[1]) < _NEAR_DEGREES
    )
