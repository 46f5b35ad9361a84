"""Choice of a student's valid address: a row per student and school year."""

import datetime

import polars as pl

from geoservice.students.options import RecordOptions
from geoservice.students.problems import Problems

_FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%m-%d-%Y")
_SHORT_FORMS = ("%m/%d/%y", "%d-%b-%y", "%m-%d-%y")
_FIRST = datetime.date(1, 1, 1)


def with_one_address(
    records: pl.DataFrame, record_options: RecordOptions, problems: Problems
) -> pl.DataFrame:
    """Return the rows of the chosen addresses, with ``has_address``.

    ``has_address`` is false for a student without a valid address on the day. An address is valid
    from its first to its last day, both included; an empty day leaves that end open. Among several
    valid addresses the type decides, then the later first day, then the earlier row. ``records``
    has ``student`` and ``year`` (null if unreadable); rows without either stay unchanged.
    """
    dated = _with_validity(records, record_options, problems)
    is_undatable = pl.col("student").is_null() | pl.col("year").is_null()
    ordered = dated.sort(
        "holds", "rank", "first_day", "row", descending=[True, False, True, False], nulls_last=True
    )
    chosen = ordered.filter(is_undatable | pl.struct("student", "year").is_first_distinct()).sort(
        "row"
    )
    other_addresses = dated.join(chosen.select("row"), on="row", how="anti")
    problems.add("other_address", other_addresses, pl.lit(value=True))
    problems.add("no_current_address", chosen, ~pl.col("holds"))
    return chosen.rename({"holds": "has_address"}).drop("rank", "first_day")


def _with_validity(
    records: pl.DataFrame, record_options: RecordOptions, problems: Problems
) -> pl.DataFrame:
    opening = pl.col("year").str.slice(0, 4).cast(pl.Int32, strict=False)
    day = (
        pl.date(opening, 10, 1)
        if record_options.as_of is None
        else pl.lit(datetime.date.fromisoformat(record_options.as_of))
    )
    first_day, last_day = (_day(column) for column in ("from", "to"))
    unreadable = ((pl.col("from") != "") & first_day.is_null()) | (
        (pl.col("to") != "") & last_day.is_null()
    )
    problems.add("unreadable_date", records, unreadable)
    holds = (
        (first_day.fill_null(_FIRST) <= day)
        & (last_day.is_null() | (last_day >= day))
        & ~unreadable
    )
    return records.with_columns(
        holds=holds.fill_null(value=True),
        first_day=first_day,
        rank=_rank(record_options.type_order),
    )


def _day(column: str) -> pl.Expr:
    text = pl.col(column).str.replace(r"[ T]\d{1,2}:\d{2}.*$", "")
    long_date, short_date = (
        pl.coalesce(text.str.to_date(form, strict=False) for form in forms)
        for forms in (_FORMS, _SHORT_FORMS)
    )
    # Formats with a long year also accept two digits, as a year of the first century.
    return pl.when(text.str.contains(r"\d{4}")).then(long_date).otherwise(short_date)


def _rank(order: tuple[str, ...]) -> pl.Expr:
    """Return the rank of the address type; an unlisted type comes just before the last."""
    kind = pl.col("type").str.to_lowercase().str.replace(r"\s*address$", "").str.strip_chars()
    ranks = {
        kind_of_address.strip().lower(): float(place) for place, kind_of_address in enumerate(order)
    }
    return kind.replace_strict(ranks, default=len(order) - 1.5, return_dtype=pl.Float64)
