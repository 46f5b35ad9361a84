"""Audit of a release: utility of all public figures, and two attacks on small groups."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linprog, lsq_linear

from geoservice.measures.figures import figures
from geoservice.measures.ground import ALL_GRADES, DISTRICT, HEXAGONS, SCHOOL, SHOWN, Ground
from geoservice.measures.measure import PUBLIC
from geoservice.measures.registry import MEASURES
from geoservice.measures.ways import OTHER
from geoservice.release.audit import Utility, utility
from geoservice.release.protected_counts import Protection

_SAMPLE = 60
"""Small groups that are attacked: each needs two linear programs."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Attacks:
    """Results of two attacks on groups smaller than the minimum cell size.

    Attributes
    ----------
    groups
        Number of groups that were attacked: students of a band by home area and area of the school.
    solved, narrowest, median
        Number of groups whose count follows from the bounds of the noise; widths of the intervals
        that these bounds leave.
    exact_hits, commonest
        Share of the groups that the best linear estimate guesses; share that a constant guess of
        the most frequent small number guesses.
    """

    groups: int
    solved: int
    narrowest: float
    median: float
    exact_hits: float
    commonest: float


def utilities(ground: Ground) -> Iterator[Utility]:
    """Yield the utility (shown lines and error) of every public figure of students.

    There is an entry for each measure and each kind of units.
    """
    info = ground.cohort.reference.info
    kinds = [f"area_{area_set.id}" for area_set in info.area_sets] + [
        f"zone_{zone_set.id}" for zone_set in info.zone_sets
    ]
    for measure in MEASURES.values():
        for unit in (*kinds, SCHOOL, HEXAGONS):
            if unit.partition("_")[0] in measure.by and measure.protection != PUBLIC:
                yield utility(measure.id, unit, ground)


def attacked(ground: Ground, protection: Protection) -> Attacks | None:
    """Attack the flows of the latest year; return None if there are no small groups.

    The attacker knows the method, its bound and variance, and every published number of residents
    and flows by band.
    """
    sets = ground.cohort.reference.info.area_sets
    if not sets or not ground.cohort.years:
        return None
    unit = f"area_{sets[0].id}"
    true = _true_groups(ground, unit)
    small = np.flatnonzero((true["n"] > 0) & (true["n"] < protection.min_n))[:_SAMPLE]
    if not len(small):
        return None
    matrix, published, low, high = _published_sums(ground, unit, true, protection)
    numbers = true["n"].to_numpy()
    widths = np.array([_width(group, matrix, low, high) for group in small])
    weights = np.sqrt(np.where(np.isfinite(published), 1.0, 0.1))
    target = np.where(np.isfinite(published), published, protection.min_n / 2)
    estimate = lsq_linear(matrix * weights[:, None], target * weights, bounds=(0, np.inf)).x
    hits = float((np.round(estimate[small]) == numbers[small]).mean())
    common = float(np.bincount(numbers[small]).max() / len(small))
    return Attacks(
        len(small),
        int((widths < 1).sum()),
        float(widths.min()),
        float(np.median(widths)),
        hits,
        common,
    )


def _true_groups(ground: Ground, unit: str) -> pl.DataFrame:
    """Return ``band``, ``unit``, ``to``, ``n`` with a row for every combination.

    Combinations without students have 0. Grades outside all bands are a band of their own.
    """
    flows = _latest(figures("flows", unit, replace(ground, protect=None, counts="true")), ground)
    areas = sorted(set(flows["unit"]) | (set(flows["to"]) - {OTHER}))
    axes = {"band": [*ground.bands, ""], "unit": areas, "to": [*areas, OTHER]}
    combinations = pl.DataFrame({"band": axes["band"]}).join(
        pl.DataFrame({"unit": areas}), how="cross"
    )
    combinations = combinations.join(pl.DataFrame({"to": axes["to"]}), how="cross")
    by_band = flows.filter(pl.col("band") != ALL_GRADES).select("band", "unit", "to", n="numerator")
    all_grades = flows.filter(band=ALL_GRADES).select("unit", "to", whole="numerator")
    in_bands = by_band.group_by("unit", "to").agg(pl.col("n").sum().alias("in_bands"))
    other_grades = all_grades.join(in_bands, on=["unit", "to"], how="left").select(
        "unit", "to", band=pl.lit(""), n=(pl.col("whole") - pl.col("in_bands").fill_null(0)).clip(0)
    )
    groups = pl.concat([by_band, other_grades.select(by_band.columns)])
    joined = combinations.join(groups, on=["band", "unit", "to"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("n").fill_null(0).cast(pl.Int64))


def _published_sums(
    ground: Ground, unit: str, groups: pl.DataFrame, protection: Protection
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the published sums of groups.

    These are the matrix, the protected counts (NaN if suppressed), and the bounds of the true sums.
    """
    bound = protection.noise.bound if protection.noise else 0
    flows = _latest(figures("flows", unit, ground), ground).filter(pl.col("to") != OTHER)
    residents = _latest(figures("residents", unit, ground), ground)
    shown = {
        (band, home, to): n
        for band, home, to, n in flows.filter(status=SHOWN)
        .select("band", "unit", "to", "numerator")
        .iter_rows()
    }
    shown |= {
        (band, home, ""): n
        for band, home, n in residents.filter(status=SHOWN)
        .select("band", "unit", "numerator")
        .iter_rows()
        if home != DISTRICT
    }
    band, home, to = (groups[name].to_numpy() for name in ("band", "unit", "to"))
    rows, published = [], []
    for wanted_band in (*ground.bands, ALL_GRADES):
        in_band = (band == wanted_band) | (wanted_band == ALL_GRADES)
        for wanted_home in np.unique(home):
            at_home = in_band & (home == wanted_home)
            for wanted_to in ("", *np.unique(to[to != OTHER])):
                rows.append(at_home & ((to == wanted_to) | (wanted_to == "")))
                published.append(shown.get((wanted_band, wanted_home, wanted_to), np.nan))
    counts = np.array(published, dtype=np.float64)
    low = np.where(np.isnan(counts), 0, np.maximum(counts - bound, 0))
    high = np.where(np.isnan(counts), protection.min_n - 1 + bound, counts + bound)
    return np.array(rows, dtype=np.float64), counts, low, high


def _width(group: int, matrix: Floats, low: Floats, high: Floats) -> float:
    """Return the width of a group's interval within the bounds of all published sums."""
    cost = np.zeros(matrix.shape[1])
    cost[group] = 1
    two_sided = np.vstack([matrix, -matrix])
    limits = np.concatenate([high, -low])
    ends = [sign * linprog(sign * cost, two_sided, limits, method="highs").fun for sign in (1, -1)]
    return float(ends[1] - ends[0])


def _latest(table: pl.DataFrame, ground: Ground) -> pl.DataFrame:
    return table.filter(year=ground.cohort.years[-1])
