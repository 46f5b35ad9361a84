"""Tables as users have them: CSV, TSV, XLSX, Parquet, GeoJSON, GeoPackage, FlatGeobuf.

Text stays as it was written: ids keep their leading zeros, empty cells stay empty.
"""

import csv
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import fastexcel
import polars as pl
import pyogrio

from geoservice.errors import InputError
from geoservice.tables.dialect import (
    Dialect,
    Repeated,
    TextTable,
    read_dialect,
    repeated_names,
    unique_names,
)
from geoservice.tables.feature_files import check_feature_file
from geoservice.tables.presence import copy_prefix, remove_copies_of_the_dead

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".psv")
GEO_ENDINGS = (".geojson", ".json", ".gpkg", ".fgb")


@dataclass
class Table:
    """An opened table. Close it, or use it as a context, to drop private copies."""

    name: str
    columns: tuple[str, ...]
    dialect: Dialect = field(default_factory=Dialect)
    frame: pl.DataFrame | None = None
    text: TextTable | None = None
    parquet: Path | None = None
    repeated: Repeated = field(default_factory=dict)
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
            yield from _text_chunks(self.text, self.name, size)
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
    copies: Path | None = None,
) -> Table:
    """Open a table by its ending; ``-`` is CSV on standard input.

    ``copies`` is the folder for a private copy of the table, where one is needed; else that of the system.

    Raises
    ------
    InputError
        Where the file does not exist, is of an unknown kind or cannot be read as what it says.
    """
    if str(path) == "-":
        return _standard_input()
    shown = name or path.name
    if path.is_dir():
        raise InputError(f"`{shown or path}` is a folder. Name the file in it.")
    if not path.is_file():
        raise InputError(f"There is no file `{shown}`.")
    ending = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()
    if ending in TEXT_ENDINGS:
        separator = delimiter or ("\t" if ending == ".tsv" else None)
        text = read_dialect(path, separator, encoding, copies)
        return Table(shown, text.columns, text.dialect, text=text, repeated=text.repeated)
    if ending == ".parquet":
        return _open_parquet(path, shown)
    if ending in (".xlsx", ".xlsm"):
        return _open_xlsx(path, shown)
    if ending in GEO_ENDINGS:
        frame = _read_features(path, shown)
    else:
        raise InputError(
            f"`{shown}` has an unknown ending. Use .csv, .tsv, .xlsx, .parquet, .geojson, .gpkg "
            "or .fgb."
        )
    return Table(shown, tuple(frame.columns), frame=frame)


def read_table(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None
) -> pl.DataFrame:
    """The whole table at once."""
    with open_table(path, delimiter=delimiter, encoding=encoding) as table:
        return pl.concat(list(table.chunks(1_000_000)))


def _standard_input() -> Table:
    remove_copies_of_the_dead()
    with tempfile.NamedTemporaryFile(prefix=copy_prefix(), suffix=".csv", delete=False) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    path = Path(copy.name)
    try:
        text = read_dialect(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if text.is_copy:
        path.unlink()
    text = replace(text, is_copy=True)
    return Table("standard input", text.columns, text.dialect, text=text, repeated=text.repeated)


def _text_chunks(text: TextTable, name: str, size: int) -> Iterator[pl.DataFrame]:
    scan = pl.scan_csv(
        text.path,
        separator=text.dialect.delimiter,
        has_header=False,
        skip_rows=1,
        schema=dict.fromkeys(text.columns, pl.String),
        empty_string_is_null=False,
        raise_if_empty=False,
        missing_columns="insert",
    )
    try:
        for chunk in _whole_chunks(scan, size):
            yield chunk.with_columns(pl.all().fill_null(""))
    except pl.exceptions.PolarsError as fault:
        raise _diagnosed(text, name) from fault


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


def _diagnosed(text: TextTable, name: str) -> InputError:
    """Which row is at fault: read again, slowly."""
    wanted = len(text.columns)
    csv.field_size_limit(1 << 30)
    with text.path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=text.dialect.delimiter, strict=True)
        row = 0
        try:
            for row, cells in enumerate(reader):
                if len(cells) > wanted:
                    return InputError(
                        f"`{name}`, row {row}: {len(cells)} fields where the header has {wanted}. "
                        "Put quotes around a cell that holds the delimiter.",
                        row=row,
                    )
        except csv.Error:
            return InputError(
                f"`{name}`, row {row + 1}: a quotation mark inside a cell is not doubled or not "
                "closed. Save the file again as CSV.",
                row=row + 1,
            )
    return InputError(f"`{name}` is damaged. Save it again as CSV in UTF-8.")


def _open_parquet(path: Path, name: str) -> Table:
    try:
        schema = pl.scan_parquet(path).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise InputError(f"`{name}` is no Parquet file, or it is cut off.") from fault
    nested = frozenset(
        column for column, dtype in schema.items() if dtype.is_nested() or dtype == pl.Binary
    )
    return Table(name, tuple(schema.names()), parquet=path, nested=nested)


def _open_xlsx(path: Path, name: str) -> Table:
    try:
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string")
        frame = pl.DataFrame(sheet.to_arrow())
    except Exception as fault:  # fastexcel raises several kinds of its own
        raise InputError(f"`{name}` is no XLSX file, or it is damaged. Save it again.") from fault
    if not len(frame):
        raise InputError(f"`{name}` has no header line with column names.")
    header = [cell or "" for cell in frame.row(0)]
    names = unique_names(header)
    frame = frame[1:].with_columns(pl.all().cast(pl.String).fill_null(""))
    frame.columns = list(names)
    return Table(name, names, frame=frame, repeated=repeated_names(header))


def _read_features(path: Path, name: str) -> pl.DataFrame:
    check_feature_file(path, name)
    try:
        _, arrow = pyogrio.read_arrow(path, read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as fault:
        raise InputError(f"`{name}` cannot be read: it is damaged or of another kind.") from fault
    return pl.DataFrame(arrow)
