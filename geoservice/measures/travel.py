"""Distances by unit: medians and means in metres."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.measures.codes import Codes, codes
from geoservice.measures.coding import HIDDEN, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import ALL_GRADES, DISTRICT
from geoservice.model.grades import GRADES

PUBLIC_STEP_M = 100
"""Public distances are rounded to this, so that none tells one student's."""
Bands = Mapping[str, Sequence[str]]
_PARTS = {"distance": {"": "far"}, "nearest_quality": {"": "near", "excess ": "excess"}}
_SMALL = 65_536


@dataclass(frozen=True)
class _Sorted:
    """Students with a distance, the nearest first: so sums and medians do not depend on the order of rows."""

    metres: NDArray[np.float64]
    rows: NDArray[np.int64]


def travel(
    cohort: Cohort, measure: str, unit: str, bands: Bands, shown: pl.DataFrame | None, min_n: int
) -> pl.DataFrame:
    """``median`` and ``mean`` by year, band and unit, as rows for `geoservice.measures.figures`.

    Parts of ``distance`` by the rating of the school attended, such as ``A median``, are internal; ``nearest_quality`` has
    the parts ``excess median`` and ``excess mean``: metres beyond the nearest quality school. ``shown`` are the public
    numbers of residents: others' distances are hidden, and so are those that leave out a few residents or stand for few.
    The denominator is the number of students with the distance, ``n`` that of all.
    """
    students = cohort.students
    ids, units = _units(students, unit)
    found = [_statistics(_sorted(cohort, of), prefix, cohort, ids, units, bands)
             for prefix, of in _PARTS[measure].items()]  # fmt: skip
    if measure == "distance" and shown is None:
        labels = codes(students["label"])
        everyone = _sorted(cohort, "far")
        for at, label in enumerate(students["label"].dtype.categories):  # type: ignore[attr-defined]
            some = labels[everyone.rows] == at
            part = _Sorted(everyone.metres[some], everyone.rows[some])
            found.append(_statistics(part, f"{label} ", cohort, ids, units, bands))
    rows = pl.concat(found).join(_numbers(cohort, ids, units, bands), on=["year", "band", "unit"], how="left")  # fmt: skip
    return _public(rows, shown, min_n).with_columns(numerator=pl.lit(None, dtype=pl.Float64))


def _units(students: pl.DataFrame, unit: str) -> tuple[list[str], Codes]:
    """Ids of the units, and the place of each student's; -1 for none."""
    column = students["school_id" if unit == "school" else unit]
    kind = column.dtype
    ids = kind.categories.to_list()  # type: ignore[attr-defined]
    return ids, np.where(students["is_matched"].to_numpy(), codes(column), -1).astype(np.int32)


def _sorted(cohort: Cohort, of: str) -> _Sorted:
    found: _Sorted | None = cohort.kept.get(f"sorted {of}")
    if found is None:
        far, near = (
            cohort.students[name].fill_null(np.nan).to_numpy() for name in ("far_m", "nearest_m")
        )
        is_rated = np.isin(codes(cohort.students["year"]), [at for at, year in enumerate(cohort.years) if year in cohort.rated])  # fmt: skip
        near = np.where(is_rated & np.isfinite(near), near, np.nan)
        metres = {"far": far, "near": near, "excess": far - near}[of]
        rows = np.flatnonzero(np.isfinite(metres))
        rows = rows[np.argsort(metres[rows], kind="stable")]
        found = cohort.kept.setdefault(f"sorted {of}", _Sorted(metres[rows], rows))
    return found


def _groups(
    rows: NDArray[np.int64] | slice, cohort: Cohort, ids: list[str], units: Codes, bands: Bands
) -> Iterator[tuple[str, list[str], NDArray[np.bool_], Codes]]:
    """For each band, by units and for the district: the names, which rows count, and the group of each: year x unit."""
    year, grade = (codes(cohort.students[name])[rows] for name in ("year", "grade"))
    place = units[rows]
    for band, grades in {**bands, ALL_GRADES: None}.items():  # Over bands: a handful.
        inside = place >= 0
        if grades is not None:
            inside &= np.array([*(one in set(grades) for one in GRADES), False])[grade]
        yield band, ids, inside, (year[inside] * len(ids) + place[inside])
        yield band, [DISTRICT], inside, year[inside]


def _statistics(
    of: _Sorted, prefix: str, cohort: Cohort, ids: list[str], units: Codes, bands: Bands
) -> pl.DataFrame:
    found = []
    for band, names, inside, group in _groups(of.rows, cohort, ids, units, bands):
        metres, size = of.metres[inside], len(names) * len(cohort.years)
        count = np.bincount(group, minlength=size)
        some = np.flatnonzero(count)
        mean = np.bincount(group, weights=metres, minlength=size)[some] / count[some]
        median = _medians(metres, group, count)[some]
        for part, value in (("median", median), ("mean", mean)):
            found.append(_lines(some, names, cohort.years, band).with_columns(
                part=pl.lit(prefix + part), value=pl.Series(value),
                denominator=pl.Series(count[some].astype(np.int64))))  # fmt: skip
    return pl.concat(found)


def _numbers(cohort: Cohort, ids: list[str], units: Codes, bands: Bands) -> pl.DataFrame:
    """``n``: all students of each unit, with or without the distance."""
    found = []
    for band, names, _, group in _groups(slice(None), cohort, ids, units, bands):
        count = np.bincount(group, minlength=len(names) * len(cohort.years))
        some = np.flatnonzero(count)
        lines = _lines(some, names, cohort.years, band)
        found.append(lines.with_columns(n=pl.Series(count[some].astype(np.int64))))
    return pl.concat(found)


def _medians(metres: NDArray[np.float64], group: Codes, count: NDArray[np.int64]) -> NDArray[np.float64]:  # fmt: skip
    """Median of each group of ascending metres; the mean of the two in the middle where they are even."""
    small = group.astype(np.uint16) if len(count) <= _SMALL else group
    ordered = metres[np.argsort(small, kind="stable")]
    start = np.cumsum(count) - count
    low, high = start + np.maximum(count - 1, 0) // 2, start + count // 2
    if not len(ordered):
        return np.full(len(count), np.nan)
    low, high = (np.minimum(one, len(ordered) - 1) for one in (low, high))
    return np.asarray((ordered[low] + ordered[high]) / 2)


def _lines(
    places: NDArray[np.int64], names: list[str], years: tuple[str, ...], band: str
) -> pl.DataFrame:
    when, which = np.divmod(places, max(len(names), 1))
    return pl.DataFrame({
        "year": pl.Series([years[one] for one in when], dtype=pl.String), "band": pl.Series([band] * len(places), dtype=pl.String),
        "unit": pl.Series([names[one] for one in which], dtype=pl.String),
    })  # fmt: skip


def _public(rows: pl.DataFrame, shown: pl.DataFrame | None, min_n: int) -> pl.DataFrame:
    left_out = pl.col("n") - pl.col("denominator")
    if shown is None:
        return rows.with_columns(status=pl.lit(SHOWN), left_out=left_out).drop("n")
    least = (
        pl.col("residents").is_not_null() & (pl.col("denominator") >= min_n)
        & ((left_out == 0) | (left_out >= min_n))
    )  # fmt: skip
    joined = rows.join(shown, on=["year", "band", "unit"], how="left")
    return joined.with_columns(
        status=pl.when(least).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN)),
        value=(pl.col("value") / PUBLIC_STEP_M).round() * PUBLIC_STEP_M,
        left_out=pl.lit(None, dtype=pl.Int64),
    ).drop("n", "residents")
