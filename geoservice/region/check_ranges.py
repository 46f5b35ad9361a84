"""Checks of address ranges: parity, direction, repeats, overlaps and missing names."""

import polars as pl

from geoservice.model.layers import Finding

_SHOWN = 10
_ENDS = ("from_left", "to_left", "from_right", "to_right")
_PARTS = ("predir", "pretype", "name", "type", "postdir")


def check_ranges(streets: pl.DataFrame) -> list[Finding]:
    """Return the faults of address ranges, with sample rows for each kind."""
    streets = streets.with_row_index("street_row", offset=1)
    unnumbered = streets.filter(pl.all_horizontal(pl.col(end).is_null() for end in _ENDS))
    findings = _rows(
        "no_range", "[street has|streets have] no address range", unnumbered["street_row"]
    )
    for side in ("left", "right"):
        low, high = pl.col(f"from_{side}"), pl.col(f"to_{side}")
        mixed = streets.filter((low % 2) != (high % 2))
        findings += _rows(
            "mixed_parity",
            f"[range|ranges] on the {side} [runs|run] from odd to even",
            mixed["street_row"],
        )
    left = pl.col("to_left") - pl.col("from_left")
    right = pl.col("to_right") - pl.col("from_right")
    against = streets.filter((left * right) < 0)
    findings += _rows(
        "range_reversed",
        "[street|streets] whose sides count in opposite ways",
        against["street_row"],
    )
    sides = sides_of(streets)
    nameless = sides.filter(pl.col("street") == "")["street_row"].unique().sort()
    findings += _rows(
        "no_name", "[street|streets] with address ranges [has|have] no name", nameless
    )
    return findings + _repeats(sides.filter(pl.col("street") != ""))


def sides_of(streets: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each street side with a range.

    The columns are ``street_row`` (row of the street), ``street`` (its name), ``from``, ``to``,
    ``city``, ``state`` and ``zip``.
    """
    parts = pl.concat_str([pl.col(part) for part in _PARTS], separator=" ", ignore_nulls=True)
    full = pl.col("full_name").fill_null("").str.strip_chars()
    text = pl.when(full != "").then(full).otherwise(parts.str.strip_chars())
    sides = [
        streets.select(
            "street_row",
            text.alias("street"),
            *(
                pl.col(f"{name}_{side}").alias(name)
                for name in ("from", "to", "city", "state", "zip")
            ),
        )
        for side in ("left", "right")
    ]
    return pl.concat(sides).drop_nulls(["from", "to"])


def _repeats(sides: pl.DataFrame) -> list[Finding]:
    """Return range sides that share numbers with another side of their street and parity.

    An address in both ranges has two possible positions.
    """
    group = [pl.col("street").str.to_uppercase(), "city", "zip", pl.col("from") % 2]
    numbered = sides.select(
        "street_row",
        pl.min_horizontal("from", "to").alias("low"),
        pl.max_horizontal("from", "to").alias("high"),
        group=pl.struct(group).rank("dense"),
    ).unique(maintain_order=True)
    is_repeated = pl.struct("group", "low", "high").is_duplicated()
    repeated = numbered.filter(is_repeated)
    text = (
        f"of {len(sides):,} range sides [repeats|repeat] the numbers of another "
        "side of their street"
    )
    findings = _rows("range_repeated", text, repeated["street_row"])
    distinct = numbered.unique(["group", "low", "high"], maintain_order=True)
    distinct = distinct.sort("group", "low", "high")
    before = pl.col("high").cum_max().shift().over("group")
    overlapping = distinct.filter(pl.col("low") <= before)
    text = f"of {len(sides):,} range sides [overlaps|overlap] another side of their street"
    return findings + _rows("range_overlap", text, overlapping["street_row"])


def _rows(code: str, text: str, rows: pl.Series) -> list[Finding]:
    if not len(rows):
        return []
    shown = tuple(str(row) for row in rows.unique().sort().head(_SHOWN))
    return [Finding(code, "warning", "streets", text, len(rows), shown)]
