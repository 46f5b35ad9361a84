"""Regions with planning blocks for tests: a made-up grid of blocks, and real data beside the checkout."""

import json
import shutil
from pathlib import Path

import numpy as np

from geoservice import Region

SIDE_M, ACROSS = 400.0, 6
WEST, SOUTH = 550_000.0, 4_180_000.0
_STREET = {
    "type": "Feature",
    "properties": {"NAME": "Oak Ave", "LF": 101, "LT": 199},
    "geometry": {"type": "LineString", "coordinates": [[-122.43, 37.77], [-122.42, 37.77]]},
}
GRID = """
id = "grid"
metric_crs = "EPSG:26910"
school_year = "2023-24"
[[streets]]
file = "streets.geojson"
[streets.fields]
full_name = "NAME"
from_left = "LF"
to_left = "LT"
[schools]
file = "schools.csv"
[schools.fields]
id = "ID"
name = "NAME"
low_grade = "LOW"
high_grade = "HIGH"
capacity = "SEATS"
lon = "LON"
lat = "LAT"
[[zones]]
id = "elementary"
file = "blocks.geojson"
grades = "KG-02"
[zones.fields]
id = "TODAY"
school_id = "TODAY"
[[areas]]
id = "planning"
file = "blocks.geojson"
[areas.fields]
id = "AREA"
[[blocks]]
file = "blocks.geojson"
[blocks.fields]
id = "B"
KG = "K"
01 = "G1"
02 = "G2"
"""


def feature(properties, geometry):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(path, features, crs=None):
    """Write a GeoJSON file."""
    content = {"type": "FeatureCollection", "features": features}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
    path.write_text(json.dumps(content))


def square(column, row):
    """The outline of a block of the grid in degrees of the town's CRS, about 400 m wide."""
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:26910", "EPSG:4326", always_xy=True)
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    ring = [
        to_degrees.transform(WEST + (column + dx) * SIDE_M, SOUTH + (row + dy) * SIDE_M)
        for dx, dy in corners
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def place(column, row):
    """Degrees of the centre of a block."""
    ring = np.array(square(column, row)["coordinates"][0][:4])
    return ring.mean(axis=0).tolist()


def grid_folder(folder: Path, seed: int = 1, *, across: int = ACROSS, mean: float = 6.0) -> Path:
    """Blocks of four schools, a quarter each (36 in all), with students by grade (``mean``)."""
    rng = np.random.default_rng(seed)
    width = len(str(across - 1))
    blocks = []
    for column in range(across):
        for row in range(across):
            school = "ABCD"[(column >= across // 2) + 2 * (row >= across // 2)]
            counts = {
                name: int(count)
                for name, count in zip(("K", "G1", "G2"), rng.poisson(mean, 3), strict=True)
            }
            blocks.append(
                feature(
                    {
                        "B": f"{column:0{width}}{row:0{width}}",
                        "TODAY": school,
                        "AREA": f"R{row // 2}",
                        **counts,
                    },
                    square(column, row),
                )
            )
    collection(folder / "blocks.geojson", blocks)
    collection(folder / "streets.geojson", [_STREET])
    lines = ["ID,NAME,LOW,HIGH,SEATS,LON,LAT"]
    for school, (column, row) in {"A": (1, 1), "B": (4, 1), "C": (1, 4), "D": (4, 4)}.items():
        lon, lat = place(column, row)
        lines.append(f"{school},School {school},KG,2,400,{lon},{lat}")
    (folder / "schools.csv").write_text("\n".join(lines) + "\n")
    (folder / "region.toml").write_text(GRID)
    return folder


def unplanned_copy(district: Path, folder: Path) -> Path:
    """A copy of the fictional district without its planning blocks."""
    shutil.copytree(district, folder)
    manifest = (folder / "region.toml").read_text("utf-8")
    (folder / "region.toml").write_text(manifest.partition("\n[[blocks]]")[0] + "\n")
    for path in folder.glob("blocks.*"):
        path.unlink()
    return folder


def open_region(folder: Path, home: Path, monkeypatch) -> Region:
    """The region of a folder, built under a data folder."""
    monkeypatch.setenv("GEOSERVICE_HOME", str(home))
    return Region.open(folder)
