"""Count the rows of a run by kind of match and by reason; a summary never holds a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Summary:
    """Row counts of a run: ``matched`` by kind of match, ``unmatched`` by reason."""

    rows: int = 0
    matched: Mapping[str, int] = field(default_factory=dict)
    ambiguous: int = 0
    unmatched: Mapping[str, int] = field(default_factory=dict)

    def add(self, summary: "Summary") -> "Summary":
        """Return the sum of both counts."""
        return Summary(
            self.rows + summary.rows,
            _sum(self.matched, summary.matched),
            self.ambiguous + summary.ambiguous,
            _sum(self.unmatched, summary.unmatched),
        )


def summarise(placed: pl.DataFrame) -> Summary:
    """Count the rows of a table with ``geo_status``, ``geo_match`` and ``geo_reason``."""
    counted = placed.group_by("geo_status", "geo_match", "geo_reason").len()
    matched: dict[str, int] = {}
    unmatched: dict[str, int] = {}
    ambiguous = 0
    for status, match, reason, count in sorted(counted.rows(), key=str):
        if status == "matched":
            matched[match] = matched.get(match, 0) + count
        elif status == "ambiguous":
            ambiguous += count
        else:
            unmatched[reason] = unmatched.get(reason, 0) + count
    return Summary(len(placed), matched, ambiguous, unmatched)


def _sum(counts: Mapping[str, int], other_counts: Mapping[str, int]) -> dict[str, int]:
    return {
        key: counts.get(key, 0) + other_counts.get(key, 0)
        for key in sorted({*counts, *other_counts})
    }
