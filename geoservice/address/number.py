"""House numbers as a whole number and the pattern around it.

``123`` is 123 and no pattern; ``123A`` is 123 and ``#A``; ``12 1/2`` is 12 and ``# 1/2``;
``45-12`` is 4512 and ``#-#``; ``W204N11912`` is 20411912 and ``W#N#``. Two numbers are the same
where both agree.
"""

import polars as pl

NO_NUMBER = -1
_TOO_LONG = 9


def number_value(column: pl.Expr) -> pl.Expr:
    """The digits of each number as one whole number without its fraction, -1 for none."""
    digits = _whole(column).str.replace_all(r"\D", "")
    fits = digits.str.len_chars().is_between(1, _TOO_LONG)
    return pl.when(fits).then(digits).cast(pl.Int64, strict=False).fill_null(NO_NUMBER)


def number_pattern(column: pl.Expr) -> pl.Expr:
    """What stands around the digits, digits as ``#``; empty for a plain number."""
    fraction = column.str.extract(r"(\s\d/\d)$").fill_null("")
    shape = _whole(column).str.replace_all(r"\d+", "#") + fraction
    return pl.when(shape == "#").then(pl.lit("")).otherwise(shape)


def cleaned_number(column: pl.Expr) -> pl.Expr:
    """A number from a file: upper case, floats and zero padding mended (``00123.0`` is 123)."""
    text = column.cast(pl.String).fill_null("").str.strip_chars().str.to_uppercase()
    text = text.str.replace(r"^(\d+)\.0+$", "$1").str.replace(r"^0+(\d)", "$1")
    return text.str.replace("[\u2010-\u2015]", "-").str.replace(r"^(\d+)\s+([A-Z])$", "$1$2")


def _whole(column: pl.Expr) -> pl.Expr:
    return column.str.replace(r"\s\d/\d$", "")
