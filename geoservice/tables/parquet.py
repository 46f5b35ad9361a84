"""Parquet files of users: the faults of damaged files, and days that no calendar has."""

import polars as pl
import pyarrow
import pyproj

from geoservice.errors import InputError
from geoservice.tables.panics import PanicError

PARQUET_FAULTS = (
    pl.exceptions.PolarsError,
    pyarrow.ArrowException,
    pyproj.exceptions.CRSError,
    PanicError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""Exceptions of damaged files, and of descriptions that do not fit their columns."""
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""Days since 1970 of the years 1 to 9999, which all libraries can write as a text."""
_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000}
"""Units of times. Nanoseconds end in the year 2262."""


def refuse_odd_days(frame: pl.DataFrame, name: str) -> None:
    """Refuse a table with days outside of the years 1 to 9999.

    Raises
    ------
    InputError
        The error names the position of the column.
    """
    for place, column in enumerate(frame.iter_columns(), 1):
        unit = getattr(column.dtype, "time_unit", "")
        if not isinstance(column.dtype, pl.Date | pl.Datetime) or unit == "ns":
            continue
        scale = _PER_DAY.get(unit, 1)
        numbers = column.to_physical().cast(pl.Int64)
        is_odd = (numbers < _FIRST_DAY * scale) | (numbers >= (_LAST_DAY + 1) * scale)
        if is_odd.any():
            raise InputError(
                f"`{name}`, column {place}: a day lies outside of the years 1 to 9999. Correct "
                "it, or write the column as text."
            )
