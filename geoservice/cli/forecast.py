"""``geoservice forecast``."""

import argparse
from pathlib import Path
from typing import Any

from geoservice.cli.arguments import add_profile, add_region
from geoservice.cli.say import note
from geoservice.forecast.outcome import Forecast
from geoservice.forecast.progression import Rules
from geoservice.model.settings import Settings
from geoservice.service.basis import PROFILES
from geoservice.service.forecasts import ForecastChoice, ForecastFiles, Forecasts, write_forecast
from geoservice.service.regions import Regions


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("forecast")
    add_region(command)
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="file to write: .csv, .xlsx, .json, .parquet",
    )
    command.add_argument(
        "--by",
        metavar="UNITS",
        default="district",
        help="district, school, area_SET or zone_SET, such as area_planning (default: district)",
    )
    command.add_argument(
        "--years", type=int, default=5, help="number of school years ahead (default: 5)"
    )
    command.add_argument(
        "--ratios",
        type=int,
        default=3,
        help="number of recent yearly ratios to average, 1 to 5 (default: 3)",
    )
    command.add_argument(
        "--weighted", action="store_true", help="give later ratios a larger weight"
    )
    command.add_argument(
        "--shrink",
        type=float,
        default=50.0,
        metavar="STUDENTS",
        help="unit size in students at which the unit's ratio weighs as much as its area's; 0: no "
        "shrinkage (default: 50)",
    )
    _add_files(command)
    command.add_argument(
        "--students",
        default="",
        help="data set of students, by its name (default: all stored data sets)",
    )
    add_profile(command, PROFILES)
    command.set_defaults(run=_forecast)


def _add_files(command: argparse.ArgumentParser) -> None:
    for name, content in (
        (
            "history",
            "counts of earlier years (unit, year, grade, students) in place of placed students",
        ),
        ("births", "births by calendar year (year, births, optionally unit)"),
        ("homes", "planned homes (year, units, yield, and unit or lon and lat)"),
        ("own", "the district's own forecast, for comparison"),
    ):
        command.add_argument(f"--{name}", metavar="FILE", type=Path, help=content)


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
    forecast = Forecasts(settings).forecast(reference, regions.folder(options.region), choice)
    write_forecast(forecast, reference, Path(options.output))
    _say_errors(forecast)
    return 0


def _say_errors(forecast: Forecast) -> None:
    """Note the back-test errors, and the names in the district's own forecast without a unit."""
    totals = forecast.errors.filter(level="total", size="all")
    if totals.is_empty():
        note("A back-test needs three school years, so the forecast has no error band.")
    for row in totals.iter_rows(named=True):
        note(
            f"Back-test {row['years_ahead']} years ahead: mean absolute error "
            f"{row['mean_absolute_error_pct']:.1f}%, 9 of 10 within {row['error_90_pct']:.1f}% "
            f"({row['comparisons']} comparisons)."
        )
    if forecast.unmatched_own:
        count = len(forecast.unmatched_own)
        note(f"{count} names in the district's own forecast match no unit of the region.")
