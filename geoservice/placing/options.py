"""Find the columns of a student file that hold the address, the grade and the school."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geoservice.errors import InputError
from geoservice.model.results import GEOCODE_COLUMNS
from geoservice.model.roles import ROLES
from geoservice.placing.header import column_sentence
from geoservice.placing.joined_columns import BETWEEN, joined_name, names_in
from geoservice.tables.header_names import name_key

_ADDRESS_NAMES = (
    "address",
    "full_address",
    "home_address",
    "student_address",
    "one_line_address",
    "addr",
)
LINES = ("address", "street")
"""Roles of the line of an address; each may have several columns, whose texts are joined."""
_STREET_NAMES = (
    "street",
    "street_address",
    "address1",
    "address_1",
    "addr1",
    "address_line_1",
)
_TOWN_NAMES = {
    "city": ("city", "town", "municipality"),
    "state": ("state", "st", "province"),
    "zip": ("zip", "zipcode", "zip_code", "postal_code", "postcode", "zip5"),
}


@dataclass(frozen=True)
class PlaceOptions:
    """Names of the columns to read, and the options of a run.

    Attributes
    ----------
    address, street
        A column, or several names with `BETWEEN` between them, whose texts are joined.
    address_columns, street_columns
        The columns of the file that these name; empty before `resolve`.
    replace
        True to replace the result columns of an earlier run; else such a file is refused.
    allow
        Coarse kinds of match that count as matched: ``street`` and ``zip``.
    """

    address: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    grade: str | None = None
    school: str | None = None
    id: str | None = None
    replace: bool = False
    allow: tuple[str, ...] = ()
    address_columns: tuple[str, ...] = ()
    street_columns: tuple[str, ...] = ()

    @property
    def line(self) -> str | None:
        """The name, or the joined names, of the full address or the street line."""
        return self.address if self.address is not None else self.street

    @property
    def line_columns(self) -> tuple[str, ...]:
        """The columns whose texts, joined by blanks, are the full address or the street line."""
        return self._columns_of("address" if self.address is not None else "street")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to read, in the order of the roles."""
        return tuple(column for role in ROLES for column in self._columns_of(role))

    def _columns_of(self, role: str) -> tuple[str, ...]:
        name = getattr(self, role)
        if role in LINES:
            return getattr(self, f"{role}_columns") or names_in(name)
        return () if name is None else (name,)


def resolve(options: PlaceOptions, columns: Sequence[str]) -> PlaceOptions:
    """Return the options with the file's own spelling of each column name.

    If no address column is named, it is guessed from the header.

    Raises
    ------
    InputError
        If a named column is missing, if no column looks like an address, or if the file already
        has result columns and ``replace`` is not set.
    """
    if unknown := sorted(set(options.allow) - {"street", "zip"}):
        raise InputError(f"`--allow` takes `street` and `zip`, not `{unknown[0]}`.")
    named_columns: dict[str, Any] = {}
    for role in ROLES:
        name = getattr(options, role)
        resolved = () if name is None else _columns_named(name, role, columns)
        named_columns |= {role: joined_name(resolved)} if resolved else {}
        named_columns |= {f"{role}_columns": resolved} if role in LINES else {}
    named = replace(options, **named_columns)
    if named.line is None:
        named = _guessed(named, columns)
    _refuse_results(columns, options)
    return named


def town_by_name(options: PlaceOptions, columns: Sequence[str]) -> dict[str, Any]:
    """Return the columns that are named like a city, state and ZIP, unless the options have one."""
    by_name = _by_name(columns)
    return {
        role: next(by_name[name] for name in names if name in by_name)
        for role, names in _TOWN_NAMES.items()
        if getattr(options, role) is None and any(name in by_name for name in names)
    }


def line_by_name(columns: Sequence[str]) -> dict[str, Any]:
    """Return the column that is named like an address or else a street line, by its role."""
    by_name = _by_name(columns)
    for role, names in (("address", _ADDRESS_NAMES), ("street", _STREET_NAMES)):
        for name in names:
            if name in by_name:
                return {role: by_name[name]}
    return {}


def _columns_named(name: str, role: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the column of a name; of joined names their columns, unless one is named so."""
    is_joined = role in LINES and BETWEEN in name and _spelled(name, columns) is None
    names = names_in(name) if is_joined else (name,)
    return tuple(_column_named(part, role, columns) for part in names)


def _column_named(name: str, role: str, columns: Sequence[str]) -> str:
    column = _spelled(name, columns)
    if column is not None:
        return column
    raise InputError(
        f"The file has no column `{name}`, which --{role} names. {column_sentence(columns)}",
        column=name,
    )


def _spelled(name: str, columns: Sequence[str]) -> str | None:
    """Return the file's own spelling of a column name; None without such a column."""
    if name in columns:
        return name
    alike = [column for column in columns if name_key(column) == name_key(name)]
    return alike[0] if len(alike) == 1 else None


def _by_name(columns: Sequence[str]) -> dict[str, str]:
    return {name_key(column).replace(" ", "_"): column for column in reversed(columns)}


def _guessed(options: PlaceOptions, columns: Sequence[str]) -> PlaceOptions:
    line = line_by_name(columns)
    if not line:
        raise InputError(
            "No column holds an address. Name it with --address, or with --street, --city, "
            '--state and --zip. Names of several columns are joined, as in --street "NUMBER + '
            f'STREET". {column_sentence(columns)}'
        )
    line_columns: dict[str, Any] = {f"{role}_columns": (name,) for role, name in line.items()}
    return replace(options, **line, **line_columns, **town_by_name(options, columns))


def _refuse_results(columns: Sequence[str], options: PlaceOptions) -> None:
    names = {column.name for column in GEOCODE_COLUMNS} - {"lon", "lat"}
    present = [column for column in columns if column in names]
    if present and not options.replace:
        raise InputError(
            f"The file already has result columns (`{'`, `'.join(present)}`). Use --replace to "
            "replace them.",
            columns=present,
        )
