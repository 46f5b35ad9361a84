"""What messages may say of a file's header line: it may be no header, but a student."""

import re
from collections.abc import Sequence

from geoservice.tables.header_names import is_known_name

_DATUM = re.compile(r"^\d+\s+\S|^[\d\s./:-]{2,}$|@|^[^,]+,.*\d")
"""What a column is hardly ever called: an address, a number, a day, a mail address."""
_ENOUGH = 2
_MOST = 30


def columns_told(columns: Sequence[str]) -> str:
    """A sentence that names a file's columns, where its first line surely holds names."""
    if not _is_header(columns):
        return (
            "Its first line is not shown here, because it may hold a student: too few of its cells are known as names of "
            "columns. See that the file has a header line, with names such as `student_id`, `address`, `city` and `grade`."
        )
    shown = ", ".join(f"`{column}`" for column in columns[:_MOST])
    more = f" and {len(columns) - _MOST} more" if len(columns) > _MOST else ""
    return f"Its columns are: {shown}{more}."


def _is_header(columns: Sequence[str]) -> bool:
    if any(_DATUM.search(column.strip()) for column in columns):
        return False
    known = sum(map(is_known_name, columns))
    return known >= min(_ENOUGH, len(columns))
