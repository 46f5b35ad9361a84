"""Names and cells of columns of subgroups and programmes."""

import polars as pl

NO = ("", "0", "0.0", "n", "no", "false", "f", "none", "null", "na", "n/a", "-")


def marked(text: pl.Expr) -> pl.Expr:
    """Return whether a cell is anything but a clear no."""
    return ~text.str.to_lowercase().is_in(NO)


def group_name(column: str) -> str:
    """Return the name of the subgroup or programme of a column."""
    return "".join(
        character if character.isalnum() else "_" for character in column.strip().lower()
    )
