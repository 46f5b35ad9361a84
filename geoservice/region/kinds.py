"""The kind of a layer, from the file's name, columns and geometry."""

import re
from collections.abc import Sequence

import numpy as np
import shapely

from geoservice.model.background import LINE, POINT
from geoservice.region.background_names import background_kind
from geoservice.region.columns import FileColumn
from geoservice.region.draft_kinds import LayerKind, NormalizedSchools, names_address
from geoservice.region.known_fields import field_readings
from geoservice.region.polygon_kinds import polygon_kinds
from geoservice.region.raw_table import RawTable

_SCHOOL = re.compile(r"school|sch(?![a-z])|campus|nces|sabs|(?:^|[^a-z])[emh]s(?:[^a-z]|$)", re.I)
_RATING = re.compile(
    r"rating|score|star|accountab|grades?(?![a-z])|composite|letter|performance|index"
    r"|determination",
    re.IGNORECASE,
)
_STUDENTS = re.compile(r"(?<![a-z])(?:students?|pupils?|roster)(?![a-z])", re.IGNORECASE)
_STUDENT = re.compile(
    r"(?:student|pupil|stu)_?(?:id|no|num|number|name|key)?|(?:first|last|middle)_?name"
    r"|birth_?(?:date|day)|dob",
    re.IGNORECASE,
)
"""Names of files, and names of columns, that indicate records of students."""
_MOST_SCHOOLS = 5_000


def shape_of(raw: RawTable) -> str:
    """Return the geometry type of most shapes: ``point``, ``line``, ``polygon`` or ``none``."""
    if raw.geometry is None or not len(raw.geometry):
        return "none"
    dimensions = shapely.get_dimensions(raw.geometry)
    filled = dimensions[dimensions >= 0]
    if not len(filled):
        return "none"
    return ("point", "line", "polygon")[int(np.median(filled))]


def kinds_of(
    name: str, raw: RawTable, columns: Sequence[FileColumn], schools: NormalizedSchools
) -> list[LayerKind]:
    """Return the kind of a layer.

    Polygons with a school column for each of several levels have several kinds.

    Parameters
    ----------
    name
        The names of file and layer.
    raw, columns
        The content of the layer.
    schools
        The ids and names of the region's schools.
    """
    if not columns or not len(raw.frame):
        return [LayerKind(None, reason="it has no rows or no columns")]
    shape = shape_of(raw)
    if shape == "line":
        kind = _line_kind(columns)
        background = None if kind.name else background_kind(name, LINE, columns)
        return [background or kind]
    if shape == "polygon":
        return polygon_kinds(name, columns, schools, len(raw.frame))
    table = _table_kind(name, columns, shape == "point", len(raw.frame))
    if table.name is None and shape == "point":
        return [background_kind(name, POINT, columns) or table]
    return [table]


def _line_kind(columns: Sequence[FileColumn]) -> LayerKind:
    readings = field_readings("streets", columns)
    ends = {f"{end}_{side}" for end in ("from", "to") for side in ("left", "right")}
    if not ends & set(readings[0]):
        return LayerKind(
            None, reason="its lines have no address ranges (columns such as L_ADD_FROM)"
        )
    if not {"full_name", "name"} & set(readings[0]):
        return LayerKind(None, reason="it has no column with street names")
    return LayerKind("streets", readings)


def _table_kind(name: str, columns: Sequence[FileColumn], has_points: bool, rows: int) -> LayerKind:
    """Return the kind of a point layer or of a table without geometry."""
    addresses = field_readings("addresses", columns)
    fields = set(addresses[0])
    has_position = has_points or {"lon", "lat"} <= fields
    is_named = names_address(addresses[0])
    personal = any(_STUDENT.fullmatch(column.name.strip()) for column in columns)
    if not has_position and (personal or (_STUDENTS.search(name) and is_named)):
        return LayerKind(
            None, reason="it looks like a list of students, which does not belong in a region"
        )
    for kind in (_aliases, _school_table, _school_list):
        layer_kind = kind(name, columns, has_position, rows)
        if layer_kind is not None:
            return layer_kind
    if is_named and has_position:
        return LayerKind("addresses", addresses)
    if is_named:
        return LayerKind(
            None,
            reason="its addresses have no coordinates (points, or columns such as LON and LAT)",
        )
    return LayerKind(None, reason="its columns are not recognized")


def _aliases(
    name: str, columns: Sequence[FileColumn], has_position: bool, rows: int
) -> LayerKind | None:
    fields = field_readings("aliases", columns)[0]
    has_number = "number" in field_readings("addresses", columns)[0]
    fits = {"street", "alias"} <= set(fields) and not has_number and not has_position
    return LayerKind("aliases", (fields,)) if fits else None


def _school_table(
    name: str, columns: Sequence[FileColumn], has_position: bool, rows: int
) -> LayerKind | None:
    """Return the kind of a table of ratings or seats; None for other tables."""
    if has_position:
        return None
    ratings = field_readings("ratings", columns)[0]
    seats = field_readings("seats", columns)[0]
    schools = field_readings("schools", columns)[0]
    has_grades = {"low_grade", "high_grade"} <= set(schools)
    named = _RATING.search(name) or _RATING.search(ratings.get("value", ""))
    if {"school_id", "value"} <= set(ratings) and named and not has_grades:
        return LayerKind("ratings", (ratings,))
    if {"school_id", "year"} <= set(seats) and {"capacity", "enrollment"} & set(seats):
        return LayerKind("seats", (seats,))
    return None


def _school_list(
    name: str, columns: Sequence[FileColumn], has_position: bool, rows: int
) -> LayerKind | None:
    fields = field_readings("schools", columns)[0]
    is_called = _SCHOOL.search(name) or any(_SCHOOL.search(column.name) for column in columns)
    has_grades = bool({"low_grade", "grades"} & set(fields))
    is_list = has_position or has_grades or "level" in fields
    if rows > _MOST_SCHOOLS or not is_list or not (is_called or has_grades):
        return None
    if not {"id", "name"} & set(fields):
        return None
    return LayerKind("schools", ({"id": fields.get("id", fields.get("name", ""))} | fields,))
