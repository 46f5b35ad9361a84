"""``geoservice measure``."""

import argparse
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.cli.arguments import add_profile, add_region
from geoservice.cli.say import note
from geoservice.measures.ground import SUPPRESSED
from geoservice.measures.registry import MEASURES
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.service.basis import DISTANCES, PROFILES
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.measures import Measures
from geoservice.service.regions import Regions
from geoservice.students.filters import Filters
from geoservice.tables.writing import TableWriter


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser("measure", epilog="Measures: " + ", ".join(MEASURES))
    command.add_argument("measure", metavar="M", help="id of the measure, such as participation")
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        required=True,
        help="table to write: .csv, .xlsx, .parquet",
    )
    add_region(command)
    command.add_argument(
        "--by",
        metavar="AREAS",
        default="",
        help="a set of areas or zones, such as planning; school, or hexagons (default: the first "
        "set that the measure is counted by)",
    )
    command.add_argument(
        "--band", default="", help="grade band of the region, such as K-5, or all (default: each)"
    )
    command.add_argument(
        "--year", default="", help="school year, such as 2023-24 (default: each stored year)"
    )
    command.add_argument(
        "--students", default="", help="data set of students, by its name (default: all stored)"
    )
    add_profile(command, PROFILES)
    command.add_argument(
        "--scheme",
        metavar="ID",
        default="",
        help="id of a rating scheme of the region (default: its first scheme)",
    )
    command.add_argument(
        "--distance",
        choices=DISTANCES,
        default="",
        help="straight lines, or the network of streets (default: as region.toml says)",
    )
    for kind, example in (("subgroup", "ell"), ("programme", "ib")):
        command.add_argument(
            f"--{kind}",
            metavar="NAME[=VALUE]",
            default="",
            help=f"count only the students of this {kind}, such as {example} or {example}=yes; "
            "public figures allow only `[release] subgroups` of region.toml",
        )
    command.set_defaults(run=_measure)


def _measure(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    measures = Measures(settings)
    choice = MeasureChoice(
        options.by,
        options.band,
        options.year,
        students=options.students,
        profile=options.profile,
        scheme=options.scheme,
        distance=options.distance,
        purpose=options.purpose,
        filters=Filters(options.subgroup, options.programme),
    )
    with TableWriter(Path(options.output), places=False) as writer:
        table = measures.table(options.measure, reference, choice)
        writer.write(table)
    suppressed = table.filter(status=SUPPRESSED)
    lines = counted(len(table), "line")
    note(f"{options.measure}: {lines}, {len(suppressed)} suppressed ({options.profile}).")
    _note_left_out(table)
    unjoined = measures.unjoined(options.measure, reference, choice)
    if unjoined:
        students = counted(unjoined, "student has", "students have")
        note(
            f"{students} a straight-line distance, because no street leads from "
            "their home to their school."
        )
    return 0


def _note_left_out(table: pl.DataFrame) -> None:
    incomplete = table.filter(pl.col("unit") == "district", pl.col("left_out") > 0)
    if len(incomplete):
        years = incomplete.group_by("year").agg(pl.col("left_out").max()).sort("year").iter_rows()
        counts = ", ".join(f"{year} {count}" for year, count in years)
        note(
            f"Left out of the district's figure, at most: {counts}. The column left_out has the "
            "count of each line."
        )
