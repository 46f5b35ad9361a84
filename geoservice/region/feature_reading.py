"""Files of features: Shapefile, GeoPackage, GeoJSON, FlatGeobuf, KML, file geodatabase."""

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyogrio
import pyproj
import shapely

from geoservice.errors import InputError
from geoservice.model.layers import Finding
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable, trimmed_texts
from geoservice.region.shape_repair import shapes_of
from geoservice.tables.feature_files import check_feature_file

FEATURE_ENDINGS = (
    ".shp",
    ".gpkg",
    ".geojson",
    ".json",
    ".geojsonl",
    ".fgb",
    ".kml",
    ".kmz",
    ".gdb",
)
_LAYERED = (".gpkg", ".gdb", ".kml", ".kmz")
_FOLDERED = (".kml", ".kmz")
_DEGREES_BY_DEFAULT = (".geojson", ".json", ".geojsonl")
_DBF_HEADER = 32
_LOOKED_AT = 1 << 20
_MOST_NAMED = 20


@dataclass(frozen=True)
class _Layer:
    """A layer of a file: columns, shapes as well-known binary or None, and CRS as text."""

    frame: pl.DataFrame
    wkb: np.ndarray | None
    crs: str | None


def read_features(path: Path, dataset: Dataset) -> RawTable:
    """Return the layer of a dataset; all folders of a KML file unless ``layer`` names one.

    Raises
    ------
    InputError
        If the file cannot be read, or has several layers and ``layer`` is missing or unknown.
    """
    check_feature_file(path, dataset.path.name)
    ending = path.suffix.lower()
    findings: list[Finding] = []
    encoding = dataset.encoding
    if ending == ".shp":
        findings = _check_shapefile(path, dataset)
        encoding = encoding or _shapefile_encoding(path)
    names: list[str | None] = [None]
    if ending in _LAYERED:
        names = [*_layer_names(path, dataset)]
    layers = [_read_layer(path, name, encoding, dataset) for name in names]
    if ending in _FOLDERED:
        layers, findings = _without_empty(layers, names, dataset)
    frame = pl.concat([layer.frame for layer in layers], how="diagonal_relaxed")
    geometry = None
    if all(layer.wkb is not None for layer in layers):
        wkb = np.concatenate([layer.wkb for layer in layers if layer.wkb is not None])
        geometry, repairs = shapes_of(wkb, dataset)
        findings += repairs
    crs = _crs(layers[0].crs, dataset) if layers[0].crs else None
    if ending in _DEGREES_BY_DEFAULT and crs == pyproj.CRS("EPSG:4326") and not _names_crs(path):
        return RawTable(trimmed_texts(frame), geometry, None, tuple(findings), crs)
    return RawTable(trimmed_texts(frame), geometry, crs, tuple(findings))


def _read_layer(path: Path, name: str | None, encoding: str | None, dataset: Dataset) -> _Layer:
    try:
        with warnings.catch_warnings():  # The checks of shapes report these faults by row.
            warnings.simplefilter("ignore", RuntimeWarning)
            meta, _, wkb, fields = pyogrio.raw.read(path, layer=name, encoding=encoding)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.GeometryError,
        shapely.errors.GEOSException,
        LookupError,
        UnicodeDecodeError,
    ) as fault:
        raise InputError(
            f"`{dataset.path.name}` cannot be read: it is damaged, cut off or not what its ending "
            "says, or `layer` or `encoding` is wrong."
        ) from fault
    columns = {
        str(column): _series(values) for column, values in zip(meta["fields"], fields, strict=True)
    }
    rows = len(fields[0]) if len(fields) else (0 if wkb is None else len(wkb))
    frame = pl.DataFrame(columns) if columns else pl.DataFrame({"fid": np.arange(rows)})
    return _Layer(frame, wkb, meta["crs"])


def _layer_names(path: Path, dataset: Dataset) -> list[str]:
    """Return the layers to read: the named layer, the only layer, or all folders of a KML file.

    A layer without geometry is read only by name or if no layer has geometry.
    """
    try:
        listed = [(str(name), kind is not None) for name, kind in pyogrio.list_layers(path)]
    except (pyogrio.errors.DataSourceError, LookupError, UnicodeDecodeError) as fault:
        raise InputError(
            f"`{dataset.path.name}` cannot be read: it is damaged, cut off or not what its ending "
            "says."
        ) from fault
    if dataset.layer is not None:
        return [_layer_named(dataset.layer, [name for name, _ in listed], dataset)]
    names = [name for name, has_geometry in listed if has_geometry]
    names = names or [name for name, _ in listed]
    if path.suffix.lower() in _FOLDERED or len(names) == 1:
        return names
    raise InputError(
        f"`{dataset.path.name}` has {len(names)} layers. Choose with `layer`: {_listed(names)}."
    )


def _layer_named(layer: str, names: list[str], dataset: Dataset) -> str:
    exact = [name for name in names if name == layer]
    alike = [name for name in names if name.strip().lower() == layer.strip().lower()]
    for matches in (exact, alike):
        if len(matches) == 1:
            return matches[0]
    raise InputError(
        f"`{dataset.path.name}` has no layer with the name in `layer`. Its layers are: "
        f"{_listed(names)}."
    )


def _without_empty(
    layers: list[_Layer], names: list[str | None], dataset: Dataset
) -> tuple[list[_Layer], list[Finding]]:
    """Return the folders with rows, with a column ``folder``, and a note on several folders."""
    filled = [(name, layer) for name, layer in zip(names, layers, strict=True) if len(layer.frame)]
    if not filled:
        return layers[:1], []
    named = [
        _Layer(layer.frame.with_columns(pl.lit(name).alias("folder")), layer.wkb, layer.crs)
        for name, layer in filled
    ]
    if len(named) == 1:
        return named, []
    folders = [str(name) for name, _ in filled]
    text = f"folders were read together: {_listed(folders)}; `layer` reads one of them alone"
    return named, [Finding("several_folders", "note", dataset.label, text, len(named))]


def _listed(names: list[str]) -> str:
    remainder = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(f"`{name}`" for name in names[:_MOST_NAMED]) + remainder


def _series(values: np.ndarray) -> pl.Series:
    if values.dtype == object:
        texts = [None if value is None else str(value) for value in values.tolist()]
        return pl.Series(texts, dtype=pl.String)
    if values.dtype.kind in "Mm":
        return pl.Series(values.astype("datetime64[ms]")).cast(pl.String)
    return pl.Series(values, nan_to_null=True)


def _names_crs(path: Path) -> bool:
    """Return whether a GeoJSON file has a member ``crs`` near its beginning or end."""
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT)
        stream.seek(max(0, path.stat().st_size - _LOOKED_AT))
        return b'"crs"' in head or b'"crs"' in stream.read()


def _crs(text: str, dataset: Dataset) -> pyproj.CRS | None:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as fault:
        if dataset.crs is not None:
            return None
        raise InputError(
            f"`{dataset.path.name}` has an unknown CRS. Name it with `crs`."
        ) from fault


def _check_shapefile(path: Path, dataset: Dataset) -> list[Finding]:
    """Raise for a shapefile without all parts; report a missing index, which GDAL restores."""
    parts = {part.suffix.lower(): part for part in path.parent.glob(f"{path.stem}.*")}
    if ".dbf" not in parts:
        raise InputError(
            f"`{dataset.path.name}` has no .dbf file, which holds the columns. Copy all "
            "files of the shapefile, or zip them together."
        )
    start = path.read_bytes()[:100] if path.stat().st_size < 1000 else path.open("rb").read(100)
    declared_bytes = struct.unpack(">i", start[24:28])[0] * 2 if len(start) >= 100 else 1 << 40
    dbf = parts[".dbf"].open("rb").read(_DBF_HEADER)
    rows, header, width = struct.unpack("<IHH", dbf[4:12]) if len(dbf) >= 12 else (1 << 40, 0, 1)
    cut = declared_bytes > path.stat().st_size
    if cut or header + rows * width > parts[".dbf"].stat().st_size + 1:
        raise InputError(
            f"`{dataset.path.name}` is cut off: its {'.shp' if cut else '.dbf'} file is too short. "
            "Download it again."
        )
    if ".shx" in parts:
        return []
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    return [Finding("no_shx", "repair", dataset.label, "the missing .shx index was rebuilt")]


def _shapefile_encoding(path: Path) -> str | None:
    """Return the encoding of a shapefile without .cpg: UTF-8 if valid, else Windows-1252."""
    parts = {part.suffix.lower(): part for part in path.parent.glob(f"{path.stem}.*")}
    if ".cpg" in parts:
        return None
    try:
        parts[".dbf"].read_bytes()[_DBF_HEADER:].decode("utf-8")
    except UnicodeDecodeError:
        return "CP1252"
    return "UTF-8"
