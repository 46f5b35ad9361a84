"""What kind of layer a file of a region is, by its name, its columns and its geometry."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from geoservice.region.columns import Column
from geoservice.region.known_fields import field_readings
from geoservice.region.raw_table import RawTable
from geoservice.region.school_names import bare_name, plain_name

_SCHOOL = re.compile(r"school|sch(?![a-z])|campus|nces|sabs|(?:^|[^a-z])[emh]s(?:[^a-z]|$)", re.I)
_ZONE = re.compile(
    r"zone|attend|catchment|boundar|feeder|elem|middle|high|secondary|school_?area|sabs|(?:^|[^a-z])[emh]s(?:[^a-z]|$)",
    re.IGNORECASE,
)
_NO_ZONE = re.compile(
    r"neighbo|ward|tract|block_?group|zip|zcta|council|precinct|county|school_?district|_(?:unsd|elsd|scsd)|parcel",
    re.IGNORECASE,
)
_GROUND = re.compile(
    r"(?<![a-z])(?:rivers?|water\w*|lakes|hydro\w*|streams?|creeks?|parks|rail\w*|buildings?|footprints?|"
    r"contours?|flood\w*|soils?|zoning|land_?use)(?![a-z])",
    re.IGNORECASE,
)
_RATING = re.compile(
    r"rating|score|star|accountab|grades?(?![a-z])|composite|letter|performance|index|determination",
    re.IGNORECASE,
)
_STUDENTS = re.compile(r"(?<![a-z])(?:students?|pupils?|roster)(?![a-z])", re.IGNORECASE)
_STUDENT = re.compile(
    r"(?:student|pupil|stu)_?(?:id|no|num|number|name|key)?|(?:first|last|middle)_?name|birth_?(?:date|day)|dob",
    re.IGNORECASE,
)
"""Names of files, and of columns, that speak of single students."""
_MACHINE = re.compile(r"global_?id|guid|uuid|^shape|_user$|_date$|edit", re.IGNORECASE)
"""Columns that programs fill."""
_COUNTER = re.compile(r"^(?:object_?id|fid|oid_?|gid)", re.IGNORECASE)
_MOST_SCHOOLS = 5_000
_FEWEST_PARCELS = 5
_SHARE_OF_IDS = 0.5
_LEVEL_WORD = (
    r"(?:_?(?:SCH(?:OOL|OO|L)?|NAME|ZONE|ATT\w*|BDY|BOUNDARY|CODE|ID|NUM(?:BER)?|NO|NM|\d+))*"
)
_LEVELS: Mapping[str, re.Pattern[str]] = {
    "elementary": re.compile(rf"(?:ES|ELEM(?:ENTARY)?|ELM|PRIMARY){_LEVEL_WORD}", re.IGNORECASE),
    "middle": re.compile(rf"(?:MS|MID(?:DLE|D)?|JH|JR_?HIGH){_LEVEL_WORD}", re.IGNORECASE),
    "high": re.compile(rf"(?:HS|HIGH|SR_?HIGH){_LEVEL_WORD}", re.IGNORECASE),
}


@dataclass(frozen=True)
class SchoolKeys:
    """Ids and names of the region's schools in plain letters: what zones and ratings are joined by."""

    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    bare_names: frozenset[str] = frozenset()

    def share_of(self, column: Column) -> tuple[float, float]:
        """Share of a column's different cells that are schools: without and with the words for levels."""
        cells = set(column.values)
        loose = [
            cell for cell in cells if _no_zeros(cell) in self.ids or _bare(cell) in self.bare_names
        ]
        exact = [
            cell for cell in cells if _no_zeros(cell) in self.ids or plain_name(cell) in self.names
        ]
        count = max(1, len(cells))
        return len(loose) / count, len(exact) / count


@dataclass(frozen=True)
class Kind:
    """What a file is: its kind and the ways to read its fields, or the reason for leaving it out."""

    name: str | None
    readings: tuple[dict[str, str], ...] = ()
    reason: str = ""
    grades: str | None = None
    level: str | None = None
    remark: str = ""


def shape_of(raw: RawTable) -> str:
    """``point``, ``line``, ``polygon`` or ``none``: what most geometries of a file are."""
    if raw.geometry is None or not len(raw.geometry):
        return "none"
    dimensions = shapely.get_dimensions(raw.geometry)
    known = dimensions[dimensions >= 0]
    if not len(known):
        return "none"
    return ("point", "line", "polygon")[int(np.median(known))]


def kinds_of(
    name: str, raw: RawTable, columns: Sequence[Column], schools: SchoolKeys
) -> list[Kind]:
    """What a file holds; several kinds only where polygons name a school for each of several levels.

    Parameters
    ----------
    name
        The names of file and layer.
    raw, columns
        What the file holds.
    schools
        What is known of the region's schools.
    """
    if not columns or not len(raw.frame):
        return [Kind(None, reason="it has no rows or no columns")]
    shape = shape_of(raw)
    if shape == "line":
        return [_line_kind(columns)]
    if shape == "polygon":
        return _polygon_kinds(name, columns, schools, len(raw.frame))
    return [_table_kind(name, columns, shape == "point", len(raw.frame))]


def _line_kind(columns: Sequence[Column]) -> Kind:
    readings = field_readings("streets", columns)
    ends = {f"{end}_{side}" for end in ("from", "to") for side in ("left", "right")}
    if not ends & set(readings[0]):
        return Kind(None, reason="its lines have no address ranges (columns such as L_ADD_FROM)")
    if not {"full_name", "name"} & set(readings[0]):
        return Kind(None, reason="no column seems to hold the names of its streets")
    return Kind("streets", readings)


def _table_kind(name: str, columns: Sequence[Column], has_points: bool, rows: int) -> Kind:
    """Kinds of points and of tables without geometry."""
    addresses = field_readings("addresses", columns)
    fields = set(addresses[0])
    has_position = has_points or {"lon", "lat"} <= fields
    is_named = _names_address(addresses[0])
    personal = any(_STUDENT.fullmatch(column.name.strip()) for column in columns)
    if not has_position and (personal or (_STUDENTS.search(name) and is_named)):
        return Kind(None, reason="it looks like a list of students, which is no part of a region")
    for kind in (_aliases, _school_table, _school_list):
        found = kind(name, columns, has_position, rows)
        if found is not None:
            return found
    if is_named and has_position:
        return Kind("addresses", addresses)
    if is_named:
        return Kind(None, reason="its addresses have no coordinates: neither points nor columns such as LON and LAT")  # fmt: skip
    return Kind(None, reason="its columns do not say what it is")


def _aliases(name: str, columns: Sequence[Column], has_position: bool, rows: int) -> Kind | None:
    fields = field_readings("aliases", columns)[0]
    has_number = "number" in field_readings("addresses", columns)[0]
    fits = {"street", "alias"} <= set(fields) and not has_number and not has_position
    return Kind("aliases", (fields,)) if fits else None


def _school_table(
    name: str, columns: Sequence[Column], has_position: bool, rows: int
) -> Kind | None:
    """Ratings or seats by school and year."""
    if has_position:
        return None
    ratings = field_readings("ratings", columns)[0]
    seats = field_readings("seats", columns)[0]
    schools = field_readings("schools", columns)[0]
    has_grades = {"low_grade", "high_grade"} <= set(schools)
    named = _RATING.search(name) or _RATING.search(ratings.get("value", ""))
    if {"school_id", "value"} <= set(ratings) and named and not has_grades:
        return Kind("ratings", (ratings,))
    if {"school_id", "year"} <= set(seats) and {"capacity", "enrollment"} & set(seats):
        return Kind("seats", (seats,))
    return None


def _school_list(
    name: str, columns: Sequence[Column], has_position: bool, rows: int
) -> Kind | None:
    fields = field_readings("schools", columns)[0]
    is_called = _SCHOOL.search(name) or any(_SCHOOL.search(column.name) for column in columns)
    has_grades = bool({"low_grade", "grades"} & set(fields))
    is_list = has_position or has_grades or "level" in fields
    if rows > _MOST_SCHOOLS or not is_list or not (is_called or has_grades):
        return None
    if not {"id", "name"} & set(fields):
        return None
    return Kind("schools", ({"id": fields.get("id", fields.get("name", ""))} | fields,))


def _names_address(fields: Mapping[str, str]) -> bool:
    """Whether the fields say number and street, apart or together."""
    apart = "number" in fields and bool({"street", "name"} & set(fields))
    return apart or "full_address" in fields


def _polygon_kinds(
    name: str, columns: Sequence[Column], schools: SchoolKeys, rows: int
) -> list[Kind]:
    addresses = field_readings("addresses", columns)
    if _names_address(addresses[0]) and not _ZONE.search(name) and rows >= _FEWEST_PARCELS:
        return [Kind("addresses", addresses, remark="The middle of each parcel is its place.")]
    if _GROUND.search(name) and not _ZONE.search(name):
        return [Kind(None, reason="it looks like ground for maps, not like zones or areas")]
    levels = _level_columns(columns)
    zones = field_readings("zones", columns)[0]
    joined = _joined_column(columns, schools)
    named = [column for column in columns if column.school_names >= _SHARE_OF_IDS]
    speaks_of_zones = bool(_ZONE.search(name) or named) and not _NO_ZONE.search(name)
    if len(levels) > 1 and not (joined and speaks_of_zones):
        return [_zones({"school_id": column.name}, level) for level, column in levels.items()]
    if joined is not None and (speaks_of_zones or not _NO_ZONE.search(name)):
        zones = {**zones, "school_id": joined.name}
    elif not speaks_of_zones and not levels:
        return [_area_kind(columns)]
    if joined is None and named and "school_id" not in zones:
        zones = {**zones, "school_id": named[0].name}
    if "school_id" not in zones:
        return [_area_kind(columns)]
    level = next(iter(levels), None)
    return [_zones(zones, level or _level_in(name))]


def _zones(fields: dict[str, str], level: str | None) -> Kind:
    used = {ours: theirs for ours, theirs in fields.items() if ours != "name" or theirs != fields["school_id"]}  # fmt: skip
    grades = {"elementary": "TK-05", "middle": "06-08", "high": "09-12"}.get(level or "")
    return Kind("zones", (used,), grades=None if "grades" in fields else grades, level=level)


def _level_columns(columns: Sequence[Column]) -> dict[str, Column]:
    """The column that names the school of each level: the id where there is a name too."""
    found: dict[str, Column] = {}
    for level, pattern in _LEVELS.items():
        named = [
            column for column in columns
            if pattern.fullmatch(column.name) and not column.is_empty
        ]  # fmt: skip
        named.sort(key=lambda column: bool(re.search("NAME|NM", column.name, re.IGNORECASE)))
        if named:
            found[level] = named[0]
    return found


def _level_in(name: str) -> str | None:
    words = re.split(r"[^a-z]+", name.lower())
    for level, starts in {
        "elementary": ("elem", "primary"), "middle": ("middle", "intermediate", "junior"),
        "high": ("high", "senior"),
    }.items():  # fmt: skip
        short = f"{level[0]}s"
        if any(word.startswith(starts) or word == short for word in words):
            return level
    return None


def _joined_column(columns: Sequence[Column], schools: SchoolKeys) -> Column | None:
    """The column whose cells are mostly ids or names of the region's schools."""
    shares = [(schools.share_of(column), column) for column in columns if column.distinct > 1]
    best = max(shares, key=lambda pair: sum(pair[0]), default=((0.0, 0.0), None))
    return best[1] if best[0][0] >= _SHARE_OF_IDS else None


def _area_kind(columns: Sequence[Column]) -> Kind:
    """Areas by the columns that name most of the polygons."""
    able = [
        column
        for column in columns
        if len(column.values) >= _SHARE_OF_IDS * len(column.sample)
        and not _MACHINE.search(column.name)
    ]
    fields = field_readings("areas", able)[0]
    if "name" not in fields:
        words = [column for column in able if column.letters >= _SHARE_OF_IDS]
        telling = [column for column in words if column.distinct > len(column.values) / 2]
        if telling:
            fields["name"] = telling[0].name
    keys = [column for column in able if column.is_key and not _COUNTER.search(column.name)]
    if not fields and keys:
        fields["id"] = keys[0].name
    if not fields or _COUNTER.search(fields.get("name", fields.get("id", ""))):
        return Kind(None, reason="no column names its polygons")
    return Kind("areas", (fields,))


def school_keys(fields: Mapping[str, str], frame: pl.DataFrame) -> SchoolKeys:
    """Ids and names of the schools of a file."""
    ids = frozenset(
        _no_zeros(text.upper())
        for ours in ("id", "other_id", "nces")
        if ours in fields
        for text in frame[fields[ours]].drop_nulls()
    )
    names = (
        frame[fields["name"]].drop_nulls() if "name" in fields else pl.Series([], dtype=pl.String)
    )
    return SchoolKeys(ids, frozenset(map(plain_name, names)), frozenset(map(_bare, names)))


def _no_zeros(text: str) -> str:
    return text.strip().lstrip("0") or "0"


def _bare(name: str) -> str:
    return bare_name(plain_name(name))
