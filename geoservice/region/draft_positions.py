"""Locations of the layers of a draft, and the CRS of coordinate columns."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyproj
import shapely

from geoservice.errors import InputError
from geoservice.region.columns import file_columns
from geoservice.region.draft import LayerDraft
from geoservice.region.guess_crs import LonLat, plane_systems
from geoservice.region.kinds import shape_of
from geoservice.region.layer_crs import source_crs
from geoservice.region.manifest import Dataset

_WIDE, _TALL = 180.0, 90.0


def with_positions(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """Return the layers with their center, and with corrected coordinate columns.

    Projected coordinates in columns get a CRS, and exchanged columns are swapped.
    """
    located = [replace(draft, center=_geometry_center(draft)) for draft in drafts]
    center = center_of(located)
    return [_with_columns_of_degrees(draft, center) for draft in located]


def center_of(drafts: Sequence[LayerDraft]) -> LonLat | None:
    """Return the middle of all layers with a kind and coordinates; None without such layers."""
    centers = [draft.center for draft in drafts if draft.kind is not None and draft.center]
    if not centers:
        return None
    lon, lat = (float(np.median([center[axis] for center in centers])) for axis in (0, 1))
    return lon, lat


def _geometry_center(draft: LayerDraft) -> LonLat | None:
    if draft.kind is None or draft.raw is None or shape_of(draft.raw) == "none":
        return None
    try:
        crs, _ = source_crs(draft.raw, Dataset(draft.kind, "", draft.path, {}))
    except InputError:
        return None
    west, south, east, north = np.nanmedian(shapely.bounds(draft.raw.geometry), axis=0)
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return _as_place(*to_degrees.transform((west + east) / 2, (south + north) / 2))


def _as_place(lon: float, lat: float) -> LonLat | None:
    is_place = abs(lon) <= _WIDE and abs(lat) <= _TALL and (lon, lat) != (0.0, 0.0)
    return (float(lon), float(lat)) if is_place else None


def _with_columns_of_degrees(draft: LayerDraft, center: LonLat | None) -> LayerDraft:
    """Return the draft with checked coordinate columns.

    The columns are ignored if the layer has geometry. Exchanged columns are swapped, and
    projected coordinates get their CRS.
    """
    if draft.raw is None or not {"lon", "lat"} <= set(draft.fields):
        return _without_coordinates(draft)
    if shape_of(draft.raw) != "none":
        return _without_coordinates(draft)
    columns = {column.name: column for column in file_columns(draft.raw.frame)}
    bounds = [columns[draft.fields[axis]].bounds for axis in ("lon", "lat")]
    if bounds[0] is None or bounds[1] is None:
        return draft
    x, y = (sum(ends) / 2 for ends in (bounds[0], bounds[1]))
    if abs(x) <= _TALL < abs(y) <= _WIDE:
        remark = "longitude and latitude are exchanged in the file: the mapping swaps the columns"
        readings = tuple(
            reading | {"lon": reading["lat"], "lat": reading["lon"]} for reading in draft.readings
        )
        return replace(draft, readings=readings, center=(y, x), remarks=(*draft.remarks, remark))
    place = _as_place(x, y)
    return replace(draft, center=place) if place else _in_plane_system(draft, x, y, center)


def _without_coordinates(draft: LayerDraft) -> LayerDraft:
    readings = tuple(
        {ours: theirs for ours, theirs in reading.items() if ours not in ("lon", "lat")}
        for reading in draft.readings
    )
    return replace(draft, readings=readings)


def _in_plane_system(draft: LayerDraft, x: float, y: float, center: LonLat | None) -> LayerDraft:
    """Return the draft with the only matching CRS, else as left out."""
    state = None
    if draft.raw is not None and "state" in draft.fields:
        names = draft.raw.frame[draft.fields["state"]].drop_nulls().mode()
        state = str(names[0]) if len(names) else None
    systems = plane_systems(x, y, state, center)
    if len(systems) == 1:
        remark = "its coordinates are not degrees: `crs` is the only matching NAD83 system"
        settings = (*draft.settings, ("crs", systems[0]))
        to_degrees = pyproj.Transformer.from_crs(systems[0], "EPSG:4326", always_xy=True)
        place = _as_place(*to_degrees.transform(x, y))
        return replace(draft, settings=settings, center=place, remarks=(*draft.remarks, remark))
    fitting = f" It may be one of {', '.join(systems)}." if systems else ""
    return draft.left_out(
        "its coordinates are not degrees, and their CRS is unknown. Add `crs`, for "
        f"example `EPSG:2227`.{fitting}"
    )
