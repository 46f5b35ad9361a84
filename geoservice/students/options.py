"""Columns of a student file other than the address."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geoservice.errors import InputError
from geoservice.model.years import read_year
from geoservice.placing.header import column_sentence
from geoservice.tables.header_names import name_key

TYPE_ORDER = (
    "physical",
    "residence",
    "residential",
    "home",
    "primary",
    "custodial",
    "permanent",
    "",
    "secondary",
    "temporary",
    "other",
    "mailing",
)
"""Types of addresses in order of preference; the empty text is an address without a type.

Unlisted types come between ``other`` and ``mailing``."""


@dataclass(frozen=True)
class RecordOptions:
    """Names of columns, and values for all rows.

    Attributes
    ----------
    year
        Column of the school year. Without the column, and for empty cells, the year is
        ``school_year``, else the region's school year.
    opt_out
        Column that marks families who opted out; other cells of their rows are not read.
    protected, no_fixed_address
        Columns that mark students of an address confidentiality programme, and students without a
        fixed address. They are stored and counted; their address is never read.
    subgroups, programmes
        Columns of listed subgroups and of programmes.
    reported_zone
        Column of the zone that the file states, for comparison with the assigned zone.
    address_type, valid_from, valid_to
        Columns of the address type, first day and last day, for students with several rows.
    as_of
        Day on which the address must be valid, such as 2023-10-01; the default is 1 October of
        each row's school year.
    type_order
        Types of addresses in order of preference.
    """

    year: str | None = None
    opt_out: str | None = None
    protected: str | None = None
    no_fixed_address: str | None = None
    reported_zone: str | None = None
    address_type: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    subgroups: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    school_year: str | None = None
    as_of: str | None = None
    type_order: tuple[str, ...] = TYPE_ORDER

    @property
    def is_dated(self) -> bool:
        """Return whether a student may have several addresses per year, of which one is valid."""
        return any((self.address_type, self.valid_from, self.valid_to))

    @property
    def columns(self) -> tuple[str | None, ...]:
        """Return the columns to read."""
        return *(getattr(self, name) for name in _SINGLE), *self.subgroups, *self.programmes


_SINGLE = (
    "year",
    "opt_out",
    "protected",
    "no_fixed_address",
    "reported_zone",
    "address_type",
    "valid_from",
    "valid_to",
)
_OPTION = {"subgroups": "subgroup", "programmes": "programme"}


def resolved(
    options: RecordOptions, columns: Sequence[str], id_column: str | None
) -> RecordOptions:
    """Return the options with column names as in the file; case does not matter.

    Raises
    ------
    InputError
        If a column is missing, a year or a day cannot be read, or addresses are dated and no
        column identifies students.
    """
    if options.is_dated and id_column is None:
        raise InputError(
            "Several addresses of a student need --id, the column that identifies students."
        )
    if options.as_of is not None and not options.is_dated:
        raise InputError("`--as-of` needs --valid-from, --valid-to or --address-type.")
    if options.school_year is not None and read_year(options.school_year) is None:
        raise InputError("`--school-year` must be a year such as 2025-26.")
    _day(options.as_of)
    single_columns: dict[str, Any] = {
        name: _found(getattr(options, name), name, columns)
        for name in _SINGLE
        if getattr(options, name) is not None
    }
    column_lists: dict[str, Any] = {
        name: tuple(_found(column, name, columns) for column in getattr(options, name))
        for name in _OPTION
    }
    return replace(options, **single_columns, **column_lists)


def _found(column_name: str, option: str, columns: Sequence[str]) -> str:
    matches = [column for column in columns if name_key(column) == name_key(column_name)]
    if column_name in columns or len(matches) == 1:
        return column_name if column_name in columns else matches[0]
    option_name = _OPTION.get(option, option).replace("_", "-")
    raise InputError(
        f"The file has no column `{column_name}` for `--{option_name}`. {column_sentence(columns)}"
    )


def _day(text: str | None) -> None:
    try:
        datetime.date.fromisoformat(text or "2000-01-01")
    except ValueError as fault:
        raise InputError("`--as-of` must be a date such as 2023-10-01.") from fault
