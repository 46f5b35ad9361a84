"""``geoservice measure``."""

import argparse
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.cli.say import note
from geoservice.measures.ground import SUPPRESSED
from geoservice.measures.registry import MEASURES
from geoservice.model.settings import Settings
from geoservice.service.basis import DISTANCES, PROFILES
from geoservice.service.measures import Measures
from geoservice.service.regions import Regions
from geoservice.students.filters import Filters
from geoservice.tables.writing import TableWriter


def add_commands(commands: Any) -> None:
    """Add the command."""
    command = commands.add_parser(
        "measure", help="figures by area, zone or school", epilog="Measures: " + ", ".join(MEASURES)
    )
    command.add_argument("measure", metavar="M")
    command.add_argument("-o", "--output", metavar="FILE", required=True)
    command.add_argument("--region", metavar="R", required=True)
    command.add_argument("--by", metavar="AREAS", default="")
    for name in ("band", "year", "students"):
        command.add_argument(f"--{name}", default="")
    command.add_argument("--profile", choices=PROFILES, default="public")
    command.add_argument(
        "--purpose", default="", help="for what internal figures are wanted; it is recorded"
    )
    command.add_argument(
        "--scheme", metavar="ID", default="", help="rating scheme; else the region's first"
    )
    command.add_argument(
        "--distance", choices=DISTANCES, default="", help="else as region.toml says"
    )
    for kind in ("subgroup", "programme"):
        command.add_argument(
            f"--{kind}", metavar="NAME[=VALUE]", default="",
            help="count its students alone; in public those that `[release] subgroups` lists",
        )  # fmt: skip
    command.set_defaults(run=_measure)


def _measure(options: argparse.Namespace, settings: Settings) -> int:
    reference = Regions(settings, note).open(options.region)
    measures = Measures(settings)
    filters = Filters(options.subgroup, options.programme)
    basis = {"students": options.students, "profile": options.profile, "scheme": options.scheme,
             "distance": options.distance, "filters": filters}  # fmt: skip
    with TableWriter(Path(options.output), places=False) as writer:
        table = measures.table(
            options.measure, reference, options.by, options.band, options.year,
            purpose=options.purpose, **basis,
        )  # fmt: skip
        writer.write(table)
    suppressed = table.filter(status=SUPPRESSED)
    note(
        f"{options.measure}: {len(table)} lines, {len(suppressed)} suppressed ({options.profile})."
    )
    _note_left_out(table)
    unjoined = measures.unjoined(options.measure, reference, **basis)
    if unjoined:
        note(f"{unjoined} students have a straight line: no street leads from their home to their school.")  # fmt: skip
    return 0


def _note_left_out(table: pl.DataFrame) -> None:
    left = table.filter(pl.col("unit") == "district", pl.col("left_out") > 0)
    if len(left):
        years = left.group_by("year").agg(pl.col("left_out").max()).sort("year").iter_rows()
        told = ", ".join(f"{year} {count}" for year, count in years)
        note(f"Left out of the district's figure, at most: {told}. The column left_out has them by line.")  # fmt: skip
