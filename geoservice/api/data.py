"""Routes that speak JSON: geocoding, regions, liveness."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from geoservice.errors import UnauthorizedError
from geoservice.model.caller import Caller
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import explain_addresses, geocode_addresses
from geoservice.service.lookups import reverse_points, suggestions

if TYPE_CHECKING:
    from geoservice.api.app import Services

ROUTER = APIRouter()
_LONGEST_LINE = 1_000
Line = Annotated[str, Field(max_length=_LONGEST_LINE)]
"""A text of one row: longer than any address."""


class AddressIn(BaseModel):
    """One address: ``address`` or ``street`` with its parts."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    id: Line | None = None
    address: Line | None = None
    street: Line | None = None
    city: Line | None = None
    state: Line | None = None
    zip: Line | None = None
    grade: Line | None = None
    school_id: Line | None = None


class GeocodeIn(BaseModel):
    """Up to 1,000 addresses, answered in order."""

    region: Line | None = None
    addresses: Annotated[list[AddressIn], Field(min_length=1, max_length=1000)]


class PlaceIn(BaseModel):
    """A place in WGS 84 degrees."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    id: Line | None = None
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class ReverseIn(BaseModel):
    """Up to 1,000 places, answered in order."""

    region: Line | None = None
    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=1000)]


def services(request: Request) -> "Services":
    """The services of the application that a request came to."""
    found: Services = request.app.state.services
    return found


def caller_of(request: Request) -> Caller:
    """Who sent a request; the guard has found out."""
    caller: Caller | None = request.state.caller
    if caller is None:
        raise UnauthorizedError("A key is needed.")
    return caller


@ROUTER.post("/v1/geocode", tags=["geocoding"])
def geocode(body: GeocodeIn, request: Request, explain: bool = False) -> Response:
    """Geocode addresses and join zones, schools and ratings.

    With ``explain`` each result also says how it was read, and what each tier found.
    """
    reference = services(request).region(body.region)
    given = [one.model_dump(exclude_none=True) for one in body.addresses]
    results = geocode_addresses(given, reference)
    if explain:
        for result, story in zip(results, explain_addresses(given, reference), strict=True):
            result["explanation"] = {
                key: story[key] for key in ("reading", "streets", "tiers", "beside")
            }
    return json_answer({"snapshot": reference.snapshot, "results": results})


@ROUTER.post("/v1/reverse", tags=["geocoding"])
def reverse(body: ReverseIn, request: Request) -> Response:
    """The nearest address, the zones and the areas of places."""
    reference = services(request).region(body.region)
    results = reverse_points([(one.lon, one.lat) for one in body.places], reference)
    for given, answer in zip(body.places, results, strict=True):
        answer["id"] = given.id
    return json_answer({"snapshot": reference.snapshot, "results": results})


@ROUTER.get("/v1/suggest", tags=["geocoding"])
def suggest(
    request: Request,
    q: Annotated[str, Query(max_length=200)],
    region: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10)] = 10,
) -> Response:
    """Names of schools, areas and towns that go on as typed; never addresses."""
    reference = services(request).region(region)
    return json_answer({"items": suggestions(q, limit, reference), "next": None})


@ROUTER.get("/v1/regions", tags=["regions"])
def regions(request: Request) -> Response:
    """All regions that are offered."""
    found = services(request).of_each(_region)
    return json_answer({"items": found, "next": None})


@ROUTER.get("/v1/regions/{region}", tags=["regions"])
def region(region: str, request: Request) -> Response:
    """One region: its sets, years, vintage."""
    return json_answer(_region(services(request).region(region)))


@ROUTER.get("/v1/regions/{region}/check", tags=["regions"])
def check(region: str, request: Request) -> Response:
    """The quality report of a region as built."""
    reference = services(request).region(region)
    found = [asdict(one) for one in reference.findings()]
    return json_answer({"snapshot": reference.snapshot, "items": found, "next": None})


@ROUTER.get("/healthz", tags=["service"])
async def healthz() -> Response:
    """The process lives."""
    return json_answer({"status": "ok"})


@ROUTER.get("/readyz", tags=["service"])
def readyz(request: Request) -> Response:
    """Regions can be opened, the database answers, the disk has room, and a worker lives; 503 where not."""
    mine = services(request)
    state = mine.readiness.look()
    snapshots = {one: mine.region(one).snapshot for one in mine.offered}
    word = "ok" if state.is_ready else "not ready"
    content = {"status": word, "snapshots": snapshots, "checks": state.checks, "queue": state.queue}
    answer = json_answer(content, status=200 if state.is_ready else 503)
    if not state.is_ready:
        answer.headers["Retry-After"] = "5"
    return answer


def json_answer(content: object, status: int = 200) -> Response:
    """Any content as JSON."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def _region(reference: Reference) -> dict[str, Any]:
    info = asdict(reference.info)
    years = sorted(set(reference.ratings()["year"]))
    return {**info, "snapshot": reference.snapshot, "years": years}
