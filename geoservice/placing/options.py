"""Find the columns of a student file that hold the address, the grade and the school."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geoservice.errors import InputError
from geoservice.model.results import GEOCODE_COLUMNS
from geoservice.model.roles import ROLES
from geoservice.placing.header import column_sentence
from geoservice.tables.header_names import name_key

_ADDRESS_NAMES = (
    "address",
    "full_address",
    "home_address",
    "student_address",
    "one_line_address",
    "addr",
)
_PART_NAMES = {
    "street": ("street", "street_address", "address1", "address_1", "addr1", "address_line_1"),
    "city": ("city", "town", "municipality"),
    "state": ("state", "st", "province"),
    "zip": ("zip", "zipcode", "zip_code", "postal_code", "postcode", "zip5"),
}


@dataclass(frozen=True)
class PlaceOptions:
    """Names of the columns to read, and the options of a run.

    Attributes
    ----------
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

    @property
    def line(self) -> str | None:
        """The column with the full address or the street line."""
        return self.address if self.address is not None else self.street

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The columns to read, by role; None for a role without a column."""
        return tuple(getattr(self, role) for role in ROLES)


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
    named_columns: dict[str, Any] = {
        role: _column_named(getattr(options, role), role, columns)
        for role in ROLES
        if getattr(options, role) is not None
    }
    named = replace(options, **named_columns)
    if named.line is None:
        named = _guessed(named, columns)
    _refuse_results(columns, options)
    return named


def _column_named(name: str, role: str, columns: Sequence[str]) -> str:
    if name in columns:
        return name
    alike = [column for column in columns if name_key(column) == name_key(name)]
    if len(alike) == 1:
        return alike[0]
    raise InputError(
        f"The file has no column `{name}`, which --{role} names. {column_sentence(columns)}",
        column=name,
    )


def _guessed(options: PlaceOptions, columns: Sequence[str]) -> PlaceOptions:
    by_name = {name_key(column).replace(" ", "_"): column for column in reversed(columns)}
    parts: dict[str, Any] = {
        part: next((by_name[name] for name in names if name in by_name), None)
        for part, names in _PART_NAMES.items()
        if getattr(options, part) is None
    }
    line = next((by_name[name] for name in _ADDRESS_NAMES if name in by_name), None)
    if line is None and parts.get("street") is None:
        raise InputError(
            "No column holds an address. Name it with --address, or with --street, --city, "
            f"--state and --zip. {column_sentence(columns)}"
        )
    if line is not None:
        parts.pop("street", None)
    return replace(options, address=line, **{k: v for k, v in parts.items() if v is not None})


def _refuse_results(columns: Sequence[str], options: PlaceOptions) -> None:
    names = {column.name for column in GEOCODE_COLUMNS} - {"lon", "lat"}
    present = [column for column in columns if column in names]
    if present and not options.replace:
        raise InputError(
            f"The file already has result columns (`{'`, `'.join(present)}`). Use --replace to "
            "replace them.",
            columns=present,
        )
