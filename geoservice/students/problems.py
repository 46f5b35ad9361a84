"""Problems of rows of a student file: kind, count and row numbers, never values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

MEANING: Mapping[str, str] = {
    "blank": "the row is empty; it is no student",
    "total": "the row is a total; it is no student",
    "no_year": "no school year can be read; the row is kept, and in no figure",
    "no_grade": "no grade can be read; the row is in no figure of a grade or band, and has no zone",
    "no_school": "no school is given; the row is not counted at any school",
    "unknown_school": "the region has no school of that id; the row is not counted at any school",
    "closed_school": "the school was not open in that year; the row is not counted at any school",
    "school_zeros": "the school's id had lost leading zeros, or gained `.0`; it was mended",
    "no_id": "no student id is given; the row counts as a student of its own",
    "twice": (
        "the student has an earlier row of the same year and the same facts; the row is in no "
        "figure"
    ),
    "twice_differing": (
        "the student has an earlier row of the same year that says something else; the row is in "
        "no figure"
    ),
    "other_address": "another address of a student was taken",
    "no_current_address": (
        "no address of the student holds on the day asked for; the row has no place"
    ),
    "unreadable_date": "a first or last day cannot be read; the address is not taken",
    "protected": "a protected address; the row is kept, and its address was not read",
    "no_fixed_address": (
        "a student without a fixed address; the row is kept, and its address was not read"
    ),
    "unclear_flag": "a flag is neither yes nor no; it was taken for yes",
}
_MAX_LISTED_ROWS = 10
_WITHOUT_ROWS = frozenset(["protected", "no_fixed_address"])
"""Kinds that are reported without row numbers: no list points at protected students."""


@dataclass
class Problems:
    """Row numbers by kind of problem; the first row below the header is 1."""

    rows: dict[str, pl.Series] = field(default_factory=dict)

    def add(self, code: str, frame: pl.DataFrame, condition: pl.Expr | pl.Series) -> None:
        """Add the rows of a table (column ``row``) where a condition is true."""
        row_numbers = frame.filter(condition)["row"]
        if len(row_numbers):
            self.rows[code] = (
                pl.concat([self.rows.get(code, row_numbers.clear()), row_numbers]).unique().sort()
            )

    def forget(self, rows: pl.Series) -> None:
        """Remove some rows from all problems."""
        remaining = {
            code: row_numbers.filter(~row_numbers.is_in(rows.implode()))
            for code, row_numbers in self.rows.items()
        }
        self.rows = {
            code: row_numbers for code, row_numbers in remaining.items() if len(row_numbers)
        }

    def count(self, code: str) -> int:
        """Return the number of rows with a kind of problem."""
        return len(self.rows.get(code, ()))

    def summary(self) -> list[dict[str, Any]]:
        """Return ``code``, ``count``, ``meaning`` and ``rows`` of each kind of problem.

        Kinds are in the order of `MEANING`; ``rows`` lists the first row numbers.
        """
        return [
            {
                "code": code,
                "count": self.count(code),
                "meaning": meaning,
                "rows": self._listed_rows(code),
            }
            for code, meaning in MEANING.items()
            if code in self.rows
        ]

    def _listed_rows(self, code: str) -> list[int]:
        if code in _WITHOUT_ROWS:
            return []
        return self.rows[code].head(_MAX_LISTED_ROWS).to_list()

    def table(self) -> pl.DataFrame:
        """Return ``row``, ``problem``, ``meaning`` by row, for kinds reported with row numbers."""
        parts = [
            pl.DataFrame(schema={"row": pl.UInt32, "problem": pl.String, "meaning": pl.String})
        ]
        parts += [
            pl.DataFrame({"row": rows}).with_columns(
                problem=pl.lit(code), meaning=pl.lit(MEANING[code])
            )
            for code, rows in self.rows.items()
            if code not in _WITHOUT_ROWS
        ]
        return pl.concat(parts).sort("row", "problem")
