"""The coordinate reference system of a layer, checked against its coordinates."""

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.layers import Finding
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable

Crs = tuple[pyproj.CRS, list[Finding]]
WGS84 = "EPSG:4326"
_MOST_LON, _MOST_LAT = 180.0, 90.0
_MOST_SHAPES = 0.5
"""A layer is in degrees if at least this share of its shapes fits into them."""


def source_crs(raw: RawTable, dataset: Dataset) -> Crs:
    """Return the CRS of the file, else of the manifest, else WGS 84 for degrees.

    A CRS that contradicts the coordinates is ignored: a geographic CRS for numbers that are not
    degrees, and a projected CRS for degrees.

    Raises
    ------
    InputError
        If no CRS fits; the message names ``crs``.
    """
    bounds = shapely.bounds(raw.geometry)
    named, stated = _usable(raw.crs), stated_crs(dataset)
    is_projected = named is not None and not named.is_geographic
    if named is not None and is_projected and not are_degrees(bounds).all():
        return named, []
    if _mostly_degrees(bounds):
        return _of_degrees(raw, named, stated, dataset)
    if stated is not None and not stated.is_geographic:
        return stated, _not_counted(raw, dataset)
    if stated is not None:
        raise InputError(
            f"{dataset.label}: `crs` is geographic, but the coordinates are not degrees. Write "
            "their projected CRS, for example `EPSG:2227`."
        )
    if _mostly_degrees(bounds[:, [1, 0, 3, 2]]):
        raise InputError(
            f"{dataset.label}: longitude and latitude seem to be exchanged. Export the file again "
            "with longitude first."
        )
    raise InputError(
        f"{dataset.label} {_why_none(raw)} Name it with `crs`, for example `EPSG:2227`."
    )


def stated_crs(dataset: Dataset) -> pyproj.CRS | None:
    """Return the CRS in the manifest; None if the manifest names no CRS.

    Raises
    ------
    InputError
        If the CRS is unknown or has no location on Earth.
    """
    if dataset.crs is None:
        return None
    try:
        crs = pyproj.CRS.from_user_input(dataset.crs)
    except pyproj.exceptions.CRSError as fault:
        raise InputError(f"{dataset.label}: `crs` is not a known CRS.") from fault
    if _usable(crs) is None:
        raise InputError(
            f"{dataset.label}: `crs` has no location on Earth. Write a "
            "geographic or projected CRS, for example `EPSG:2227`."
        )
    return crs


def are_degrees(bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return True for bounds (west, south, east, north) in degrees, and for missing bounds."""
    lon, lat = np.abs(bounds[:, ::2]), np.abs(bounds[:, 1::2])
    inside = (lon <= _MOST_LON).all(axis=1) & (lat <= _MOST_LAT).all(axis=1)
    return np.asarray(inside | np.isnan(bounds).any(axis=1))


def _of_degrees(
    raw: RawTable, named: pyproj.CRS | None, stated: pyproj.CRS | None, dataset: Dataset
) -> Crs:
    for crs in (named, stated):
        if crs is not None and crs.is_geographic:
            return crs, []
    if raw.default_crs is not None:
        return raw.default_crs, []
    if named is None and stated is None and raw.crs is None:
        note = "the file names no CRS; its coordinates are degrees and were read as WGS 84"
        return pyproj.CRS(WGS84), [Finding("no_crs", "repair", dataset.label, note)]
    if not len(raw.frame):
        return named or stated or pyproj.CRS(WGS84), []
    note = "the named CRS does not fit: the coordinates are degrees and were read as WGS 84"
    return pyproj.CRS(WGS84), [Finding("crs_contradicted", "warning", dataset.label, note)]


def _not_counted(raw: RawTable, dataset: Dataset) -> list[Finding]:
    if raw.crs is None:
        return []
    note = "the CRS of the file does not fit its coordinates; `crs` of region.toml was used"
    return [Finding("crs_contradicted", "repair", dataset.label, note)]


def _why_none(raw: RawTable) -> str:
    if raw.crs is None and raw.default_crs is None:
        return "names no CRS (its .prj is missing) and its coordinates are not degrees."
    if raw.crs is not None and _usable(raw.crs) is None:
        return "names a local CRS, which has no location on Earth."
    return "should be in degrees of longitude and latitude, but its coordinates are not."


def _usable(crs: pyproj.CRS | None) -> pyproj.CRS | None:
    """Return the CRS if it has a location on Earth, else None."""
    if crs is None:
        return None
    flat = crs.to_2d()
    if flat.is_compound and flat.sub_crs_list:
        flat = flat.sub_crs_list[0]
    is_placed = flat.is_geographic or flat.is_projected or flat.is_bound
    return crs if is_placed and not flat.is_engineering else None


def _mostly_degrees(bounds: NDArray[np.float64]) -> bool:
    placed = bounds[~np.isnan(bounds).any(axis=1)]
    return not len(placed) or float(are_degrees(placed).mean()) >= _MOST_SHAPES
