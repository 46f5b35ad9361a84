"""Options of a job as stored in the database: the columns to read and the table's position."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoservice.placing.options import PlaceOptions
from geoservice.state.claims import PRIORITY
from geoservice.tables.layout import TableLayout
from geoservice.tables.reading import Table, open_table

LAYOUT_FIELDS = ("sheet", "header_row")
"""Form fields that give the position of the table in the file."""
NOTES = "notes"
"""Key of the sentences that describe the position of the table in the file."""
ENCODING = "encoding"
"""Key of the encoding of a text file, if the user named it."""
SELF_WRITTEN = "self_written"
"""Key that is true if the process that created the job writes the result; workers only place."""
DECISIONS = "decisions"
"""Key of the name of the file with people's decisions, and of their number."""
FILE_NAME = "file_name"
"""Key of the name that the file has for its sender."""
RETRY = "retry"
"""Key of the job whose rows without a match are placed again, with its snapshot and chunk size."""
_NOT_ABOUT_PLACES = (
    *(*LAYOUT_FIELDS, NOTES, DECISIONS, ENCODING, SELF_WRITTEN, PRIORITY, RETRY),
    FILE_NAME,
)


def place_options(options: Mapping[str, Any]) -> PlaceOptions:
    """Return the columns to read, as the form names them."""
    named = {key: value for key, value in options.items() if key not in _NOT_ABOUT_PLACES}
    # JSON has no tuples.
    return PlaceOptions(**{**named, "allow": tuple(named.get("allow", ()))})


def layout_of(options: Mapping[str, Any]) -> TableLayout:
    """Return the position of the table in the upload, and the columns its header must have."""
    place = TableLayout(options.get("header_row"), options.get("sheet"))
    return place.expecting(place_options(options).columns)


def open_upload(job: Mapping[str, Any], folder: Path) -> Table:
    """Return the table of a job's upload."""
    options = job["options"]
    return open_table(
        folder / job["file"],
        name="the file",
        encoding=options.get(ENCODING),
        layout=layout_of(options),
        copies=folder,
    )
