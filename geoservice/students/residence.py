"""Which of a student's dated addresses holds: one row per student and school year."""

import datetime

import polars as pl

from geoservice.students.options import RecordOptions
from geoservice.students.problems import Problems

_FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%m-%d-%Y")
_SHORT_FORMS = ("%m/%d/%y", "%d-%b-%y", "%m-%d-%y")
_FIRST = datetime.date(1, 1, 1)


def with_one_address(
    records: pl.DataFrame, asked: RecordOptions, problems: Problems
) -> pl.DataFrame:
    """The rows whose address was taken, with ``has_address``: false where none of the student's holds on the day.

    An address holds from its first to its last day, both included; an empty day leaves that end open. Of several that hold
    the type decides, then the later first day, then the earlier row. ``records`` has ``student`` and ``year`` (read, null
    where unreadable); rows without either stay as they are.
    """
    dated = _with_validity(records, asked, problems)
    alone = pl.col("student").is_null() | pl.col("year").is_null()
    ordered = dated.sort(
        "holds", "rank", "first_day", "row", descending=[True, False, True, False], nulls_last=True
    )
    taken = ordered.filter(alone | pl.struct("student", "year").is_first_distinct()).sort("row")
    left = dated.join(taken.select("row"), on="row", how="anti")
    problems.add("other_address", left, pl.lit(value=True))
    problems.add("no_current_address", taken, ~pl.col("holds"))
    return taken.rename({"holds": "has_address"}).drop("rank", "first_day")


def _with_validity(records: pl.DataFrame, asked: RecordOptions, problems: Problems) -> pl.DataFrame:
    opening = pl.col("year").str.slice(0, 4).cast(pl.Int32, strict=False)
    day = pl.date(opening, 10, 1) if asked.as_of is None else pl.lit(datetime.date.fromisoformat(asked.as_of))  # fmt: skip
    first, last = (_day(one) for one in ("from", "to"))
    unreadable = ((pl.col("from") != "") & first.is_null()) | ((pl.col("to") != "") & last.is_null())  # fmt: skip
    problems.add("unreadable_date", records, unreadable)
    holds = (first.fill_null(_FIRST) <= day) & (last.is_null() | (last >= day)) & ~unreadable
    return records.with_columns(
        holds=holds.fill_null(value=True), first_day=first, rank=_rank(asked.type_order)
    )


def _day(column: str) -> pl.Expr:
    text = pl.col(column).str.replace(r"[ T]\d{1,2}:\d{2}.*$", "")
    whole, short = (
        pl.coalesce(text.str.to_date(form, strict=False) for form in forms)
        for forms in (_FORMS, _SHORT_FORMS)
    )
    # Forms of a whole year also take one of two digits, for one of the first century.
    return pl.when(text.str.contains(r"\d{4}")).then(whole).otherwise(short)


def _rank(order: tuple[str, ...]) -> pl.Expr:
    """Place in the order of types; a type that is not listed comes just before the last."""
    kind = pl.col("type").str.to_lowercase().str.replace(r"\s*address$", "").str.strip_chars()
    ranks = {one.strip().lower(): float(at) for at, one in enumerate(order)}
    return kind.replace_strict(ranks, default=len(order) - 1.5, return_dtype=pl.Float64)
