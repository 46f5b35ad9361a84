"""All measures of a synthetic district: 300 zones, two regionalisations, four years, all bands.

Seconds and memory.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import pyproj
import shapely

from geoservice.cohort.students import cohort
from geoservice.measures.figures import figures
from geoservice.measures.ground import Ground
from geoservice.measures.registry import MEASURES
from geoservice.model.layers import (
    ADDRESSES,
    AREAS,
    RATINGS,
    SCHOOLS,
    SEATS,
    STREETS,
    ZONES,
    RegionLayers,
)
from geoservice.model.region import AreaSetInfo, RatingLabel, RatingScheme, RegionInfo, ZoneSetInfo
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot

CRS, WEST, SOUTH, WIDE, HIGH = "EPSG:26915", 400_000.0, 4_600_000.0, 40_000.0, 30_000.0
YEARS = ("2020-21", "2021-22", "2022-23", "2023-24")
BANDS = {
    "K-5": ("KG", "01", "02", "03", "04", "05"),
    "6-8": ("06", "07", "08"),
    "9-12": ("09", "10", "11", "12"),
}
GRIDS = {"elementary": (18, 12), "middle": (10, 6), "high": (6, 4)}
"""Columns and rows of zones: 216 + 60 + 24 = 300."""
AREA_GRIDS = {"planning": (4, 3), "wards": (3, 3)}


def layers() -> RegionLayers:
    """The district: a school in the middle of each zone, and a street."""
    zones, polygons, schools = [], [], []
    to_degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    for (set_id, grid), grades in zip(GRIDS.items(), BANDS.values(), strict=True):
        for at, box in enumerate(_boxes(*grid)):
            one = f"{set_id[0].upper()}{at:03d}"
            lon, lat = to_degrees.transform(*np.array(box.centroid.coords[0]))
            zones.append(
                {
                    "set_id": set_id,
                    "zone_id": one,
                    "school_id": one,
                    "name": one,
                    "grades": list(grades),
                }
            )
            schools.append(
                {
                    "id": one,
                    "name": one,
                    "low_grade": grades[0],
                    "high_grade": grades[-1],
                    "lon": lon,
                    "lat": lat,
                    "capacity": 400 + at,
                    "enrollment": 380 + at * 7 % 60,
                    "programs": ("", "arts", "science")[at % 3],
                }
            )
            polygons.append(box)
    areas = [
        (set_id, f"{set_id[0].upper()}{at}", box)
        for set_id, grid in AREA_GRIDS.items()
        for at, box in enumerate(_boxes(*grid))
    ]
    random = np.random.default_rng(5)
    ratings = [
        {
            "school_id": one["id"],
            "year": year,
            "scheme": "letters",
            "label": "ABCDF"[random.integers(5)],
        }
        for one in schools
        for year in YEARS
    ]
    seats = [
        {
            "school_id": one["id"],
            "year": year,
            "capacity": one["capacity"],
            "enrollment": one["enrollment"],
        }
        for one in schools
        for year in YEARS
    ]
    labels = tuple(RatingLabel(one, quality=one in "AB") for one in "ABCDF")
    return RegionLayers(
        info=RegionInfo(
            "district",
            "District",
            CRS,
            YEARS[-1],
            10,
            BANDS,
            (RatingScheme("letters", "label", labels),),
            tuple(
                ZoneSetInfo(one, grades) for one, grades in zip(GRIDS, BANDS.values(), strict=True)
            ),
            tuple(AreaSetInfo(one, one) for one in AREA_GRIDS),
        ),
        streets=pl.DataFrame(
            [
                {
                    "id": "1",
                    "full_name": "MAIN ST",
                    "from_left": 1,
                    "to_left": 99,
                    "source": "streets",
                }
            ],
            schema=STREETS,
        ),
        street_lines=np.array(
            [shapely.LineString([(WEST, SOUTH), (WEST + 100, SOUTH)])], dtype=object
        ),
        addresses=pl.DataFrame(schema=ADDRESSES),
        schools=pl.DataFrame(schools, schema=SCHOOLS),
        ratings=pl.DataFrame(ratings, schema=RATINGS),
        zones=pl.DataFrame(zones, schema=ZONES),
        zone_polygons=np.array(polygons, dtype=object),
        areas=pl.DataFrame(
            [{"set_id": set_id, "area_id": one, "name": one} for set_id, one, _ in areas],
            schema=AREAS,
        ),
        area_polygons=np.array([box for *_, box in areas], dtype=object),
        findings=(),
        seats=pl.DataFrame(seats, schema=SEATS),
    )


def students(rows: int) -> pl.DataFrame:
    """Students of the four years as the service keeps them.

    Four in five attend their zone's school.
    """
    random = np.random.default_rng(6)
    x, y = random.random(rows) * WIDE, random.random(rows) * HIGH
    band = random.choice(3, rows, p=[6 / 13, 3 / 13, 4 / 13])
    grades = np.array([grade for some in BANDS.values() for grade in some])
    grade = np.array([0, 6, 9])[band] + (random.random(rows) * np.array([6, 3, 4])[band]).astype(
        int
    )
    zones = [_ids(set_id, grid, x, y) for set_id, grid in GRIDS.items()]
    right = np.choose(band, zones)
    other = np.choose(
        band,
        [
            _ids(set_id, grid, *(random.random(rows) * one for one in (WIDE, HIGH)))
            for set_id, grid in GRIDS.items()
        ],
    )
    matched = random.random(rows) < 0.97
    known = pl.Series(matched)
    table = pl.DataFrame(
        {
            "year": np.array(YEARS)[np.arange(rows) % len(YEARS)],
            "grade": grades[grade],
            "school_id": np.where(random.random(rows) < 0.8, right, other),
            "typed_zip": np.full(rows, ""),
            "geo_status": np.where(matched, "matched", "unmatched"),
            "geo_match": np.where(matched, "point", ""),
            "x": WEST + x,
            "y": SOUTH + y,
            "school_of_right": right,
            **{f"area_{one}": _ids(one, grid, x, y, 1) for one, grid in AREA_GRIDS.items()},
            **{f"zone_{one}": np.where(band == at, zones[at], "") for at, one in enumerate(GRIDS)},
        }
    )
    homes = [name for name in table.columns if name[:5] in ("area_", "zone_")]
    blank = [
        pl.when(known & (pl.col(name) != "")).then(name) for name in [*homes, "school_of_right"]
    ]
    return table.with_columns(*blank, *(pl.when(known).then(one) for one in "xy"))


def measure(rows: int) -> None:
    """Time all measures over all units of one list; prints one line."""
    with tempfile.TemporaryDirectory() as folder:
        build_snapshot(layers(), Path(folder) / "snapshot", "benchmark")
        reference = Reference(Path(folder) / "snapshot")
        # In a process of its own, so that the memory of making students is not that of
        # measuring them.
        command = [
            sys.executable,
            "-m",
            "benchmarks.measures",
            str(rows),
            f"{folder}/students.parquet",
        ]
        subprocess.run(command, check=True)
        placed = pl.read_parquet(f"{folder}/students.parquet", memory_map=False)
        start, used = time.perf_counter(), time.process_time()
        ready = cohort(placed, reference)
        joined = time.perf_counter() - start
        del placed
        ground = Ground(ready, BANDS)
        kinds = (
            [f"area_{one}" for one in AREA_GRIDS] + [f"zone_{one}" for one in GRIDS] + ["school"]
        )
        lines = 0
        for unit in kinds:
            for one in MEASURES.values():
                if unit.partition("_")[0] in one.by and not one.has_destinations:
                    lines += len(figures(one.id, unit, ground))
        seconds, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"all measures, {rows // len(YEARS):,} students a year, 4 years, 300 zones: {seconds:.1f} s "
        f"(processor {used:.1f} s) "
        f"({joined:.1f} s of it to join), {lines:,} lines, peak {peak:.2f} GB"
    )


def main() -> None:
    """Each size in a process of its own, so that its memory is its own."""
    for rows in (400_000, 1_000_000, 4_000_000):
        subprocess.run([sys.executable, "-m", "benchmarks.measures", str(rows)], check=True)


def _boxes(columns: int, rows: int) -> list[shapely.Geometry]:
    wide, high = WIDE / columns, HIGH / rows
    return [
        shapely.box(
            WEST + wide * (at // rows),
            SOUTH + high * (at % rows),
            WEST + wide * (at // rows + 1),
            SOUTH + high * (at % rows + 1),
        )
        for at in range(columns * rows)
    ]


def _ids(
    set_id: str, grid: tuple[int, int], x: np.ndarray, y: np.ndarray, digits: int = 3
) -> np.ndarray:
    at = (x / WIDE * grid[0]).astype(int) * grid[1] + (y / HIGH * grid[1]).astype(int)
    return np.array([f"{set_id[0].upper()}{one:0{digits}d}" for one in range(grid[0] * grid[1])])[
        at
    ]


if __name__ == "__main__":
    if len(sys.argv) > 2:
        students(int(sys.argv[1])).write_parquet(sys.argv[2])
    elif len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
