"""Corrections of fields in the text of ``region.toml``; comments and all other lines stay."""

import re

from geoservice.errors import InputError
from geoservice.region.draft_text import quoted
from geoservice.region.manifest import KINDS
from geoservice.region.rules import NAME

_SECTION = re.compile(r"^\s*\[\[?\s*([a-z_]+)\s*\]\]?\s*(?:#.*)?$")
_FIELDS = re.compile(r"^\s*\[\s*([a-z_]+)\.fields\s*\]\s*(?:#.*)?$")


def with_field(text: str, dataset: int, field: str, column: str) -> str:
    """Return the manifest with another column for a field; without a column the field goes.

    Parameters
    ----------
    dataset
        Number of the section among the sections of files, from 0.
    field
        The name of the field, as in the documentation of regions.

    Raises
    ------
    InputError
        If the manifest has no such section with a table of fields.
    """
    lines = text.splitlines()
    begin = _fields_of(lines, dataset)
    end = next(
        (index for index in range(begin, len(lines)) if lines[index].lstrip().startswith("[")),
        len(lines),
    )
    is_field = re.compile(rf"^\s*{re.escape(field)}\s*=")
    other_lines = [line for line in lines[begin:end] if not is_field.match(line)]
    while other_lines and not other_lines[-1].strip():
        other_lines.pop()
    added = [f"{field} = {quoted(column)}"] if column else []
    gap = [""] if end < len(lines) else []
    return "\n".join([*lines[:begin], *other_lines, *added, *gap, *lines[end:]]) + "\n"


def _fields_of(lines: list[str], dataset: int) -> int:
    """Return the number of the line behind the header of the fields of a section."""
    number = -1
    for index, line in enumerate(lines):
        section = _SECTION.match(line)
        number += bool(section and section[1] in KINDS)
        fields = _FIELDS.match(line)
        if fields and fields[1] in KINDS and number == dataset:
            return index + 1
    raise InputError(f"`{NAME}` has no `fields` for that file. Correct its text.")
