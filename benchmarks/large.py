"""A reference of 500,000 ranges and 2,000,000 points: time to build and open, memory when open."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import shapely

from geoservice.geocode.learn import learn
from geoservice.model.layers import ADDRESSES, AREAS, RATINGS, SCHOOLS, STREETS, ZONES, RegionLayers
from geoservice.model.region import RegionInfo
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot
from geoservice.service.geocoding import geocode_addresses

STREETS_, BLOCKS, HOUSES = 5_000, 50, 8
CRS = "EPSG:26915"


def layers() -> RegionLayers:
    street = np.repeat(np.arange(STREETS_), BLOCKS)
    block = np.tile(np.arange(BLOCKS), STREETS_)
    names = np.array([f"{_word(number)} ST" for number in range(STREETS_)])
    x, y = 400_000.0 + block * 120, 4_600_000.0 + street * 110
    lines = shapely.linestrings(np.stack([np.stack([x, y], 1), np.stack([x + 120, y], 1)], 1))
    low = block * 100 + 100
    fixed = (
        dict.fromkeys(("city_left", "city_right"), "Metropolis")
        | dict.fromkeys(("state_left", "state_right"), "IA")
        | dict.fromkeys(("zip_left", "zip_right"), "50001")
    )
    streets = pl.DataFrame(
        {
            "id": [str(at) for at in range(len(street))],
            "full_name": names[street],
            "from_left": low + 1,
            "to_left": low + 99,
            "from_right": low,
            "to_right": low + 98,
        }
    ).with_columns(**{key: pl.lit(value) for key, value in fixed.items()}, source=pl.lit("streets"))
    segment = np.repeat(np.arange(len(street)), HOUSES)
    number = low[segment] + np.tile(np.arange(HOUSES) * 12, len(street))
    points = pl.DataFrame(
        {
            "number": pl.Series(number).cast(pl.String),
            "street": names[street[segment]],
            "lon": -93.0 + block[segment] * 0.0014 + (number % 100) * 1.4e-5,
            "lat": 41.5 + street[segment] * 0.001,
        }
    ).with_columns(
        city=pl.lit("Metropolis"), state=pl.lit("IA"), zip=pl.lit("50001"), source=pl.lit("points")
    )
    none = np.empty(0, dtype=object)
    info = RegionInfo("large", "Large", CRS, "2025-26", 10, {}, (), (), ())
    return RegionLayers(
        info=info,
        streets=_as(streets, STREETS),
        street_lines=lines,
        addresses=_as(points, ADDRESSES),
        schools=pl.DataFrame(schema=SCHOOLS),
        ratings=pl.DataFrame(schema=RATINGS),
        zones=pl.DataFrame(schema=ZONES),
        zone_polygons=none,
        areas=pl.DataFrame(schema=AREAS),
        area_polygons=none,
        findings=(),
    )


def _word(number: int) -> str:
    letters = "BCDFGHKLMN"
    return "".join(letters[int(digit)] + "AEIOU"[int(digit) % 5] for digit in f"{number:04d}")


def _as(table: pl.DataFrame, schema: dict[str, object]) -> pl.DataFrame:
    missing = [pl.lit(None).alias(name) for name in schema if name not in table.columns]
    return table.with_columns(missing).select(list(schema)).cast(schema)


def resident() -> str:
    """Memory of this process: all of it, and the part that is not mapped from files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kept = dict(line.split(":", 1) for line in lines)
    return ", ".join(
        f"{name} {int(kept[name].split()[0]) / 1000:.0f} MB" for name in ("VmRSS", "RssAnon")
    )


def main() -> None:
    if len(sys.argv) > 1:
        start = time.perf_counter()
        reference = Reference(Path(sys.argv[1]))
        geocode_addresses([{"address": "124 Bababaca St, Metropolis"}], reference)
        print(
            f"large reference opens and answers first in {time.perf_counter() - start:.2f} s, "
            f"{resident()}"
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        made = layers()
        start = time.perf_counter()
        build_snapshot(made, Path(folder) / "large", "large", finish=learn)
        print(f"large reference builds in {time.perf_counter() - start:.1f} s")
        subprocess.run([sys.executable, "-m", "benchmarks.large", f"{folder}/large"], check=True)


if __name__ == "__main__":
    main()
