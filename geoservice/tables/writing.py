"""Writing of result files: beside the target first, then renamed; readable by their owner alone."""

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
import pyarrow.parquet
import pyogrio
import shapely
import xlsxwriter

from geoservice.errors import InputError, StorageError
from geoservice.tables.dialect import Dialect
from geoservice.tables.presence import part_path, remove_parts_of_the_dead

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".geojson", ".gpkg", ".fgb")
_FEATURE_OPTIONS: dict[str, dict[str, str]] = {
    ".gpkg": {"driver": "GPKG"},
    ".fgb": {"driver": "FlatGeobuf", "SPATIAL_INDEX": "NO"},  # rows may have no place
}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_WRITTEN = datetime.datetime(2000, 1, 1)
"""The time that files with a time of their making are given."""
_FORMULA_STARTS = tuple("=+-@\t\r")
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?$"


class TableWriter:
    """Writes a table chunk by chunk; the target appears when all of it is written.

    Use as a context: an error inside it leaves no file behind. ``-`` is CSV on standard output.
    ``excel`` writes cells with leading zeros so that a spreadsheet keeps them. ``places`` says that the table has them.
    What cannot be written is refused as the context is entered, before there is anything to lose.
    """

    def __init__(
        self, path: Path, dialect: Dialect | None = None, *, excel: bool = False, places: bool = True
    ) -> None:  # fmt: skip
        self._path = path
        self._ending = ".csv" if str(path) == "-" else path.suffix.lower()
        if self._ending not in ENDINGS:
            raise InputError(
                f"`{path.name}` has an unknown ending for a result. Use {', '.join(ENDINGS)}."
            )
        if self._ending in _FEATURE_OPTIONS and not places:
            raise InputError(
                f"`{path.name}`: this table has no places to write as features. Use .csv, .tsv, .xlsx or .parquet; "
                "`geoservice map` writes figures with their shapes."
            )
        self._dialect = dialect or Dialect()
        self._excel = excel
        self._beside = part_path(path.with_suffix(self._ending))
        self._sink: _Sink | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Add the rows of a table; every chunk has the same columns."""
        try:
            if self._sink is None:
                self._sink = self._opened(frame)
            self._sink.write(frame)
        except OSError as fault:
            raise storage_fault(fault, self._path) from fault

    def __enter__(self) -> "TableWriter":
        if str(self._path) != "-" and not self._path.absolute().parent.is_dir():
            raise InputError(
                f"There is no folder to write `{self._path.name}` into. Make it first."
            )
        if str(self._path) != "-":
            remove_parts_of_the_dead(self._path.absolute().parent)
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
            self._beside.unlink(missing_ok=True)

    def _opened(self, frame: pl.DataFrame) -> "_Sink":
        if str(self._path) == "-":
            return _TextSink(sys.stdout.buffer, self._dialect, self._excel, separator=",")
        descriptor = os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        stream = os.fdopen(descriptor, "wb")
        if self._ending in (".csv", ".tsv"):
            separator = "\t" if self._ending == ".tsv" else self._dialect.delimiter
            return _TextSink(stream, self._dialect, self._excel, separator)
        if self._ending == ".parquet":
            return _ParquetSink(stream, frame)
        if self._ending == ".geojson":
            return _GeoJsonSink(stream)
        stream.close()
        return _XlsxSink(self._beside) if self._ending == ".xlsx" else _FeatureSink(self._beside)

    def _finish(self) -> None:
        if self._sink is None:
            raise StorageError("Nothing was written: the table has no columns.")
        self._sink.close()
        if str(self._path) == "-":
            return
        self._beside.chmod(0o600)
        with self._beside.open("rb") as written:
            os.fsync(written.fileno())
        self._beside.replace(self._path)


@contextlib.contextmanager
def writing(path: Path | None) -> Iterator[Callable[[pl.DataFrame], None]]:
    """What writes a table without places, refused before the work where it cannot be written; nothing where no file is asked for."""
    if path is None:
        yield lambda _: None
        return
    with TableWriter(path, places=False) as writer:
        yield writer.write


def storage_fault(fault: OSError, path: Path) -> StorageError:
    """The error for a disk that refuses, with what helps."""
    # Polars passes the number on in its text alone.
    if fault.errno in NO_ROOM or any(f"os error {one})" in str(fault) for one in NO_ROOM):
        return StorageError(
            f"There is no room on the disk to write `{path.name}`. Make room and run it again; "
            "nothing was left behind."
        )
    return StorageError(f"`{path.name}` cannot be written: {fault.strerror or 'the disk refused'}.")


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """Text cells and names of columns that a spreadsheet would run as a formula get a leading apostrophe."""
    frame = _with_safe_names(frame)
    suspect = [name for name, found in _suspects(frame).items() if found]
    if not suspect:
        return frame
    text = pl.col(suspect)
    risky = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return frame.with_columns(pl.when(risky).then(pl.lit("'") + text).otherwise(text).name.keep())


def _with_safe_names(frame: pl.DataFrame) -> pl.DataFrame:
    risky = [name for name in frame.columns if name[:1] in _FORMULA_STARTS]
    return frame.rename({name: f"'{name}" for name in risky}) if risky else frame


def _suspects(frame: pl.DataFrame) -> dict[str, bool]:
    """Which text columns have a cell that may begin as formulas do: cheap, by order of bytes."""
    text = pl.selectors.string()
    before_digits, before_letters = (text > "") & (text < "0"), (text >= ":") & (text < "A")
    return frame.select((before_digits | before_letters).any()).row(0, named=True)


class _Sink:
    def write(self, frame: pl.DataFrame) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def discard(self) -> None:
        """Remove what lies beside the unfinished file."""


class _TextSink(_Sink):
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
            kept = pl.format('="{}"', text)
            frame = frame.with_columns(pl.when(zeros).then(kept).otherwise(text).name.keep())
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


class _ParquetSink(_Sink):
    def __init__(self, stream: IO[bytes], frame: pl.DataFrame) -> None:
        self._stream = stream
        self._schema = frame.clear().to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        self._writer = pyarrow.parquet.ParquetWriter(stream, self._schema, compression="zstd")

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        self._writer.close()
        self._stream.close()


class _GeoJsonSink(_Sink):
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


class _XlsxSink(_Sink):
    """All texts as text, so that ids keep their zeros and formulas stay words."""

    def __init__(self, path: Path) -> None:
        # Its own temporary files lie in a folder beside the result, which is swept after a crash.
        self._folder = part_path(path.with_suffix(".sheets"))
        self._folder.mkdir(mode=0o700)
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                   "tmpdir": str(self._folder)}  # fmt: skip
        self._book = xlsxwriter.Workbook(str(path), options)
        # The same table is the same bytes, whenever it is written.
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


class _FeatureSink(_Sink):
    """GeoPackage and FlatGeobuf: held until the end, as their drivers want the whole table."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame) -> None:
        self._held.append(frame)

    def close(self) -> None:
        frame = pl.concat(self._held)
        lon, lat = position_columns(frame)
        x, y = (frame[one].cast(pl.Float64).fill_null(np.nan).to_numpy() for one in (lon, lat))
        points = np.where(np.isnan(x), None, shapely.points(np.nan_to_num(x), np.nan_to_num(y)))
        self._path.unlink(missing_ok=True)
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_WRITTEN:%Y-%m-%dT%H:%M:%S.000Z}"})
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        # With its type: without any place there is nothing to tell it from.
        geometry = pyarrow.array(shapely.to_wkb(points).tolist(), type=pyarrow.binary())
        table = table.append_column("geometry", geometry)
        pyogrio.write_arrow(
            table, self._path, layer="results", geometry_name="geometry",
            geometry_type="Point", crs="EPSG:4326",
            **_FEATURE_OPTIONS[self._path.suffix],
        )  # fmt: skip


def position_columns(frame: pl.DataFrame) -> tuple[str, str]:
    """Names of the result's longitude and latitude."""
    if "geo_lon" in frame.columns:
        return "geo_lon", "geo_lat"
    return "lon", "lat"


def _feature(row: dict[str, Any], lon: str, lat: str) -> dict[str, Any]:
    x, y = row.get(lon), row.get(lat)
    geometry = None if x is None else {"type": "Point", "coordinates": [x, y]}
    return {"type": "Feature", "properties": row, "geometry": geometry}
