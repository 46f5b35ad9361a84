"""Mapping of a file's columns to fields, and positions from columns or points."""

from typing import Any

import numpy as np
import polars as pl
import pyproj
import shapely
from numpy.typing import NDArray

from geoservice.errors import InputError
from geoservice.model.layers import Finding
from geoservice.region.layer_crs import WGS84, source_crs, stated_crs
from geoservice.region.manifest import Dataset
from geoservice.region.outliers import far_points, mirrored
from geoservice.region.raw_table import RawTable
from geoservice.region.rules import NAME, nearest
from geoservice.tables.header_names import name_key

_DISTRICT = "district"
_MOST_IN_DEGREES = 0.5
"""A column with a smaller share of degrees is in a projected CRS."""
_NO_TOWN = r"(?i)^(?:not stated|unincorporated.*|unknown|none|n/?a|null|other|outside city.*|-+)$"
"""Texts for a missing town, as in the National Address Database and other sources."""
WHOLE = r"^(-?\d+)(?:\.0*)?$"


def mapped(
    raw: RawTable,
    dataset: Dataset,
    names: tuple[str, ...],
    findings: list[Finding],
    needed: tuple[str, ...] = (),
) -> pl.DataFrame:
    """Return the fields by their standard names; null without a column and default."""
    findings += raw.findings
    for name in needed:
        if name not in dataset.fields and name not in dataset.defaults:
            raise missing(dataset, name)
    values = (value_of(raw, dataset, name).alias(name) for name in names)
    return raw.frame.with_columns(values).select(
        names
    )  # A select of defaults alone returns one row.


def value_of(raw: RawTable, dataset: Dataset, name: str) -> pl.Expr:
    """Return the column of a field, with the default in empty cells."""
    default = pl.lit(dataset.defaults.get(name), dtype=pl.String)
    if name not in dataset.fields:
        return default
    column = _column(dataset.fields[name], dataset, raw.frame.columns)
    return pl.col(column).fill_null(default)


def typed(schema: dict[str, Any]) -> list[pl.Expr]:
    """Return the columns of a schema in its order and types."""
    return [pl.col(name).cast(dtype) for name, dtype in schema.items()]


def joined_parts(
    raw: RawTable, dataset: Dataset, parts: tuple[str, ...], separator: str = " "
) -> pl.Series:
    """Return the fields joined to one text; null if all are empty."""
    texts = [value_of(raw, dataset, part).cast(pl.String).str.strip_chars() for part in parts]
    filled = [pl.when(text != "").then(text) for text in texts]
    full_text = pl.concat_str(filled, separator=separator, ignore_nulls=True)
    return raw.frame.with_columns(joined=pl.when(full_text != "").then(full_text))["joined"]


def town_of(text: pl.Expr) -> pl.Expr:
    """Return the name of a town; null for texts that mean no town."""
    return pl.when(~text.str.strip_chars().str.contains(_NO_TOWN)).then(text)


def id_of(text: pl.Expr) -> pl.Expr:
    """Return an id as text, without the `.0` that spreadsheets add to whole numbers."""
    return text.str.strip_chars().str.replace(WHOLE, "$1")


def whole_number(text: pl.Expr) -> pl.Expr:
    """Return whole numbers from texts; null for other texts."""
    plain = text.str.replace_all(r"[,\s]", "").str.extract(WHOLE)
    return plain.cast(pl.Int64, strict=False)


def _column(name: str, dataset: Dataset, columns: list[str]) -> str:
    """Return the file's column, which a shapefile may truncate to ten letters."""
    short = name.lower()[:10] if dataset.path.suffix.lower() in (".shp", ".zip") else None
    exact = [column for column in columns if column == name]
    alike = [column for column in columns if name_key(column) == name_key(name)]
    cut = [column for column in columns if column.lower() == short]
    for matches in (exact, alike, cut):
        if len(matches) == 1:
            return matches[0]
    listed = ", ".join(f"`{column}`" for column in columns if column != "row")
    raise InputError(
        f"{dataset.label} has no column `{name}`.{nearest(name, columns)} "
        f"Its columns are: {listed}. Correct [fields] in `{NAME}`.",
        column=name,
    )


def missing(dataset: Dataset, name: str) -> InputError:
    """Return the error for a required field without a mapping."""
    return InputError(
        f'{dataset.label}: `{name}` is not mapped. Add `{name} = "COLUMN"` under its [fields] in '
        f"`{NAME}`.",
        column=name,
    )


def refuse_district(ids: pl.Series, dataset: Dataset) -> None:
    """Raise for a unit with the id of the district, which stands for all units together."""
    if (ids == _DISTRICT).any():
        raise InputError(
            f"{dataset.label}: an `id` is `{_DISTRICT}`, which stands for all units together. "
            f"Change the id, or map another column to `id` in `{NAME}`."
        )


def with_position(
    frame: pl.DataFrame, raw: RawTable, dataset: Dataset, findings: list[Finding]
) -> pl.DataFrame:
    """Return the frame with ``lon`` and ``lat`` in WGS 84, from columns or geometry."""
    if "lon" in dataset.fields:
        number = pl.col("lon", "lat").str.replace(",", ".").cast(pl.Float64, strict=False)
        frame = frame.with_columns(number)
        x, y = frame["lon"].to_numpy().copy(), frame["lat"].to_numpy().copy()
        crs = stated_crs(dataset) or pyproj.CRS(WGS84)
        _refuse_metres(x, y, crs, dataset)
    elif raw.geometry is not None:
        crs, crs_findings = source_crs(raw, dataset)
        findings += crs_findings
        points = shapely.centroid(raw.geometry)
        x, y = shapely.get_x(points), shapely.get_y(points)
    else:
        return frame.with_columns(
            pl.lit(None, dtype=pl.Float64).alias(axis) for axis in ("lon", "lat")
        )
    if not crs.equals(pyproj.CRS(WGS84), ignore_axis_order=True):
        x, y = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True).transform(x, y)
    good = np.isfinite(x) & np.isfinite(y) & (np.abs(x) <= 180) & (np.abs(y) <= 90)
    good &= (x != 0) | (y != 0)
    report_rows(
        findings,
        "bad_position",
        dataset,
        raw,
        ~good & np.isfinite(x),
        "[position|positions] outside the range of longitude and latitude [was|were] dropped",
    )
    good &= ~_far_from_the_rest(np.where(good, x, np.nan), y, raw, dataset, findings)
    return frame.with_columns(
        lon=pl.Series(np.where(good, x, np.nan), nan_to_null=True),
        lat=pl.Series(np.where(good, y, np.nan), nan_to_null=True),
    )


def _far_from_the_rest(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    raw: RawTable,
    dataset: Dataset,
    findings: list[Finding],
) -> NDArray[np.bool_]:
    """Return True for points far from all others, and report them."""
    far = far_points(lon, lat)
    if far.any():
        flipped = int(mirrored(lon, lat, far).sum())
        hint = f"; the longitude of {flipped} has lost its sign" if flipped else ""
        report_rows(
            findings,
            "far_point",
            dataset,
            raw,
            far,
            "[position|positions] outside the region, far from all other rows, "
            f"[was|were] dropped{hint}",
        )
    return far


def _refuse_metres(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: pyproj.CRS, dataset: Dataset
) -> None:
    """Raise for columns that should hold degrees but mostly hold other numbers."""
    is_filled = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    is_degrees = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    if (
        not crs.is_geographic
        or not is_filled.any()
        or is_degrees[is_filled].mean() >= _MOST_IN_DEGREES
    ):
        return
    is_exchanged = (np.abs(y) <= 180) & (np.abs(x) <= 90)
    if is_exchanged[is_filled].mean() >= _MOST_IN_DEGREES:
        remedy = "The columns of `lon` and `lat` seem to be exchanged in [fields]."
    else:
        remedy = "Name their CRS with `crs`, for example `EPSG:2227`."
    raise InputError(
        f"{dataset.label}: the columns of `lon` and `lat` do not hold degrees. {remedy}",
        column="lon",
    )


def report_rows(
    findings: list[Finding],
    code: str,
    dataset: Dataset,
    raw: RawTable,
    rows: NDArray[np.bool_],
    text: str,
    severity: str = "warning",
) -> None:
    """Add a finding with the number of rows and the first row numbers, if any row is True."""
    if rows.any():
        shown = tuple(str(row) for row in raw.frame["row"].to_numpy()[rows][:10])
        findings.append(Finding(code, severity, dataset.label, text, int(rows.sum()), shown))
