"""Answers against known places: matched, error, wrong zone."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.assign.schools import in_zones, same_zones
from geoservice.reference.snapshot import Reference

NEAR_M = 100.0


@dataclass(frozen=True)
class Verdict:
    """Shares of all rows, but ``wrong_zone`` of the matched; errors in metres, of the matched."""

    matched: float
    near: float
    median_m: float
    p90_m: float
    p99_m: float
    wrong_zone: float


def judge(truth: pl.DataFrame, answers: pl.DataFrame, reference: Reference) -> Verdict:
    """Judge ``lon`` and ``lat`` (null for no match) by the true ones, row by row."""
    x0, y0 = _metres(truth, reference)
    x1, y1 = _metres(answers, reference)
    found = np.isfinite(x1)
    error = np.hypot(x1 - x0, y1 - y0)[found]
    if not len(error):
        return Verdict(0.0, 0.0, *[float("nan")] * 4)
    zones = [in_zones(x[found], y[found], reference) for x, y in ((x0, y0), (x1, y1))]
    median, p90, p99 = np.quantile(error, [0.5, 0.9, 0.99])
    near = float((error <= NEAR_M).sum() / len(truth))
    wrong = float((~same_zones(*zones)).mean())
    return Verdict(float(found.mean()), near, float(median), float(p90), float(p99), wrong)


def _metres(places: pl.DataFrame, reference: Reference) -> tuple[NDArray[np.float64], ...]:
    lon, lat = (places[one].cast(pl.Float64).fill_null(np.nan).to_numpy() for one in ("lon", "lat"))
    x, y = np.full(len(lon), np.nan), np.full(len(lat), np.nan)
    known = np.isfinite(lon)
    x[known], y[known] = reference.projection.to_metres(lon[known], lat[known])
    return x, y
