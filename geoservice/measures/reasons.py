"""Why addresses are not matched: the district's unmatched by reason, and what of it may be public."""

from collections.abc import Sequence

import polars as pl

from geoservice.measures.coding import HIDDEN, SHOWN
from geoservice.measures.linked import ALL_GRADES, DISTRICT, LINE

NAME = "reasons"
"""Of these tables, and of their kind of units: here each reason is a unit."""
OTHER = "other"
"""All else: protected addresses, students without one, and no reason given."""
REASONS = ("empty", "no_number", "unknown_street", "out_of_range", "po_box", "rural_route", "military",
           "outside_region", "tie", "unreadable")  # fmt: skip
PART = "unmatched "
"""Parts of `coverage` by reason begin so."""


def reason_of(students: pl.DataFrame) -> pl.Expr:
    """The reason of each unmatched student, one of `REASONS` or `OTHER`; null for the matched."""
    known = pl.lit(None, dtype=pl.String)
    if "geo_reason" in students.columns:
        code = pl.col("geo_reason").cast(pl.String)
        known = pl.when(code.is_in(REASONS)).then(code)
    return pl.when(~pl.col("is_matched")).then(known.fill_null(OTHER))


def whole_of(coverage: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The district's unmatched as the release of ``coverage`` tells them, a line per year: settled before any reason is.

    It is told where one of the sets of areas tells it.
    """
    every = pl.concat(coverage).filter(unit=DISTRICT, part="unmatched", band=ALL_GRADES)
    first = every.sort("year", pl.col("status") != SHOWN).unique(
        "year", keep="first", maintain_order=True
    )
    shown = pl.when(pl.col("status") == SHOWN).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN))
    return first.with_columns(units=pl.lit(NAME), part=pl.lit(""), status=shown)


def unnamed(years: Sequence[str]) -> pl.DataFrame:
    """``year`` and `LINE` of `OTHER`: never told by itself, as addresses are protected for reasons of their own."""
    names = dict(zip(LINE, (ALL_GRADES, NAME, OTHER, ""), strict=True))
    return pl.DataFrame({"year": list(years)}, schema={"year": pl.String}).with_columns(
        **{key: pl.lit(value) for key, value in names.items()}
    )


def told(lines: pl.DataFrame, whole: pl.DataFrame) -> pl.DataFrame:
    """Lines of `coverage` by reason, of the district: those shown, and the rest together as `OTHER`.

    Which reasons are in the rest is not told. Years whose number of unmatched is not public have none.
    """
    known = whole.filter(status=SHOWN).select("year", unmatched="numerator", all="denominator")
    shown = lines.filter((pl.col("status") == SHOWN) & (pl.col("unit") != DISTRICT))
    each = shown.join(known, on="year").select("year", "all", reason="unit", n="numerator")
    rest = known.join(each.group_by("year").agg(pl.col("n").sum()), on="year", how="left").select(
        "year", "all", reason=pl.lit(OTHER), n=pl.col("unmatched") - pl.col("n").fill_null(0)
    )  # fmt: skip
    rest = rest.join(each.select("year").unique(), on="year", how="semi").filter(pl.col("n") > 0)
    return pl.concat([each, rest]).select(
        "year", band=pl.lit(ALL_GRADES), unit=pl.lit(DISTRICT), part=PART + pl.col("reason"),
        numerator="n", denominator="all", value=pl.col("n") / pl.col("all"), status=pl.lit(SHOWN),
        left_out=pl.lit(0, dtype=pl.Int64),
    )  # fmt: skip
