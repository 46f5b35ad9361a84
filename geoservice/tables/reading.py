"""Reading of tables: CSV, TSV, XLSX, Parquet, GeoJSON, GeoPackage, FlatGeobuf.

Text stays unchanged: ids keep their leading zeros, empty cells stay empty.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyogrio

from geoservice.errors import InputError
from geoservice.tables.column_refusals import refuse_nested, refuse_repeated
from geoservice.tables.dialect import (
    Dialect,
    Repeated,
    TextTable,
    read_dialect,
    repeated_names,
)
from geoservice.tables.feature_files import check_feature_file
from geoservice.tables.header import note_of
from geoservice.tables.layout import TO_BE_FOUND, TableLayout
from geoservice.tables.mending import Mended, mended_copy
from geoservice.tables.panics import panics_as_errors
from geoservice.tables.parquet import PARQUET_FAULTS, refuse_odd_days
from geoservice.tables.presence import copy_prefix, remove_abandoned_copies
from geoservice.tables.workbook import SHEET_ENDINGS, read_sheet

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".psv")
_UNQUOTED = pl.all().str.replace(r'^="(.*)"$', "$1")
"""Removes the formula around texts such as ``="0013"``."""
GEO_ENDINGS = (".geojson", ".json", ".gpkg", ".fgb")


@dataclass
class Table:
    """An open table. Close it, or use it as a context manager, to remove private copies.

    ``notes`` are sentences for the user on the table's position and on repairs. Repairs are
    complete after all rows are read.
    """

    name: str
    columns: tuple[str, ...]
    dialect: Dialect = field(default_factory=Dialect)
    frame: pl.DataFrame | None = None
    text: TextTable | None = None
    parquet: Path | None = None
    repeated: Repeated = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    leave_out: bool = False
    repairs: Mended | None = None
    nested: frozenset[str] = frozenset()

    def refuse_repeated(self, columns_to_read: Iterable[str | None]) -> None:
        """Refuse columns to read whose name is ambiguous.

        Raises
        ------
        InputError
            If several columns share a name; the error names their positions.
        """
        refuse_repeated(self.name, self.columns, self.repeated, columns_to_read)

    def refuse_nested(self) -> None:
        """Refuse a table with columns of lists, structures or bytes.

        Raises
        ------
        InputError
            If there are such columns; the error names them.
        """
        refuse_nested(self.name, self.columns, self.nested)

    def chunks(self, size: int) -> Iterator[pl.DataFrame]:
        """Yield the rows in chunks of at most about ``size``; at least one chunk, perhaps empty."""
        has_rows = False
        for chunk in self._chunks(size):
            has_rows = has_rows or len(chunk) > 0
            if len(chunk):
                yield chunk
        if not has_rows:
            yield self._empty()

    def first_rows(self, number: int) -> pl.DataFrame:
        """Return the first rows without nested columns; all rows can still be read."""
        notes = self.notes.copy()
        rows = next(iter(self.chunks(number))).head(number)
        # The reading of all rows finds the repairs again.
        self.notes, self.repairs = notes, None
        return rows.select(pl.exclude(sorted(self.nested))) if self.nested else rows

    def close(self) -> None:
        """Remove the private copy, if any."""
        if self.text is not None and self.text.is_copy:
            self.text.path.unlink(missing_ok=True)

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _chunks(self, size: int) -> Iterator[pl.DataFrame]:
        if self.frame is not None:
            yield from self.frame.iter_slices(size)
        elif self.text is not None:
            yield from _text_chunks(self, self.text, size)
        elif self.parquet is not None:
            yield from self._parquet_chunks(self.parquet, size)

    def _parquet_chunks(self, path: Path, size: int) -> Iterator[pl.DataFrame]:
        chunks = _whole_chunks(pl.scan_parquet(path), size)
        while True:
            try:
                with panics_as_errors():
                    chunk = next(chunks, None)
            except PARQUET_FAULTS as fault:
                raise InputError(
                    f"`{self.name}` cannot be read: it is damaged or has another format."
                ) from fault
            if chunk is None:
                return
            refuse_odd_days(chunk, self.name)
            yield chunk

    def _empty(self) -> pl.DataFrame:
        if self.frame is not None:
            return self.frame.clear()
        if self.parquet is not None:
            return pl.scan_parquet(self.parquet).head(0).collect()
        return pl.DataFrame(schema=dict.fromkeys(self.columns, pl.String))


def open_table(
    path: Path,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    name: str | None = None,
    layout: TableLayout = TO_BE_FOUND,
    leave_out: bool = False,
    copies: Path | None = None,
) -> Table:
    """Open a table by its ending; ``-`` is CSV on standard input.

    ``layout`` is the table's position in the file, with the columns that its header must have.
    ``leave_out`` drops rows with more cells than the header, which are otherwise an error.
    ``copies`` is the folder for a private copy; the default is the system's temporary folder.

    Raises
    ------
    InputError
        If the file does not exist, has an unknown format or cannot be read.
    """
    if str(path) == "-":
        return _standard_input(layout)
    display_name = name or path.name
    if path.is_dir():
        raise InputError(f"`{display_name or path}` is a folder. Name the file in it.")
    if not path.is_file():
        raise InputError(f"There is no file `{display_name}`.")
    ending = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()
    if ending in TEXT_ENDINGS:
        separator = delimiter or ("\t" if ending == ".tsv" else None)
        text = read_dialect(path, separator, encoding, layout, copies)
        table = _text_table(text, display_name, layout)
        return replace(table, leave_out=leave_out)
    if ending in SHEET_ENDINGS:
        sheet = read_sheet(path, display_name, layout)
        repeated = repeated_names(list(sheet.header))
        columns, notes = tuple(sheet.frame.columns), list(sheet.notes)
        return Table(display_name, columns, frame=sheet.frame, repeated=repeated, notes=notes)
    if ending == ".parquet":
        _refuse_layout(layout, display_name)
        return _open_parquet(path, display_name)
    if ending not in GEO_ENDINGS:
        raise InputError(
            f"`{display_name}` has an unknown ending. Use .csv, .tsv, .xlsx, .parquet, .geojson, "
            ".gpkg or .fgb."
        )
    frame = _read_features(path, display_name, layout)
    return Table(display_name, tuple(frame.columns), frame=frame)


def read_table(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None
) -> pl.DataFrame:
    """Read a complete table."""
    with open_table(path, delimiter=delimiter, encoding=encoding) as table:
        return pl.concat(list(table.chunks(1_000_000)))


def _text_table(text: TextTable, name: str, layout: TableLayout) -> Table:
    notes = [] if text.header is None else [note_of(text.header, name)]
    if layout.sheet is not None:
        raise InputError(f"`{name}` is a text file and has no sheets. Leave `sheet` out.")
    return Table(
        name,
        text.columns,
        text.dialect,
        text=text,
        repeated=text.repeated,
        notes=[note for note in notes if note],
    )


def _refuse_layout(layout: TableLayout, name: str) -> None:
    for option, value in (("sheet", layout.sheet), ("header row", layout.header_row)):
        if value is not None:
            raise InputError(f"`{name}` has no {option}. Leave that option out.")


def _standard_input(layout: TableLayout) -> Table:
    remove_abandoned_copies()
    with tempfile.NamedTemporaryFile(prefix=copy_prefix(), suffix=".csv", delete=False) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    path = Path(copy.name)
    try:
        text = read_dialect(path, layout=layout)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if text.is_copy:
        path.unlink()
    return _text_table(replace(text, is_copy=True), "standard input", layout)


def _text_chunks(table: Table, text: TextTable, size: int) -> Iterator[pl.DataFrame]:
    """Yield rows of the fast reader; if it fails, the remaining rows of a repaired copy."""
    rows = 0
    try:
        for chunk in _scanned(text.path, text, size):
            yield chunk
            rows += len(chunk)
    except pl.exceptions.PolarsError:
        mended = mended_copy(text, table.name, leave_out=table.leave_out)
    else:
        return
    try:
        table.repairs = mended
        table.notes += mended.notes(table.name)
        yield from _scanned(mended.path, text, size, rows)
    finally:
        mended.path.unlink(missing_ok=True)


def _scanned(path: Path, text: TextTable, size: int, start: int = 0) -> Iterator[pl.DataFrame]:
    scan = pl.scan_csv(
        path,
        separator=text.dialect.delimiter,
        has_header=False,
        skip_rows=1,
        schema=dict.fromkeys(text.columns, pl.String),
        empty_string_is_null=False,
        raise_if_empty=False,
        missing_columns="insert",
    )
    for chunk in _whole_chunks(scan.slice(start) if start else scan, size):
        filled = chunk.with_columns(pl.all().fill_null(""))
        yield filled.select(_UNQUOTED) if text.has_formulas else filled


def _whole_chunks(scan: pl.LazyFrame, size: int) -> Iterator[pl.DataFrame]:
    """Yield chunks of about ``size`` rows, made of smaller batches."""
    batches: list[pl.DataFrame] = []
    rows = 0
    for batch in scan.collect_batches(chunk_size=size, maintain_order=True):
        batches.append(batch)
        rows += len(batch)
        if rows >= size:
            combined = pl.concat(batches, rechunk=True)
            full = rows - rows % size
            yield from combined[:full].iter_slices(size)
            batches, rows = [combined[full:]], rows - full
    if rows:
        yield pl.concat(batches, rechunk=True)


def _open_parquet(path: Path, name: str) -> Table:
    try:
        with panics_as_errors():
            schema = pl.scan_parquet(path).collect_schema()
    except PARQUET_FAULTS as fault:
        raise InputError(
            f"`{name}` is not a Parquet file, or it is cut off. Save it again, or give it the "
            "ending of its format."
        ) from fault
    nested = frozenset(
        column for column, dtype in schema.items() if dtype.is_nested() or dtype == pl.Binary
    )
    return Table(name, tuple(schema.names()), parquet=path, nested=nested)


_FEATURE_FAULTS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    LookupError,
    UnicodeDecodeError,
    OSError,  # a FlatGeobuf whose buffer lies about its size
    pa.ArrowException,
)


def _read_features(path: Path, name: str, layout: TableLayout) -> pl.DataFrame:
    check_feature_file(path, name)
    try:
        layer = _layer(path, name, layout)
        _, arrow = pyogrio.read_arrow(path, layer=layer, read_geometry=False)
    except _FEATURE_FAULTS as fault:
        raise InputError(
            f"`{name}` cannot be read: it is damaged or has another format."
        ) from fault
    return pl.DataFrame(arrow)


def _layer(path: Path, name: str, layout: TableLayout) -> str | None:
    """Return the layer of a feature file: its only layer, or the layer stated as ``sheet``."""
    if path.suffix.lower() != ".gpkg":
        _refuse_layout(layout, name)
        return None
    layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
    if layout.sheet in layers or (layout.sheet is None and len(layers) == 1):
        return layout.sheet
    listed = ", ".join(f"`{layer}`" for layer in layers[:20])
    raise InputError(f"`{name}` has {len(layers)} layers. Choose with `sheet`: {listed}.")
