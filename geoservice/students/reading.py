"""A student file as records: one row per row of the file, with what is asked for and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import typed_addresses
from geoservice.students.identity import student_keys
from geoservice.students.options import RecordOptions
from geoservice.students.problems import Problems
from geoservice.tables.reading import Table
from geoservice.tables.totals import first_cell, is_total

CHUNK_ROWS = 131_072
_YES = ("1", "1.0", "y", "yes", "true", "t", "x")
_NO = ("", "0", "0.0", "n", "no", "false", "f", "none", "null", "na", "n/a", "-")
_GROUPS = ("subgroup", "programme")
_FEW = 10
"""So many values may be told apart in a short list, too."""
_MOST = {"subgroup": 50, "programme": 500, "reported_zone": 5_000, "school": 5_000}
"""Most distinct values: a column of names or ids, named by mistake, is refused."""


@dataclass(frozen=True)
class Records:
    """Records of a file, the number of rows of families who opted out, and problems so far.

    ``frame`` has ``row`` (from 1), ``student`` (key or null), ``line``, ``city``, ``state``, ``zip``, texts ``year``, ``grade``,
    ``school``, ``reported_zone``, ``type``, ``from``, ``to`` (empty where the file says nothing), ``protected`` and
    ``no_fixed_address``, ``subgroup_…`` and ``programme_…``.
    """

    frame: pl.DataFrame
    opted_out: int
    problems: Problems


def read_records(
    table: Table, options: PlaceOptions, asked: RecordOptions, secret: bytes
) -> Records:
    """Read an opened file; names, ids and columns that nobody asked for are never kept.

    ``options`` and ``asked`` are resolved. Of rows of families who opted out nothing is read but the key of the
    student, whose other rows are dropped, too.

    Raises
    ------
    InputError
        Where a column that should hold few distinct values holds many.
    """
    problems, parts, read = Problems(), [], 0
    out: set[bytes | None] = set()
    for chunk in table.chunks(CHUNK_ROWS):
        numbered = chunk.with_columns(pl.int_range(read + 1, read + 1 + len(chunk), dtype=pl.UInt32).alias(_ROW))  # fmt: skip
        read += len(chunk)
        blank, totals = _no_students(numbered, chunk.columns, options)
        problems.add("blank", blank, pl.lit(value=True))
        problems.add("total", totals, pl.lit(value=True))
        blank = pl.concat([blank, totals])
        written, is_out = numbered.join(blank, left_on=_ROW, right_on="row", how="anti", maintain_order="left"), _flag(asked.opt_out)  # fmt: skip
        out.update(_keys(written.filter(is_out), options, secret))
        parts.append(_selected(written.filter(~is_out), options, asked, secret, problems))
    frame = _without(pl.concat(parts), out, problems)
    _refuse_identifying(frame)
    return Records(
        frame, read - problems.count("blank") - problems.count("total") - len(frame), problems
    )


_ROW = "__row of the file"


def _selected(
    chunk: pl.DataFrame, options: PlaceOptions, asked: RecordOptions, secret: bytes,
    problems: Problems,
) -> pl.DataFrame:  # fmt: skip
    texts = {"year": asked.year, "grade": options.grade, "school": options.school,
             "reported_zone": asked.reported_zone, "type": asked.address_type,
             "from": asked.valid_from, "to": asked.valid_to}  # fmt: skip
    groups = _groups("subgroup", asked.subgroups) | _groups("programme", asked.programmes)
    flags = {"protected": asked.protected, "no_fixed_address": asked.no_fixed_address}
    frame = chunk.select(
        pl.col(_ROW).alias("row"),
        *(_text(column).alias(name) for name, column in (texts | groups).items()),
        *(_flag(column).alias(name) for name, column in flags.items()),
    )
    for column in (*flags.values(), asked.opt_out):
        if column is not None:
            problems.add("unclear_flag", frame, chunk.select(~_text(column).str.to_lowercase().is_in((*_YES, *_NO))).to_series())  # fmt: skip
    return frame.hstack([_keys(chunk, options, secret)]).hstack(typed_addresses(chunk, options))


def _no_students(
    numbered: pl.DataFrame, columns: Sequence[str], options: PlaceOptions
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``row`` of rows that say nothing at all, and of totals, such as spreadsheets keep below a table."""
    few = numbered.filter(_text(options.line) == "")  # All cells of all rows would take a while.
    first = first_cell(list(columns))
    return few.filter(first.is_null()).select(row=_ROW), few.filter(is_total(first)).select(
        row=_ROW
    )


def _keys(chunk: pl.DataFrame, options: PlaceOptions, secret: bytes) -> pl.Series:
    if options.id is None:
        return pl.Series("student", [None], dtype=pl.Binary).new_from_index(0, len(chunk))
    return student_keys(chunk[options.id], secret)


def _without(frame: pl.DataFrame, out: set[bytes | None], problems: Problems) -> pl.DataFrame:
    """The rows but those of students who opted out in another row."""
    left = pl.Series([one for one in out if one is not None], dtype=pl.Binary)
    if not len(left):
        return frame
    is_out = pl.col("student").is_in(left.implode()).fill_null(value=False)
    problems.forget(frame.filter(is_out)["row"])
    return frame.filter(~is_out)


def _text(column: str | None) -> pl.Expr:
    if column is None:
        return pl.lit("")
    return (
        pl.col(column).cast(pl.String).fill_null("").str.strip_chars().str.replace(r"^'(\d)", "$1")
    )


def _flag(column: str | None) -> pl.Expr:
    """True unless the cell is a clear no: who marked a row in words nobody knows is not exposed."""
    if column is None:
        return pl.lit(value=False)
    return marked(_text(column))


def marked(text: pl.Expr) -> pl.Expr:
    """True of a cell that is no plain no."""
    return ~text.str.to_lowercase().is_in(_NO)


def group_name(column: str) -> str:
    """A column's name as its subgroup or programme is called."""
    return "".join(one if one.isalnum() else "_" for one in column.strip().lower())


def _groups(kind: str, columns: tuple[str, ...]) -> dict[str, str | None]:
    names: dict[str, str | None] = {}
    for column in columns:
        clean = group_name(column)
        if f"{kind}_{clean}" in names:
            raise InputError(f"Two columns for --{kind} have the same name `{clean}`. Rename one.")
        names[f"{kind}_{clean}"] = column
    return names


def _refuse_identifying(frame: pl.DataFrame) -> None:
    for name in frame.columns:
        kind = next((kind for kind in _MOST if name == kind or name.startswith(f"{kind}_")), None)
        if kind is None:
            continue
        number = frame[name].n_unique()
        if number > _MOST[kind]:
            raise InputError(
                f"The column for --{kind.replace('_', '-')} has more than {_MOST[kind]:,} different values: it seems to hold "
                "names or ids. Name another column."
            )
        if kind in _GROUPS and number > max(_FEW, len(frame) / 2):
            raise InputError(
                f"The column for --{kind} has another value in most rows: it seems to hold names or ids. Name another column."
            )
