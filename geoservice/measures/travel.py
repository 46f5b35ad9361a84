"""Distances by unit: medians and means in metres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.measures.cells import tally
from geoservice.measures.codes import Codes, codes
from geoservice.measures.coding import HIDDEN, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import ALL_GRADES, DISTRICT
from geoservice.model.grades import GRADES

PUBLIC_STEP_M = 100
"""Public distances are rounded to this, so that none tells one student's."""
Bands = Mapping[str, Sequence[str]]
_PARTS = {"distance": {"": "far"}, "nearest_quality": {"": "near", "excess ": "excess"}}
Floats = NDArray[np.float64]
_KEY = ["year", "band", "unit"]
_SMALL = 65_536


@dataclass(frozen=True)
class _Sorted:
    """Students with a distance by group, in each the nearest first: so sums and medians do not depend on the order of rows."""

    metres: Floats
    rows: Codes
    grade: Codes
    group: Codes
    groups: int

    def within(self, place: Codes, number: int) -> "_Sorted":
        """Groups within each of a number of places, which are by student; -1 for none."""
        here = place[self.rows]
        known = np.flatnonzero(here >= 0)
        if number == 1 and len(known) == len(here):
            return self
        if number > 1:
            some = here[known]
            small = some.astype(np.uint16) if number <= _SMALL else some
            known = known[np.argsort(small, kind="stable")]
        group = here[known] * np.int32(self.groups) + self.group[known]
        return _Sorted(self.metres[known], self.rows[known], self.grade[known], group, number * self.groups)  # fmt: skip

    def statistics(self, grades: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:  # fmt: skip
        """Of students of some grades (of all, and of none, where these are `GRADES`): groups, number, median, mean."""
        metres, group = self.metres, self.group
        if grades is not GRADES:
            inside = np.array([*(one in set(grades) for one in GRADES), False])[self.grade]
            some = np.flatnonzero(inside)
            if len(some) < len(metres):
                metres, group = metres[some], group[some]
        count = np.bincount(group, minlength=self.groups)
        some = np.flatnonzero(count)
        number, last = count[some], np.cumsum(count)[some]
        low, high = last - number + (number - 1) // 2, last - number + number // 2
        mean = np.bincount(group, weights=metres, minlength=self.groups)[some] / number
        return some, number, (metres[low] + metres[high]) / 2, mean


def travel(
    cohort: Cohort, measure: str, unit: str, bands: Bands, shown: pl.DataFrame | None,
    tiers: pl.DataFrame | None, min_n: int,
) -> pl.DataFrame:  # fmt: skip
    """``median`` and ``mean`` by year, band and unit, as rows for `geoservice.measures.figures`.

    ``distance`` has parts by the rating of the school attended, such as ``A median``: in public by areas, and medians alone, as
    means and the whole's mean add up to numbers of students. ``nearest_quality`` has the parts ``excess median`` and ``excess
    mean``: metres beyond the nearest quality school. ``shown`` and ``tiers`` are the public numbers of residents, and those by
    rating: others' distances are hidden, and so are those that stand for few. The denominator is the number of students with the
    distance; of a public figure only where nobody is left out, as those left out may be few.
    """
    ids, units = _units(cohort.students, unit)
    found = [_statistics(_sorted(cohort, of), [prefix], None, cohort, ids, units, bands)
             for prefix, of in _PARTS[measure].items()]  # fmt: skip
    rows = pl.concat(found)
    if shown is None:
        if measure == "distance":
            rows = pl.concat([rows, _by_rating(cohort, ids, units, bands)])
        return _as_rows(rows, pl.lit(SHOWN))
    every = _numbers(cohort, unit, bands)
    parts = rows.select("year", "band", "part").unique()
    made = [_public(_every_unit(rows, every, parts), shown, _KEY, min_n)]
    if tiers is not None:
        medians = _by_rating(cohort, ids, units, bands).filter(pl.col("part").str.ends_with(" median"))  # fmt: skip
        parts = rows.select("year", "band").unique().join(_ratings(medians), how="cross")
        beside = _every_unit(medians, every.with_columns(n=pl.lit(None, dtype=pl.Int64)), parts)
        made.append(_public(beside, tiers, [*_KEY, "label"], min_n).drop("label"))
    return pl.concat(made)


def _every_unit(rows: pl.DataFrame, every: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Each unit's distances, where nobody has one too: that nobody does is for the release to tell."""
    found = every.join(parts, on=["year", "band"]).join(rows, on=[*_KEY, "part"], how="left")
    return found.sort(*_KEY, "part").with_columns(pl.col("denominator").fill_null(0))


def _ratings(medians: pl.DataFrame) -> pl.DataFrame:
    """Medians by rating, and the ``label`` of each."""
    return medians.select("part", label=pl.col("part").str.replace(r" median$", "")).unique()  # fmt: skip


def _by_rating(cohort: Cohort, ids: list[str], units: Codes, bands: Bands) -> pl.DataFrame:
    """Distances by the rating of the school attended."""
    labels = cohort.students["label"]
    names = [f"{label} " for label in labels.dtype.categories]  # type: ignore[attr-defined]
    return _statistics(_sorted(cohort, "far"), names, codes(labels), cohort, ids, units, bands)


def _as_rows(rows: pl.DataFrame, status: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(numerator=pl.lit(None, dtype=pl.Float64), status=status)


def _units(students: pl.DataFrame, unit: str) -> tuple[list[str], Codes]:
    """Ids of the units, and the place of each student's; -1 for none."""
    column = students["school_id" if unit == "school" else unit]
    kind = column.dtype
    ids = kind.categories.to_list()  # type: ignore[attr-defined]
    return ids, np.where(students["is_matched"].to_numpy(), codes(column), -1).astype(np.int32)


def _sorted(cohort: Cohort, of: str) -> _Sorted:
    """The groups are the years."""
    return cohort.once(("sorted", of), lambda: _sorted_of(cohort, of))


def _sorted_of(cohort: Cohort, of: str) -> _Sorted:
    far, near = (cohort.students[name].fill_null(np.nan).to_numpy() for name in ("far_m", "nearest_m"))  # fmt: skip
    year, grade = (codes(cohort.students[name]) for name in ("year", "grade"))
    is_rated = np.isin(year, [at for at, one in enumerate(cohort.years) if one in cohort.rated])
    near = np.where(is_rated & np.isfinite(near), near, np.nan)
    metres = {"far": far, "near": near, "excess": far - near}[of]
    rows = np.flatnonzero(np.isfinite(metres)).astype(np.int32)
    rows = rows[np.argsort(metres[rows])]
    nearest = _Sorted(metres[rows], rows, grade[rows], np.zeros(len(rows), dtype=np.int32), 1)
    return nearest.within(year, len(cohort.years))


def _statistics(
    of: _Sorted, prefixes: list[str], kind: Codes | None, cohort: Cohort, ids: list[str],
    units: Codes, bands: Bands,
) -> pl.DataFrame:  # fmt: skip
    """Median and mean by unit; a part for each prefix, which ``kind`` gives by student where there are several."""
    found, years = [], len(cohort.years)
    for first, place, number in ((0, units, len(ids)), (len(ids), np.minimum(units, 0), 1)):
        made = of.within(place, number)
        made = made if kind is None else made.within(kind, len(prefixes))
        for band, grades in enumerate([*bands.values(), GRADES]):  # Over bands: a handful.
            group, count, median, mean = made.statistics(grades)
            which, line = np.divmod(group, max(number * years, 1))
            unit, year = np.divmod(line, max(years, 1))
            at = np.full(len(group), band)
            found.append((at, year, unit + first, which, count, median, mean))
    at, year, unit, which, count, median, mean = (np.concatenate(parts) for parts in zip(*found, strict=True))  # fmt: skip
    lines_of = pl.DataFrame({
        "year": _texts(cohort.years, year), "band": _texts([*bands, ALL_GRADES], at),
        "unit": _texts([*ids, DISTRICT], unit), "denominator": count,
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


def _public(
    rows: pl.DataFrame, shown: pl.DataFrame, key: Sequence[str], min_n: int
) -> pl.DataFrame:
    """Rounded metres of units whose number is public; of how many they are is told only where that is everybody.

    Where some are left out, their number is nowhere else told and may be few: neither it nor the number of the others is given.
    That a distance is shown tells that at most all but ``min_n`` are left out, so that these must be more than ``min_n``. Of
    those by rating, whose number ``n`` is told to a step alone, the step is as wide.
    """  # fmt: skip
    enough = pl.col("residents").is_not_null() & (pl.col("denominator") >= min_n)
    everybody = enough & (pl.col("n") == pl.col("denominator"))
    has_room = (pl.col("n") > 2 * min_n).fill_null(value=True)
    told = enough & (everybody | has_room)
    status = pl.when(told).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN))
    return _as_rows(rows.join(shown, on=list(key), how="left"), status).with_columns(
        value=(pl.col("value") / PUBLIC_STEP_M).round() * PUBLIC_STEP_M,
        denominator=pl.when(everybody).then("denominator"),
        left_out=pl.when(everybody).then(pl.lit(0, dtype=pl.Int64)),
    ).drop("n", "residents")  # fmt: skip
