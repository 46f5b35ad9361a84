"""Routes that mimic the Census geocoder: same form fields and replies, answered locally."""

import orjson
from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from geoservice.api.form_body import file_form
from geoservice.api.services import services
from geoservice.errors import InputError, NotFoundError
from geoservice.service.census import census_batch, census_line

ROUTER = APIRouter(prefix="/geocoder", tags=["census"])
_GEOGRAPHIES = 4
"""Number of columns for state, county, tract and block, which a region does not have."""


@ROUTER.post("/locations/addressbatch", openapi_extra=file_form("addressFile", ()))
async def locations(request: Request, region: str | None = None) -> Response:
    """Geocode a batch in the form field ``addressFile``; the answer has the Census format."""
    return await _batch(request, region, 0)


@ROUTER.post("/geographies/addressbatch", openapi_extra=file_form("addressFile", ()))
async def geographies(request: Request, region: str | None = None) -> Response:
    """Geocode a batch; the answer also has the four columns for geographies, all empty."""
    return await _batch(request, region, _GEOGRAPHIES)


@ROUTER.get("/locations/onelineaddress")
def one_line(request: Request, address: str, region: str | None = None) -> Response:
    """Return the matches of a single-line address, if the settings allow addresses in URLs."""
    held = services(request)
    if not held.settings.census_get:
        raise NotFoundError(
            "A URL must not contain an address. POST addresses to /v1/geocode, or set "
            "GEOSERVICE_CENSUS_GET=true."
        )
    matches = census_line(address, held.region(region))
    return Response(
        orjson.dumps({"result": {"addressMatches": matches}}), media_type="application/json"
    )


async def _batch(request: Request, region: str | None, spare: int) -> Response:
    async with request.form() as form:
        file = form.get("addressFile")
        if not isinstance(file, UploadFile):
            raise InputError("The form has no file. Send it in the field `addressFile`.")
        content = await file.read()
    reference = services(request).region(region)
    text = await services(request).lanes.upload(census_batch, content, reference, spare)
    return Response(text, media_type="text/csv; charset=utf-8")
