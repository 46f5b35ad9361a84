"""Atomic writing of result files that only their owner can read."""

import contextlib
import datetime
import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson
import polars as pl
import pyarrow
import pyogrio
import shapely
import xlsxwriter

from geoservice.errors import InputError, StorageError
from geoservice.tables.dialect import Dialect
from geoservice.tables.geoparquet import GeoParquetSink, ParquetSink
from geoservice.tables.positions import position_columns
from geoservice.tables.presence import part_path, remove_abandoned_parts
from geoservice.tables.sink import Sink

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".geojson", ".gpkg", ".fgb", ".geoparquet")
_FEATURE_OPTIONS: dict[str, dict[str, str]] = {
    ".gpkg": {"driver": "GPKG"},
    ".fgb": {"driver": "FlatGeobuf", "SPATIAL_INDEX": "NO"},  # rows may have no place
}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_WRITTEN = datetime.datetime(2000, 1, 1)
"""Creation time in file formats that store it, so that equal tables give equal bytes."""
_FORMULA_STARTS = tuple("=+-@\t\r")
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?$"


class TableWriter:
    """Writes a table chunk by chunk; the file appears when it is complete.

    Use it as a context manager: an error inside leaves no file behind. ``-`` is CSV on standard
    output. ``excel`` writes cells with leading zeros so that a spreadsheet keeps them. ``places``
    is true for a table with longitude and latitude. An impossible target is refused before any
    work.
    """

    def __init__(
        self,
        path: Path,
        dialect: Dialect | None = None,
        *,
        excel: bool = False,
        places: bool = True,
    ) -> None:
        self._path = path
        self._ending = ".csv" if str(path) == "-" else path.suffix.lower()
        if self._ending not in ENDINGS:
            raise InputError(
                f"`{path.name}` has an unknown ending for a result. Use {', '.join(ENDINGS)}."
            )
        if self._ending in (*_FEATURE_OPTIONS, ".geoparquet") and not places:
            raise InputError(
                f"`{path.name}`: this table has no geometry. Use .csv, "
                ".tsv, .xlsx or .parquet; `geoservice map` writes figures with their shapes."
            )
        self._dialect = dialect or Dialect()
        self._excel = excel
        self._part = part_path(path.with_suffix(self._ending))
        self._sink: Sink | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Add the rows of a table; all chunks have the same columns."""
        try:
            if self._sink is None:
                self._sink = self._opened(frame)
            self._sink.write(frame)
        except OSError as fault:
            raise storage_fault(fault, self._path) from fault

    def __enter__(self) -> "TableWriter":
        if str(self._path) != "-" and not self._path.absolute().parent.is_dir():
            raise InputError(f"The folder for `{self._path.name}` does not exist. Create it first.")
        if str(self._path) != "-":
            remove_abandoned_parts(self._path.absolute().parent)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        except OSError as fault:
            raise storage_fault(fault, self._path) from fault
        finally:
            if self._sink is not None:
                self._sink.discard()
            self._part.unlink(missing_ok=True)

    def _opened(self, frame: pl.DataFrame) -> Sink:
        if str(self._path) == "-":
            return _TextSink(sys.stdout.buffer, self._dialect, self._excel, separator=",")
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        stream = os.fdopen(descriptor, "wb")
        if self._ending in (".csv", ".tsv"):
            separator = "\t" if self._ending == ".tsv" else self._dialect.delimiter
            return _TextSink(stream, self._dialect, self._excel, separator)
        if self._ending == ".parquet":
            return ParquetSink(stream, frame)
        if self._ending == ".geoparquet":
            return GeoParquetSink(stream, frame)
        if self._ending == ".geojson":
            return _GeoJsonSink(stream)
        stream.close()
        return _XlsxSink(self._part) if self._ending == ".xlsx" else _FeatureSink(self._part)

    def _finish(self) -> None:
        if self._sink is None:
            raise StorageError("Nothing was written: the table has no columns.")
        self._sink.close()
        if str(self._path) == "-":
            return
        self._part.chmod(0o600)
        with self._part.open("rb") as stream:
            os.fsync(stream.fileno())
        self._part.replace(self._path)


@contextlib.contextmanager
def writing(path: Path | None) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Yield a function that writes a table without places.

    An impossible target is refused before any work. Without a path the function does nothing.
    """
    if path is None:
        yield lambda _: None
        return
    with TableWriter(path, places=False) as writer:
        yield writer.write


def storage_fault(fault: OSError, path: Path) -> StorageError:
    """Return the error for a failed write, with the remedy."""
    # Polars gives the error number only in its text.
    if fault.errno in NO_ROOM or any(f"os error {code})" in str(fault) for code in NO_ROOM):
        return StorageError(
            f"There is no room on the disk to write `{path.name}`. Make room and run it again; "
            "nothing was left behind."
        )
    return StorageError(f"`{path.name}` cannot be written: {fault.strerror or 'the disk refused'}.")


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table with an apostrophe before texts that a spreadsheet would run as formulas.

    This covers cells and column names.
    """
    frame = _with_safe_names(frame)
    suspect = [name for name, is_suspect in _suspects(frame).items() if is_suspect]
    if not suspect:
        return frame
    text = pl.col(suspect)
    is_formula = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return frame.with_columns(
        pl.when(is_formula).then(pl.lit("'") + text).otherwise(text).name.keep()
    )


def _with_safe_names(frame: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in frame.columns if name[:1] in _FORMULA_STARTS]
    return frame.rename({name: f"'{name}" for name in names}) if names else frame


def _suspects(frame: pl.DataFrame) -> dict[str, bool]:
    """Return which text columns may hold a formula: a cheap test by the order of bytes."""
    text = pl.selectors.string()
    before_digits, before_letters = (text > "") & (text < "0"), (text >= ":") & (text < "A")
    return frame.select((before_digits | before_letters).any()).row(0, named=True)


class _TextSink(Sink):
    def __init__(self, stream: IO[bytes], dialect: Dialect, excel: bool, separator: str) -> None:
        self._stream = stream
        self._dialect = dialect
        self._excel = excel
        self._separator = separator
        self._first = True

    def write(self, frame: pl.DataFrame) -> None:
        frame = neutralised(frame)
        if self._excel:
            text = pl.selectors.string()
            zeros = text.str.contains(r"^0\d+$")
            quoted = pl.format('="{}"', text)
            frame = frame.with_columns(pl.when(zeros).then(quoted).otherwise(text).name.keep())
        frame.write_csv(
            self._stream,
            include_bom=self._first and (self._dialect.from_excel or self._excel),
            include_header=self._first,
            separator=self._separator,
            line_terminator=self._dialect.newline,
        )
        self._first = False

    def close(self) -> None:
        self._stream.flush()
        if self._stream is not sys.stdout.buffer:
            self._stream.close()


class _GeoJsonSink(Sink):
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._before = b'{"type":"FeatureCollection","features":[\n'

    def write(self, frame: pl.DataFrame) -> None:
        lon, lat = position_columns(frame)
        parts = []
        for row in frame.iter_rows(named=True):
            parts += [self._before, orjson.dumps(_feature(row, lon, lat))]
            self._before = b",\n"
        self._stream.write(b"".join(parts))

    def close(self) -> None:
        opening = b"" if self._before == b",\n" else self._before
        self._stream.write(opening + b"\n]}\n")
        self._stream.close()


class _XlsxSink(Sink):
    """Workbook with all texts as text: ids keep their zeros and formulas are not run."""

    def __init__(self, path: Path) -> None:
        # Temporary files of xlsxwriter go to a folder beside the result, removed after a crash.
        self._folder = part_path(path.with_suffix(".sheets"))
        self._folder.mkdir(mode=0o700)
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": str(self._folder),
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        # Equal tables give equal bytes at any time.
        self._book.set_properties({"created": _WRITTEN})
        self._sheet = self._book.add_worksheet("results")
        self._row = 0

    def write(self, frame: pl.DataFrame) -> None:
        frame = neutralised(frame)
        if self._row == 0:
            self._line(tuple(frame.columns))
        if self._row + len(frame) > 1_048_576:
            raise InputError("The result has more rows than a sheet can hold. Write .csv instead.")
        for row in frame.iter_rows():
            self._line(row)

    def close(self) -> None:
        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as fault:
            raise OSError(errno.ENOSPC, str(fault)) from fault
        finally:
            self.discard()

    def discard(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _line(self, cells: tuple[Any, ...]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                self._sheet.write_string(self._row, column, cell[:32_767])
            elif cell is not None:
                self._sheet.write(self._row, column, cell)
        self._row += 1


class _FeatureSink(Sink):
    """GeoPackage and FlatGeobuf; rows are held until the end, because drivers need all rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame) -> None:
        self._held.append(frame)

    def close(self) -> None:
        frame = pl.concat(self._held)
        lon, lat = position_columns(frame)
        x, y = (
            frame[column].cast(pl.Float64).fill_null(np.nan).to_numpy() for column in (lon, lat)
        )
        points = np.where(np.isnan(x), None, shapely.points(np.nan_to_num(x), np.nan_to_num(y)))
        self._path.unlink(missing_ok=True)
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_WRITTEN:%Y-%m-%dT%H:%M:%S.000Z}"})
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        # The type is explicit: without any place it could not be inferred.
        geometry = pyarrow.array(shapely.to_wkb(points).tolist(), type=pyarrow.binary())
        table = table.append_column("geometry", geometry)
        pyogrio.write_arrow(
            table,
            self._path,
            layer="results",
            geometry_name="geometry",
            geometry_type="Point",
            crs="EPSG:4326",
            **_FEATURE_OPTIONS[self._path.suffix],
        )


def _feature(row: dict[str, Any], lon: str, lat: str) -> dict[str, Any]:
    x, y = row.get(lon), row.get(lat)
    geometry = None if x is None else {"type": "Point", "coordinates": [x, y]}
    return {"type": "Feature", "properties": row, "geometry": geometry}
