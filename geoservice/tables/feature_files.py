"""Check of feature files before GDAL opens them: content and ending must agree.

GDAL chooses the driver by a file's content. A virtual dataset (VRT) or a pipeline of algorithms
(GDALG) with the name ``zones.geojson`` could read other files of this machine and send HTTP
requests.
"""

from functools import cache
from pathlib import Path

import pyogrio

from geoservice.errors import InputError

_HEAD_BYTES = 1 << 20
"""Number of bytes that GDAL drivers inspect before they accept a file."""
_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    ".shp": (b"\x00\x00\x27\x0a",),
    ".gpkg": (b"SQLite format 3\x00",),
    ".fgb": (b"fgb",),
    ".kmz": (b"PK\x03\x04",),
    ".geojson": (b"{", b"["),
    ".json": (b"{", b"["),
    ".geojsonl": (b"{", b"[", b"\x1e"),
    ".kml": (b"<",),
    ".gdb": (),  # A folder; no file has this format.
}
_TEXT_ENDINGS = (".geojson", ".json", ".geojsonl", ".kml")
_INDIRECT = (
    *(b"<ogrvrtdatasource", b"<vrtdataset", b"<gdal_", b"<ogr_", b"<ogrwfs", b"<ogres"),
    b"gdal_streamed_alg",
)
"""Marks of GDAL formats that refer to other files or services."""
PLAIN_FORMATS = frozenset(
    (
        *("ESRI Shapefile", "GPKG", "FlatGeobuf", "OpenFileGDB", "KML", "LIBKML"),
        *("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG", "PGDUMP", "MEM"),
        *("CSV", "DXF", "DGN", "GPX", "MapInfo File", "MBTiles", "MVT", "ODS", "OSM"),
        *("PMTiles", "S57", "SQLite", "XLSX", "Arrow", "Parquet"),
    )
)
"""GDAL's formats of files that hold their own data. The service needs the first two lines; people
read the others in notebooks."""
_OFFLINE = {
    # Allows requests of `/vsicurl/` only for this ending, which no file has.
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".geoservice-allows-no-network",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",  # The discard port: nothing listens.
    "GDAL_HTTP_MAX_RETRY": "0",
}


def check_feature_file(path: Path, name: str | None = None) -> None:
    """Refuse a file whose content does not match its ending.

    Raises
    ------
    InputError
        If content and ending differ; the error names the file and the remedy.
    """
    _confine_gdal()
    ending = path.suffix.lower()
    if path.is_dir():
        return
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as fault:
        raise InputError(f"`{name or path.name}` cannot be read: {fault.strerror}.") from fault
    is_text = ending in _TEXT_ENDINGS
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip() if is_text else head
    names_others = is_text and any(mark in head.lower() for mark in _INDIRECT)
    if names_others or not start.startswith(_SIGNATURES.get(ending, ())):
        raise InputError(
            f"`{name or path.name}` has another format than its ending says. Save it again as "
            f"{ending}, or give it the ending of its format."
        )


@cache
def _confine_gdal() -> None:
    """Switch off GDAL's network access, and its formats that stand for other files or services.

    Formats of later versions of GDAL are left out until they are named here.
    """
    skipped = sorted(set(pyogrio.list_drivers()) - PLAIN_FORMATS)
    pyogrio.set_gdal_config_options({**_OFFLINE, "OGR_SKIP": ",".join(skipped)})
    pyogrio.core._register_drivers()  # Only then GDAL drops the skipped formats.
