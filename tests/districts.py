"""Small districts of every kind, written as files: layers can be left out one by one.

A district is a grid of streets with houses on both sides, attendance zones of two levels, schools
with ratings, two planning areas and a list of students. Everything in it is invented.
"""

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDS = ("points_only", "streets_only", "both", "several_counties", "no_zones")
"""Kinds of district by the layers that they have; `several_counties` has two files of each."""
LAYERS = ("streets", "points", "zones", "areas", "schools", "ratings", "grades")
"""What `write_district` can leave out; `grades` are those of zones and of schools."""
_WITHOUT = {"points_only": {"streets"}, "streets_only": {"points"}, "no_zones": {"zones"}}

WEST, SOUTH = -95.0, 40.0
STEP = 0.002
"""Degrees between streets."""
BLOCKS = 6
ROWS = ("Oak St", "Elm St", "Cedar Ave", "Maple Dr", "Birch Ln", "Walnut Ct")
COLUMNS = ("1st St", "2nd St", "3rd St", "4th St", "5th St", "6th St")
EAST, NORTH = WEST + BLOCKS * STEP, SOUTH + BLOCKS * STEP
_MIDDLE = WEST + BLOCKS * STEP / 2
_EDGE = STEP / 2
_PLACE = {"city": "Springfield", "state": "MO"}
_COUNTIES = (("a", "64001", 0.0), ("b", "64002", BLOCKS * STEP * 1.5))
"""Name, ZIP and shift to the east in degrees of each county; a district of one has the first."""
ADDRESS = "204 Oak St, Springfield, MO 64001"
"""An address of every district."""


@dataclass(frozen=True)
class District:
    """A district on disk: its folder, and the layers that it has."""

    folder: Path
    kind: str
    layers: frozenset[str]

    @property
    def id(self) -> str:
        """Id of the region."""
        return self.folder.name.replace("_", "-")

    @property
    def students(self) -> Path:
        """The list of students: ``id``, ``address``, ``grade``, ``school``."""
        return self.folder / "students.csv"


def write_district(
    folder: Path, kind: str = "both", without: Collection[str] = (), schools: int = 3
) -> District:
    """Write the files of a district and its ``region.toml`` into a new folder.

    Parameters
    ----------
    kind
        One of `KINDS`.
    without
        Some of `LAYERS` to leave out besides what the kind leaves out.
    schools
        How many of the three schools there are.
    """
    folder.mkdir(parents=True)
    layers = frozenset(LAYERS) - _WITHOUT.get(kind, set()) - frozenset(without)
    district = District(folder, kind, layers)
    counties = _COUNTIES if kind == "several_counties" else _COUNTIES[:1]
    text = _head(district)
    for name, zip_, shift in counties:
        if "streets" in layers:
            _features(folder / f"streets_{name}.geojson", _streets(zip_, shift))
            text += _STREETS.format(name=name)
        if "points" in layers:
            _rows(folder / f"points_{name}.csv", _points(zip_, shift))
            text += _POINTS.format(name=name)
    text += _schooling(district, counties, schools)
    (folder / "region.toml").write_text(text)
    _rows(district.students, _students(counties, schools))
    return district


def _head(district: District) -> str:
    return (
        f'id = "{district.id}"\nname = "{district.id}"\nmetric_crs = "EPSG:26915"\n'
        'school_year = "2023-24"\n'
    )


_STREETS = """
[[streets]]
file = "streets_{name}.geojson"
defaults = {{ city = "Springfield", state = "MO" }}
[streets.fields]
full_name = "FULLNAME"
from_left = "LF"
to_left = "LT"
from_right = "RF"
to_right = "RT"
zip_left = "ZIP"
zip_right = "ZIP"
"""
_POINTS = """
[[addresses]]
file = "points_{name}.csv"
[addresses.fields]
number = "number"
street = "street"
city = "city"
state = "state"
zip = "zip"
lon = "lon"
lat = "lat"
"""
_ZONES = """
[[zones]]
id = "{id}"
file = "zones_{id}.geojson"
{grades}
[zones.fields]
school_id = "SCHOOL"
"""
_AREAS = """
[[areas]]
id = "planning"
file = "areas.geojson"
[areas.fields]
id = "ID"
name = "NAME"
"""
_SCHOOLS = """
[schools]
file = "schools.csv"
[schools.fields]
id = "id"
name = "name"
{grades}
lon = "lon"
lat = "lat"
capacity = "seats"
enrollment = "enrolled"
"""
_RATINGS = """
[[ratings]]
file = "ratings.csv"
scheme = "stars"
[ratings.fields]
school_id = "school"
year = "year"
value = "stars"
[rating_schemes.stars]
labels = [{ id = "A", quality = true }, { id = "B" }]
"""
_SCHOOL_ROWS = (
    ("0101", "West Elementary School", "KG-05", 0.25),
    ("0102", "East Elementary School", "KG-05", 0.75),
    ("0201", "Springfield High School", "06-12", 0.5),
)


def _schooling(
    district: District, counties: Collection[tuple[str, str, float]], schools: int
) -> str:
    """Zones, areas, schools and ratings: their files, and their part of ``region.toml``."""
    folder, layers, text = district.folder, district.layers, ""
    west, east = WEST - _EDGE, max(shift for _, _, shift in counties) + EAST + _EDGE
    has_grades = "grades" in layers
    if "zones" in layers:
        known = [school for school, *_ in _SCHOOL_ROWS[:schools]]
        west_school, east_school, high_school = (known * 3)[:3]
        halves = [(west, _MIDDLE, west_school), (_MIDDLE, east, east_school)]
        _features(
            folder / "zones_elementary.geojson",
            [_box(*ends, SCHOOL=school) for *ends, school in halves],
        )
        _features(folder / "zones_high.geojson", [_box(west, east, SCHOOL=high_school)])
        for set_id, grades in (("elementary", "KG-05"), ("high", "06-12")):
            stated = f'grades = "{grades}"' if has_grades else ""
            text += _ZONES.format(id=set_id, grades=stated)
    if "areas" in layers:
        halves = [(west, _MIDDLE, "w", "Westside"), (_MIDDLE, east, "e", "Eastside")]
        boxes = [_box(west, end, ID=id_, NAME=name) for west, end, id_, name in halves]
        _features(folder / "areas.geojson", boxes)
        text += _AREAS
    if "schools" in layers:
        _rows(folder / "schools.csv", list(_school_rows(schools)))
        text += _SCHOOLS.format(grades='grades = "grades"' if has_grades else "")
    if "ratings" in layers:
        rows = [
            {"school": school, "year": "2023-24", "stars": "AB"[at % 2]}
            for at, (school, *_) in enumerate(_SCHOOL_ROWS[:schools])
        ]
        _rows(folder / "ratings.csv", rows)
        text += _RATINGS
    return text


def _school_rows(schools: int) -> Iterator[dict[str, Any]]:
    is_whole = schools == len(_SCHOOL_ROWS)
    for school, name, grades, share in _SCHOOL_ROWS[:schools]:
        served = grades if is_whole else "KG-12"
        yield {
            "id": school,
            "name": name,
            "grades": served,
            "seats": 400,
            "enrolled": 350,
            "lon": WEST + share * BLOCKS * STEP,
            "lat": SOUTH + 0.5 * BLOCKS * STEP,
        }


def _streets(zip_: str, shift: float) -> list[dict[str, Any]]:
    """Blocks of all streets: hundreds count from the west and from the south."""
    features = []
    for line, (row, column) in enumerate(zip(ROWS, COLUMNS, strict=True)):
        for block in range(BLOCKS):
            along, across = block * STEP, line * STEP
            ends = {
                row: [(WEST + shift + at, SOUTH + across) for at in (along, along + STEP)],
                column: [(WEST + shift + across, SOUTH + at) for at in (along, along + STEP)],
            }
            features += [_block(name, block, zip_, line_ends) for name, line_ends in ends.items()]
    return features


def _block(name: str, block: int, zip_: str, ends: list[tuple[float, float]]) -> dict[str, Any]:
    first = (block + 1) * 100
    ranges = {"LF": first + 1, "LT": first + 99, "RF": first, "RT": first + 98}
    return _feature("LineString", ends, FULLNAME=name, ZIP=zip_, **ranges)


def houses() -> Iterator[tuple[str, str, float, float]]:
    """Number, street, longitude and latitude of every house of one county."""
    for line, row in enumerate(ROWS):
        for block in range(BLOCKS):
            for house in range(10):
                number = (block + 1) * 100 + house * 10 + house % 2
                lon = WEST + STEP * (block + (house + 0.5) / 10)
                side = STEP / 15 * (1 if number % 2 else -1)
                yield str(number), row, lon, SOUTH + line * STEP + side


def _points(zip_: str, shift: float) -> list[dict[str, Any]]:
    return [
        {"number": number, "street": street, **_PLACE, "zip": zip_, "lon": lon + shift, "lat": lat}
        for number, street, lon, lat in houses()
    ]


def _students(counties: Collection[tuple[str, str, float]], schools: int) -> list[dict[str, Any]]:
    """A student in every house: each tenth attends another school, each fiftieth typed no street."""
    students = []
    for _, zip_, _ in counties:
        for at, (number, street, lon, _) in enumerate(houses()):
            grade = at % 13
            own = 2 if grade > 5 else int(lon > _MIDDLE)
            school = _SCHOOL_ROWS[:schools][(own + (at % 10 == 0)) % schools][0]
            line = f"{number} {street}" if at % 50 else "Nowhere"
            students.append(
                {
                    "id": f"s{zip_}-{at}",
                    "address": f"{line}, Springfield, MO {zip_}",
                    "grade": "K" if grade == 0 else str(grade),
                    "school": school,
                }
            )
    return students


def _box(west: float, east: float, **properties: str) -> dict[str, Any]:
    south, north = SOUTH - _EDGE, NORTH + _EDGE
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return _feature("Polygon", [ring], **properties)


def _feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    shape = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def _features(path: Path, features: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _rows(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
