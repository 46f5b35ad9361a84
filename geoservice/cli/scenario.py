"""``geoservice scenario check|show|start``."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from geoservice.cli.say import note
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.planning.apply import Outcome
from geoservice.planning.ground import crossing_blocks
from geoservice.planning.start_plan import KINDS
from geoservice.region.manifest import load_manifest
from geoservice.service.basis import PROFILES
from geoservice.service.regions import Regions
from geoservice.service.scenarios import (
    ScenarioChoice,
    Scenarios,
    assignment_table,
    check_scenario,
    numbers_of,
    write_numbers,
    write_zones_after,
)
from geoservice.service.start_plans import make_start_plan, write_start_plan
from geoservice.tables.writing import writing

_SHOWN = (
    "students",
    "moved",
    "may_stay",
    "in_quality_share",
    "distance_mean_miles",
    "beyond_walking",
    "split_areas",
    "split_feeders",
    "zones_in_pieces",
    "schools_over_95",
    "schools_under_80",
)


def add_commands(commands: Any) -> None:
    """Add the command group."""
    group = commands.add_parser(
        "scenario", help="what changes if boundaries, schools or grades change"
    )
    actions = group.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="every fault of a scenario, with its line")
    check.add_argument("file", metavar="FILE", type=Path)
    check.add_argument("--region", metavar="R", required=True)
    check.set_defaults(run=_check)
    show = actions.add_parser(
        "show", help="the numbers before and after, of one scenario or several"
    )
    show.add_argument("files", metavar="FILE", type=Path, nargs="+")
    show.add_argument("--region", metavar="R", required=True)
    show.add_argument(
        "-o", "--output", metavar="OUT", type=Path, help="all numbers: .csv, .xlsx, .parquet"
    )
    show.add_argument(
        "--moves", metavar="OUT", type=Path, help="the school of every block, of one scenario"
    )
    show.add_argument(
        "--zones",
        metavar="OUT",
        type=Path,
        help="the zones afterwards as .geojson, of one scenario",
    )
    _add_students(show)
    show.set_defaults(run=_show)
    start = actions.add_parser("start", help="a plan to start from, as a scenario")
    start.add_argument("kind", choices=KINDS)
    start.add_argument("--region", metavar="R", required=True)
    start.add_argument("--zones", metavar="SET", required=True)
    start.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help=".toml")
    start.add_argument(
        "--most", type=float, default=0.95, help="utilisation that no school exceeds"
    )
    start.add_argument("--seconds", type=float, default=10.0, help="time for the solver")
    _add_students(start)
    start.set_defaults(run=_start)


def _add_students(command: argparse.ArgumentParser) -> None:
    command.add_argument("--students", default="", help="a data set; else the blocks' own counts")
    command.add_argument("--profile", choices=PROFILES, default="public")
    command.add_argument(
        "--purpose", default="", help="for what numbers are wanted; it is recorded"
    )


def _start(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    reference, folder = regions.open(options.region), regions.folder(options.region)
    choice = ScenarioChoice(options.students, options.profile, options.purpose)
    plan, ground = make_start_plan(
        reference,
        folder,
        options.zones,
        options.kind,
        settings,
        choice,
        most=options.most,
        seconds=options.seconds,
    )
    moved = write_start_plan(plan, ground, reference, options.kind, options.output)
    fullest = np.nanmax(plan.utilisation, initial=0.0)
    print(
        f"{moved} blocks move. The fullest school is at {fullest:.0%}. Gap to the best plan: "
        f"{plan.gap:.2%}."
    )
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    reference = regions.open(options.region)
    outcome = check_scenario(options.file, reference, regions.folder(options.region))
    changed = int((outcome.block_school != outcome.ground.block_school).sum())
    crossing = crossing_blocks(outcome.ground)
    if crossing:
        listed = ", ".join(crossing[:10])
        note(f"{len(crossing)} blocks cross an edge of today's zones: {listed}.")
    print(
        f"{outcome.scenario.id}: no fault. {changed} of {len(outcome.block_school)} blocks change "
        "their school."
    )
    return 0


def _show(options: argparse.Namespace, settings: Settings) -> int:
    if len(options.files) > 1 and (options.moves or options.zones):
        raise InputError("--moves and --zones are of one scenario. Give one file.")
    regions = Regions(settings, note)
    reference, folder = regions.open(options.region), regions.folder(options.region)
    choice = ScenarioChoice(options.students, options.profile, options.purpose)
    outcomes = Scenarios(settings).outcomes(options.files, reference, folder, choice)
    numbers = numbers_of(outcomes, load_manifest(folder))
    if options.output:
        write_numbers(numbers, options.output)
    with writing(options.moves) as write:
        write(assignment_table(outcomes[0]))
    if options.zones:
        write_zones_after(outcomes[0], reference, options.zones)
    for outcome in outcomes:
        _summary(outcome, numbers.filter(scenario=outcome.scenario.id))
    return 0


def _summary(outcome: Outcome, numbers: pl.DataFrame) -> None:
    """The district's numbers, and the students of each school."""
    residents = outcome.ground.residents
    outside = int(residents.count[residents.block < 0].sum())
    if outside:
        note(f"{outside:,} students live outside all blocks; they keep today's zone.")
    names = outcome.scenario.names
    print(
        f"{outcome.scenario.id}: {next(iter(names.values()), '')} ({outcome.scenario.first_year})"
    )
    whole = numbers.filter(by="district", grade="all")
    shown = whole.filter(
        pl.col("measure").is_in(_SHOWN) | pl.col("measure").str.starts_with("dissimilarity")
    )
    for measure, before, after in shown.select("measure", "before", "after").iter_rows():
        print(f"  {measure:<28}{_text(before):>12}{_text(after):>12}")
    schools = numbers.filter(by="school", grade="all")
    for measure in ("students", "utilisation"):
        print(f"  {measure} by school")
        for name, before, after in (
            schools.filter(measure=measure).select("name", "before", "after").iter_rows()
        ):
            print(f"    {name:<34}{_text(before):>10}{_text(after):>10}")


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"
