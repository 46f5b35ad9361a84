"""Who is who without a name: keys of students, and households."""

import hmac

import polars as pl

from geoservice.model.columns import coded
from geoservice.state.audit import KEY_BYTES

COARSE = ("street", "zip")
"""Matches that put many homes on one point."""


def student_keys(ids: pl.Series, secret: bytes) -> pl.Series:
    """An HMAC of each id; null where there is none.

    Blanks around it, a spreadsheet's `.0` and its apostrophe before digits are left out.
    """
    clean = ids.cast(pl.String).str.strip_chars().str.replace(r"^'?(\d+)(?:\.0)?$", "$1")
    codes, texts = coded(clean)
    # Over distinct ids: some 0.7 s for a million.
    digests = [hmac.digest(secret, text.encode(), "sha256")[:KEY_BYTES] if text else None for text in texts]  # fmt: skip
    return pl.Series("student", digests, dtype=pl.Binary)[codes]


def student_key(student_id: str, secret: bytes) -> bytes | None:
    """The key of one id."""
    key: bytes | None = student_keys(pl.Series([student_id]), secret).item()
    return key


def with_households(frame: pl.DataFrame) -> pl.DataFrame:
    """The students with ``household``: the same number for all who share a home point, in all years.

    Who has no point of their own (unmatched, or matched to a whole street or ZIP) is a household alone, over the years
    where their key is known.
    """
    placed = pl.col("x").is_not_null() & ~pl.col("geo_match").is_in(COARSE).fill_null(value=False)
    kind = pl.when(placed).then(0).when(pl.col("student").is_not_null()).then(1).otherwise(2)
    home = frame.select(
        kind.alias("kind"),
        pl.when(placed).then("x").alias("x"),
        pl.when(placed).then("y").alias("y"),
        pl.when(~placed).then("student").alias("student"),
        pl.when(kind == 2).then(pl.int_range(pl.len())).alias("alone"),
    )
    numbered = home.unique(maintain_order=True).with_row_index("household")
    joined = home.join(
        numbered, on=home.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return frame.with_columns(joined["household"])
