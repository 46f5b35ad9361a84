"""A real city's public files as the reference of every geocoder: ours and the peers'."""

import shutil
from pathlib import Path

import geopandas
import numpy as np
import polars as pl

FILES = ("streets.zip", "addresses.csv.gz", "elementary_zones.zip", "schools.csv")
POINTS, RANGES = "points.csv", "ranges.gpkg"
"""What the peers read: ``id``, ``number``, ``street``, ``lon``, ``lat``.

Columns of TIGER's ADDRFEAT.
"""
_MANIFEST = """
id = "{id}"
metric_crs = "EPSG:26910"
school_year = "2023-24"
[bands]
"K-5" = "TK-05"
[[streets]]
file = "streets.zip"
defaults = {{ city = "San Francisco", state = "CA" }}
fields = {{ id = "CNN", name = "STREET", type = "ST_TYPE", from_left = "LF_FADD", to_left = "LF_TOADD", from_right = "RT_FADD", to_right = "RT_TOADD", zip_left = "ZIP_CODE", zip_right = "ZIP_CODE" }}
{points}
[schools]
file = "schools.csv"
fields = {{ id = "SCHNO", name = "FULLNAME", low_grade = "BEGGRADE", high_grade = "ENDGRADE", lon = "Longitude", lat = "Latitude" }}
[[zones]]
id = "elementary"
file = "elementary_zones.zip"
grades = "TK-05"
fields = {{ school_id = "SCHNO" }}
"""
_POINTS = """
[[addresses]]
file = "addresses.csv.gz"
defaults = { city = "San Francisco", state = "CA" }
fields = { number = "number", street = "street", lon = "lon", lat = "lat" }
"""


def region_folder(city: Path, folder: Path, *, points: bool) -> Path:
    """A region of the city's files, with its address points or with ranges alone."""
    made = folder / ("points" if points else "ranges")
    made.mkdir()
    for name in FILES:
        shutil.copy(city / name, made / name)
    text = _MANIFEST.format(id=f"peers-{made.name}", points=_POINTS if points else "")
    (made / "region.toml").write_text(text)
    return made


def city_points(city: Path) -> pl.DataFrame:
    """The city's address points: ``id``, ``number``, ``street``, ``lon``, ``lat``."""
    table = pl.read_csv(city / "addresses.csv.gz", infer_schema=False).with_row_index(
        "id", offset=1
    )
    return table.select("id", "number", "street", pl.col("lon", "lat").cast(pl.Float64))


def write_reference(city: Path, folder: Path) -> None:
    """What the peers read: points without the padding of numbered streets, ranges as the Census has them."""
    unpadded = pl.col("street").str.replace(r"^0+", "")
    city_points(city).with_columns(unpadded).write_csv(folder / POINTS)
    lines = geopandas.read_file(city / "streets.zip").to_crs("EPSG:4269")
    lines = lines[lines.geometry.notna() & lines["STREET"].notna()]
    name, kind = (
        lines[one].fillna("").str.lstrip("0").str.title() for one in ("STREET", "ST_TYPE")
    )
    given = {
        "FULLNAME": (name + " " + kind).str.strip(),
        "NAME": name,
        "SUFTYPABRV": kind,
        "LINEARID": lines["CNN"].astype(str),
    }
    for side, letter in (("LF", "L"), ("RT", "R")):
        start, end = lines[f"{side}_FADD"].astype(int), lines[f"{side}_TOADD"].astype(int)
        has = (start > 0) & (end > 0)
        given[f"{letter}FROMHN"], given[f"{letter}TOHN"] = start.where(has), end.where(has)
        given[f"PARITY{letter}"] = np.where(start % 2 == 1, "O", "E")
        given[f"ZIP{letter}"] = lines["ZIP_CODE"].fillna("").astype(str)
    features = geopandas.GeoDataFrame(given, geometry=lines.geometry, crs=lines.crs)
    features.explode(index_parts=False).to_file(folder / RANGES, driver="GPKG")
