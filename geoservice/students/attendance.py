"""School years and schools attended, read from the spellings of districts."""

import polars as pl

from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference

UNKNOWN, CLOSED = "unknown", "closed"


def school_years(written: pl.Series, default: str) -> pl.Series:
    """Return school years such as 2018-19.

    An empty cell gives the default; an unreadable cell gives null.
    """
    texts = written.unique().to_list()
    years = [read_year(text) if text else default for text in texts]
    return written.replace_strict(texts, years, return_dtype=pl.String).alias("year")


def schools_attended(written: pl.Series, year: pl.Series, reference: Reference) -> pl.DataFrame:
    """Return ``school_id``, ``school_reason`` (null, ``unknown``, ``closed``), ``was_mended``.

    An unknown id is repaired where it differs from exactly one id of the region only by leading
    zeros.
    """
    schools = reference.schools().unique("id", keep="first", maintain_order=True)
    mended = _mended(written, schools["id"].to_list())
    known_schools = schools.select(
        school_id="id", first_year="first_year", last_year="last_year", is_known=pl.lit(value=True)
    )
    frame = pl.DataFrame({"written": written, "school_id": mended, "year": year})
    frame = frame.join(known_schools, on="school_id", how="left", maintain_order="left")
    is_closed = (pl.col("year") < pl.col("first_year")).fill_null(value=False) | (
        pl.col("year") > pl.col("last_year")
    ).fill_null(value=False)
    reason = (
        pl.when(pl.col("school_id").is_null())
        .then(None)
        .when(pl.col("is_known").is_null())
        .then(pl.lit(UNKNOWN))
        .when(is_closed)
        .then(pl.lit(CLOSED))
    )
    was_mended = pl.col("school_id").is_not_null() & (pl.col("written") != pl.col("school_id"))
    return frame.select("school_id", reason.alias("school_reason"), was_mended.alias("was_mended"))


def _mended(written: pl.Series, school_ids: list[str]) -> pl.Series:
    """Return the ids as the region writes them, with spreadsheet damage repaired; null for none."""
    ids_by_key: dict[str, list[str]] = {}
    for school_id in school_ids:  # Over schools: some hundreds.
        ids_by_key.setdefault(school_id.lstrip("0").upper(), []).append(school_id)
    exact, mended = set(school_ids), {}
    for text in written.unique().to_list():  # Over distinct texts: as many as schools.
        matches = ids_by_key.get((text or "").removesuffix(".0").lstrip("0").upper(), [])
        mended[text] = matches[0] if text not in exact and len(matches) == 1 else text or None
    return written.replace_strict(list(mended), list(mended.values()), return_dtype=pl.String)
