"""Columns of a file that take the roles for which no column is named."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from geoservice.model.roles import ROLES
from geoservice.placing.address_parts import (
    are_parts_named,
    guessed_parts,
    hold_addresses,
)
from geoservice.placing.guessing import guess_columns
from geoservice.placing.header import is_header
from geoservice.placing.joined_columns import joined_name, names_in
from geoservice.placing.options import LINES, PlaceOptions, line_by_name, town_by_name
from geoservice.reference.snapshot import Reference
from geoservice.tables.header_names import name_key

_LOOKED_AT_ROWS = 500


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
    taken = {name_key(name) for name in (*named.values(), *options.columns, *others) if name}
    free = [column for column in rows.columns if name_key(column) not in taken]
    has_line = any(named.get(role) for role in LINES)
    open_roles = {role for role in ROLES if role not in named and not (has_line and role in LINES)}
    guesses = {
        role: guess.column
        for role, guess in guess_columns(rows.select(free), reference).items()
        if role in open_roles
    }
    unread = {role: None for role, name in named.items() if not name}
    changed: dict[str, Any] = {**unread, **guesses}
    return replace(options, **changed), guesses


def with_guessed_parts(
    options: PlaceOptions, columns: Sequence[str], first_rows: Callable[[int], pl.DataFrame]
) -> PlaceOptions:
    """Return the options; for an address in parts, ``street`` has the joined names of its parts.

    Rows are read only if no column is named for the address and the header suggests parts.

    Parameters
    ----------
    first_rows
        Returns this number of the first rows of the file.
    """
    taken = {name_key(name) for name in options.columns}
    free = [column for column in columns if name_key(column) not in taken]
    if options.line is not None or not are_parts_named(free):
        return options
    rows = first_rows(_LOOKED_AT_ROWS)
    parts = guessed_parts(rows.select(name for name in free if name in rows.columns))
    lines = [name for name in line_by_name(free).values() if name not in parts]
    if not parts or any(hold_addresses(rows[name]) for name in lines if name in rows.columns):
        return options
    others = [name for name in free if name not in parts]
    return replace(options, street=joined_name(parts), **town_by_name(options, others))


def guess_sentence(guesses: dict[str, str], columns: Sequence[str]) -> str:
    """Return a sentence that names the guessed columns, by number if they may hold a student."""
    may_be_shown = is_header(columns)
    listed = ", ".join(
        (f"`{guesses[role]}`" if may_be_shown else _positions(guesses[role], columns))
        + f" for --{role}"
        for role in ROLES
        if role in guesses
    )
    return (
        f"Guessed columns: {listed}. Give the option to name another column, or an "
        "empty name for no column."
    )


def _positions(name: str, columns: Sequence[str]) -> str:
    """Return the positions from 1 of a guessed column, or of the columns of joined names."""
    names = (name,) if name in columns else names_in(name)
    positions = [str(columns.index(column) + 1) for column in names]
    return f"column{'s' if len(names) > 1 else ''} {' + '.join(positions)}"
