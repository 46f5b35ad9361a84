"""``geoservice forecast``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.say import note
from geoservice.forecast.outcome import Forecast
from geoservice.forecast.progression import Rules
from geoservice.model.settings import Settings
from geoservice.service.basis import PROFILES
from geoservice.service.forecasts import ForecastChoice, ForecastFiles, Forecasts, write_forecast
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser(
        "forecast", help="students of the years to come, by grade progression"
    )
    command.add_argument("--region", metavar="R", required=True)
    command.add_argument(
        "-o", "--output", metavar="OUT", required=True, help=".csv, .xlsx, .json, .parquet"
    )
    command.add_argument(
        "--by", metavar="UNITS", default="district", help="district, school, area_SET or zone_SET"
    )
    command.add_argument("--years", type=int, default=5, help="years ahead")
    command.add_argument(
        "--ratios", type=int, default=3, help="last yearly ratios to average, 1 to 5"
    )
    command.add_argument("--weighted", action="store_true", help="later ratios weigh more")
    command.add_argument(
        "--shrink",
        type=float,
        default=50.0,
        metavar="STUDENTS",
        help="size at which a unit's ratio weighs as much as its area's; 0 for none",
    )
    for name, what in (
        (
            "history",
            "counts of earlier years (unit, year, grade, students), not the placed students",
        ),
        ("births", "births by calendar year (year, births, perhaps unit)"),
        ("homes", "planned homes (year, units, yield, and unit or lon and lat)"),
        ("own", "the district's own forecast, to stand beside"),
    ):
        command.add_argument(f"--{name}", metavar="FILE", type=Path, help=what)
    command.add_argument("--students", default="", help="a data set; else all years that are kept")
    command.add_argument("--profile", choices=PROFILES, default="public")
    command.add_argument(
        "--purpose", default="", help="for what numbers are wanted; it is recorded"
    )
    command.set_defaults(run=_forecast)


def _forecast(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    reference = regions.open(options.region)
    files = ForecastFiles(options.history, options.births, options.homes, options.own)
    choice = ForecastChoice(
        options.by,
        options.years,
        Rules(options.ratios, options.weighted, options.shrink),
        options.students,
        options.profile,
        options.purpose,
        files,
    )
    made = Forecasts(settings).forecast(reference, regions.folder(options.region), choice)
    write_forecast(made, reference, Path(options.output))
    _say_errors(made)
    return 0


def _say_errors(made: Forecast) -> None:
    """The back-test of all sizes together, and what of the district's own forecast has no unit."""
    totals = made.errors.filter(level="total", size="all")
    if totals.is_empty():
        note("No back-test: it needs three school years. The forecast has no band.")
    for row in totals.iter_rows(named=True):
        note(
            f"Back-test {row['years_ahead']} years ahead: mean absolute error "
            f"{row['mean_absolute_error_pct']:.1f}%, 9 of 10 within {row['error_90_pct']:.1f}% "
            f"({row['comparisons']} comparisons)."
        )
    if made.unmatched_own:
        note(f"Of the district's own forecast {len(made.unmatched_own)} names are no unit here.")
