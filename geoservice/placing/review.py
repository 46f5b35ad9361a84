"""The rematch queue: rows for people to look at, and what they decided."""

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

TYPED = ("line", "city", "state", "zip")
"""The address as typed: columns of a review, and the key that an override is found by."""
FILLED = (*TYPED, "use")
"""The columns of a filled review that are read."""
_CANDIDATES = tuple(f"candidate_{number}" for number in range(1, MOST + 1))
REVIEW_COLUMNS = (
    "row", "id", *TYPED, "geo_status", "geo_reason", "zone_doubtful", *_CANDIDATES, "use",
)  # fmt: skip
_COORDINATES = re.compile(r"^\s*(-?[0-9]{1,3}\.[0-9]+)\s*,\s*(-?[0-9]{1,3}\.[0-9]+)\s*$")
_CHOICE = re.compile(r"^([1-9])(?:\.0+)?$")
"""The number of a candidate; spreadsheets write 1.0."""
DECISIONS = dict.fromkeys((*TYPED, "text"), pl.String) | {"lon": pl.Float64, "lat": pl.Float64}
"""Schema of what was decided: the address as typed, and another address or a place in degrees."""


@dataclass(frozen=True)
class Overrides:
    """What people decided for addresses as typed.

    Attributes
    ----------
    table
        Schema `DECISIONS`: ``line``, ``city``, ``state``, ``zip`` as typed, and ``text`` (another
        address) or ``lon`` and ``lat`` in degrees; ``row``, the number of the review's row, where
        the decisions come from a file.
    source
        Who decided: the ``geo_source`` of places given by coordinates.
    uncertainty_m
        Half-width in metres of such places.
    """

    table: pl.DataFrame
    source: str = "override"
    uncertainty_m: float = 10.0

    def found(self, texts: pl.DataFrame) -> pl.DataFrame:
        """``text``, ``lon``, ``lat`` for each row of the typed texts; null where there is none."""
        decided = self.table.with_columns(_as_kept()).unique(TYPED, keep="last")
        typed = texts.select(_as_kept())
        joined = typed.join(decided, on=TYPED, how="left", maintain_order="left", nulls_equal=True)
        return joined.select("text", "lon", "lat")


def read_overrides(table: pl.DataFrame) -> Overrides:
    """Overrides of a filled review: in ``use`` the number of a candidate, ``lon, lat``, or an address.

    Raises
    ------
    InputError
        Where the table is no review, or a cell of ``use`` names a candidate that is not there;
        the message names rows and column.
    """
    missing = [name for name in FILLED if name not in table.columns]
    if missing:
        raise InputError(
            "The overrides are no filled review: the column `"
            + "`, `".join(missing)
            + "` is missing. Write one with --review, fill its column `use`, and give it back."
        )
    rows = []
    for number, row in enumerate(table.iter_rows(named=True), start=1):
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
    """The rows that want a look, columns `REVIEW_COLUMNS`: unmatched, ambiguous and doubtful ones.

    Equal addresses are listed once. ``first_row`` is the number of the table's first data row.
    """
    wanted = pl.col("geo_status") != "matched"
    if "zone_doubtful" in placed.columns:
        wanted |= pl.col("zone_doubtful").fill_null(value=False)
    wanted &= pl.col("geo_reason").fill_null("") != "empty"
    mask = placed.select(wanted).to_series()
    rows = np.flatnonzero(mask.to_numpy())
    shown = texts.select(TYPED)[rows].with_columns(
        row=pl.Series(rows + first_row).cast(pl.String),
        id=pl.lit(None, dtype=pl.String) if ids is None else ids[rows].cast(pl.String),
        geo_status=placed["geo_status"][rows],
        geo_reason=placed["geo_reason"][rows],
        zone_doubtful=placed["zone_doubtful"][rows].cast(pl.String)
        if "zone_doubtful" in placed.columns
        else pl.lit(None, dtype=pl.String),
        known=_known(placed, rows),
        use=pl.lit(""),
    )
    shown = shown.unique(TYPED, keep="first", maintain_order=True)
    proposed = [_candidates(row, proposer, reference) for row in shown.iter_rows(named=True)]
    columns = [
        pl.Series(
            name, [some[at] if at < len(some) else None for some in proposed], dtype=pl.String
        )
        for at, name in enumerate(_CANDIDATES)
    ]
    return shown.with_columns(columns).select(REVIEW_COLUMNS)


def _known(placed: pl.DataFrame, rows: NDArray[np.int64]) -> pl.Series:
    """The candidates of ambiguous rows, the matched address of doubtful ones."""
    some = placed.select("geo_status", "geo_changes", "geo_address")[rows]
    known = (
        pl.when(pl.col("geo_status") == "ambiguous").then("geo_changes").otherwise("geo_address")
    )
    return some.select(known).to_series()


def _candidates(row: dict[str, str | None], proposer: Proposer, reference: Reference) -> list[str]:
    if row["known"]:
        return row["known"].split(BETWEEN_CANDIDATES)[:MOST]
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
                f"Row {number} of the overrides, column `use`: these are no degrees. Write "
                "longitude, then latitude, for example `-93.53, 42.02`.", row=number, column="use",
            )  # fmt: skip
        return None, lon, lat
    if choice := _CHOICE.match(use):
        chosen = row.get(f"candidate_{choice[1]}")
        if not chosen:
            raise InputError(
                f"Row {number} of the overrides, column `use`: there is no candidate {choice[1]}. "
                "Write the number of a candidate, an address, or longitude and latitude.",
                row=number, column="use",
            )  # fmt: skip
        use = chosen
    address, lon_deg, lat_deg = candidate_place(use)
    return (address, None, None) if lon_deg is None else (None, lon_deg, lat_deg)


def _as_kept() -> list[pl.Expr]:
    """The address as typed, however a spreadsheet kept the review.

    It takes the zeros before a ZIP away and adds ``.0``; cells that look like formulas carry an
    apostrophe; and spaces go lost.
    """
    texts = [
        pl.col(name).str.strip_chars().str.strip_prefix("'").str.replace_all(r"\s+", " ")
        for name in TYPED
    ]
    *others, zip_ = texts
    return [*others, zip_.str.replace(r"\.0+$", "").str.strip_chars_start("0")]
