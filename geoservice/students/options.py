"""Which columns say more of a student than where they live."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geoservice.errors import InputError
from geoservice.model.years import read_year
from geoservice.placing.header import columns_told
from geoservice.tables.header_names import name_key

TYPE_ORDER = (
    "physical", "residence", "residential", "home", "primary", "custodial", "permanent", "", "secondary", "temporary", "other",
    "mailing",
)  # fmt: skip
"""Types of addresses, the one to take first; the empty text is an address without a type. Types that are not listed come
between ``other`` and ``mailing``."""


@dataclass(frozen=True)
class RecordOptions:
    """Names of columns, and what holds for all rows.

    Attributes
    ----------
    year
        Column of the school year; else, and where its cell is empty, rows are of ``school_year``, or of the region's year.
    opt_out
        Column that marks families who opted out: their rows are not read further.
    protected, no_fixed_address
        Columns that mark students of an address-confidentiality programme, and those without a fixed address: they are
        kept and counted, and their address is never read.
    subgroups, programmes
        Columns of listed subgroups and of programmes.
    reported_zone
        Column of the zone that the file itself states, to be compared.
    address_type, valid_from, valid_to
        Columns of an address's type and of its first and last day, where a student has several rows.
    as_of
        The day for which an address is chosen, as 2023-10-01; else 1 October of each row's school year.
    type_order
        Types of addresses, the one to take first.
    """

    year: str | None = None
    school_year: str | None = None
    opt_out: str | None = None
    protected: str | None = None
    no_fixed_address: str | None = None
    subgroups: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    reported_zone: str | None = None
    address_type: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    as_of: str | None = None
    type_order: tuple[str, ...] = TYPE_ORDER

    @property
    def is_dated(self) -> bool:
        """True where a student may have several rows a year, of which one holds."""
        return any((self.address_type, self.valid_from, self.valid_to))

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The columns that are read."""
        return *(getattr(self, name) for name in _SINGLE), *self.subgroups, *self.programmes


_SINGLE = ("year", "opt_out", "protected", "no_fixed_address", "reported_zone", "address_type",
           "valid_from", "valid_to")  # fmt: skip
_OPTION = {"subgroups": "subgroup", "programmes": "programme"}


def resolved(
    options: RecordOptions, columns: Sequence[str], id_column: str | None
) -> RecordOptions:
    """The options with every named column found, whatever its capitals.

    Raises
    ------
    InputError
        Where a column is missing, a year or a day cannot be read, or addresses are dated and no column tells students apart.
    """
    if options.is_dated and id_column is None:
        raise InputError("Several addresses of a student need --id, the column that tells students apart.")  # fmt: skip
    if options.as_of is not None and not options.is_dated:
        raise InputError("`--as-of` needs --valid-from, --valid-to or --address-type.")
    if options.school_year is not None and read_year(options.school_year) is None:
        raise InputError("`--school-year` must be a year such as 2025-26.")
    _day(options.as_of)
    single: dict[str, Any] = {name: _found(getattr(options, name), name, columns) for name in _SINGLE
              if getattr(options, name) is not None}  # fmt: skip
    several: dict[str, Any] = {name: tuple(_found(one, name, columns) for one in getattr(options, name))
               for name in _OPTION}  # fmt: skip
    return replace(options, **single, **several)


def _found(wanted: str, option: str, columns: Sequence[str]) -> str:
    alike = [column for column in columns if name_key(column) == name_key(wanted)]
    if wanted in columns or len(alike) == 1:
        return wanted if wanted in columns else alike[0]
    named = _OPTION.get(option, option).replace("_", "-")
    raise InputError(f"The file has no column `{wanted}` for `--{named}`. {columns_told(columns)}")  # fmt: skip


def _day(text: str | None) -> None:
    try:
        datetime.date.fromisoformat(text or "2000-01-01")
    except ValueError as fault:
        raise InputError("`--as-of` must be a date such as 2023-10-01.") from fault
