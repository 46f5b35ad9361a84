"""The registry of output formats: every ending that a map can be written with.

A new format is one writer and one entry of `FORMATS`. Routes, downloads of map pages, catalogs, the
command line and the library read the registry. The workspace shows a map page and its downloads.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from geoservice.errors import InputError

if TYPE_CHECKING:
    # Only for types: its imports would slow the start of the command line.
    from geoservice.cartography.figure.figure import Drawing

Form = Literal["page", "picture", "data"]


@dataclass(frozen=True)
class OutputFormat:
    """One output format.

    Attributes
    ----------
    ending
        The ending of files and URLs, without the dot.
    label
        The name that readers know the format by.
    media_type
        The value of the HTTP header ``Content-Type``.
    form
        ``page``, ``picture`` or ``data``. Pictures have a size.
    writer
        ``module:function`` within this package. The function takes the drawing, for a picture also
        the size, and returns the file's bytes. It is loaded at first use, because matplotlib
        takes half a second to import.
    opens_in_browser
        True if a browser shows the file; otherwise it offers to save it.
    is_costly
        True if writing takes long; the service limits how many requests of this kind run at a time.
    """

    ending: str
    label: str
    media_type: str
    form: Form
    writer: str
    opens_in_browser: bool = False
    is_costly: bool = False

    def write(self, drawing: "Drawing", size: str = "") -> bytes:
        """Return a drawing in this format.

        Raises
        ------
        InputError
            If a picture's size is unknown.
        """
        module, function = self.writer.split(":")
        writer = getattr(import_module(f"geoservice.cartography.{module}"), function)
        content: bytes = writer(drawing, size) if self.form == "picture" else writer(drawing)
        return content


_FORMATS = (
    OutputFormat(
        "png",
        "PNG",
        "image/png",
        "picture",
        "picture.picture:png",
        opens_in_browser=True,
        is_costly=True,
    ),
    OutputFormat(
        "svg",
        "SVG",
        "image/svg+xml",
        "picture",
        "picture.picture:svg",
        opens_in_browser=True,
        is_costly=True,
    ),
    OutputFormat("pdf", "PDF", "application/pdf", "picture", "picture.picture:pdf", is_costly=True),
    OutputFormat("csv", "CSV", "text/csv; charset=utf-8", "data", "data.exports:csv_file"),
    OutputFormat(
        "xlsx",
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "data",
        "data.exports:xlsx_file",
        is_costly=True,
    ),
    OutputFormat("geojson", "GeoJSON", "application/geo+json", "data", "data.exports:geojson_file"),
    OutputFormat(
        "gpkg",
        "GeoPackage",
        "application/geopackage+sqlite3",
        "data",
        "data.exports:geopackage_file",
        is_costly=True,
    ),
    OutputFormat(
        "parquet",
        "GeoParquet",
        "application/vnd.apache.parquet",
        "data",
        "data.geoparquet:geoparquet_file",
    ),
    OutputFormat("html", "HTML", "text/html; charset=utf-8", "page", "page.page:html_file"),
)
FORMATS = {output_format.ending: output_format for output_format in _FORMATS}
"""All output formats by ending, in the order of menus."""


def format_of(ending: str) -> OutputFormat:
    """Return the output format of an ending.

    Raises
    ------
    InputError
        If no format has this ending; the message lists all endings.
    """
    if ending not in FORMATS:
        raise InputError(f"A map has no such format. Formats are: {', '.join(FORMATS)}.")
    return FORMATS[ending]
