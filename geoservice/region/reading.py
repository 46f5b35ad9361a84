"""Reading of a file as a table of texts, with its geometry and CRS."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet
import pyproj

from geoservice.errors import InputError
from geoservice.model.layers import Finding
from geoservice.region.feature_reading import FEATURE_ENDINGS, read_features
from geoservice.region.footers import without_footers
from geoservice.region.layer_crs import WGS84
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable, trimmed_texts
from geoservice.region.shape_repair import shapes_of, shapes_of_texts
from geoservice.region.unpack import plain_file
from geoservice.region.wkt_columns import wkt_column, wkt_texts
from geoservice.tables.layout import TableLayout
from geoservice.tables.mending import REMEDY, REPAIRED, TOO_LONG, Mended
from geoservice.tables.panics import panics_as_errors
from geoservice.tables.parquet import PARQUET_FAULTS, refuse_odd_days
from geoservice.tables.reading import TEXT_ENDINGS, open_table
from geoservice.tables.workbook import SHEET_ENDINGS

__all__ = ["RawTable", "read_raw"]
_SHOWN = 10
_CHUNK_ROWS = 1_000_000


def read_raw(dataset: Dataset) -> RawTable:
    """Return the content of a dataset's file, limited to the rows that ``where`` selects.

    Raises
    ------
    InputError
        If the file cannot be read or ``where`` is invalid.
    """
    with plain_file(dataset.path, dataset.layer) as path:
        raw = _read(path, dataset)
    return _filtered(raw, dataset)


def _read(path: Path, dataset: Dataset) -> RawTable:
    ending = path.suffix.lower()
    if ending in (*TEXT_ENDINGS, *SHEET_ENDINGS):
        return _read_text(path, dataset)
    if dataset.header_row is not None or dataset.sheet is not None:
        raise InputError(
            f"{dataset.label}: `header_row` and `sheet` apply to text tables and workbooks only. "
            "Remove them; `layer` names a layer."
        )
    if ending in (".parquet", ".geoparquet"):
        return _read_parquet(path, dataset)
    if ending in FEATURE_ENDINGS:
        return read_features(path, dataset)
    raise InputError(
        f"`{dataset.path.name}` has an unsupported format. Use a Shapefile, GeoPackage, "
        "GeoJSON, FlatGeobuf, KML, GeoParquet, CSV, TSV, XLSX or Parquet file."
    )


def _read_text(path: Path, dataset: Dataset) -> RawTable:
    """Return a text table or a sheet.

    Unreadable rows are left out, and all repairs are reported.
    """
    layout = TableLayout(
        dataset.header_row,
        dataset.sheet or _sheet_layer(path, dataset),
        tuple(dataset.fields.values()),
    )
    with open_table(
        path, encoding=dataset.encoding, name=dataset.path.name, layout=layout, leave_out=True
    ) as table:
        table.refuse_repeated(dataset.fields.values())
        notes = table.notes.copy()
        frame = pl.concat(list(table.chunks(_CHUNK_ROWS)))
    prefix = f"`{table.name}`: the "
    findings = [
        Finding("table_place", "note", dataset.label, note.removeprefix(prefix).rstrip("."))
        for note in notes
    ]
    rows = None
    if table.repairs is not None:
        findings += _repairs(table.repairs, dataset)
        rows = _file_rows(len(frame), table.repairs.too_long)
    texts = trimmed_texts(frame, rows)
    return without_footers(
        _with_shapes(RawTable(texts, findings=tuple(findings)), dataset), dataset
    )


def _with_shapes(raw: RawTable, dataset: Dataset) -> RawTable:
    """Return the table with the shapes of its column of well-known text, if any."""
    column = wkt_column(raw.frame)
    if column is None:
        return raw
    shapes, repairs = shapes_of_texts(wkt_texts(raw.frame[column]), dataset)
    findings = (*raw.findings, *repairs)
    degrees = pyproj.CRS(WGS84)
    return RawTable(raw.frame.drop(column), shapes, None, findings, default_crs=degrees)


def _sheet_layer(path: Path, dataset: Dataset) -> str | None:
    """Return the sheet that `layer` names; for a zip, `layer` names the file instead."""
    is_sheet = path.suffix.lower() in SHEET_ENDINGS
    return dataset.layer if is_sheet and path == dataset.path else None


def _repairs(repairs: Mended, dataset: Dataset) -> list[Finding]:
    kinds = (
        ("odd_quote", "repair", f"[row|rows]: {REPAIRED}", repairs.repaired),
        ("row_too_long", "error", f"[row|rows]: {TOO_LONG}. {REMEDY}", repairs.too_long),
    )
    return [
        Finding(code, severity, dataset.label, text, len(rows), tuple(map(str, rows[:_SHOWN])))
        for code, severity, text, rows in kinds
        if rows
    ]


def _file_rows(rows: int, left_out: tuple[int, ...]) -> pl.Series:
    """Return the row numbers in the file, without the rows that were left out."""
    row_numbers = np.arange(1, rows + len(left_out) + 1)
    return pl.Series(np.setdiff1d(row_numbers, np.array(left_out, dtype=int)))


def _read_parquet(path: Path, dataset: Dataset) -> RawTable:
    try:
        with panics_as_errors():
            return _read_described(path, dataset)
    except PARQUET_FAULTS as fault:
        raise InputError(
            f"`{dataset.path.name}` is not a Parquet file, or it is cut off or damaged. Save it "
            "again."
        ) from fault


def _read_described(path: Path, dataset: Dataset) -> RawTable:
    """Return a Parquet file, with the shapes that its description names."""
    described = (pyarrow.parquet.read_schema(path).metadata or {}).get(b"geo")
    about = None if described is None else json.loads(described)
    if about is not None and about["columns"][about["primary_column"]]["encoding"] != "WKB":
        return _read_geoarrow(path)
    table = pl.read_parquet(path)
    refuse_odd_days(table, dataset.path.name)
    if about is None:
        return RawTable(trimmed_texts(table))
    return _with_wkb(table, about, dataset)


def _with_wkb(table: pl.DataFrame, about: dict[str, Any], dataset: Dataset) -> RawTable:
    """Return the table of a GeoParquet file with shapes as well-known binary."""
    name = about["primary_column"]
    geometry, repairs = shapes_of(np.array(table[name].to_list(), dtype=object), dataset)
    frame = table.drop(about["columns"].keys())
    if not frame.width:
        frame = pl.DataFrame({"fid": np.arange(len(table))})
    crs = _parquet_crs(about["columns"][name])
    return RawTable(trimmed_texts(frame), geometry, crs, tuple(repairs))


def _parquet_crs(column: dict[str, Any]) -> pyproj.CRS | None:
    """Return the CRS of a GeoParquet column; the default is longitude and latitude."""
    crs = column.get("crs", "OGC:CRS84")
    return None if crs is None else pyproj.CRS.from_user_input(crs)


def _read_geoarrow(path: Path) -> RawTable:
    """Return a GeoParquet file with shapes as lists of coordinates."""
    import geopandas  # It takes a third of a second to load.

    frame = geopandas.read_parquet(path)
    geometry = np.asarray(frame.geometry.array, dtype=object)
    table = pl.from_pandas(frame.drop(columns=frame.geometry.name))
    return RawTable(trimmed_texts(table), geometry, frame.crs)


def _filtered(raw: RawTable, dataset: Dataset) -> RawTable:
    if not dataset.where:
        return raw
    try:
        selected = raw.frame.select(pl.sql_expr(dataset.where).alias("selected"))["selected"]
        mask = selected.cast(pl.Boolean).fill_null(value=False)
    except (pl.exceptions.PolarsError, TypeError) as fault:
        raise InputError(
            f"{dataset.label}: `where` is not a valid condition. Write for example "
            "`STATUS = 'ACTIVE'` with columns of the file."
        ) from fault
    return raw.filter(mask)
