"""What kind of layer a file of a region is, by its name, its columns and its geometry."""

import re
from collections.abc import Sequence

import numpy as np
import shapely

from geoservice.region.columns import Column
from geoservice.region.draft_kinds import Kind, SchoolKeys, names_address
from geoservice.region.known_fields import field_readings
from geoservice.region.polygon_kinds import polygon_kinds
from geoservice.region.raw_table import RawTable

_SCHOOL = re.compile(r"school|sch(?![a-z])|campus|nces|sabs|(?:^|[^a-z])[emh]s(?:[^a-z]|$)", re.I)
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
_MOST_SCHOOLS = 5_000


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
        return polygon_kinds(name, columns, schools, len(raw.frame))
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
    is_named = names_address(addresses[0])
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
