"""A student file as records: a row per row of the file, with the requested columns only."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import typed_addresses, typed_line
from geoservice.students.group_cells import NO, group_name, marked
from geoservice.students.identity import student_keys
from geoservice.students.options import RecordOptions
from geoservice.students.problems import Problems
from geoservice.tables.reading import Table
from geoservice.tables.totals import first_cell, is_total

CHUNK_ROWS = 131_072
_YES = ("1", "1.0", "y", "yes", "true", "t", "x")
_GROUPS = ("subgroup", "programme")
_FEW_VALUES = 10
"""This number of distinct values is allowed in a short list, too."""
_MAX_DISTINCT = {"subgroup": 50, "programme": 500, "reported_zone": 5_000, "school": 5_000}
"""Maximum of distinct values; refuses a column of names or ids, chosen by mistake."""


@dataclass(frozen=True)
class Records:
    """Records of a file, the number of rows of families who opted out, and the problems so far.

    ``frame`` has ``row`` (from 1), ``student`` (key or null), ``line``, ``city``, ``state``,
    ``zip``, texts ``year``, ``grade``, ``school``, ``reported_zone``, ``type``, ``from``, ``to``
    (empty if the file has no value), ``protected``, ``no_fixed_address``, ``subgroup_…`` and
    ``programme_…``.
    """

    frame: pl.DataFrame
    opted_out: int
    problems: Problems


def read_records(
    table: Table, options: PlaceOptions, record_options: RecordOptions, secret: bytes
) -> Records:
    """Read an opened file; names, ids and unrequested columns are never stored.

    ``options`` and ``record_options`` hold resolved column names. For families who opted out, only
    the student's key is read, to drop the student's other rows as well.

    Raises
    ------
    InputError
        If a column that should hold few distinct values holds many.
    """
    problems, parts, row_count = Problems(), [], 0
    opted_out_keys: set[bytes | None] = set()
    for chunk in table.chunks(CHUNK_ROWS):
        numbered = chunk.with_columns(
            pl.int_range(row_count + 1, row_count + 1 + len(chunk), dtype=pl.UInt32).alias(_ROW)
        )
        row_count += len(chunk)
        blank, totals = _no_students(numbered, chunk.columns, options)
        problems.add("blank", blank, pl.lit(value=True))
        problems.add("total", totals, pl.lit(value=True))
        blank = pl.concat([blank, totals])
        nonblank, is_out = (
            numbered.join(blank, left_on=_ROW, right_on="row", how="anti", maintain_order="left"),
            _flag(record_options.opt_out),
        )
        opted_out_keys.update(_keys(nonblank.filter(is_out), options, secret))
        parts.append(_selected(nonblank.filter(~is_out), options, record_options, secret, problems))
    frame = _without(pl.concat(parts), opted_out_keys, problems)
    _refuse_identifying(frame)
    return Records(
        frame, row_count - problems.count("blank") - problems.count("total") - len(frame), problems
    )


_ROW = "__row of the file"


def _selected(
    chunk: pl.DataFrame,
    options: PlaceOptions,
    record_options: RecordOptions,
    secret: bytes,
    problems: Problems,
) -> pl.DataFrame:
    texts = {
        "year": record_options.year,
        "grade": options.grade,
        "school": options.school,
        "reported_zone": record_options.reported_zone,
        "type": record_options.address_type,
        "from": record_options.valid_from,
        "to": record_options.valid_to,
    }
    groups = _groups("subgroup", record_options.subgroups) | _groups(
        "programme", record_options.programmes
    )
    flags = {
        "protected": record_options.protected,
        "no_fixed_address": record_options.no_fixed_address,
    }
    frame = chunk.select(
        pl.col(_ROW).alias("row"),
        *(_text(column).alias(name) for name, column in (texts | groups).items()),
        *(_flag(column).alias(name) for name, column in flags.items()),
    )
    for column in (*flags.values(), record_options.opt_out):
        if column is not None:
            problems.add(
                "unclear_flag",
                frame,
                chunk.select(~_text(column).str.to_lowercase().is_in((*_YES, *NO))).to_series(),
            )
    return frame.hstack([_keys(chunk, options, secret)]).hstack(typed_addresses(chunk, options))


def _no_students(
    numbered: pl.DataFrame, columns: Sequence[str], options: PlaceOptions
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ``row`` of empty rows, and ``row`` of totals below a table."""
    # Checking all cells of all rows is slow.
    without_address = numbered.filter(typed_line(numbered, options).str.strip_chars() == "")
    first_text = first_cell(list(columns))
    return without_address.filter(first_text.is_null()).select(row=_ROW), without_address.filter(
        is_total(first_text)
    ).select(row=_ROW)


def _keys(chunk: pl.DataFrame, options: PlaceOptions, secret: bytes) -> pl.Series:
    if options.id is None:
        return pl.Series("student", [None], dtype=pl.Binary).new_from_index(0, len(chunk))
    return student_keys(chunk[options.id], secret)


def _without(
    frame: pl.DataFrame, opted_out_keys: set[bytes | None], problems: Problems
) -> pl.DataFrame:
    """Return the rows without students who opted out in another row."""
    keys = pl.Series([key for key in opted_out_keys if key is not None], dtype=pl.Binary)
    if not len(keys):
        return frame
    is_out = pl.col("student").is_in(keys.implode()).fill_null(value=False)
    problems.forget(frame.filter(is_out)["row"])
    return frame.filter(~is_out)


def _text(column: str | None) -> pl.Expr:
    if column is None:
        return pl.lit("")
    return (
        pl.col(column).cast(pl.String).fill_null("").str.strip_chars().str.replace(r"^'(\d)", "$1")
    )


def _flag(column: str | None) -> pl.Expr:
    """Return False only for a clear no: an unknown word must not expose a student."""
    if column is None:
        return pl.lit(value=False)
    return marked(_text(column))


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
        kind = next(
            (kind for kind in _MAX_DISTINCT if name == kind or name.startswith(f"{kind}_")), None
        )
        if kind is None:
            continue
        number = frame[name].n_unique()
        if number > _MAX_DISTINCT[kind]:
            raise InputError(
                f"The column for --{kind.replace('_', '-')} has more than "
                f"{_MAX_DISTINCT[kind]:,} different values: it seems to hold names or ids. Name "
                "another column."
            )
        if kind in _GROUPS and number > max(_FEW_VALUES, len(frame) / 2):
            raise InputError(
                f"The column for --{kind} has another value in most rows: it seems to hold names "
                "or ids. Name another column."
            )
