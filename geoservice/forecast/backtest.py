"""The error of a forecast, measured on the years that are known: its own back-test."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from geoservice.forecast.entry import Births
from geoservice.forecast.history import Bools, Floats, History
from geoservice.forecast.progression import Rules
from geoservice.forecast.projection import project

LONGEST = 5
SIZES = (0, 25, 50, 100, 250, 500, 1000)
"""Lower ends of the classes of size: students forecast for a unit, or for one grade of it."""
_ENOUGH = 20
"""Comparisons that a class of size needs for an error of its own."""
_BAND = 0.9
"""Share of past errors that the band covers."""
ERRORS = {
    "level": pl.String,
    "years_ahead": pl.Int64,
    "size": pl.String,
    "comparisons": pl.Int64,
    "mean_error_pct": pl.Float64,
    "mean_absolute_error_pct": pl.Float64,
    "error_90_pct": pl.Float64,
    "error_90_per_root": pl.Float64,
}
ALL_SIZES = "all"


@dataclass(frozen=True)
class Band:
    """Half-widths of a band in students, and where each comes from; NaN if nothing is known."""

    half: Floats
    source: list[str]


def back_test(history: History, rules: Rules, births: Births) -> pl.DataFrame:
    """Forecast each known year from the years before it, and compare: schema `ERRORS`.

    ``level`` is ``total`` (a unit's reported grades together) or ``grade``.
    ``error_90_per_root`` is the 90% quantile of the absolute error divided by the square root of
    the forecast.
    """
    cells = []
    for last_known in range(1, len(history.years) - 1):  # Over origins: the years known less two.
        horizon = min(LONGEST, len(history.years) - 1 - last_known)
        ahead = project(history.until(last_known), horizon, rules, births)
        actual = history.students[:, last_known + 1 : last_known + 1 + horizon, :]
        reported = history.reported[:, None, :]
        totals = ((ahead * reported).sum(axis=2), (actual * reported).sum(axis=2))
        cells += _compared("total", *totals, np.ones(totals[0].shape, dtype=bool))
        cells += _compared("grade", ahead, actual, np.broadcast_to(reported, ahead.shape))
    if not cells:
        return pl.DataFrame(schema=ERRORS)
    compared = pl.concat(cells).filter((pl.col("forecast") > 0) | (pl.col("actual") > 0))
    sized = _errors(compared.with_columns(_sizes(compared["forecast"])))
    all_sizes = _errors(compared.with_columns(size=pl.lit(ALL_SIZES)))
    return pl.concat([sized, all_sizes]).sort("level", "years_ahead", "order").select(*ERRORS)


def band(errors: pl.DataFrame, level: str, forecast: Floats) -> Band:
    """The band of forecasts, units x years ahead, by the errors of their size and horizon.

    Years further ahead than the back-test reaches take its longest horizon, widened by the square
    root of the years.
    """
    table = {
        (ahead, size): (count, share, root)
        for kind, ahead, size, count, _, _, share, root in errors.iter_rows()
        if kind == level
    }
    tested = max((ahead for ahead, _ in table), default=0)
    half, source = np.full(forecast.shape, np.nan), []
    for place, students in np.ndenumerate(forecast):  # Over units and years: a few thousand.
        ahead = min(place[1] + 1, tested)
        label = _size_label(float(students))
        count, share, root = table.get((ahead, label), (0, 0.0, 0.0))
        wider = np.sqrt((place[1] + 1) / ahead) if ahead else np.nan
        if count >= _ENOUGH:
            half[place], origin = students * share / 100 * wider, f"{label}, {count} comparisons"
        elif tested:
            count, _, root = table[ahead, ALL_SIZES]
            half[place] = root * np.sqrt(students) * wider
            origin = f"{ALL_SIZES} sizes, {count} comparisons"
        else:
            origin = "none: a back-test needs three years"
        longer = f", {tested} years ahead, widened" if 0 < tested < place[1] + 1 else ""
        source.append(f"{origin}{longer}")
    return Band(half, source)


def _compared(level: str, forecast: Floats, actual: Floats, reported: Bools) -> list[pl.DataFrame]:
    """Return a row for each forecast that is compared."""
    ahead = np.broadcast_to(
        np.arange(1, forecast.shape[1] + 1).reshape(1, -1, *([1] * (forecast.ndim - 2))),
        forecast.shape,
    )
    columns = {
        "years_ahead": ahead[reported],
        "forecast": forecast[reported],
        "actual": actual[reported],
    }
    return [pl.DataFrame(columns).with_columns(level=pl.lit(level))]


def _errors(compared: pl.DataFrame) -> pl.DataFrame:
    """Errors by level, horizon and size, as shares of the forecast."""
    error = pl.col("forecast") - pl.col("actual")
    base = pl.max_horizontal("forecast", pl.lit(1.0))
    return compared.group_by("level", "years_ahead", "size").agg(
        comparisons=pl.len().cast(pl.Int64),
        mean_error_pct=(error / base).mean() * 100,
        mean_absolute_error_pct=(error / base).abs().mean() * 100,
        error_90_pct=(error / base).abs().quantile(_BAND, "linear") * 100,
        error_90_per_root=(error.abs() / base.sqrt()).quantile(_BAND, "linear"),
        order=pl.when(pl.col("size") == ALL_SIZES).then(np.inf).otherwise(pl.col("forecast")).min(),
    )


def _sizes(forecast: pl.Series) -> pl.Series:
    """The class of size of each forecast."""
    place = np.searchsorted(SIZES, forecast.to_numpy(), side="right") - 1
    return pl.Series("size", np.array([_label(number) for number in range(len(SIZES))])[place])


def _size_label(students: float) -> str:
    return _label(max(place for place, low in enumerate(SIZES) if students >= low))


def _label(place: int) -> str:
    if place == len(SIZES) - 1:
        return f"{SIZES[place]} or more"
    return f"{SIZES[place]}-{SIZES[place + 1] - 1}"
