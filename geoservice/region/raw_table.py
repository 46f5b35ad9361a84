"""The content of a file before mapping: texts, geometry, CRS and repairs."""

from dataclasses import dataclass, replace

import polars as pl
import pyproj

from geoservice.model.layers import Finding, Geometries


@dataclass(frozen=True)
class RawTable:
    """The content of a file.

    ``frame`` has the file's columns as trimmed texts, null if empty, and ``row``, the 1-based
    number of each data row. ``geometry`` is in ``crs``; both may be None. ``default_crs`` is the
    CRS of the file format for files that name no CRS.
    """

    frame: pl.DataFrame
    geometry: Geometries | None = None
    crs: pyproj.CRS | None = None
    findings: tuple[Finding, ...] = ()
    default_crs: pyproj.CRS | None = None

    def filter(self, mask: pl.Series) -> "RawTable":
        """Return the rows where the mask is true."""
        geometry = None if self.geometry is None else self.geometry[mask.to_numpy()]
        return replace(self, frame=self.frame.filter(mask), geometry=geometry)


def trimmed_texts(frame: pl.DataFrame, rows: pl.Series | None = None) -> pl.DataFrame:
    """Return all columns as trimmed text, null for empty cells, and the column ``row``.

    Whole numbers lose their ``.0``, and texts lose the apostrophe that spreadsheets put before
    numbers. ``rows`` are the row numbers in the file, if some rows were left out.
    """
    text = pl.selectors.by_dtype(pl.String)
    nested = pl.selectors.nested() | pl.selectors.binary()
    frame = frame.select(~nested).with_columns(
        pl.selectors.float().cast(pl.String).str.replace(r"\.0$", ""),
    )
    frame = frame.with_columns((~text).cast(pl.String)).with_columns(text.str.strip_chars())
    frame = _without_apostrophes(frame)
    frame = frame.with_columns(pl.when(text != "").then(text).name.keep())
    if "row" in frame.columns:
        frame = frame.rename({"row": "row_"})
    return frame.with_columns(row=pl.int_range(1, pl.len() + 1) if rows is None else rows)


def _without_apostrophes(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table without apostrophes before digits."""
    text = frame.select(pl.selectors.by_dtype(pl.String).str.starts_with("'").any())
    marked = [name for name, has_mark in zip(text.columns, text.row(0), strict=True) if has_mark]
    return frame.with_columns(pl.col(marked).str.replace(r"^'(\d)", "$1")) if marked else frame
