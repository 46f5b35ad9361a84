"""Background layers of a region: water, parks, railways and places, the ground of its maps."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.model.background import BACKGROUND, DIMENSIONS, LINE, PLACES, POINT, POLYGON
from geoservice.model.layers import Finding, Geometries
from geoservice.region.fields import mapped, typed
from geoservice.region.manifest import Dataset, Manifest
from geoservice.region.reading import read_raw
from geoservice.region.rules import NAME
from geoservice.region.shapes import metric_geometry, valid_polygons

_NAMES = {POINT: "points", LINE: "lines", POLYGON: "polygons"}
_AROUND = 0.5
"""Background reaches so many widths of the region beyond its edge."""
_SHOWN = 10


def read_background(
    dataset: Dataset, manifest: Manifest, findings: list[Finding]
) -> tuple[pl.DataFrame, Geometries]:
    """Return the shapes of a background file with their names, in the metric CRS."""
    raw = read_raw(dataset)
    frame = mapped(raw, dataset, ("name",), findings).with_columns(kind=pl.lit(dataset.ground))
    shapes, crs_findings = metric_geometry(raw, dataset, manifest.info.metric_crs)
    findings += crs_findings
    dimension = np.where(shapely.is_empty(shapes), -1, shapely.get_dimensions(shapes))
    fits = np.isin(dimension, DIMENSIONS[dataset.ground])
    rows = raw.frame["row"].to_numpy()
    findings += _wrong_shapes(dataset, dimension, fits, rows)
    shapes = shapes.copy()
    is_polygon = fits & (dimension == POLYGON)
    if is_polygon.any():
        valid, is_valid, repairs = valid_polygons(shapes[is_polygon], rows[is_polygon], dataset)
        shapes[is_polygon] = valid
        fits[is_polygon] = is_valid
        findings += repairs
    if dataset.ground == PLACES:
        shapes[fits] = shapely.point_on_surface(shapes[fits])
    return frame.filter(fits).select(typed(BACKGROUND)), shapes[fits]


def near_region(
    table: pl.DataFrame,
    shapes: Geometries,
    grounds: Sequence[Geometries],
    findings: list[Finding],
) -> tuple[pl.DataFrame, Geometries]:
    """Return background shapes cut to the surroundings of the region.

    Files of a county or a state reach far beyond a district. ``grounds`` are the shapes of the
    region's other layers. Shapes of a kind that all lie elsewhere are a finding.
    """
    bounds = np.vstack([shapely.bounds(ground).reshape(-1, 4) for ground in grounds])
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds) or not len(shapes):
        return table, shapes
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    margin = max(east - west, north - south) * _AROUND
    cut = shapely.clip_by_rect(shapes, west - margin, south - margin, east + margin, north + margin)
    is_near = ~shapely.is_empty(cut)
    for kind in table["kind"].unique(maintain_order=True):
        if not is_near[(table["kind"] == kind).to_numpy()].any():
            text = (
                "the layer lies nowhere near the region and is not drawn: its CRS is wrong, or "
                "it is a file of another place. Name its CRS with `crs`, or another file, in "
                f"`{NAME}`"
            )
            findings.append(Finding("layers_apart", "error", f"background {kind}", text))
    return table.filter(is_near), np.asarray(cut[is_near], dtype=object)


def _wrong_shapes(
    dataset: Dataset,
    dimension: NDArray[np.int64],
    fits: NDArray[np.bool_],
    rows: NDArray[np.int64],
) -> list[Finding]:
    """Return a finding on rows whose shapes the kind cannot draw; an error if all are such."""
    if fits.all():
        return []
    needed = " or ".join(_NAMES[number] for number in DIMENSIONS[dataset.ground])
    present = sorted({int(number) for number in dimension[~fits]})
    listed = " and ".join(_NAMES.get(number, "no shape") for number in present)
    kinds = [
        kind for kind, drawn in DIMENSIONS.items() if set(present) <= set(drawn) and not fits.any()
    ]
    other_kind = f', or write `kind = "{kinds[0]}"`' if kinds else ""
    text = (
        f"[row|rows] of `{dataset.ground}` [has|have] {listed}, not {needed}, and "
        "[is|are] not drawn. Name another "
        f"`file` or `layer`{other_kind}, in `{NAME}`"
    )
    severity = "warning" if fits.any() else "error"
    shown = tuple(str(row) for row in rows[~fits][:_SHOWN].tolist())
    return [Finding("background_shape", severity, dataset.label, text, int((~fits).sum()), shown)]
