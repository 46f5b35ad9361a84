"""``geoservice scenario check|show|report|start``."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from geoservice.cartography.texts import LANGUAGES
from geoservice.cli.arguments import add_language, add_profile, add_region
from geoservice.cli.say import note
from geoservice.errors import InputError
from geoservice.model.counted import counted, in_number
from geoservice.model.settings import Settings
from geoservice.planning.apply import Outcome
from geoservice.planning.ground import crossing_blocks
from geoservice.planning.numbers import TODAY
from geoservice.planning.scenario_file import read_scenario
from geoservice.planning.start_plan import KINDS
from geoservice.service.basis import PROFILES
from geoservice.service.regions import Regions
from geoservice.service.scenario_reports import write_packet
from geoservice.service.scenarios import (
    ScenarioChoice,
    Scenarios,
    assignment_table,
    check_scenario,
    numbers_of,
    write_numbers,
    write_zones_after,
)
from geoservice.service.start_plans import StartPlanGoal, make_start_plan, write_start_plan
from geoservice.tables.writing import writing

_FILE = "scenario to read: .toml"
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
    group = commands.add_parser("scenario")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="print every fault of a scenario with its line")
    check.add_argument("file", metavar="FILE", type=Path, help=_FILE)
    add_region(check)
    check.set_defaults(run=_check)
    _add_show(actions)
    _add_report(actions)
    _add_start(actions)


def _add_show(actions: Any) -> None:
    show = actions.add_parser(
        "show", help="print the numbers before and after, for one or several scenarios"
    )
    show.add_argument("files", metavar="FILE", type=Path, nargs="+", help=f"{_FILE}; or several")
    add_region(show)
    show.add_argument(
        "-o", "--output", metavar="OUT", type=Path, help="write all numbers: .csv, .xlsx, .parquet"
    )
    show.add_argument(
        "--moves",
        metavar="OUT",
        type=Path,
        help="write the school of every block: .csv, .xlsx; for a single scenario",
    )
    show.add_argument(
        "--zones",
        metavar="OUT",
        type=Path,
        help="write the zones of the scenario: .geojson; for a single scenario",
    )
    _add_students(show)
    show.set_defaults(run=_show)


def _add_report(actions: Any) -> None:
    report = actions.add_parser("report", help="write the board packet: HTML, PDF and workbook")
    report.add_argument("file", metavar="FILE", type=Path, help=_FILE)
    add_region(report)
    report.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        required=True,
        help="a folder, or a file that ends in .html, .pdf or .xlsx",
    )
    add_language(report, LANGUAGES)
    _add_students(report)
    report.set_defaults(run=_report)


def _add_start(actions: Any) -> None:
    start = actions.add_parser("start", help="compute a first plan and write it as a scenario")
    start.add_argument(
        "kind",
        choices=KINDS,
        help="goal of the plan: shortest distances, shortest distances within the seats, or the "
        "fewest students who change school within the seats",
    )
    add_region(start)
    start.add_argument(
        "--zones", metavar="SET", required=True, help="id of a set of zones, such as elementary"
    )
    start.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help="scenario to write: .toml"
    )
    start.add_argument(
        "--most",
        type=float,
        default=0.95,
        help="largest share of its seats that a school fills (default: 0.95)",
    )
    start.add_argument(
        "--seconds", type=float, default=10.0, help="seconds for the solver (default: 10)"
    )
    _add_students(start)
    start.set_defaults(run=_start)


def _add_students(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--students",
        default="",
        help="data set of students, by its name (default: the counts of the blocks)",
    )
    add_profile(command, PROFILES)


def _report(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    reference, folder = regions.open(options.region), regions.folder(options.region)
    choice = ScenarioChoice(options.students, options.profile, options.purpose)
    scenarios = [read_scenario(options.file)]
    (case,) = Scenarios(settings).cases(scenarios, reference, folder, choice)
    written = write_packet(case, reference, options.output, settings, options.lang)
    print(f"Written: {', '.join(written)}.")
    return 0


def _start(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    reference, folder = regions.open(options.region), regions.folder(options.region)
    choice = ScenarioChoice(options.students, options.profile, options.purpose)
    goal = StartPlanGoal(options.zones, options.kind, options.most, options.seconds)
    plan, ground = make_start_plan(reference, folder, goal, settings, choice)
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
    outcome = check_scenario(read_scenario(options.file), reference, regions.folder(options.region))
    changed = int((outcome.block_school != outcome.ground.block_school).sum())
    crossing = crossing_blocks(outcome.ground)
    if crossing:
        listed = ", ".join(crossing[:10])
        blocks = counted(len(crossing), "block crosses", "blocks cross")
        note(f"{blocks} an edge of today's zones: {listed}.")
    print(
        f"{outcome.scenario.id}: no fault. {changed} of {len(outcome.block_school)} blocks change "
        "their school."
    )
    return 0


def _show(options: argparse.Namespace, settings: Settings) -> int:
    if len(options.files) > 1 and (options.moves or options.zones):
        raise InputError("--moves and --zones need a single scenario. Give one file.")
    regions = Regions(settings, note)
    reference, folder = regions.open(options.region), regions.folder(options.region)
    choice = ScenarioChoice(options.students, options.profile, options.purpose)
    scenarios = [read_scenario(path) for path in options.files]
    cases = Scenarios(settings).cases(scenarios, reference, folder, choice)
    numbers, outcomes = numbers_of(cases), [case.outcome for case in cases]
    if options.output:
        write_numbers(numbers, options.output)
    with writing(options.moves) as write:
        write(assignment_table(outcomes[0]))
    if options.zones:
        write_zones_after(outcomes[0], reference, options.zones)
    for outcome in outcomes:
        _summary(outcome, numbers.filter(scenario=outcome.scenario.id, year=TODAY))
    return 0


def _summary(outcome: Outcome, numbers: pl.DataFrame) -> None:
    """Print the district's numbers, and the students and utilisation of each school."""
    residents = outcome.ground.residents
    outside = int(residents.count[residents.block < 0].sum())
    if outside:
        forms = (
            "[student lives|students live] outside all blocks; [it keeps|they keep] today's zone."
        )
        note(f"{outside:,} {in_number(forms, outside)}")
    names = outcome.scenario.names
    print(
        f"{outcome.scenario.id}: {next(iter(names.values()), '')} ({outcome.scenario.first_year})"
    )
    district = numbers.filter(by="district", grade="all")
    shown = district.filter(
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
