"""``geoservice serve`` and ``geoservice demo``."""

import argparse
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from geoservice.api.listen import ServerOptions, Tls, listen
from geoservice.api.memory import bound_heaps
from geoservice.cli.arguments import add_no_browser, add_port
from geoservice.cli.map_folder import add_maps_option
from geoservice.cli.say import note
from geoservice.cli.settings import note_unknown_settings
from geoservice.demo.generate import REGION_ID, generate
from geoservice.demo.history import earlier_years
from geoservice.errors import GeoserviceError, InputError, ReferenceDataError
from geoservice.model.settings import Settings
from geoservice.model.shipped import shipped_folder
from geoservice.reference.snapshot import Reference
from geoservice.service.fictional import NAME, add_fictional
from geoservice.service.logs import set_up_log
from geoservice.service.region_drafts import RegionDrafts
from geoservice.service.regions import Regions
from geoservice.service.students import Students


def add_commands(commands: Any) -> None:
    """Add the commands."""
    _add_demo(commands.add_parser("demo"))
    _add_serve(commands.add_parser("serve"))


def _add_demo(demo: argparse.ArgumentParser) -> None:
    add_port(demo, 8000)
    add_no_browser(demo)
    demo.add_argument(
        "--generate",
        metavar="FOLDER",
        help="write the files of the district into a folder, and do not serve",
    )
    demo.add_argument(
        "--students",
        type=int,
        default=25_000,
        metavar="N",
        help="number of fictional students, with --generate (default: 25000)",
    )
    add_maps_option(demo)
    demo.set_defaults(run=_demo, runs_on=True)


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0: all addresses of this machine (default: 127.0.0.1)",
    )
    add_port(serve, 8000)
    serve.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="R",
        help="a region to offer: its folder or registered id; may be repeated (default: all "
        "registered regions)",
    )
    serve.add_argument(
        "--no-token",
        action="store_true",
        help="open the workspace to everyone on this machine, without a token",
    )
    serve.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="worker processes for batch jobs; 0: only `geoservice worker` processes (default: 1)",
    )
    serve.add_argument(
        "--require-key",
        action="store_true",
        help="require a key also from callers on this machine, for example behind a proxy",
    )
    serve.add_argument(
        "--tls-cert", metavar="FILE", help="serve HTTPS with this certificate (PEM file)"
    )
    serve.add_argument(
        "--tls-key", metavar="FILE", help="private key of the certificate (PEM file)"
    )
    add_maps_option(serve)
    serve.set_defaults(run=_serve, runs_on=True)


def _offered(regions: Regions, requested: Sequence[str]) -> list[str]:
    """Return the ids of the regions that can be opened; note the faults of the others.

    Raises
    ------
    GeoserviceError
        If no region can be opened.
    """
    offered: list[str] = []
    faults: list[GeoserviceError] = []
    for region in requested or regions.ids():
        try:
            reference = regions.open(region) if requested else _as_built(regions, region)
            offered.append(reference.info.id)
        except GeoserviceError as fault:
            faults.append(fault)
            note(f"The region {Path(region).name} is left out: {fault.detail}")
    if not offered and faults:
        raise faults[0]
    if not offered:
        raise InputError("No region is registered. Name one with --region FOLDER.")
    return offered


def _with_uploaded(offered: list[str], settings: Settings, regions: Regions) -> list[str]:
    """Add the regions that administrators uploaded to the service, which `--region` cannot know."""
    for region in RegionDrafts(settings, regions).built():
        if region in offered:
            continue
        try:
            offered.append(_as_built(regions, region).info.id)
        except GeoserviceError as fault:
            note(f"The region {region} is left out: {fault.detail}")
    return offered


def _as_built(regions: Regions, region: str) -> Reference:
    """Return a registered region as last built; rebuild it if its snapshot cannot be opened."""
    try:
        return regions.registered(region)
    except ReferenceDataError:
        return regions.open(region)


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    if options.generate:
        generate(Path(options.generate), options.students)
        print(f"Wrote the fictional district to {Path(options.generate).name}.")
        return 0
    bound_heaps()  # Before the first thread: heaps that exist already would stay.
    shipped = shipped_folder("shapefiles") / REGION_ID
    folder = shipped if shipped.is_dir() else settings.home / "demo" / REGION_ID
    if not (folder / "students.csv").is_file():
        note("Writing the fictional district Riverbend.")
        generate(folder)
    regions = Regions(settings, note)
    reference = regions.open(str(folder))
    _register(folder, reference.snapshot, settings, regions)
    set_up_log(settings)
    server = ServerOptions("127.0.0.1", options.port, None, browser=not options.no_browser)
    return listen(settings, regions, note, [REGION_ID], server)


def _register(folder: Path, snapshot: str, settings: Settings, regions: Regions) -> None:
    students = Students(settings)
    snapshots = {data_set["name"]: data_set["snapshot"] for data_set in students.list(REGION_ID)}
    if snapshots.get(NAME) == snapshot:
        return
    note("Geocoding the fictional students.")
    reference = regions.registered(REGION_ID)
    # These students are fictional, so earlier releases need no protection.
    shutil.rmtree(settings.home / "releases" / REGION_ID, ignore_errors=True)
    summary = add_fictional(students, folder / "students.csv", reference)
    matched, year = sum(summary.matched.values()), reference.info.school_year
    note(
        f"{matched:,} of {summary.rows:,} students of {year} placed, and the students of "
        f"{len(earlier_years())} earlier years."
    )


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    bound_heaps()  # Before the first thread: heaps that exist already would stay.
    regions = Regions(settings, note)
    offered = _with_uploaded(_offered(regions, options.region), settings, regions)
    for region in set(settings.finder) - set(offered):
        note(f"GEOSERVICE_FINDER names the region {region}, which the service does not offer.")
    token = None if options.no_token else secrets.token_urlsafe(12)
    note_unknown_settings()
    if options.require_key:
        settings = replace(settings, require_key=True)
    set_up_log(settings)
    server = ServerOptions(
        options.host, options.port, token, workers=options.workers, tls=_tls(options)
    )
    return listen(settings, regions, note, offered, server)


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
