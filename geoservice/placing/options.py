"""Which columns of a student file hold the address, the grade and the school."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geoservice.errors import InputError
from geoservice.model.results import GEOCODE_COLUMNS
from geoservice.placing.header import columns_told
from geoservice.tables.header_names import name_key

_ADDRESS_NAMES = (
    "address", "full_address", "home_address", "student_address", "one_line_address", "addr",
)  # fmt: skip
_PART_NAMES = {
    "street": ("street", "street_address", "address1", "address_1", "addr1", "address_line_1"),
    "city": ("city", "town", "municipality"),
    "state": ("state", "st", "province"),
    "zip": ("zip", "zipcode", "zip_code", "postal_code", "postcode", "zip5"),
}
_ROLES = ("address", "street", "city", "state", "zip", "grade", "school", "id")


@dataclass(frozen=True)
class PlaceOptions:
    """Names of the columns to read, and what to do with result columns that are there already."""

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
        """The column with the whole address or the street line."""
        return self.address if self.address is not None else self.street

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The columns that are read."""
        return tuple(getattr(self, role) for role in _ROLES)


def resolve(options: PlaceOptions, columns: Sequence[str]) -> PlaceOptions:
    """The options with every named column found and, where none is named, the address guessed.

    Raises
    ------
    InputError
        Where a named column is missing, no address column can be told, or result columns are
        there already and ``replace`` is not set.
    """
    if unknown := sorted(set(options.allow) - {"street", "zip"}):
        raise InputError(f"`--allow` takes `street` and `zip`, not `{unknown[0]}`.")
    found: dict[str, Any] = {
        role: _found(getattr(options, role), role, columns)
        for role in _ROLES
        if getattr(options, role) is not None
    }
    named = replace(options, **found)
    if named.line is None:
        named = _guessed(named, columns)
    _refuse_results(columns, options)
    return named


def _found(wanted: str, role: str, columns: Sequence[str]) -> str:
    if wanted in columns:
        return wanted
    alike = [column for column in columns if name_key(column) == name_key(wanted)]
    if len(alike) == 1:
        return alike[0]
    raise InputError(
        f"The file has no column `{wanted}`, which --{role} names. {columns_told(columns)}",
        column=wanted,
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
            f"--state and --zip. {columns_told(columns)}"
        )
    if line is not None:
        parts.pop("street", None)
    return replace(options, address=line, **{k: v for k, v in parts.items() if v is not None})


def _refuse_results(columns: Sequence[str], options: PlaceOptions) -> None:
    names = {column.name for column in GEOCODE_COLUMNS} - {"lon", "lat"}
    there = [column for column in columns if column in names]
    if there and not options.replace:
        raise InputError(
            f"The file already has result columns (`{'`, `'.join(there)}`). Use --replace to write "
            "them anew.",
            columns=there,
        )
