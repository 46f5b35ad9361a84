"""Options of a job as its entry keeps them: which columns to read, and where the table lies."""

from collections.abc import Mapping
from typing import Any

from geoservice.placing.options import PlaceOptions
from geoservice.tables.layout import Layout

LAYOUT_FIELDS = ("sheet", "header_row")
"""Form fields that say where the table lies."""
NOTES = "notes"
"""Key of the sentences that say where the table was found."""


def place_options(options: Mapping[str, Any]) -> PlaceOptions:
    """The columns to read, as the form names them."""
    return PlaceOptions(
        **{key: value for key, value in options.items() if key not in (*LAYOUT_FIELDS, NOTES)}
    )


def layout_of(options: Mapping[str, Any]) -> Layout:
    """Where the table lies in the upload, and the columns that its header must have."""
    place = Layout(options.get("header_row"), options.get("sheet"))
    return place.wanting(place_options(options).columns)
