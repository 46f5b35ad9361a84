"""School years and schools of records, told from what districts write."""

import polars as pl

from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference

UNKNOWN, CLOSED = "unknown", "closed"


def school_years(written: pl.Series, default: str) -> pl.Series:
    """School years such as 2018-19; the default where a cell is empty, null where it cannot be read."""
    texts = written.unique().to_list()
    years = [read_year(text) if text else default for text in texts]
    return written.replace_strict(texts, years, return_dtype=pl.String).alias("year")


def schools_attended(written: pl.Series, year: pl.Series, reference: Reference) -> pl.DataFrame:
    """``school_id``, ``school_reason`` (null, ``unknown``, ``closed``) and ``was_mended``.

    An id that the region does not know is mended where one of the region's is the same but for leading zeros.
    """
    schools = reference.schools().unique("id", keep="first", maintain_order=True)
    mended = _mended(written, schools["id"].to_list())
    known = schools.select(school_id="id", first_year="first_year", last_year="last_year",
                           is_known=pl.lit(value=True))  # fmt: skip
    frame = pl.DataFrame({"written": written, "school_id": mended, "year": year})
    frame = frame.join(known, on="school_id", how="left", maintain_order="left")
    is_closed = (pl.col("year") < pl.col("first_year")).fill_null(value=False) | (
        pl.col("year") > pl.col("last_year")
    ).fill_null(value=False)
    reason = (
        pl.when(pl.col("school_id").is_null()).then(None)
        .when(pl.col("is_known").is_null()).then(pl.lit(UNKNOWN))
        .when(is_closed).then(pl.lit(CLOSED))
    )  # fmt: skip
    was_mended = pl.col("school_id").is_not_null() & (pl.col("written") != pl.col("school_id"))
    return frame.select("school_id", reason.alias("school_reason"), was_mended.alias("was_mended"))


def _mended(written: pl.Series, known: list[str]) -> pl.Series:
    """The ids, without what a spreadsheet did to them; null where there is none."""
    bare: dict[str, list[str]] = {}
    for one in known:  # Over schools: some hundreds.
        bare.setdefault(one.lstrip("0").upper(), []).append(one)
    exact, found = set(known), {}
    for text in written.unique().to_list():  # Over distinct texts: as many as schools.
        alike = bare.get((text or "").removesuffix(".0").lstrip("0").upper(), [])
        found[text] = alike[0] if text not in exact and len(alike) == 1 else text or None
    return written.replace_strict(list(found), list(found.values()), return_dtype=pl.String)
