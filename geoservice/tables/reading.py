"""Tables as users have them: CSV, TSV, XLSX, Parquet, GeoJSON, GeoPackage, FlatGeobuf.

Text stays as it was written: ids keep their leading zeros, empty cells stay empty.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pyogrio

from geoservice.errors import InputError
from geoservice.tables.dialect import (
    Dialect,
    Repeated,
    TextTable,
    read_dialect,
    repeated_names,
)
from geoservice.tables.feature_files import check_feature_file
from geoservice.tables.header import note_of
from geoservice.tables.layout import TO_BE_FOUND, Layout
from geoservice.tables.mending import Mended, mended_copy
from geoservice.tables.presence import copy_prefix, remove_copies_of_the_dead
from geoservice.tables.workbook import SHEET_ENDINGS, read_sheet

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".psv")
_UNQUOTED = pl.all().str.replace(r'^="(.*)"$', "$1")
"""Texts that a spreadsheet's formula gives, such as ``="0013"``."""
GEO_ENDINGS = (".geojson", ".json", ".gpkg", ".fgb")


@dataclass
class Table:
    """An opened table. Close it, or use it as a context, to drop private copies.

    ``notes`` are sentences for the user: where the table was found and what was repaired. Repairs are
    known when all rows were read.
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

    def refuse_repeated(self, read: Iterable[str | None]) -> None:
        """Refuse columns to read whose name others have, too: nobody said which is meant.

        Columns that nobody reads may share a name; they are kept apart by a number at its end.

        Raises
        ------
        InputError
            Names the places of the columns, and the name.
        """
        for name in read:
            places = self.repeated.get(name.lower(), ()) if name is not None else ()
            if not places:
                continue
            listed = f"{', '.join(map(str, places[:-1]))} and {places[-1]}"
            both = "both" if len(places) == 2 else "all"
            known = self.columns[places[0] - 1]
            second = f", or take the second as `{known}_2`" if f"{known}_2" in self.columns else ""
            raise InputError(
                f"`{self.name}`: columns {listed} are {both} called `{known}`. Rename all but one in the header line{second}.",
                column=known,
            )

    def chunks(self, size: int) -> Iterator[pl.DataFrame]:
        """The rows in order, at most about ``size`` at a time; at least one, perhaps empty."""
        some = False
        for chunk in self._chunks(size):
            some = some or len(chunk) > 0
            if len(chunk):
                yield chunk
        if not some:
            yield self._empty()

    def close(self) -> None:
        """Drop the private copy, if there is one."""
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
            yield from _whole_chunks(pl.scan_parquet(self.parquet), size)

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
    layout: Layout = TO_BE_FOUND,
    leave_out: bool = False,
    copies: Path | None = None,
) -> Table:
    """Open a table by its ending; ``-`` is CSV on standard input.

    ``layout`` says where in the file the table lies, and which columns its header must have.
    ``leave_out`` leaves out rows with more cells than the header; they are else an error.
    ``copies`` is the folder for a private copy of the table, where one is needed; else that of the system.

    Raises
    ------
    InputError
        Where the file does not exist, is of an unknown kind or cannot be read as what it says.
    """
    if str(path) == "-":
        return _standard_input(layout)
    shown = name or path.name
    if path.is_dir():
        raise InputError(f"`{shown or path}` is a folder. Name the file in it.")
    if not path.is_file():
        raise InputError(f"There is no file `{shown}`.")
    ending = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()
    if ending in TEXT_ENDINGS:
        separator = delimiter or ("\t" if ending == ".tsv" else None)
        text = read_dialect(path, separator, encoding, layout, copies)
        table = _text_table(text, shown, layout)
        return replace(table, leave_out=leave_out)
    if ending in SHEET_ENDINGS:
        sheet = read_sheet(path, shown, layout)
        repeated = repeated_names(list(sheet.header))
        columns, notes = tuple(sheet.frame.columns), list(sheet.notes)
        return Table(shown, columns, frame=sheet.frame, repeated=repeated, notes=notes)
    if ending == ".parquet":
        _refuse_layout(layout, shown)
        return _open_parquet(path, shown)
    if ending not in GEO_ENDINGS:
        raise InputError(
            f"`{shown}` has an unknown ending. Use .csv, .tsv, .xlsx, .parquet, .geojson, .gpkg "
            "or .fgb."
        )
    frame = _read_features(path, shown, layout)
    return Table(shown, tuple(frame.columns), frame=frame)


def read_table(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None
) -> pl.DataFrame:
    """The whole table at once."""
    with open_table(path, delimiter=delimiter, encoding=encoding) as table:
        return pl.concat(list(table.chunks(1_000_000)))


def _text_table(text: TextTable, name: str, layout: Layout) -> Table:
    notes = [] if text.header is None else [note_of(text.header, name)]
    if layout.sheet is not None:
        raise InputError(f"`{name}` is a text file and has no sheets. Leave `sheet` out.")
    return Table(
        name, text.columns, text.dialect, text=text, repeated=text.repeated,
        notes=[note for note in notes if note],
    )  # fmt: skip


def _refuse_layout(layout: Layout, name: str) -> None:
    for option, value in (("sheet", layout.sheet), ("header row", layout.header_row)):
        if value is not None:
            raise InputError(f"`{name}` is a file without a {option}. Leave that option out.")


def _standard_input(layout: Layout) -> Table:
    remove_copies_of_the_dead()
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
    """The rows by the fast reader; where that refuses the file, the rest of a mended copy."""
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
    """Batches put together until they make a chunk of about ``size`` rows."""
    held: list[pl.DataFrame] = []
    rows = 0
    for batch in scan.collect_batches(chunk_size=size, maintain_order=True):
        held.append(batch)
        rows += len(batch)
        if rows >= size:
            whole = pl.concat(held, rechunk=True)
            full = rows - rows % size
            yield from whole[:full].iter_slices(size)
            held, rows = [whole[full:]], rows - full
    if rows:
        yield pl.concat(held, rechunk=True)


def _open_parquet(path: Path, name: str) -> Table:
    try:
        schema = pl.scan_parquet(path).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise InputError(f"`{name}` is no Parquet file, or it is cut off.") from fault
    nested = frozenset(
        column for column, dtype in schema.items() if dtype.is_nested() or dtype == pl.Binary
    )
    return Table(name, tuple(schema.names()), parquet=path, nested=nested)


def _read_features(path: Path, name: str, layout: Layout) -> pl.DataFrame:
    check_feature_file(path, name)
    try:
        layer = _layer(path, name, layout)
        _, arrow = pyogrio.read_arrow(path, layer=layer, read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as fault:
        raise InputError(f"`{name}` cannot be read: it is damaged or of another kind.") from fault
    return pl.DataFrame(arrow)


def _layer(path: Path, name: str, layout: Layout) -> str | None:
    """The layer of a file of features: the only one, or the one that users name as its sheet."""
    if path.suffix.lower() != ".gpkg":
        _refuse_layout(layout, name)
        return None
    layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
    if layout.sheet in layers or (layout.sheet is None and len(layers) == 1):
        return layout.sheet
    listed = ", ".join(f"`{layer}`" for layer in layers[:20])
    raise InputError(f"`{name}` has {len(layers)} layers. Say which with `sheet`: {listed}.")
