"""One file of a region as a table of texts, with its geometry and CRS where it has any."""

import struct
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas
import numpy as np
import polars as pl
import pyogrio
import pyproj
import shapely

from geoservice.errors import InputError
from geoservice.model.layers import Finding, Geometries
from geoservice.region.manifest import Dataset
from geoservice.region.unpack import plain_file
from geoservice.tables.feature_files import check_feature_file
from geoservice.tables.reading import open_table

_TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".psv", ".xlsx", ".xlsm")
_FEATURE_ENDINGS = (".shp", ".gpkg", ".geojson", ".json", ".geojsonl", ".fgb", ".kml", ".kmz",
                    ".gdb")  # fmt: skip
_DBF_HEADER = 32
_CHUNK_ROWS = 1_000_000


@dataclass(frozen=True)
class RawTable:
    """What a file holds.

    ``frame`` has the file's columns as trimmed texts, null where empty, and ``row``, the 1-based
    number of each data row. ``geometry`` is in ``crs``; both are None where the file has none.
    """

    frame: pl.DataFrame
    geometry: Geometries | None
    crs: pyproj.CRS | None
    findings: tuple[Finding, ...]

    def filter(self, mask: pl.Series) -> "RawTable":
        """The rows where the mask is true."""
        geometry = None if self.geometry is None else self.geometry[mask.to_numpy()]
        return replace(self, frame=self.frame.filter(mask), geometry=geometry)


def read_raw(dataset: Dataset) -> RawTable:
    """Read the file of a dataset, keeping the rows that ``where`` selects.

    Raises
    ------
    InputError
        Where the file cannot be read or ``where`` cannot be understood.
    """
    with plain_file(dataset.path, dataset.layer) as path:
        raw = _read(path, dataset)
    return _filtered(raw, dataset)


def _read(path: Path, dataset: Dataset) -> RawTable:
    ending = path.suffix.lower()
    if ending in _TEXT_ENDINGS:
        return RawTable(_texts(_read_text(path, dataset)), None, None, ())
    if ending in (".parquet", ".geoparquet"):
        return _read_parquet(path, dataset)
    if ending in _FEATURE_ENDINGS:
        return _read_features(path, dataset)
    raise InputError(
        f"`{dataset.path.name}` is of a kind that is not read. Give a Shapefile, GeoPackage, "
        "GeoJSON, FlatGeobuf, KML, GeoParquet, CSV, TSV, XLSX or Parquet file."
    )


def _read_text(path: Path, dataset: Dataset) -> pl.DataFrame:
    with open_table(path, encoding=dataset.encoding, name=dataset.path.name) as table:
        table.refuse_repeated(dataset.fields.values())
        return pl.concat(list(table.chunks(_CHUNK_ROWS)))


def _read_parquet(path: Path, dataset: Dataset) -> RawTable:
    try:
        frame = geopandas.read_parquet(path)
    except ValueError:
        return RawTable(_texts(_plain_parquet(path, dataset)), None, None, ())
    except OSError as fault:
        raise InputError(f"`{dataset.path.name}` is no Parquet file, or it is cut off.") from fault
    geometry = np.asarray(frame.geometry.array, dtype=object)
    table = pl.from_pandas(frame.drop(columns=frame.geometry.name))
    if not table.width:
        table = pl.DataFrame({"fid": np.arange(len(frame))})
    return RawTable(_texts(table), geometry, pyproj.CRS(frame.crs) if frame.crs else None, ())


def _plain_parquet(path: Path, dataset: Dataset) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as fault:
        raise InputError(f"`{dataset.path.name}` is no Parquet file, or it is cut off.") from fault


def _read_features(path: Path, dataset: Dataset) -> RawTable:
    check_feature_file(path, dataset.path.name)
    encoding, findings = dataset.encoding, []
    if path.suffix.lower() == ".shp":
        findings = _check_shapefile(path, dataset)
        encoding = encoding or _shapefile_encoding(path)
    layer = dataset.layer if path.suffix.lower() in (".gpkg", ".kml", ".kmz", ".gdb") else None
    try:
        if layer is None and path.suffix.lower() in (".gpkg", ".gdb"):
            layer = _only_layer(path, dataset)
        meta, _, wkb, fields = pyogrio.raw.read(path, layer=layer, encoding=encoding)
        geometry = None if wkb is None else np.asarray(shapely.from_wkb(wkb), dtype=object)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError,
            pyogrio.errors.FeatureError, pyogrio.errors.GeometryError,
            shapely.errors.GEOSException, LookupError, UnicodeDecodeError) as fault:  # fmt: skip
        raise InputError(
            f"`{dataset.path.name}` cannot be read: it is damaged, cut off or not what its ending "
            "says, or `layer` or `encoding` is wrong."
        ) from fault
    columns = {str(name): _series(values) for name, values in
               zip(meta["fields"], fields, strict=True)}  # fmt: skip
    rows = len(fields[0]) if len(fields) else (0 if geometry is None else len(geometry))
    frame = pl.DataFrame(columns) if columns else pl.DataFrame({"fid": np.arange(rows)})
    crs = _crs(meta["crs"], dataset) if meta["crs"] else None
    return RawTable(_texts(frame), geometry, crs, tuple(findings))


def _only_layer(path: Path, dataset: Dataset) -> str:
    names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if len(names) == 1:
        return names[0]
    listed = ", ".join(f"`{name}`" for name in names[:20])
    raise InputError(
        f"`{dataset.path.name}` has {len(names)} layers. Say which with `layer`: {listed}."
    )


def _series(values: np.ndarray) -> pl.Series:
    if values.dtype == object:
        texts = [None if one is None else str(one) for one in values.tolist()]
        return pl.Series(texts, dtype=pl.String)
    if values.dtype.kind in "Mm":
        return pl.Series(values.astype("datetime64[ms]")).cast(pl.String)
    return pl.Series(values, nan_to_null=True)


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """All columns as trimmed text, null where empty; whole floats without their ``.0``."""
    text = pl.selectors.by_dtype(pl.String)
    nested = pl.selectors.nested() | pl.selectors.binary()
    frame = frame.select(~nested).with_columns(
        pl.selectors.float().cast(pl.String).str.replace(r"\.0$", ""),
    )
    frame = frame.with_columns((~text).cast(pl.String)).with_columns(text.str.strip_chars())
    frame = frame.with_columns(pl.when(text != "").then(text).name.keep())
    if "row" in frame.columns:
        frame = frame.rename({"row": "row_"})
    return frame.with_columns(row=pl.int_range(1, pl.len() + 1))


def _crs(text: str, dataset: Dataset) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as fault:
        raise InputError(
            f"`{dataset.path.name}` has a CRS that cannot be understood. Name it with `crs`."
        ) from fault


def _check_shapefile(path: Path, dataset: Dataset) -> list[Finding]:
    """Refuse a shapefile that lost a part; report one whose index will be made anew."""
    beside = {one.suffix.lower(): one for one in path.parent.glob(f"{path.stem}.*")}
    if ".dbf" not in beside:
        raise InputError(
            f"`{dataset.path.name}` has no .dbf beside its .shp, so it has no columns. Copy all "
            "files of the shapefile, or zip them together."
        )
    start = path.read_bytes()[:100] if path.stat().st_size < 1000 else path.open("rb").read(100)
    said = struct.unpack(">i", start[24:28])[0] * 2 if len(start) >= 100 else 1 << 40
    dbf = beside[".dbf"].open("rb").read(_DBF_HEADER)
    rows, header, width = struct.unpack("<IHH", dbf[4:12]) if len(dbf) >= 12 else (1 << 40, 0, 1)
    cut = said > path.stat().st_size
    if cut or header + rows * width > beside[".dbf"].stat().st_size + 1:
        raise InputError(
            f"`{dataset.path.name}` is cut off: its {'.shp' if cut else '.dbf'} is shorter than it "
            "says. Download it again."
        )
    if ".shx" in beside:
        return []
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    return [Finding("no_shx", "repair", dataset.label, "the .shx index was missing and was made")]


def _shapefile_encoding(path: Path) -> str | None:
    """Where there is no .cpg: UTF-8 if all bytes are, else Windows-1252."""
    if any(one.suffix.lower() == ".cpg" for one in path.parent.glob(f"{path.stem}.*")):
        return None
    dbf = next(one for one in path.parent.glob(f"{path.stem}.*") if one.suffix.lower() == ".dbf")
    try:
        dbf.read_bytes()[_DBF_HEADER:].decode("utf-8")
    except UnicodeDecodeError:
        return "CP1252"
    return "UTF-8"


def _filtered(raw: RawTable, dataset: Dataset) -> RawTable:
    if not dataset.where:
        return raw
    try:
        kept = raw.frame.select(pl.sql_expr(dataset.where).alias("kept"))["kept"]
        mask = kept.cast(pl.Boolean).fill_null(value=False)
    except (pl.exceptions.PolarsError, TypeError) as fault:
        raise InputError(
            f"{dataset.label}: `where` cannot be understood. Write for example "
            "`STATUS = 'ACTIVE'` with columns of the file."
        ) from fault
    return raw.filter(mask)
