"""Rows whose typed direction does not exist, although its street has other directions.

`12 S Main St` matches MAIN ST without the direction. If N MAIN ST also has the number, either
street may be meant, and the row is a tie. A direction is never replaced.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from geoservice.geocode.compare import NO_DIFFERENCE
from geoservice.geocode.decisions import Decisions
from geoservice.geocode.hits import RowDetails, point_hits, range_hits
from geoservice.geocode.resolve import Candidate
from geoservice.geocode.street_pairs import (
    StreetPairs,
    as_good_elsewhere,
    decided,
    rows_whose,
    tie,
)
from geoservice.reference.snapshot import Reference

_NAME = ("pretype", "name", "type", "modifier")


class LostDirections:
    """Streets without a direction, with streets of the same name that have a direction."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        table = reference.street_table
        self._pairs = StreetPairs(_directed(table), len(table))

    def settle(
        self, decisions: Decisions, details: RowDetails, candidates: list[Candidate]
    ) -> None:
        """Make rows without their direction ties, if a street with a direction has the number."""
        rows = rows_whose(_loses_direction, self._pairs.rows(decisions), decisions, candidates)
        for find in (point_hits, range_hits) if len(rows) else ():
            row_streets = decided(rows, decisions, candidates)
            row_streets = self._pairs.row_streets(row_streets, NO_DIFFERENCE, candidates)
            hits = find(row_streets, details, self._reference)
            hits = as_good_elsewhere(hits, decisions, self._reference)
            tie(hits, decisions)
            rows = np.setdiff1d(rows, hits.row)


def _loses_direction(candidate: Candidate) -> bool:
    return any(change.startswith("direction -") for change in candidate.difference.changes)


def _directed(table: pl.DataFrame) -> Iterable[tuple[int, int]]:
    """Return for each street without a direction the streets of its name with a direction."""
    numbered = table.with_row_index("street")
    has_none = (pl.col("predir") == "") & (pl.col("postdir") == "")
    bare, directed = numbered.filter(has_none), numbered.filter(~has_none)
    pairs = bare.join(directed, on=_NAME, suffix="_other")
    return pairs.select("street", "street_other").iter_rows()
