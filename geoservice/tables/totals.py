"""Rows of totals below a table."""

import polars as pl

_TOTAL = (
    r"(?i)^\s*(?:grand |sub-?|district |school |overall |state )*"
    r"totals?(?: students| enrollment| count)?\s*:?\s*$"
)


def first_cell(columns: list[str]) -> pl.Expr:
    """Return the first nonempty cell of each row as text; null for an empty row."""
    cells = [pl.col(column).cast(pl.String).str.strip_chars() for column in columns]
    return pl.coalesce(pl.when(cell != "").then(cell) for cell in cells)


def is_total(cell: pl.Expr) -> pl.Expr:
    """Return whether the first cell of a row is the label of a total."""
    return cell.str.contains(_TOTAL).fill_null(value=False)
