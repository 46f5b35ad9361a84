"""The route of the street directory: CSV for student information systems."""

from fastapi import APIRouter, Request, Response

from geoservice.api.answers import kept_answer
from geoservice.api.services import services
from geoservice.directory.ranges import street_directory
from geoservice.errors import InputError
from geoservice.tables.writing import neutralised

ROUTER = APIRouter()
_CSV = "text/csv; charset=utf-8"


@ROUTER.get("/v1/regions/{region}/directory.csv", tags=["regions"])
def directory(region: str, request: Request) -> Response:
    """Return every street range with its parity and its school in each set of zones.

    A range is split at zone edges; ``doubtful`` and ``doubt`` mark the ranges to check.
    """
    held = services(request)
    reference = held.region(region)
    if not reference.info.zone_sets:
        raise InputError("The region has no attendance zones.")

    def content() -> bytes:
        return neutralised(street_directory(reference)).write_csv().encode()

    stamp = f"{reference.info.id} {reference.snapshot} directory"
    return kept_answer(request, held.bodies, stamp, _CSV, content)
