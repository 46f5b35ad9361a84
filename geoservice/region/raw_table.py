"""A file of a region as it was read: texts, geometry, CRS, and what was repaired on the way."""

from dataclasses import dataclass, replace

import polars as pl
import pyproj

from geoservice.model.layers import Finding, Geometries


@dataclass(frozen=True)
class RawTable:
    """What a file holds.

    ``frame`` has the file's columns as trimmed texts, null where empty, and ``row``, the 1-based
    number of each data row. ``geometry`` is in ``crs``; both are None where the file has none.
    ``default_crs`` is the CRS that the file's format prescribes where the file names none.
    """

    frame: pl.DataFrame
    geometry: Geometries | None = None
    crs: pyproj.CRS | None = None
    findings: tuple[Finding, ...] = ()
    default_crs: pyproj.CRS | None = None

    def filter(self, mask: pl.Series) -> "RawTable":
        """The rows where the mask is true."""
        geometry = None if self.geometry is None else self.geometry[mask.to_numpy()]
        return replace(self, frame=self.frame.filter(mask), geometry=geometry)


def trimmed_texts(frame: pl.DataFrame, rows: pl.Series | None = None) -> pl.DataFrame:
    """All columns as trimmed text, null where empty; whole floats without their ``.0``; and ``row``.

    The apostrophe by which spreadsheets mark a number as text is left out. ``rows`` are the numbers of
    the rows in the file, where some were left out.
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
    """The table without apostrophes before digits; most columns have none and are left alone."""
    text = frame.select(pl.selectors.by_dtype(pl.String).str.starts_with("'").any())
    marked = [name for name, has_mark in zip(text.columns, text.row(0), strict=True) if has_mark]
    return frame.with_columns(pl.col(marked).str.replace(r"^'(\d)", "$1")) if marked else frame
