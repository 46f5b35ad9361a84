"""What is wrong with rows of a student file: kind, number and rows, never a value."""

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
    "twice": "the student has an earlier row of the same year and the same facts; the row is in no figure",
    "twice_differing": "the student has an earlier row of the same year that says something else; the row is in no figure",
    "other_address": "another address of a student was taken",
    "no_current_address": "no address of the student holds on the day asked for; the row has no place",
    "unreadable_date": "a first or last day cannot be read; the address is not taken",
    "protected": "a protected address; the row is kept, and its address was not read",
    "no_fixed_address": "a student without a fixed address; the row is kept, and its address was not read",
    "unclear_flag": "a flag is neither yes nor no; it was taken for yes",
}  # fmt: skip
_SHOWN = 10
_UNTOLD = frozenset(["protected", "no_fixed_address"])
"""Kinds that are told by their number alone: no list points at students whose address is protected."""


@dataclass
class Problems:
    """Row numbers by kind of problem; rows are numbered from 1, the header not counted."""

    rows: dict[str, pl.Series] = field(default_factory=dict)

    def add(self, code: str, frame: pl.DataFrame, at: pl.Expr | pl.Series) -> None:
        """Add the rows of a table (column ``row``) at which a condition is true."""
        found = frame.filter(at)["row"]
        if len(found):
            self.rows[code] = pl.concat([self.rows.get(code, found.clear()), found]).unique().sort()

    def forget(self, rows: pl.Series) -> None:
        """Tell nothing of some rows."""
        kept = {code: one.filter(~one.is_in(rows.implode())) for code, one in self.rows.items()}
        self.rows = {code: one for code, one in kept.items() if len(one)}

    def count(self, code: str) -> int:
        """Number of rows of a kind."""
        return len(self.rows.get(code, ()))

    def told(self) -> list[dict[str, Any]]:
        """``code``, ``count``, ``meaning`` and the first ``rows`` of each kind, in the order of `MEANING`."""
        return [{"code": code, "count": self.count(code), "meaning": meaning,
                 "rows": [] if code in _UNTOLD else self.rows[code].head(_SHOWN).to_list()}
                for code, meaning in MEANING.items() if code in self.rows]  # fmt: skip

    def table(self) -> pl.DataFrame:
        """``row``, ``problem``, ``meaning``: by row, all of them whose rows are told."""
        parts = [
            pl.DataFrame(schema={"row": pl.UInt32, "problem": pl.String, "meaning": pl.String})
        ]
        parts += [pl.DataFrame({"row": rows}).with_columns(problem=pl.lit(code), meaning=pl.lit(MEANING[code]))
                  for code, rows in self.rows.items() if code not in _UNTOLD]  # fmt: skip
        return pl.concat(parts).sort("row", "problem")
