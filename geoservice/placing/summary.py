"""What became of the rows of a run: counts by match and by reason, never a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Summary:
    """Counts of a run. ``matched`` by kind of match, ``unmatched`` by reason."""

    rows: int = 0
    matched: Mapping[str, int] = field(default_factory=dict)
    ambiguous: int = 0
    unmatched: Mapping[str, int] = field(default_factory=dict)

    def add(self, other: "Summary") -> "Summary":
        """The counts of both runs together."""
        return Summary(
            self.rows + other.rows,
            _sum(self.matched, other.matched),
            self.ambiguous + other.ambiguous,
            _sum(self.unmatched, other.unmatched),
        )


def summarise(placed: pl.DataFrame) -> Summary:
    """Counts of a table with the columns ``geo_status``, ``geo_match`` and ``geo_reason``."""
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


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted({*one, *other})}
