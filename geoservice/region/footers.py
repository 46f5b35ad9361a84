"""Rows at the end of a table without data: totals, notes and blank rows."""

from dataclasses import replace

import polars as pl

from geoservice.model.layers import Finding
from geoservice.region.manifest import Dataset
from geoservice.region.raw_table import RawTable
from geoservice.tables.totals import is_total

_LOOKED_AT = 25
_WORDS = r"^\s*(?:\*|\S+\s+\S)"
_FEWEST_COLUMNS = 3
_SHOWN = 10


def without_footers(raw: RawTable, dataset: Dataset) -> RawTable:
    """Return the table without blank rows and without the totals and notes at its end.

    A total is a row whose first filled cell is a word for totals. A note is a row with a single
    filled cell that follows a blank row or has several words. Rows keep their numbers.
    """
    columns = [name for name in raw.frame.columns if name != "row"]
    filled = pl.sum_horizontal(pl.col(columns).is_not_null()).alias("filled")
    starts_total = is_total(pl.coalesce(columns)).alias("is_total")
    counts = raw.frame.select(filled)["filled"]
    words = pl.coalesce(columns).str.contains(_WORDS).fill_null(value=False).alias("is_text")
    tail = raw.frame.tail(_LOOKED_AT).select("row", filled, starts_total, words)
    is_wide = len(counts) > 0 and int(counts.to_numpy().max()) >= _FEWEST_COLUMNS
    footers = _footers(tail, has_notes=is_wide)
    is_kept = (counts > 0) & ~raw.frame["row"].is_in(footers)
    if is_kept.all():
        return raw
    table = raw.filter(is_kept)
    if not footers:
        return table
    rows = tuple(str(row) for row in footers[:_SHOWN])
    text = "[row|rows] below the table, totals or notes, [was|were] left out"
    finding = Finding("below_table", "repair", dataset.label, text, len(footers), rows)
    return replace(table, findings=(*table.findings, finding))


def _footers(tail: pl.DataFrame, *, has_notes: bool) -> list[int]:
    """Return the numbers of the totals and notes at the end of the table."""
    before = tail["filled"].shift(1, fill_value=1)
    is_note = (tail["filled"] == 1) & ((before == 0) | tail["is_text"]) & has_notes
    footers: list[int] = []
    for row, filled, is_footer in zip(
        tail["row"].reverse(),
        tail["filled"].reverse(),
        (tail["is_total"] | is_note).reverse(),
        strict=True,
    ):
        if filled and not is_footer:
            break
        footers += [row] if filled else []
    return footers[::-1]
