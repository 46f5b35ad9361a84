"""The schema of placed students: all columns that are stored of a student."""

from collections.abc import Mapping, Sequence

KEPT: Mapping[str, str] = {
    "row": "number of the row in the file, from 1: the owner finds the student again by it",
    "student": "HMAC of the student's id under the server's secret, 16 bytes; null without --id",
    "year": "school year such as 2018-19; null where it cannot be read",
    "left_out": "why the row is in no figure: no_year or twice; else null",
    "grade": "CEDS code; null where it cannot be read",
    "school_id": "school attended",
    "school_reason": "why it is counted at no school: unknown or closed; else null",
    "reported_zone": "zone that the file states; empty where it states none",
    "subgroup_…": "a listed subgroup, as the file has it",
    "programme_…": "a program, as the file has it",
    "geo_status": "as in `geoservice.model.results`, as all that follow but the last three",
    "geo_match": "",
    "geo_score": "",
    "geo_reason": "also protected and no_current_address: the address was not read",
    "geo_uncertainty_m": "",
    "geo_side": "",
    "lon": "",
    "lat": "",
    "area_…": "",
    "zone_…": "",
    "school_of_right": "",
    "school_of_right_name": "",
    "rating": "",
    "attends_school_of_right": "",
    "typed_zip": "the ZIP as typed, for counting rows without a place; empty where it is unknown",
    "x": "metres of the region's CRS; null without a place",
    "y": "the same",
}
"""Columns of a stored data set; ``…`` stands for any name.

`Students.years` adds ``household`` and renames ``row`` to ``file_row``."""
HELD_BY = "held_by"
"""Key of a data set's description: the caller who sent it over HTTP, absent for the command."""


def stored_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns that may be stored, in their order."""
    prefixes = tuple(name.removesuffix("…") for name in KEPT if name.endswith("…"))
    return [name for name in columns if name in KEPT or name.startswith(prefixes)]
