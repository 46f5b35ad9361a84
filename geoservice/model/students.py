"""The schema of placed students: what is kept of a student, and nothing else."""

from collections.abc import Mapping

PLACED: Mapping[str, str] = {
    "row": "number of the row in the file, from 1: how its owner finds the student again",
    "student": "HMAC of the student's id under the server's secret, 16 bytes; null without --id",
    "year": "school year such as 2018-19; null where it cannot be read",
    "left_out": "why the row is in no figure: no_year or twice; else null",
    "grade": "CEDS code; null where it cannot be read",
    "school_id": "school attended",
    "school_reason": "why it is counted at no school: unknown or closed; else null",
    "reported_zone": "zone that the file states; empty where it states none",
    "subgroup_…, programme_…": "listed subgroups and programmes as the file has them",
    "geo_status … geo_side": "as in geoservice.model.results, without address, source and changes",
    "area_…, zone_…, school_of_right …": "as in geoservice.model.results",
    "typed_zip": "the ZIP as typed, for counting rows without a place; empty where it is unknown",
    "x, y": "metres of the region's CRS; null without a place",
}
"""Columns of a stored data set. `years` leaves ``left_out`` out and adds ``household``."""
