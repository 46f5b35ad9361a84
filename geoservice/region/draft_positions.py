"""Where the layers of a draft lie, and the CRS of coordinates in columns."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyproj
import shapely

from geoservice.errors import InputError
from geoservice.region.columns import columns_of
from geoservice.region.draft import LayerDraft
from geoservice.region.guess_crs import Place, plane_systems
from geoservice.region.kinds import shape_of
from geoservice.region.layer_crs import source_crs
from geoservice.region.manifest import Dataset

_WIDE, _TALL = 180.0, 90.0


def with_positions(drafts: Sequence[LayerDraft]) -> list[LayerDraft]:
    """The layers with their middle, and with the CRS of coordinates that are no degrees."""
    located = [replace(draft, center=_geometry_center(draft)) for draft in drafts]
    center = center_of(located)
    return [_with_columns_of_degrees(draft, center) for draft in located]


def center_of(drafts: Sequence[LayerDraft]) -> Place | None:
    """The middle of the layers that have a kind and a place; None where none has."""
    centers = [draft.center for draft in drafts if draft.kind is not None and draft.center]
    if not centers:
        return None
    lon, lat = (float(np.median([center[axis] for center in centers])) for axis in (0, 1))
    return lon, lat


def _geometry_center(draft: LayerDraft) -> Place | None:
    if draft.kind is None or draft.raw is None or shape_of(draft.raw) == "none":
        return None
    try:
        crs, _ = source_crs(draft.raw, Dataset(draft.kind, "", draft.path, {}))
    except InputError:
        return None
    west, south, east, north = np.nanmedian(shapely.bounds(draft.raw.geometry), axis=0)
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return _as_place(*to_degrees.transform((west + east) / 2, (south + north) / 2))


def _as_place(lon: float, lat: float) -> Place | None:
    is_place = abs(lon) <= _WIDE and abs(lat) <= _TALL and (lon, lat) != (0.0, 0.0)
    return (float(lon), float(lat)) if is_place else None


def _with_columns_of_degrees(draft: LayerDraft, center: Place | None) -> LayerDraft:
    """The draft with its coordinate columns judged: none beside a geometry; a CRS where they are feet."""
    if draft.raw is None or not {"lon", "lat"} <= set(draft.fields):
        return _without_coordinates(draft)
    if shape_of(draft.raw) != "none":
        return _without_coordinates(draft)
    columns = {column.name: column for column in columns_of(draft.raw.frame)}
    bounds = [columns[draft.fields[axis]].bounds for axis in ("lon", "lat")]
    if bounds[0] is None or bounds[1] is None:
        return draft
    x, y = (sum(ends) / 2 for ends in (bounds[0], bounds[1]))
    if abs(x) <= _TALL < abs(y) <= _WIDE:
        remark = (
            "longitude and latitude are exchanged in the file: the columns are mapped crosswise"
        )
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


def _in_plane_system(draft: LayerDraft, x: float, y: float, center: Place | None) -> LayerDraft:
    """Coordinates that are no degrees: with the one CRS that fits, else with a remark."""
    state = None
    if draft.raw is not None and "state" in draft.fields:
        names = draft.raw.frame[draft.fields["state"]].drop_nulls().mode()
        state = str(names[0]) if len(names) else None
    systems = plane_systems(x, y, state, center)
    if len(systems) == 1:
        remark = "its coordinates are no degrees: `crs` is the system of NAD83 that fits"
        settings = (*draft.settings, ("crs", systems[0]))
        to_degrees = pyproj.Transformer.from_crs(systems[0], "EPSG:4326", always_xy=True)
        place = _as_place(*to_degrees.transform(x, y))
        return replace(draft, settings=settings, center=place, remarks=(*draft.remarks, remark))
    fitting = f" It may be one of {', '.join(systems)}." if systems else ""
    return draft.left_out(
        "its coordinates are no degrees, and nothing says which CRS they are in. Add `crs`, for "
        f"example `EPSG:2227`.{fitting}"
    )
