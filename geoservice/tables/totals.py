"""Rows below a table that sum it up."""

import polars as pl

_TOTAL = r"(?i)^\s*(?:grand |sub-?|district |school |overall |state )*totals?(?: students| enrollment| count)?\s*:?\s*$"


def first_cell(columns: list[str]) -> pl.Expr:
    """The first cell of each row that holds something, as text; null where none does."""
    cells = [pl.col(column).cast(pl.String).str.strip_chars() for column in columns]
    return pl.coalesce(pl.when(cell != "").then(cell) for cell in cells)


def is_total(cell: pl.Expr) -> pl.Expr:
    """True of a first cell that says no more than that its row is a total."""
    return cell.str.contains(_TOTAL).fill_null(value=False)
