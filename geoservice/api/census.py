"""Routes of the Census geocoder: its form fields and replies, answered from this machine."""

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from geoservice.api.data import services
from geoservice.errors import InputError, NotFoundError
from geoservice.service.census import census_batch, census_line

ROUTER = APIRouter(prefix="/geocoder", tags=["census"])
_GEOGRAPHIES = 4
"""State, county, tract and block of a match: a region of a district does not hold them."""


@ROUTER.post("/locations/addressbatch")
async def locations(request: Request, region: str | None = None) -> Response:
    """A batch in the form field ``addressFile``, answered in the Census batch format."""
    return await _batch(request, region, 0)


@ROUTER.post("/geographies/addressbatch")
async def geographies(request: Request, region: str | None = None) -> Response:
    """The same with the four columns for Census geographies, which stay empty."""
    return await _batch(request, region, _GEOGRAPHIES)


@ROUTER.get("/locations/onelineaddress")
def one_line(request: Request, address: str, region: str | None = None) -> Response:
    """Matches of one line. Off unless the settings allow addresses in URLs."""
    mine = services(request)
    if not mine.settings.census_get:
        raise NotFoundError(
            "Addresses do not belong into a URL. POST them to /v1/geocode, or set "
            "GEOSERVICE_CENSUS_GET=true."
        )
    matches = census_line(address, mine.region(region))
    return Response(orjson.dumps({"result": {"addressMatches": matches}}),
                    media_type="application/json")  # fmt: skip


async def _batch(request: Request, region: str | None, spare: int) -> Response:
    async with request.form() as form:
        file = form.get("addressFile")
        if not isinstance(file, UploadFile):
            raise InputError("The form has no `addressFile`.")
        content = await file.read()
    reference = services(request).region(region)
    text = await run_in_threadpool(census_batch, content, reference, spare)
    return Response(text, media_type="text/csv; charset=utf-8")
