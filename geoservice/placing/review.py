"""The rematch queue: rows that need a person's review, and the decisions that come back."""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.address.reading import read_address
from geoservice.errors import InputError
from geoservice.geocode.candidate_text import BETWEEN_CANDIDATES, candidate_place
from geoservice.geocode.propose import MOST, Proposer
from geoservice.reference.snapshot import Reference

_NO_TEXT = pl.selectors.nested() | pl.selectors.binary()
TYPED = ("line", "city", "state", "zip")
"""The typed address: columns of a review, and the key that joins overrides to rows."""
FILLED = (*TYPED, "use")
"""The columns that are read from a filled review."""
_CANDIDATES = tuple(f"candidate_{number}" for number in range(1, MOST + 1))
REVIEW_COLUMNS = (
    "row",
    "id",
    *TYPED,
    "geo_status",
    "geo_reason",
    "zone_doubtful",
    *_CANDIDATES,
    "use",
)
_COORDINATES = re.compile(r"^\s*(-?[0-9]{1,3}\.[0-9]+)\s*,\s*(-?[0-9]{1,3}\.[0-9]+)\s*$")
_CHOICE = re.compile(r"^([1-9])(?:\.0+)?$")
"""The number of a candidate; spreadsheets write 1.0."""
DECISIONS = dict.fromkeys((*TYPED, "text"), pl.String) | {"lon": pl.Float64, "lat": pl.Float64}
"""Schema of decisions: the typed address, and another address or coordinates in degrees."""


@dataclass(frozen=True)
class Overrides:
    """People's decisions for addresses as typed.

    Attributes
    ----------
    table
        Schema `DECISIONS`: ``line``, ``city``, ``state``, ``zip`` as typed, and ``text`` (another
        address) or ``lon`` and ``lat`` in degrees. Decisions from a file also have ``row``, the
        row number in the review.
    source
        The ``geo_source`` of places that are decided by coordinates.
    uncertainty_m
        The uncertainty in metres of such places.
    """

    table: pl.DataFrame
    source: str = "override"
    uncertainty_m: float = 10.0

    def decisions_for(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Return ``text``, ``lon``, ``lat`` for each typed address; null without a decision."""
        decided = self.table.with_columns(_join_keys()).unique(TYPED, keep="last")
        typed = texts.select(_join_keys())
        joined = typed.join(decided, on=TYPED, how="left", maintain_order="left", nulls_equal=True)
        return joined.select("text", "lon", "lat")


def read_overrides(table: pl.DataFrame) -> Overrides:
    """Return the overrides of a filled review.

    A cell of ``use`` holds the number of a candidate, ``lon, lat``, or an address.

    Raises
    ------
    InputError
        If the table is no review, or if a cell of ``use`` names a candidate that does not exist.
        The message names rows and column.
    """
    missing = [name for name in FILLED if name not in table.columns]
    if missing:
        raise InputError(
            "The overrides are not a filled review: the column `"
            + "`, `".join(missing)
            + "` is missing. Write a review with --review, fill in its column `use`, and pass it "
            "with --overrides."
        )
    read = pl.col(*(name for name in (*FILLED, *_CANDIDATES) if name in table.columns))
    # A Parquet file may have numbers, and lists and bytes, which are no decisions.
    texts = table.select(read).select(~_NO_TEXT).cast(pl.String, strict=False)
    texts = texts.with_columns(pl.lit("").alias(name) for name in FILLED if name not in texts)
    rows = []
    for number, row in enumerate(texts.iter_rows(named=True), start=1):
        use = (row["use"] or "").strip()
        if use:
            typed = [row[name] or "" for name in TYPED]
            rows.append([*typed, *_decided(use, row, number), number])
    decided = pl.DataFrame(rows, schema=DECISIONS | {"row": pl.Int64}, orient="row")
    return Overrides(decided.unique(TYPED, keep="last", maintain_order=True))


def review(
    texts: pl.DataFrame,
    placed: pl.DataFrame,
    ids: pl.Series | None,
    first_row: int,
    proposer: Proposer,
    reference: Reference,
) -> pl.DataFrame:
    """Return the unmatched, ambiguous and doubtful rows, with the columns `REVIEW_COLUMNS`.

    Equal addresses are listed once. ``first_row`` is the number of the table's first data row.
    """
    needs_review = pl.col("geo_status") != "matched"
    if "zone_doubtful" in placed.columns:
        needs_review |= pl.col("zone_doubtful").fill_null(value=False)
    needs_review &= pl.col("geo_reason").fill_null("") != "empty"
    mask = placed.select(needs_review).to_series()
    rows = np.flatnonzero(mask.to_numpy())
    shown = texts.select(TYPED)[rows].with_columns(
        row=pl.Series(rows + first_row).cast(pl.String),
        id=pl.lit(None, dtype=pl.String) if ids is None else ids[rows].cast(pl.String),
        geo_status=placed["geo_status"][rows],
        geo_reason=placed["geo_reason"][rows],
        zone_doubtful=placed["zone_doubtful"][rows].cast(pl.String)
        if "zone_doubtful" in placed.columns
        else pl.lit(None, dtype=pl.String),
        geocoded=_geocoded(placed, rows),
        use=pl.lit(""),
    )
    shown = shown.unique(TYPED, keep="first", maintain_order=True)
    proposed = [_candidates(row, proposer, reference) for row in shown.iter_rows(named=True)]
    columns = [
        pl.Series(
            name,
            [candidates[index] if index < len(candidates) else None for candidates in proposed],
            dtype=pl.String,
        )
        for index, name in enumerate(_CANDIDATES)
    ]
    return shown.with_columns(columns).select(REVIEW_COLUMNS)


def _geocoded(placed: pl.DataFrame, rows: NDArray[np.int64]) -> pl.Series:
    """Return the candidates of ambiguous rows and the matched address of doubtful rows."""
    listed = placed.select("geo_status", "geo_changes", "geo_address")[rows]
    candidates = (
        pl.when(pl.col("geo_status") == "ambiguous").then("geo_changes").otherwise("geo_address")
    )
    return listed.select(candidates).to_series()


def _candidates(row: dict[str, str | None], proposer: Proposer, reference: Reference) -> list[str]:
    if row["geocoded"]:
        return row["geocoded"].split(BETWEEN_CANDIDATES)[:MOST]
    line, city, state, zip_ = (row[name] or "" for name in TYPED)
    return proposer.propose(read_address(line, city, state, zip_, reference.gazetteer))


def _decided(
    use: str, row: dict[str, str | None], number: int
) -> tuple[str | None, float | None, float | None]:
    coordinates = _COORDINATES.match(use)
    if coordinates:
        lon, lat = float(coordinates[1]), float(coordinates[2])
        if abs(lon) > 180 or abs(lat) > 90:
            raise InputError(
                f"Row {number} of the overrides, column `use`: these are not degrees. Write "
                "longitude, then latitude, for example `-93.53, 42.02`.",
                row=number,
                column="use",
            )
        return None, lon, lat
    if choice := _CHOICE.match(use):
        chosen = row.get(f"candidate_{choice[1]}")
        if not chosen:
            raise InputError(
                f"Row {number} of the overrides, column `use`: there is no candidate {choice[1]}. "
                "Write the number of a candidate, an address, or longitude and latitude.",
                row=number,
                column="use",
            )
        use = chosen
    address, lon_deg, lat_deg = candidate_place(use)
    return (address, None, None) if lon_deg is None else (None, lon_deg, lat_deg)


def _join_keys() -> list[pl.Expr]:
    """Return the typed address without the changes that a spreadsheet makes to a review.

    A spreadsheet removes the zeros before a ZIP and adds ``.0``. Cells that look like formulas
    carry an apostrophe, and repeated spaces disappear.
    """
    texts = [
        pl.col(name).str.strip_chars().str.strip_prefix("'").str.replace_all(r"\s+", " ")
        for name in TYPED
    ]
    *others, zip_ = texts
    return [*others, zip_.str.replace(r"\.0+$", "").str.strip_chars_start("0")]
