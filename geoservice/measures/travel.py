"""Distances by unit: medians and means in metres."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.measures.codes import Codes, codes
from geoservice.measures.coding import HIDDEN, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.complete import tally
from geoservice.measures.linked import ALL_GRADES, DISTRICT
from geoservice.model.grades import GRADES

PUBLIC_STEP_M = 100
"""Public distances are rounded to this, so that none tells one student's."""
Bands = Mapping[str, Sequence[str]]
_PARTS = {"distance": {"": "far"}, "nearest_quality": {"": "near", "excess ": "excess"}}
_KEY = ["year", "band", "unit"]
_SMALL = 65_536


@dataclass(frozen=True)
class _Sorted:
    """Students with a distance, the nearest first: so sums and medians do not depend on the order of rows."""

    metres: NDArray[np.float64]
    rows: NDArray[np.int64]
    year: Codes
    grade: Codes


def travel(
    cohort: Cohort, measure: str, unit: str, bands: Bands, shown: pl.DataFrame | None, min_n: int
) -> pl.DataFrame:
    """``median`` and ``mean`` by year, band and unit, as rows for `geoservice.measures.figures`.

    Parts of ``distance`` by the rating of the school attended, such as ``A median``, are internal; ``nearest_quality`` has
    the parts ``excess median`` and ``excess mean``: metres beyond the nearest quality school. ``shown`` are the public
    numbers of residents: others' distances are hidden, and so are those that stand for few. The denominator is the number of
    students with the distance; of a public figure only where nobody is left out, as those left out may be few.
    """
    ids, units = _units(cohort.students, unit)
    found = [_statistics(_sorted(cohort, of), [prefix], None, cohort, ids, units, bands)
             for prefix, of in _PARTS[measure].items()]  # fmt: skip
    if measure == "distance" and shown is None:
        labels = cohort.students["label"]
        names = [f"{label} " for label in labels.dtype.categories]  # type: ignore[attr-defined]
        found.append(_statistics(_sorted(cohort, "far"), names, codes(labels), cohort, ids, units, bands))  # fmt: skip
    rows = pl.concat(found).with_columns(numerator=pl.lit(None, dtype=pl.Float64))
    if shown is None:
        return rows.with_columns(status=pl.lit(SHOWN))
    return _public(rows.join(_numbers(cohort, unit, bands), on=_KEY, how="left"), shown, min_n)


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
        year, grade = (codes(cohort.students[name])[rows] for name in ("year", "grade"))
        found = cohort.kept.setdefault(f"sorted {of}", _Sorted(metres[rows], rows, year, grade))
    return found


def _groups(
    of: _Sorted, ids: list[str], units: Codes, bands: Bands
) -> Iterator[tuple[int, int, NDArray[np.bool_], Codes]]:
    """For each band, by units and for the district: the place of the first unit, their number, who counts, the group."""
    place = units[of.rows]
    for at, grades in enumerate([*bands.values(), GRADES]):  # Over bands: a handful.
        inside = place >= 0
        if at < len(bands):
            inside &= np.array([*(one in set(grades) for one in GRADES), False])[of.grade]
        year = of.year[inside]
        yield at, 0, inside, year * len(ids) + place[inside]
        yield at, len(ids), inside, year


def _statistics(
    of: _Sorted, prefixes: list[str], kind: Codes | None, cohort: Cohort, ids: list[str],
    units: Codes, bands: Bands,
) -> pl.DataFrame:  # fmt: skip
    """Median and mean by unit; a part for each prefix, which ``kind`` gives by student where there are several."""
    found, kinds = [], None if kind is None else kind[of.rows]
    for band, first, inside, group in _groups(of, ids, units, bands):
        number = 1 if first else len(ids)
        metres, lines = of.metres[inside], number * len(cohort.years)
        whole = group if kinds is None else group + lines * kinds[inside]
        count = np.bincount(whole, minlength=lines * len(prefixes))
        some = np.flatnonzero(count)
        mean = np.bincount(whole, weights=metres, minlength=len(count))[some] / count[some]
        median = _medians(metres, whole, count)[some]
        which, line = np.divmod(some, max(lines, 1))
        year, unit = np.divmod(line, max(number, 1))
        found.append(
            (np.full(len(some), band), year, unit + first, which, count[some], median, mean)
        )
    at, year, unit, which, count, median, mean = (np.concatenate(parts) for parts in zip(*found, strict=True))  # fmt: skip
    lines_of = pl.DataFrame({
        "year": _texts(cohort.years, year), "band": _texts([*bands, ALL_GRADES], at),
        "unit": _texts([*ids, DISTRICT], unit), "denominator": count.astype(np.int64),
    })  # fmt: skip
    return pl.concat([
        lines_of.with_columns(part=_texts([prefix + part for prefix in prefixes], which), value=pl.Series(value))
        for part, value in (("median", median), ("mean", mean))
    ])  # fmt: skip


def _texts(names: Sequence[str], places: NDArray[np.integer]) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(places)


def _numbers(cohort: Cohort, unit: str, bands: Bands) -> pl.DataFrame:
    """``n``: all residents of each unit, or all attenders of each school, with or without the distance."""
    column = "school_id" if unit == "school" else unit
    where = pl.col("is_known_school") if unit == "school" else pl.col("is_matched")
    where &= pl.col(column).is_not_null()
    return tally(cohort, column, where, bands)


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


def _public(rows: pl.DataFrame, shown: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Rounded metres of units whose number is public; of how many they are is told only where that is everybody.

    Where some are left out, their number is nowhere else told and may be few: neither it nor the number of the others is given,
    and whether a distance is shown does not depend on it.
    """
    told = pl.col("residents").is_not_null() & (pl.col("denominator") >= min_n)
    everybody = told & (pl.col("n") == pl.col("denominator"))
    joined = rows.join(shown, on=_KEY, how="left")
    return joined.with_columns(
        status=pl.when(told).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN)),
        value=(pl.col("value") / PUBLIC_STEP_M).round() * PUBLIC_STEP_M,
        denominator=pl.when(everybody).then("denominator"),
        left_out=pl.when(everybody).then(pl.lit(0, dtype=pl.Int64)),
    ).drop("n", "residents")
