"""Geocoding of tables and files: the one way in for the command line, HTTP, jobs and library."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from geoservice.batch.parallel import place_chunks
from geoservice.errors import InputError
from geoservice.placing.checking import refuse_lost_decisions
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import (
    added_columns,
    explained,
    names_without_results,
    place,
    place_alone,
    typed_addresses,
)
from geoservice.placing.queue import Queue
from geoservice.placing.review import FILLED, read_overrides
from geoservice.placing.summary import Summary, summarise
from geoservice.reference.snapshot import Reference
from geoservice.service.provider import Provider
from geoservice.tables.frames import Frame, column_names, text_columns, with_results
from geoservice.tables.layout import TO_BE_FOUND, Layout
from geoservice.tables.reading import open_table
from geoservice.tables.totals import first_cell, is_total
from geoservice.tables.writing import TableWriter

CHUNK_ROWS = 131_072
MOST_AT_ONCE = 1_000
_PARTS = ("address", "street", "city", "state", "zip")
_KEYS = {*_PARTS, "id", "grade", "school_id"}


@dataclass(frozen=True)
class Run:
    """What a run over a file did, and how long it took."""

    summary: Summary
    seconds: float

    @property
    def rows_per_s(self) -> float:
        """Rows per second, all steps included."""
        return self.summary.rows / self.seconds if self.seconds else 0.0


def geocode_frame(frame: Frame, options: PlaceOptions, reference: Reference) -> pd.DataFrame:
    """The table in pandas, then the result columns: one row per row, in the order given.

    Columns that the options do not name are passed on as they are, whatever they hold.
    """
    names = column_names(frame)
    resolved = resolve(options, names)
    texts = text_columns(frame, [name for name in resolved.columns if name is not None])
    results = place_alone(texts, resolved, reference)
    kept = names_without_results(names, reference) if options.replace else names
    results.columns = [column.name for column in added_columns(list(kept), resolved, reference)]
    return with_results(frame, sorted({*names} - {*kept}), results)


def geocode_file(
    source: Path,
    target: Path,
    options: PlaceOptions,
    reference: Reference,
    *,
    excel: bool = False,
    encoding: str | None = None,
    layout: Layout = TO_BE_FOUND,
    review_to: Path | None = None,
    overrides: Path | None = None,
    provider: Provider | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    told: Callable[[int], None] = lambda _: None,
) -> Run:
    """Geocode a file into a file, chunk by chunk; ``told`` hears of the rows done so far.

    ``layout`` says where the table lies in its file. Where it was found and what was repaired in it is
    told to ``say``.
    Rows that want a look are written to ``review_to``; ``overrides`` is such a file, filled in.
    A ``provider`` is asked for addresses that stay unmatched. ``workers`` are processes,
    ``scheduler`` is the address of a Dask cluster.
    """
    start = time.perf_counter()
    summary = Summary()
    decided = None if overrides is None else read_overrides(_whole(overrides, FILLED))
    queue = Queue(reference) if review_to else None
    last = pl.DataFrame()
    with open_table(source, encoding=encoding, layout=layout.wanting(options.columns)) as table:
        resolved = resolve(options, table.columns)
        table.refuse_repeated(resolved.columns)
        if decided is not None:
            refuse_lost_decisions(decided, reference, resolved.allow)
        with TableWriter(target, table.dialect, excel=excel) as writer:
            for chunk, placed in place_chunks(
                table.chunks(CHUNK_ROWS), resolved, reference, decided,
                workers=workers, scheduler=scheduler,
            ):  # fmt: skip
                answer = placed
                if provider is not None:
                    answer = _asked_outside(chunk, placed, resolved, reference, provider, say)
                if queue is not None:
                    queue.add(chunk, answer, resolved)
                summary = summary.add(summarise(answer))
                writer.write(answer)
                told(summary.rows)
                last = chunk.tail(1)
        for note in [*table.notes, *_total_note(table.name, last, resolved)]:
            say(note)
    if queue is not None and review_to is not None:
        with TableWriter(review_to) as writer:
            writer.write(queue.table())
    return Run(summary, time.perf_counter() - start)


def _total_note(name: str, last: pl.DataFrame, options: PlaceOptions) -> list[str]:
    """A sentence where the last row of a table is a total: it is kept, as every row is."""
    if not len(last) or options.line is None:
        return []
    is_blank = pl.col(options.line).cast(pl.String).fill_null("").str.strip_chars() == ""
    totals = last.filter(is_blank & is_total(first_cell(last.columns)))
    return [f"`{name}`: the last row seems to be a total; it was kept."] * len(totals)


def _asked_outside(
    chunk: pl.DataFrame, placed: pl.DataFrame, options: PlaceOptions, reference: Reference,
    provider: Provider, say: Callable[[str], None],
) -> pl.DataFrame:  # fmt: skip
    """The table with what the provider found for rows that stayed unmatched."""
    found = provider.decided(typed_addresses(chunk, options), placed, say)
    if not len(found.table):
        return placed
    again = place(chunk, options, reference, found)
    use = pl.Series((placed["geo_status"] == "unmatched") & (again["geo_status"] == "matched"))
    return placed.select(
        placed[name].zip_with(~use, again[name]).alias(name) for name in placed.columns
    )


def _whole(path: Path, read: Sequence[str]) -> pl.DataFrame:
    with open_table(path, layout=TO_BE_FOUND.wanting(read)) as table:
        table.refuse_repeated(read)
        return pl.concat(list(table.chunks(CHUNK_ROWS)))


def geocode_addresses(
    addresses: Sequence[Mapping[str, object]], reference: Reference
) -> list[dict[str, object]]:
    """Answers to up to `MOST_AT_ONCE` addresses given as mappings, in order, each with its id.

    Raises
    ------
    InputError
        Where there are none or too many, or a key is unknown.
    """
    frame, options = _table(addresses)
    placed = place_alone(frame, resolve(options, frame.columns), reference)
    return [{"id": one, **answer} for one, answer in
            zip(frame["id"], placed.iter_rows(named=True), strict=True)]  # fmt: skip


def explain_addresses(
    addresses: Sequence[Mapping[str, object]], reference: Reference
) -> list[dict[str, Any]]:
    """Why each of these addresses is matched as it is (`geoservice.geocode.explain`), in order."""
    frame, options = _table(addresses)
    return [explained(frame[at : at + 1], options, reference) for at in range(len(frame))]


def _table(addresses: Sequence[Mapping[str, object]]) -> tuple[pl.DataFrame, PlaceOptions]:
    """The addresses as a table, and which of its columns say what."""
    if not 1 <= len(addresses) <= MOST_AT_ONCE:
        raise InputError(f"Give 1 to {MOST_AT_ONCE} addresses in one request.")
    for row, one in enumerate(addresses, start=1):
        if set(one) - _KEYS:
            raise InputError(
                f"Address {row} has an unknown key. Known are: {', '.join(sorted(_KEYS))}.", row=row
            )
        if one.get("address") is None and one.get("street") is None:
            raise InputError(f"Address {row} has neither `address` nor `street`.", row=row)
    columns = {key: [_text(one.get(key)) for one in addresses] for key in sorted(_KEYS)}
    given = {key for key in _KEYS if any(value is not None for value in columns[key])}
    line = [a if a is not None else s for a, s in
            zip(columns["address"], columns["street"], strict=True)]  # fmt: skip
    frame = pl.DataFrame({**columns, "address": line}, schema=dict.fromkeys(columns, pl.String))
    options = PlaceOptions(
        address="address", city="city", state="state", zip="zip",
        grade="grade" if "grade" in given else None,
        school="school_id" if {"grade", "school_id"} <= given else None,
    )  # fmt: skip
    return frame, options


def _text(value: object) -> str | None:
    return None if value is None else str(value)
