"""Identity of students without names: keys of students, and households."""

import hmac

import polars as pl

from geoservice.model.columns import coded
from geoservice.model.digests import HASH
from geoservice.state.audit import KEY_BYTES

COARSE = ("street", "zip")
"""Match types that put many homes on one point."""


def student_keys(ids: pl.Series, secret: bytes) -> pl.Series:
    """Return an HMAC of each id; null for no id.

    Outer blanks, a spreadsheet's `.0` and its apostrophe before digits are removed first.
    """
    clean = ids.cast(pl.String).str.strip_chars().str.replace(r"^'?(\d+)(?:\.0)?$", "$1")
    codes, texts = coded(clean)
    # Loop over distinct ids: about 0.7 s for a million.
    digests = [
        hmac.digest(secret, text.encode(), HASH)[:KEY_BYTES] if text else None for text in texts
    ]
    return pl.Series("student", digests, dtype=pl.Binary)[codes]


def student_key(student_id: str, secret: bytes) -> bytes | None:
    """Return the key of an id."""
    key: bytes | None = student_keys(pl.Series([student_id]), secret).item()
    return key


def with_households(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the students with ``household``: students with the same home point share a number.

    A student without an exact point (unmatched, or matched to a street or ZIP) is a household
    alone, across years where the student's key is known.
    """
    has_home_point = pl.col("x").is_not_null() & ~pl.col("geo_match").is_in(COARSE).fill_null(
        value=False
    )
    kind = (
        pl.when(has_home_point).then(0).when(pl.col("student").is_not_null()).then(1).otherwise(2)
    )
    home = frame.select(
        kind.alias("kind"),
        pl.when(has_home_point).then("x").alias("x"),
        pl.when(has_home_point).then("y").alias("y"),
        pl.when(~has_home_point).then("student").alias("student"),
        pl.when(kind == 2).then(pl.int_range(pl.len())).alias("alone"),
    )
    households = home.unique(maintain_order=True).with_row_index("household")
    with_number = home.join(
        households, on=home.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return frame.with_columns(with_number["household"])
