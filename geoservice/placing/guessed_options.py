"""Columns of a file that take the roles for which no column is named."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from geoservice.model.roles import ROLES
from geoservice.placing.guessing import guess_columns
from geoservice.placing.header import is_header
from geoservice.placing.options import PlaceOptions
from geoservice.reference.snapshot import Reference
from geoservice.tables.header_names import name_key

_LINES = ("address", "street")


def guessed_options(
    options: PlaceOptions, others: Collection[str | None], rows: pl.DataFrame, reference: Reference
) -> tuple[PlaceOptions, dict[str, str]]:
    """Return the options with guessed columns, and the guessed column of each role.

    Parameters
    ----------
    options
        A role with an empty name gets no column.
    others
        Columns that are read for another purpose, and take no role.
    rows
        The first rows of the file.
    """
    named = {role: getattr(options, role) for role in ROLES if getattr(options, role) is not None}
    taken = {name_key(name) for name in (*named.values(), *others) if name}
    free = [column for column in rows.columns if name_key(column) not in taken]
    has_line = any(named.get(role) for role in _LINES)
    open_roles = {role for role in ROLES if role not in named and not (has_line and role in _LINES)}
    guesses = {
        role: guess.column
        for role, guess in guess_columns(rows.select(free), reference).items()
        if role in open_roles
    }
    unread = {role: None for role, name in named.items() if not name}
    changed: dict[str, Any] = {**unread, **guesses}
    return replace(options, **changed), guesses


def guess_sentence(guesses: dict[str, str], columns: Sequence[str]) -> str:
    """Return a sentence that names the guessed columns, by number if they may hold a student."""
    may_be_shown = is_header(columns)
    listed = ", ".join(
        (f"`{guesses[role]}`" if may_be_shown else f"column {columns.index(guesses[role]) + 1}")
        + f" for --{role}"
        for role in ROLES
        if role in guesses
    )
    return (
        f"Guessed columns: {listed}. Give the option to name another column, or an "
        "empty name for no column."
    )
