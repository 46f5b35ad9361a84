"""Geocodes the same queries with ours and with each peer that is installed, and prints one table.

``python -m benchmarks.peers [CITY [TYPED]]``: CITY is a folder with a city's public files as
`benchmarks.peers.city` names them, TYPED a CSV file with a column ``address``. ``make peers``
installs
the peers. A peer that is not there is skipped, and the table says so. A match is a place of a
house:
where a peer answers with a street or a town alone, that counts as none.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from benchmarks.peers import queries
from benchmarks.peers.city import region_folder, write_reference
from benchmarks.peers.judge import judge
from benchmarks.peers.servers import postgres, redis
from geoservice import Region
from geoservice.placing.options import PlaceOptions
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import geocode_frame

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
PEERS = {"addok": "points", "whereabouts": "points", "census-lookup": "ranges", "tiger": "ranges"}
ROWS = int(os.environ.get("PEER_ROWS", "2000"))
_TIMEOUT_S = 1_800


def main() -> None:
    """Print one line for each geocoder and set of queries."""
    city = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "regions" / "san-francisco"
    typed = Path(sys.argv[2]) if len(sys.argv) > 2 else SHARED / "truth" / "sf_messy_addresses.csv"
    if not city.is_dir() or not typed.is_file():
        sys.exit(
            "There are no city's files to compare on. Give their folder, and the typed addresses."
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["GEOSERVICE_HOME"] = str(folder / "home")
        sets = _sets(city, typed)
        for at, (kind, table) in enumerate(sets.items()):
            table.select("address").write_csv(folder / f"{at}.csv")
            print(f"{kind}: {len(table):,} queries")
        ours = {
            kind: Region.open(region_folder(city, folder, points=kind == "points")).reference
            for kind in ("points", "ranges")
        }
        write_reference(city, folder)
        print(
            f"\n{'geocoder':26} {'queries':12} {'addr/s':>9} {'matched':>8} {'<=100 m':>8} "
            f"{'median':>7} {'p90':>6} {'p99':>7} {'wrong zone':>10}"
        )
        for kind, reference in ours.items():
            for name_, table in sets.items():
                _line(f"geoservice ({kind})", name_, table, *_ours(table, reference), reference)
        for peer, kind in PEERS.items():
            _peer(peer, kind, sets, folder, ours["points"])


def _sets(city: Path, typed: Path) -> dict[str, pl.DataFrame]:
    return {
        "clean": queries.clean(city, ROWS),
        "as typed": queries.messy(city, typed),
        "damaged": queries.damaged(city, ROWS),
        "no address": queries.no_addresses(typed),
    }


def _ours(table: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, float]:
    asked, options = table.select("address"), PlaceOptions(address="address")
    start = time.perf_counter()
    placed = geocode_frame(asked, options, reference)
    return placed.select("lon", "lat"), time.perf_counter() - start


def _peer(
    peer: str, kind: str, sets: dict[str, pl.DataFrame], folder: Path, reference: Reference
) -> None:
    missing = _missing(peer)
    if missing:
        print(f"{peer:26} skipped: {missing}")
        return
    with _server(peer, folder) as environment:
        for at, (name, table) in enumerate(sets.items()):
            answers = folder / f"{peer}-{at}.csv"
            script = Path(__file__).with_name(f"{peer.replace('-', '_')}_run.py")
            command = [_python(peer), script, folder, folder / f"{at}.csv", answers]
            run = subprocess.run(
                command,
                env=os.environ | environment,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
            if run.returncode:
                print(f"{peer:26} {name:12} failed: {run.stderr.strip().splitlines()[-1:]}")
                return
            seconds = float(run.stdout.rsplit("seconds ", 1)[1])
            found = pl.read_csv(answers, schema={"lon": pl.Float64, "lat": pl.Float64})
            _line(f"{peer} ({kind})", name, table, found, seconds, reference)


def _line(
    who: str,
    name: str,
    table: pl.DataFrame,
    answers: pl.DataFrame,
    seconds: float,
    reference: Reference,
) -> None:
    rate = f"{who:26} {name:12} {len(table) / seconds:9,.0f}"
    if table["lon"].null_count():
        print(f"{rate} {100 * answers['lon'].is_not_null().mean():7.1f}%   (none should be)")
        return
    one = judge(table, answers, reference)
    print(
        f"{rate} {100 * one.matched:7.1f}% {100 * one.near:7.1f}% {one.median_m:7.1f} {one.p90_m:6.1f} "
        f"{one.p99_m:7.1f} {100 * one.wrong_zone:9.2f}%",
        flush=True,
    )


def _missing(peer: str) -> str:
    """What a peer lacks to run; empty where it can."""
    if peer == "tiger":
        return (
            ""
            if _has_tiger()
            else "PostGIS with its TIGER geocoder is not installed (`make peers`)"
        )
    if not Path(_python(peer)).exists():
        return "not installed (`make peers`)"
    if peer == "addok" and shutil.which("redis-server") is None:
        return "there is no redis-server (`make peers`)"
    return ""


def _has_tiger() -> bool:
    extensions = Path("/usr/share/postgresql").glob("*/extension/postgis_tiger_geocoder.control")
    return shutil.which("psql") is not None and any(extensions)


def _python(peer: str) -> str:
    if peer == "tiger":
        return sys.executable
    found = sorted((ROOT / ".peers").glob(f"{peer}==*/bin/python"))
    return str(found[-1]) if found else "/nonexistent"


@contextmanager
def _server(peer: str, folder: Path) -> Iterator[dict[str, str]]:
    """The server that a peer needs, for as long as it runs; what to tell the peer of it."""
    if peer == "addok":
        with redis(folder) as environment:
            yield environment
    elif peer == "tiger":
        with postgres() as environment:
            yield environment
    else:
        yield {}


if __name__ == "__main__":
    main()
