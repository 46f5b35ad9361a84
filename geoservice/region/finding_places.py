"""Places of the rows that findings name, read from the region's own files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.errors import GeoserviceError
from geoservice.model.layers import Finding
from geoservice.region.layer_crs import WGS84
from geoservice.region.manifest import Dataset, Manifest
from geoservice.region.raw_table import RawTable
from geoservice.region.reading import read_raw

_DECIMALS = 5


@dataclass(frozen=True)
class FindingPlace:
    """A place of a finding: the number of the finding, the row or id, and degrees."""

    finding: int
    row: str
    lon: float
    lat: float


def finding_places(manifest: Manifest, findings: Sequence[Finding]) -> list[FindingPlace]:
    """Return the places of all rows and ids that findings name.

    Findings about files without coordinates, or about several files at once, have no place. A file
    that cannot be read any more is left out.
    """
    places: list[FindingPlace] = []
    for dataset in manifest.datasets:
        numbered = [
            (number, finding)
            for number, finding in enumerate(findings)
            if finding.rows and _is_about(finding, dataset, manifest)
        ]
        if numbered:
            places += _places_in(dataset, numbered)
    return places


def _is_about(finding: Finding, dataset: Dataset, manifest: Manifest) -> bool:
    """Return True if a finding names a dataset by its label, or by its id or kind alone."""
    if finding.dataset in (dataset.label, dataset.id, f"{dataset.kind} {dataset.id}"):
        alike = [named for named in manifest.datasets if named.id == dataset.id]
        return finding.dataset == dataset.label or len(alike) == 1
    return finding.dataset == dataset.kind and dataset.kind in ("zones", "areas")


def _places_in(dataset: Dataset, numbered: Sequence[tuple[int, Finding]]) -> list[FindingPlace]:
    names = {row for _, finding in numbered for row in finding.rows}
    try:
        raw = read_raw(dataset)
    except (GeoserviceError, OSError):
        return []
    id_column = dataset.fields.get("id", "")
    has_ids = id_column in raw.frame.columns and "(" not in numbered[0][1].dataset
    ids = raw.frame[id_column] if has_ids else pl.Series([""] * len(raw.frame), dtype=pl.String)
    keyed = raw.frame.select(pl.col("row").cast(pl.String)).with_columns(id=ids)
    chosen = keyed.select(pl.col("row").is_in(list(names)) | pl.col("id").is_in(list(names)))
    mask = chosen.to_series().fill_null(value=False)
    lon, lat = _degrees(raw.filter(mask), dataset)
    rows = keyed.filter(mask)
    places = []
    for number, finding in numbered:
        by_id = bool(set(finding.rows) & set(rows["id"].drop_nulls()))
        keys = rows["id" if by_id else "row"].to_list()
        for key, x, y in zip(keys, lon, lat, strict=True):
            if key in finding.rows and np.isfinite([x, y]).all():
                places.append(FindingPlace(number, key, float(x), float(y)))
    return places


def _degrees(raw: RawTable, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return a place of each row in degrees; NaN for rows without coordinates."""
    if raw.geometry is not None:
        points = shapely.point_on_surface(raw.geometry)
        x, y = shapely.get_x(points), shapely.get_y(points)
    else:
        columns = (dataset.fields.get(name, "") for name in ("lon", "lat"))
        x, y = (_numbers(raw.frame, name) for name in columns)
    crs = dataset.crs or raw.crs or raw.default_crs or WGS84
    transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    lon, lat = transformer.transform(x, y, errcheck=False)
    return np.round(lon, _DECIMALS), np.round(lat, _DECIMALS)


def _numbers(frame: pl.DataFrame, column: str) -> np.ndarray:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame[column].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
