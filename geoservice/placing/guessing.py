"""Guess the roles of a file's columns from their names and their values."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.model.grades import read_grades
from geoservice.placing.address_parts import are_addresses, guessed_parts
from geoservice.placing.joined_columns import joined_name
from geoservice.placing.options import LINES
from geoservice.reference.snapshot import Reference
from geoservice.tables.header_names import name_words

_ORDER = ("address", "zip", "state", "school", "grade", "id", "city", "street")
"""Roles in the order in which they choose a column."""
_PLACE = r"(?:(?:home|res|residence|residential|student|mailing|mail)_)?"
_SCHOOL = r"(?:sch|schl|school|site|campus|escuela)"
_NUMBER = r"(?:id|code|cd|no|nr|num|number|codigo|clave)"
_NAMES: Mapping[str, str] = {
    "address": rf"(?:full_|whole_|one_line_)?{_PLACE}(?:full_)?(?:address|addr|direccion|domicilio)"
    r"(?:_?(?:1|line|line_?1|full))?|(?:direccion|domicilio)(?:_de)?_(?:casa|completa)"
    r"|residence|resides_at",
    "street": rf"{_PLACE}street(?:_(?:name|line|address))?|calle(?:_y_numero)?",
    "city": rf"{_PLACE}(?:city|town|municipality|ciudad|municipio)(?:_name)?",
    "state": rf"{_PLACE}(?:state|st|province|estado)",
    "zip": rf"{_PLACE}(?:zip|zip_?code|zip_?5|postal|postal_?code|postcode|codigo_postal|cp)",
    "grade": r"(?:current_|stu_|student_)?(?:grade|grd|gr|grado)(?:_?(?:level|lvl|code|cd))?",
    "school": rf"(?:current_|home_|enrolled_|attending_)?{_SCHOOL}_?(?:{_NUMBER}|name|attended)?"
    r"|(?:current|attending)_school|nombre_(?:de_)?(?:la_)?escuela|codigo_(?:de_)?escuela",
    "id": r"id|(?:student|pupil|local|state|stu|perm|permanent|district|row|record)_?"
    rf"{_NUMBER}|sasid|ssid|perm_?id|alumno_?{_NUMBER}?|matricula"
    rf"|(?:{_NUMBER}|numero)(?:_de)?_(?:estudiante|alumno)|estudiante_{_NUMBER}",
}
_ZIP = r"^\s*\d{5}(?:-?\d{4})?(?:\.0)?\s*$"
_STATE = r"^\s*[A-Za-z]{2}\s*$"
_LAST_LINE = r"\d{5}(?:-\d{4})?\s*$|,.*,"
_MOSTLY, _HARDLY = 0.7, 0.1
_LEAST_GRADES = 3
_LEAST_CELLS = 5
"""Cells from which values outweigh a name."""
_CHECKED = ("address", "street", "zip", "state", "grade")
"""Roles whose values have a form of their own; schools and towns may be new to the region."""
_PROVEN = ("address", "zip", "school", "city", "street")
"""Roles that values alone prove: short codes may be grades, states or anything else."""
Shares = Mapping[str, float]
"""The share of a column's cells that look like a value of each role, and the number of cells."""
Score = Callable[[str, str, Shares], float]


@dataclass(frozen=True)
class Guess:
    """The column of a role, or joined names, and whether the values confirm the guess."""

    column: str
    by_values: bool


_LONGEST_CELL = 300
"""Patterns take long for long cells; what a column is shows in the first signs."""


def guess_columns(rows: pl.DataFrame, reference: Reference) -> dict[str, Guess]:
    """Return the likely column of each role.

    Parameters
    ----------
    rows
        The first rows of a file; a few hundred are enough.
    reference
        The region, whose schools and towns the values are compared with.

    Returns
    -------
    dict
        A `Guess` by role. Roles without a likely column are missing. A file has either a whole
        address or a street. The street of an address in parts has their joined names.
    """
    texts = rows.select(pl.all().cast(pl.String, strict=False))
    shares = {name: _shares(texts[name], reference) for name in texts.columns}
    # A column that is named for a role takes no other role, so names choose before values.
    guesses = _chosen({}, shares, _by_name)
    parts = guessed_parts(texts)
    named = {name for name in texts.columns if any(_is_named(role, name) for role in _ORDER)}
    named |= {*parts}
    unnamed = {name: share for name, share in shares.items() if name not in named}
    guesses = _chosen(guesses, unnamed, _by_values)
    return _with_parts(_one_address(guesses, shares), parts, shares)


def _chosen(
    guesses: Mapping[str, Guess], columns: Mapping[str, Shares], score: Score
) -> dict[str, Guess]:
    """Return the guesses, with the column of the best score for each role that has none."""
    chosen = dict(guesses)
    for role in (role for role in _ORDER if role not in guesses):
        taken = {guess.column for guess in chosen.values()}
        scores = {
            name: score(role, name, shares) for name, shares in columns.items() if name not in taken
        }
        best = max(scores, key=lambda name: scores[name], default="")
        if best and scores[best] > 0.0:
            chosen[role] = Guess(best, columns[best].get(role, 0.0) >= _MOSTLY)
    return chosen


def _by_name(role: str, name: str, shares: Shares) -> float:
    """Return the score of a column by its name, and by its values where several are named so."""
    if not _is_named(role, name):
        return 0.0
    share = shares.get(role, 0.0)
    is_other = role in _CHECKED and share < _HARDLY and shares.get("cells", 0.0) >= _LEAST_CELLS
    return 0.0 if is_other else 1.0 + share


def _by_values(role: str, _: str, shares: Shares) -> float:
    """Return the score of a column without a telling name; 0 if its values are no proof."""
    share = shares.get(role, 0.0)
    return share if role in _PROVEN and share >= _MOSTLY else 0.0


def _is_named(role: str, name: str) -> bool:
    return re.fullmatch(_NAMES[role], name_words(name)) is not None


def _shares(column: pl.Series, reference: Reference) -> dict[str, float]:
    """Return the share of filled cells that look like a value of each role, and their number."""
    filled = column.drop_nulls().str.slice(0, _LONGEST_CELL).str.strip_chars()
    filled = filled.filter(filled != "")
    if not len(filled):
        return {}
    is_address = are_addresses(filled)
    grades = read_grades(filled)
    is_varied = grades.n_unique() > _LEAST_GRADES or len(filled) <= _LEAST_GRADES
    shares = {
        "cells": float(len(filled)),
        "address": _share(is_address),
        "whole": _share(filled.str.contains(_LAST_LINE)),
        "street": _share(is_address),
        "zip": _share(filled.str.contains(_ZIP)),
        "state": _share(filled.str.contains(_STATE)),
        "grade": _share(grades.is_not_null()) if is_varied else _MOSTLY - 0.1,
        "school": _share(_keys(filled).is_in(_schools(reference))),
        "city": _share(filled.str.to_uppercase().is_in(list(_towns(reference)))),
    }
    # A number below 13 is a grade, but may be a school's number too: then the name decides.
    if shares["grade"] >= _MOSTLY and shares["school"] >= _MOSTLY:
        del shares["school"], shares["grade"]
    return shares


def _share(flags: pl.Series) -> float:
    mean = flags.mean()
    return float(mean) if isinstance(mean, int | float) else 0.0


def _keys(texts: pl.Series) -> pl.Series:
    """Return texts for comparison with schools: no case, no leading zeros, no `.0`."""
    plain = texts.str.to_lowercase().str.replace(r"^(\d+)\.0$", "$1")
    return plain.str.replace(r"^0+(\d)", "$1")


def _schools(reference: Reference) -> list[str]:
    table = reference.schools()
    columns = [name for name in ("id", "other_id", "nces", "name") if name in table.columns]
    texts = pl.concat([table[name].cast(pl.String).alias("key") for name in columns])
    return _keys(texts.drop_nulls()).unique().to_list()


def _towns(reference: Reference) -> frozenset[str]:
    return frozenset(name.upper() for name in (*reference.town_names, *reference.town_keys) if name)


def _one_address(
    guesses: dict[str, Guess], shares: Mapping[str, Mapping[str, float]]
) -> dict[str, Guess]:
    """Return the guesses with a whole address or a street, not both."""
    if "address" not in guesses:
        return guesses
    line = guesses["address"]
    is_named = _is_named("address", line.column)
    is_whole = shares[line.column].get("whole", 0.0) >= _MOSTLY
    if "street" in guesses and not is_named and not is_whole:
        return {role: guess for role, guess in guesses.items() if role != "address"}
    if not is_named and not is_whole and "zip" in guesses:
        return {("street" if role == "address" else role): g for role, g in guesses.items()}
    return {role: guess for role, guess in guesses.items() if role != "street"}


def _with_parts(
    guesses: dict[str, Guess], parts: Sequence[str], shares: Mapping[str, Shares]
) -> dict[str, Guess]:
    """Return the guesses with an address in parts, unless another column holds whole addresses."""
    line = guesses.get("address", guesses.get("street"))
    is_whole = (
        line is not None
        and line.column not in parts
        and shares[line.column].get("address", 0.0) >= _HARDLY
    )
    if not parts or is_whole:
        return guesses
    others = {
        role: guess
        for role, guess in guesses.items()
        if role not in LINES and guess.column not in parts
    }
    return {**others, "street": Guess(joined_name(parts), by_values=True)}
