"""Name a file's columns in a message, unless its first line may hold a student's data."""

import re
from collections.abc import Sequence

from geoservice.tables.header_names import is_known_name

_DATUM = re.compile(r"^\d+\s+\S|^[\d\s./:-]{2,}$|@|^[^,]+,.*\d")
"""A cell that looks like data and not like a column name: an address, number, date or e-mail."""
_ENOUGH = 2
_MOST = 30


def column_sentence(columns: Sequence[str]) -> str:
    """Return a sentence that names a file's columns, if its first line is surely a header."""
    if not is_header(columns):
        return (
            "Its first line is not shown here, because it may hold a student: too few of its "
            "cells are known as names of columns. See that the file has a header line, with names "
            "such as `student_id`, `address`, `city` and `grade`."
        )
    shown = ", ".join(f"`{column}`" for column in columns[:_MOST])
    further = f" and {len(columns) - _MOST} more" if len(columns) > _MOST else ""
    return f"Its columns are: {shown}{further}."


def is_header(columns: Sequence[str]) -> bool:
    """Return whether these cells are surely names of columns, and not a student's data."""
    if any(_DATUM.search(column.strip()) for column in columns):
        return False
    known_count = sum(map(is_known_name, columns))
    return known_count >= min(_ENOUGH, len(columns))
