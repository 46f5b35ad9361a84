"""Places of the rows of a finished job, for the map that only its owner sees."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from geoservice.tables.positions import position_columns

MOST_PLACES = 100_000
"""Rows of an answer; the next answer begins behind its last row."""
_DECIMALS = 6
_COLUMNS = ("geo_status", "geo_match", "geo_reason", "geo_uncertainty_m", "geo_source")


def job_places(placed: Iterable[pl.DataFrame], after: int = 0) -> dict[str, Any]:
    """Return the places of the rows behind row ``after``, column by column.

    Rows count from 1. A row without a place has neither ``lon`` nor ``lat``. The answer has no
    address, name or id. ``next_row`` is the row to continue after; None at the end.
    """
    parts = [_places(rows) for rows in placed]
    table = pl.concat(parts).with_row_index("row", 1)
    page = table.filter(pl.col("row") > after).head(MOST_PLACES)
    last_row = page["row"][-1] if len(page) else after
    columns = {name: page[name].to_list() for name in page.columns}
    return {
        "total": len(table),
        "next_row": last_row if last_row < len(table) else None,
        **columns,
    }


def _places(rows: pl.DataFrame) -> pl.DataFrame:
    lon, lat = position_columns(rows)
    return rows.select(
        pl.col(lon).round(_DECIMALS).alias("lon"),
        pl.col(lat).round(_DECIMALS).alias("lat"),
        *(pl.col(name).alias(name.removeprefix("geo_")) for name in _COLUMNS),
    )
