"""Geocoding of tables, files and single addresses, for all callers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from geoservice.batch.parallel import Placed, place_chunks
from geoservice.errors import InputError
from geoservice.placing.checking import refuse_lost_decisions
from geoservice.placing.guessed_options import with_guessed_parts
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import (
    added_columns,
    explained,
    names_without_results,
    place,
    place_alone,
    typed_addresses,
    typed_line,
)
from geoservice.placing.queue import Queue
from geoservice.placing.review import FILLED, Overrides, read_overrides
from geoservice.placing.summary import Summary, summarise
from geoservice.reference.snapshot import Reference
from geoservice.service.geocode_task import GeocodeTask
from geoservice.service.progress import SILENT, Progress
from geoservice.service.provider import Provider
from geoservice.service.retried_file import refuse_other_columns, retried
from geoservice.tables.frames import Frame, column_names, text_columns, with_results
from geoservice.tables.layout import TO_BE_FOUND
from geoservice.tables.reading import Table, open_table
from geoservice.tables.totals import first_cell, is_total
from geoservice.tables.writing import TableWriter

CHUNK_ROWS = 131_072
MOST_AT_ONCE = 1_000
_PARTS = ("address", "street", "city", "state", "zip")
_KEYS = {*_PARTS, "id", "grade", "school_id"}


@dataclass(frozen=True)
class Run:
    """The summary of a run over a file, and its duration."""

    summary: Summary
    seconds: float

    @property
    def rows_per_s(self) -> float:
        """Rows per second, all steps included."""
        return self.summary.rows / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class ReviewFiles:
    """The files of addresses that a person decides.

    Attributes
    ----------
    to_write
        Receives the rows that need a decision; None to write no such file.
    decided
        Such a file with its decisions filled in.
    """

    to_write: Path | None = None
    decided: Path | None = None


def geocode_frame(frame: Frame, options: PlaceOptions, reference: Reference) -> pd.DataFrame:
    """Return the table in pandas with result columns behind its own, rows in the same order.

    Columns that the options do not name keep their values and types.
    """
    names = column_names(frame)
    resolved = resolve(with_guessed_parts(options, names, partial(_beginning, frame)), names)
    texts = text_columns(frame, resolved.columns)
    results = place_alone(texts, resolved, reference)
    own_names = names_without_results(names, reference) if options.replace else names
    added = added_columns(list(own_names), resolved, reference)
    results.columns = [column.name for column in added]
    return with_results(frame, sorted({*names} - {*own_names}), results)


def _beginning(frame: Frame, rows: int) -> pl.DataFrame:
    return text_columns(frame.head(rows), column_names(frame))


def geocode_file(
    task: GeocodeTask,
    reference: Reference,
    *,
    review: ReviewFiles = ReviewFiles(),
    provider: Provider | None = None,
    progress: Progress = SILENT,
) -> Run:
    """Geocode a file into a file, chunk by chunk.

    Parameters
    ----------
    review
        The files of addresses that a person decides.
    provider
        An outside geocoder for addresses that stay unmatched.

    Raises
    ------
    InputError
        If a column is missing or there twice, or the decisions do not fit the region.
    """
    start = time.perf_counter()
    decisions = _decisions(review)
    queue = Queue(reference) if review.to_write else None
    summary, last_row = Summary(), pl.DataFrame()
    layout = task.layout.expecting(task.options.columns)
    with open_table(task.source, encoding=task.encoding, layout=layout) as table:
        guessed = with_guessed_parts(task.options, table.columns, table.first_rows)
        options = resolve(guessed, table.columns)
        table.refuse_repeated(options.columns)
        table.refuse_nested()
        if decisions is not None:
            refuse_lost_decisions(decisions, reference, options.allow)
        placing = _placing(task, table, options, reference, decisions)
        if provider is not None:
            placing = _with_provider(placing, options, reference, provider, progress.say)
        with TableWriter(task.target, table.dialect, excel=task.excel) as writer:
            for chunk, placed in placing:
                if queue is not None:
                    queue.add(chunk, placed, options)
                summary = summary.add(summarise(placed))
                writer.write(placed)
                progress.rows_done(summary.rows)
                last_row = chunk.tail(1)
        for note in [*table.notes, *total_note(table.name, last_row, options)]:
            progress.say(note)
    if queue is not None and review.to_write is not None:
        with TableWriter(review.to_write) as writer:
            writer.write(queue.table())
    return Run(summary, time.perf_counter() - start)


def _placing(
    task: GeocodeTask,
    table: Table,
    options: PlaceOptions,
    reference: Reference,
    decisions: Overrides | None,
) -> Iterator[Placed]:
    """Return each chunk of a table with its placed rows."""
    chunks = table.chunks(CHUNK_ROWS)
    if task.retry:
        refuse_other_columns(table.columns, options, reference)
        return retried(chunks, options, reference, decisions)
    return place_chunks(
        chunks,
        options,
        reference,
        decisions,
        workers=task.workers,
        scheduler=task.scheduler or None,
    )


def _with_provider(
    placing: Iterator[Placed],
    options: PlaceOptions,
    reference: Reference,
    provider: Provider,
    say: Callable[[str], None],
) -> Iterator[Placed]:
    """Yield each chunk with its placed rows, completed by an outside geocoder."""
    for chunk, placed in placing:
        yield chunk, _asked_outside(chunk, placed, options, reference, provider, say)


def _decisions(review: ReviewFiles) -> Overrides | None:
    if review.decided is None:
        return None
    return read_overrides(whole_table(review.decided, FILLED))


def total_note(name: str, last_row: pl.DataFrame, options: PlaceOptions) -> list[str]:
    """Return a sentence if the last row of a table is a total; the row is kept in the result."""
    if not len(last_row) or options.line is None:
        return []
    is_blank = typed_line(last_row, options).str.strip_chars() == ""
    totals = last_row.filter(is_blank).filter(is_total(first_cell(last_row.columns)))
    return [f"`{name}`: the last row seems to be a total; it was kept."] * len(totals)


def _asked_outside(
    chunk: pl.DataFrame,
    placed: pl.DataFrame,
    options: PlaceOptions,
    reference: Reference,
    provider: Provider,
    say: Callable[[str], None],
) -> pl.DataFrame:
    """Return the placed rows; the provider's matches replace rows that stayed unmatched."""
    outside = provider.decided(typed_addresses(chunk, options), placed, say)
    if not len(outside.table):
        return placed
    again = place(chunk, options, reference, outside)
    use = pl.Series((placed["geo_status"] == "unmatched") & (again["geo_status"] == "matched"))
    return placed.select(
        placed[name].zip_with(~use, again[name]).alias(name) for name in placed.columns
    )


def whole_table(path: Path, read: Sequence[str]) -> pl.DataFrame:
    """Return all rows of a small file; it must have the columns ``read`` once each."""
    with open_table(path, layout=TO_BE_FOUND.expecting(read)) as table:
        table.refuse_repeated(read)
        return pl.concat(list(table.chunks(CHUNK_ROWS)))


def geocode_addresses(
    addresses: Sequence[Mapping[str, object]], reference: Reference
) -> list[dict[str, object]]:
    """Return the result of each address with its id, in order, for up to `MOST_AT_ONCE`.

    Raises
    ------
    InputError
        If there are none or too many, or a key is unknown.
    """
    frame, options = _table(addresses)
    placed = place_alone(frame, resolve(options, frame.columns), reference)
    return [
        {"id": address_id, **answer}
        for address_id, answer in zip(frame["id"], placed.iter_rows(named=True), strict=True)
    ]


def explain_addresses(
    addresses: Sequence[Mapping[str, object]], reference: Reference
) -> list[dict[str, Any]]:
    """Return the explanation of each match (`geoservice.geocode.explain`), in order."""
    frame, options = _table(addresses)
    return [explained(frame[row : row + 1], options, reference) for row in range(len(frame))]


def _table(addresses: Sequence[Mapping[str, object]]) -> tuple[pl.DataFrame, PlaceOptions]:
    """Return the addresses as a table, and the options that name its columns."""
    if not 1 <= len(addresses) <= MOST_AT_ONCE:
        raise InputError(f"Give 1 to {MOST_AT_ONCE} addresses in one request.")
    for row, address in enumerate(addresses, start=1):
        _check_address(address, row)
    columns = {key: [_text(address.get(key)) for address in addresses] for key in sorted(_KEYS)}
    has_values = {key: any(text is not None for text in texts) for key, texts in columns.items()}
    lines = [
        address if address is not None else street
        for address, street in zip(columns["address"], columns["street"], strict=True)
    ]
    frame = pl.DataFrame({**columns, "address": lines}, schema=dict.fromkeys(columns, pl.String))
    options = PlaceOptions(
        address="address",
        city="city",
        state="state",
        zip="zip",
        grade="grade" if has_values["grade"] else None,
        school="school_id" if has_values["grade"] and has_values["school_id"] else None,
    )
    return frame, options


def _check_address(address: Mapping[str, object], row: int) -> None:
    if set(address) - _KEYS:
        keys = ", ".join(sorted(_KEYS))
        raise InputError(f"Address {row} has an unknown key. Known keys are: {keys}.", row=row)
    if address.get("address") is None and address.get("street") is None:
        raise InputError(f"Address {row} has neither `address` nor `street`.", row=row)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
