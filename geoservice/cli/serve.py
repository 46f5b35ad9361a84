"""``geoservice serve`` and ``geoservice demo``."""

import argparse
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from geoservice.api.listen import Place, Tls, listen
from geoservice.cli.say import note
from geoservice.demo.generate import REGION_ID, generate
from geoservice.demo.history import earlier_years
from geoservice.errors import GeoserviceError, InputError, ReferenceDataError
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.fictional import NAME, add_fictional
from geoservice.service.regions import Regions
from geoservice.service.students import Students

_SHIPPED = Path(__file__).resolve().parents[2] / "shapefiles" / REGION_ID


def add_commands(commands: Any) -> None:
    """Add the commands."""
    demo = commands.add_parser("demo", help="serve the fictional district Riverbend")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--no-browser", action="store_true")
    demo.add_argument("--generate", metavar="FOLDER", help="only write the district into a folder")
    demo.add_argument("--students", type=int, default=25_000, help="with --generate: how many")
    demo.set_defaults(run=_demo)
    serve = commands.add_parser("serve", help="serve maps and geocoding over HTTP")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--region", action="append", default=[], metavar="R")
    serve.add_argument(
        "--no-token", action="store_true", help="open the workspace to all on this machine"
    )
    serve.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="processes that work on batch jobs (default 1; 0: only those of `geoservice worker`)",
    )
    serve.add_argument(
        "--require-key",
        action="store_true",
        help="ask callers on this machine for a key too, as behind a proxy",
    )
    serve.add_argument("--tls-cert", metavar="FILE", help="serve HTTPS with a certificate (PEM)")
    serve.add_argument("--tls-key", metavar="FILE", help="the certificate's key (PEM)")
    serve.set_defaults(run=_serve)


def _offered(regions: Regions, wanted: Sequence[str]) -> list[str]:
    """Ids of the regions that can be opened; what is wrong with the others is said.

    Raises
    ------
    GeoserviceError
        Where none can be opened.
    """
    offered: list[str] = []
    faults: list[GeoserviceError] = []
    for region in wanted or regions.ids():
        try:
            reference = regions.open(region) if wanted else _as_built(regions, region)
            offered.append(reference.info.id)
        except GeoserviceError as fault:
            faults.append(fault)
            note(f"The region {Path(region).name} is left out: {fault.detail}")
    if not offered and faults:
        raise faults[0]
    if not offered:
        raise InputError("No region is registered. Name one with --region FOLDER.")
    return offered


def _as_built(regions: Regions, region: str) -> Reference:
    """A registered region as it was last built; built again where that cannot be opened."""
    try:
        return regions.registered(region)
    except ReferenceDataError:
        return regions.open(region)


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    if options.generate:
        generate(Path(options.generate), options.students)
        print(f"Wrote the fictional district to {Path(options.generate).name}.")
        return 0
    folder = _SHIPPED if _SHIPPED.is_dir() else settings.home / "demo" / REGION_ID
    if not (folder / "students.csv").is_file():
        note("Writing the fictional district Riverbend.")
        generate(folder)
    regions = Regions(settings, note)
    reference = regions.open(str(folder))
    _register(folder, reference.snapshot, settings, regions)
    place = Place("127.0.0.1", options.port, None, browser=not options.no_browser)
    return listen(settings, regions, note, [REGION_ID], place)


def _register(folder: Path, snapshot: str, settings: Settings, regions: Regions) -> None:
    students = Students(settings)
    known = {one["name"]: one["snapshot"] for one in students.list(REGION_ID)}
    if known.get(NAME) == snapshot:
        return
    note("Geocoding the fictional students.")
    reference = regions.registered(REGION_ID)
    # Nobody is behind these students: what was released of them before binds nothing.
    shutil.rmtree(settings.home / "releases" / REGION_ID, ignore_errors=True)
    summary = add_fictional(students, folder / "students.csv", reference)
    note(
        f"{sum(summary.matched.values()):,} of {summary.rows:,} students of {reference.info.school_year} "
        f"placed, and those of {len(earlier_years())} years before."
    )


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    regions = Regions(settings, note)
    offered = _offered(regions, options.region)
    token = None if options.no_token else secrets.token_urlsafe(12)
    if options.require_key:
        settings = replace(settings, require_key=True)
    place = Place(options.host, options.port, token, workers=options.workers, tls=_tls(options))
    return listen(settings, regions, note, offered, place)


def _tls(options: argparse.Namespace) -> Tls | None:
    if not options.tls_cert and not options.tls_key:
        return None
    for name in (options.tls_cert, options.tls_key):
        if not name or not Path(name).is_file():
            raise InputError("HTTPS needs two files: --tls-cert and --tls-key.")
    return Tls(options.tls_cert, options.tls_key)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError("a whole number of at least 0")
    return int(text)
