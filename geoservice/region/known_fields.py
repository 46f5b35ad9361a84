"""Recognition of fields in the columns of a file, by column names and cells."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import polars as pl

from geoservice.region.columns import FileColumn, file_columns, is_called, letters_of
from geoservice.region.street_columns import PARTS, NamingFields, naming_fields

_NUMBER = "(?:ADDRESS|ADDR|ADRS|ADD|ADR|HN|NUM|NO|HOUSE)?"
_SIDES = {"left": "(?:LEFT|LFT|LF|L)", "right": "(?:RIGHT|RGT|RHT|RT|R)"}
_ENDS = {
    "from": "(?:FROM|FRM|FR|F|LOW|LO|BEGIN|BEG|START|MIN|1)",
    "to": "(?:TO|T|HIGH|HI|END|MAX|2)",
}
_FEWEST_LETTERS = 4
_MOSTLY, _HALF = 0.8, 0.5
_FITS: Mapping[str, Callable[[FileColumn], bool]] = {
    "number": lambda column: column.house_numbers >= _MOSTLY,
    "number_suffix": lambda column: column.is_empty or column.whole_addresses < _HALF,
    "full_address": lambda column: column.whole_addresses >= _HALF,
    "city": lambda column: column.letters >= _HALF,
    "state": lambda column: column.letters >= _HALF,
    "zip": lambda column: column.zips >= _HALF,
    "lon": lambda column: column.numbers >= _MOSTLY,
    "lat": lambda column: column.numbers >= _MOSTLY,
    "low_grade": lambda column: column.grades >= _HALF,
    "high_grade": lambda column: column.grades >= _HALF,
    "grades": lambda column: column.grade_lists >= _HALF,
    "capacity": lambda column: column.numbers >= _HALF,
    "enrollment": lambda column: column.numbers >= _HALF,
    "alias": lambda column: not column.is_empty,
}
"""Conditions on the cells of a column for each field; other fields accept any cells."""
_FITS_OF_KIND: Mapping[tuple[str, str], Callable[[FileColumn], bool]] = {
    ("schools", "id"): lambda column: column.is_key,
    ("schools", "grades"): lambda column: column.grade_lists >= _HALF <= column.filled,
    ("schools", "low_grade"): lambda column: column.grades >= _HALF <= column.filled,
    ("schools", "high_grade"): lambda column: column.grades >= _HALF <= column.filled,
}
"""Conditions that differ for a kind of file."""
_HOUSE_NUMBER = re.compile(
    r".*(?:ADD|ADDR|HOUSE|HSE|SITE|SITUS|STREET|STR|ST|CIVIC|BLDG|PROP)_?"
    r"(?:ADDR|ADD|STREET|ST)?_?(?:NUMBER|NUMB|NUM|NBR|NO)_?"
)
"""Usual names of columns with house numbers."""
_RATING_OF_YEAR = re.compile(r"(?:grade|rating|stars?|label).*?\b(20\d\d)\b", re.IGNORECASE)
_MOST_LABELS = 12
_NEARLY_ALL = 0.9
_NAMINGS = {"streets": "full_name", "addresses": "street"}
"""The field for a full street name, by kind of file."""


@cache
def field_names() -> dict[str, dict[str, list[str]]]:
    """Return the column names that publishers use for each field, most specific first."""
    text = files("geoservice.region").joinpath("field_names.toml").read_text("utf-8")
    names: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    parts = names.pop("street_parts")
    return {kind: fields | parts if kind in _NAMINGS else fields for kind, fields in names.items()}


def known_fields(kind: str, frame: pl.DataFrame) -> dict[str, str]:
    """Return the most likely mapping of fields to the columns of a file."""
    return field_readings(kind, file_columns(frame))[0]


def field_readings(kind: str, columns: Sequence[FileColumn]) -> tuple[dict[str, str], ...]:
    """Return the possible mappings of fields to columns, most likely first; never empty.

    The mappings differ in the columns for the street: full name, name parts, or whole address.
    """
    own_columns = [column for column in columns if not column.is_of_another_name]
    plain = _plain_fields(kind, own_columns, columns)
    if kind not in _NAMINGS:
        return (plain,)
    names = field_names()[kind]
    namings = naming_fields(_NAMINGS[kind], names, own_columns)
    if kind == "addresses":
        return _address_readings(plain, namings)
    return tuple(plain | naming for naming in namings) or (plain,)


def _plain_fields(
    kind: str, own_columns: Sequence[FileColumn], columns: Sequence[FileColumn]
) -> dict[str, str]:
    """Return the fields except street names, each with its best column by name and cells.

    Only the field ``alias`` may come from a column with another name of the street.
    """
    fields: dict[str, str] = {}
    naming = {*PARTS, "name", _NAMINGS[kind]} if kind in _NAMINGS else set()
    for ours, names in field_names()[kind].items():
        if ours not in naming:
            pool = columns if ours == "alias" else own_columns
            fits = _FITS_OF_KIND.get((kind, ours)) or _FITS.get(_end(ours), lambda _: True)
            column = first_called(names, pool, fits)
            if column is not None:
                fields[ours] = column.name
    if kind == "schools":
        fields = _without_doubles(fields)
    if kind == "ratings":
        fields = _latest_ratings(own_columns) | fields
    if kind == "streets":
        fields = _range_ends(own_columns) | fields
    if kind == "addresses":
        fields = _by_cells(own_columns) | fields
    return fields


def _without_doubles(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields of schools without redundant fields."""
    doubles = {"grades"} if {"low_grade", "high_grade"} <= set(fields) else set()
    doubles |= {"other_id"} if fields.get("other_id") == fields.get("id") else set()
    return {ours: theirs for ours, theirs in fields.items() if ours not in doubles}


def _latest_ratings(columns: Sequence[FileColumn]) -> dict[str, str]:
    """Return the latest year's column for a file with a rating column for each year."""
    rated = {
        int(match[1]): column.name
        for column in columns
        if (match := _RATING_OF_YEAR.search(column.name)) and 1 < column.distinct <= _MOST_LABELS
    }
    return {"value": rated[max(rated)]} if rated else {}


def _by_cells(columns: Sequence[FileColumn]) -> dict[str, str]:
    """Return columns with house numbers and whole addresses, recognized by their cells."""
    numbers = [
        column
        for column in columns
        if _HOUSE_NUMBER.fullmatch(column.name.upper()) and column.house_numbers >= _MOSTLY
    ]
    wholes = [column for column in columns if column.whole_addresses >= _NEARLY_ALL]
    candidates = {"number": numbers[:1], "full_address": wholes[:1]}
    return {ours: theirs[0].name for ours, theirs in candidates.items() if theirs}


def first_called(
    names: Sequence[str], columns: Sequence[FileColumn], fits: Callable[[FileColumn], bool]
) -> FileColumn | None:
    """Return the column with the most specific name whose cells fit.

    A filled column precedes an empty column.
    """
    called = [
        column for name in names for column in columns if is_called(column, name) and fits(column)
    ]
    return next((column for column in called if not column.is_empty), next(iter(called), None))


def _end(ours: str) -> str:
    """Return the field without its side: cells of ``zip_left`` are like those of ``zip``."""
    return ours.removesuffix("_left").removesuffix("_right")


def _range_ends(columns: Sequence[FileColumn]) -> dict[str, str]:
    """Return the columns of the four range ends: L_ADD_FROM, FromAddr_L, LeftLow."""
    by_letters = {letters_of(column.name): column for column in columns}
    ends_found = {}
    for side, sides in _SIDES.items():
        for end, ends in _ENDS.items():
            written = re.compile(
                f"{sides}{_NUMBER}{ends}{_NUMBER}|{_NUMBER}{ends}{_NUMBER}{sides}{_NUMBER}(?:THEO)?"
            )
            names = [
                name
                for name in by_letters
                if len(name) >= _FEWEST_LETTERS and written.fullmatch(name)
            ]
            if len(names) == 1:
                ends_found[f"{end}_{side}"] = by_letters[names[0]].name
    return ends_found if len(set(ends_found.values())) == len(ends_found) else {}


def _address_readings(
    plain: dict[str, str], namings: Sequence[NamingFields]
) -> tuple[dict[str, str], ...]:
    """Return mappings with number and street columns, then mappings with a whole address."""
    full_address = {"full_address": plain.pop("full_address")} if "full_address" in plain else {}
    other_fields = {ours: theirs for ours, theirs in plain.items() if not ours.startswith("number")}
    in_columns = [plain | naming for naming in namings] if "number" in plain else []
    in_one_column = [full_address | other_fields] if full_address else []
    return (
        tuple(in_columns + in_one_column) or tuple(plain | naming for naming in namings) or (plain,)
    )
