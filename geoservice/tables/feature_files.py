"""Checks that a feature file is of the kind that its ending says, before GDAL opens it.

GDAL chooses the driver by a file's content. A virtual dataset (VRT) under the name ``zones.geojson``
would read other files of this machine and send HTTP requests, so content and ending must agree.
"""

from functools import cache
from pathlib import Path

import pyogrio

from geoservice.errors import InputError

_HEAD_BYTES = 1 << 20
"""As many bytes as drivers of GDAL look at before they accept a file."""
_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    ".shp": (b"\x00\x00\x27\x0a",),
    ".gpkg": (b"SQLite format 3\x00",),
    ".fgb": (b"fgb",),
    ".kmz": (b"PK\x03\x04",),
    ".geojson": (b"{", b"["),
    ".json": (b"{", b"["),
    ".geojsonl": (b"{", b"[", b"\x1e"),
    ".kml": (b"<",),
    ".gdb": (),  # A folder; no file is one.
}
_TEXT_ENDINGS = (".geojson", ".json", ".geojsonl", ".kml")
_INDIRECT = (b"<ogrvrtdatasource", b"<vrtdataset", b"<gdal_", b"<ogr_", b"<ogrwfs", b"<ogres")
"""Beginnings of GDAL's files that name other files or services."""
_OFFLINE = {
    # Requests of `/vsicurl/` and its like are allowed for this ending alone, which no file has.
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".geoservice-allows-no-network",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",  # The discard port: nothing listens.
    "GDAL_HTTP_MAX_RETRY": "0",
}


def check_feature_file(path: Path, name: str | None = None) -> None:
    """Refuse a file whose content is of another kind than its ending says, before a driver opens it.

    Raises
    ------
    InputError
        Names the file and what helps.
    """
    _switch_network_off()
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
            f"`{name or path.name}` is not what its ending says. Save it again as {ending}, or give "
            "it the ending of what it is."
        )


@cache
def _switch_network_off() -> None:
    """Keep GDAL from the network, whatever a file asks for."""
    pyogrio.set_gdal_config_options(_OFFLINE)
