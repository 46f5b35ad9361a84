"""Guess the columns of a file that hold an address in parts: number, street name, type, unit."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import polars as pl

from geoservice.placing.joined_columns import BETWEEN, part_text
from geoservice.region.columns import FileColumn, file_columns, letters_of
from geoservice.region.field_list import STREET_PARTS
from geoservice.region.known_fields import field_names
from geoservice.tables.header_names import name_words

_ORDER = ("number", *STREET_PARTS, "unit")
"""Parts in the order in which an address is written."""
_CHOOSING = ("number", "name", "type", "predir", "postdir", *STREET_PARTS, "unit")
"""Parts in the order in which they choose a column: a suffix is a type before a direction."""
_PLACES = ("home", "res", "residence", "residential", "physical", "student", "stu")
_MAIL = ("mailing", "mail")
_PLACE = re.compile(rf"({'|'.join((*_PLACES, *_MAIL))})_(.+)")
_OTHER_MEANINGS = frozenset(
    (
        *("ANUMBER", "HOUSE", "NUM", "NUMB", "NUMBER", "SAN"),
        *("FNAME", "FULLNAME", "NAME", "NAMEFULL", "RD", "SITENAME", "SN"),
    )
)
"""Names of fields of a region's files that mean something else in a list of students."""
_TYPE_OR_STATE, _FEWEST_TYPES = "ST", 2
_MOSTLY, _HALF, _HARDLY = 0.8, 0.5, 0.1
_LONGEST_UNIT = 12
_HOUSE = r"^\s*\d+[A-Za-z]?\s+(?:\S+\s+)*[A-Za-z]{2,}"
_EMAIL = r"@"
_FITS: Mapping[str, Callable[[FileColumn], bool]] = {
    "number": lambda column: column.house_numbers >= _MOSTLY,
    "name": lambda column: not column.is_empty,
    "type": lambda column: column.is_empty or column.street_types >= _HALF,
    "pretype": lambda column: column.is_empty or column.street_types >= _HALF,
    "predir": lambda column: column.is_empty or column.directions >= _HALF,
    "postdir": lambda column: column.is_empty or column.directions >= _HALF,
    "unit": lambda column: all(len(value) <= _LONGEST_UNIT for value in column.values),
}
"""Conditions on the cells of a column for each part; other parts accept any cells."""


def are_addresses(cells: pl.Series) -> pl.Series:
    """Return whether each text begins with a house number and words."""
    return cells.str.contains(_HOUSE) & ~cells.str.contains(_EMAIL)


def hold_addresses(column: pl.Series) -> bool:
    """Return whether a column holds whole addresses, at least in some of its filled cells."""
    cells = column.cast(pl.String, strict=False).str.strip_chars()
    share = are_addresses(cells.filter(cells != "")).mean()
    return isinstance(share, float) and share >= _HARDLY


def are_parts_named(columns: Sequence[str]) -> bool:
    """Return whether a header names a house number and a street apart; cells may say otherwise."""
    return any({"number", "name"} <= set(named) for named in _candidates(columns))


def guessed_parts(rows: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns of an address in parts, in the order of writing; none without parts.

    A street column that repeats the house number holds the whole line, so there are no parts.

    Parameters
    ----------
    rows
        The first rows of a file.
    """
    for named in _candidates(rows.columns):
        if {"number", "name"} <= set(named):
            parts = _fitting(named, rows)
            if {"number", "name"} <= set(parts) and not _is_repeated(parts, rows):
                return tuple(parts[part] for part in _ORDER if part in parts)
    return ()


@cache
def _part_names() -> dict[str, tuple[str, ...]]:
    """Return the letters of the usual names of each part, most specific first."""
    names = field_names()["addresses"]
    listed = {part: names.get(part, []) for part in _ORDER}
    listed["name"] = [*names["name"], *names["street"]]
    return {
        part: tuple(name for name in map(letters_of, usual) if name not in _OTHER_MEANINGS)
        for part, usual in listed.items()
    }


def _candidates(columns: Sequence[str]) -> list[dict[str, list[str]]]:
    """Return the columns with a usual name of each part, for each address of a row.

    The home comes before an address without a word for its place, and before the mail.
    """
    by_place: dict[str, dict[str, str]] = {}
    for column in columns:
        words = name_words(column)
        match = _PLACE.fullmatch(words)
        place, name = match.groups() if match else ("", words)
        if BETWEEN not in column:
            by_place.setdefault(place, {}).setdefault(letters_of(name), column)
    return [
        {
            part: [by_name[name] for name in usual if name in by_name]
            for part, usual in _part_names().items()
            if any(name in by_name for name in usual)
        }
        for place in (*_PLACES, "", *_MAIL)
        if (by_name := by_place.get(place))
    ]


def _fitting(named: Mapping[str, Sequence[str]], rows: pl.DataFrame) -> dict[str, str]:
    """Return the column of each part by name and cells; a filled column precedes an empty one."""
    names = sorted({column for columns in named.values() for column in columns})
    by_name = {
        column.name: column for column in file_columns(rows.select(part_text(n) for n in names))
    }
    parts: dict[str, str] = {}
    for part in _CHOOSING:
        free = [by_name[name] for name in named.get(part, ()) if name not in parts.values()]
        fitting = [column for column in free if _fits(part, column)]
        chosen = [column for column in fitting if not column.is_empty] or fitting
        if chosen and part not in parts:
            parts[part] = chosen[0].name
    return parts


def _fits(part: str, column: FileColumn) -> bool:
    """Return whether the cells of a column may be a part; a column `ST` may hold the state."""
    if letters_of(column.name) == _TYPE_OR_STATE and column.distinct < _FEWEST_TYPES:
        return False
    return part not in _FITS or _FITS[part](column)


def _is_repeated(parts: Mapping[str, str], rows: pl.DataFrame) -> bool:
    """Return whether most street cells begin with the house number of their row."""
    number, name = part_text(parts["number"]), part_text(parts["name"])
    begins = name.str.starts_with(pl.concat_str(number, pl.lit(" ")))
    mean = rows.select(begins).to_series().mean()
    return isinstance(mean, float) and mean >= _HALF
