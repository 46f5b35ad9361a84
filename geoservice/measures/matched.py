"""Matched rows of a file by area, with small counts hidden: what a job tells of itself on a map."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

NO_AREA = ""
"""Id of the line for students whom no area can be told for."""


def coverage(students: pl.DataFrame, zip_areas: pl.DataFrame, areas: str) -> pl.DataFrame:
    """Counts by area: ``area_id``, ``students``, ``matched``, sorted by id.

    Parameters
    ----------
    students
        Placed students with ``geo_status``, ``area_<areas>`` and ``typed_zip``.
    zip_areas
        ``zip``, ``set_id``, ``area_id``: counts unmatched students by their typed ZIP.
    areas
        Id of the regionalisation.
    """
    by_zip = zip_areas.filter(set_id=areas).select(typed_zip="zip", guessed="area_id")
    joined = students.select("geo_status", "typed_zip", area_id=f"area_{areas}").join(
        by_zip, on="typed_zip", how="left", maintain_order="left"
    )
    is_matched = pl.col("geo_status") == "matched"
    guessed = pl.when(~is_matched).then("guessed")
    return (
        joined.with_columns(pl.coalesce("area_id", guessed).fill_null(NO_AREA).alias("area_id"))
        .group_by("area_id")
        .agg(students=pl.len().cast(pl.Int64), matched=is_matched.sum().cast(pl.Int64))
        .sort("area_id")
    )


@dataclass(frozen=True)
class Released:
    """A table that may be published.

    Attributes
    ----------
    table
        ``area_id``, ``students``, ``matched``, ``share``; null in every hidden line.
    total_students, total_matched
        The district's counts, None where they too must be hidden.
    min_n
        The least count that was shown.
    """

    table: pl.DataFrame
    total_students: int | None
    total_matched: int | None
    min_n: int


def release(counts: pl.DataFrame, min_n: int) -> Released:
    """Hide small lines, and as many more as it takes that no hidden line can be worked out.

    A line is hidden where its students, its matched or its non-zero unmatched are fewer than
    ``min_n``. Lines and the total form one sum, so the hidden lines are at least two and each of
    their three sums is zero or at least ``min_n``; the smallest shown lines are hidden until that
    holds. Where it cannot hold, everything is hidden, the total too.
    """
    students = counts["students"].to_numpy().astype(np.int64)
    matched = counts["matched"].to_numpy().astype(np.int64)
    parts = np.stack([students, matched, students - matched])
    hidden = _small(parts, min_n)
    for at in np.argsort(students, kind="stable"):  # Over areas: some dozens.
        if _safe(parts, hidden, min_n):
            break
        hidden[at] = True
    total = parts.sum(axis=1)
    alone = len(students) > 0 and bool(hidden.all())
    total_hidden = bool(_small(total[:, None], min_n)[0]) or not _safe(parts, hidden, min_n)
    keep = pl.Series(~hidden, dtype=pl.Boolean)
    shown = counts.select("area_id", *(pl.when(keep).then(pl.col(one)).alias(one)
                                       for one in ("students", "matched")))  # fmt: skip
    shown = shown.with_columns(share=pl.col("matched") / pl.col("students"))
    if total_hidden or (alone and len(students) < 2):
        return Released(shown, None, None, min_n)
    return Released(shown, int(total[0]), int(total[1]), min_n)


def _small(parts: NDArray[np.int64], min_n: int) -> NDArray[np.bool_]:
    students, matched, unmatched = parts
    few = (students > 0) & (students < min_n)
    few |= (matched < min_n) & (students > 0)
    return np.asarray(few | ((unmatched > 0) & (unmatched < min_n)))


def _safe(parts: NDArray[np.int64], hidden: NDArray[np.bool_], min_n: int) -> bool:
    if not hidden.any():
        return True
    sums = parts[:, hidden].sum(axis=1)
    return int(hidden.sum()) >= 2 and bool(((sums == 0) | (sums >= min_n)).all())
