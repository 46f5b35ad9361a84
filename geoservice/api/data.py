"""Routes that speak JSON: geocoding, regions, liveness."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from geoservice.api.rights import may_count
from geoservice.api.services import json_answer, services
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import explain_addresses, geocode_addresses
from geoservice.service.lookups import reverse_points, suggestions

ROUTER = APIRouter()
_LONGEST_LINE = 1_000
Text = Annotated[str, Field(max_length=_LONGEST_LINE)]
_TEXT_OR_NUMBER = {"anyOf": [{"type": "string", "maxLength": _LONGEST_LINE}, {"type": "number"}]}
Line = Annotated[str, Field(max_length=_LONGEST_LINE), WithJsonSchema(_TEXT_OR_NUMBER)]
"""A cell of a row, with a limit longer than any address. A number counts as its text."""


class AddressIn(BaseModel):
    """An address: ``address``, or ``street`` with city, state and ZIP."""

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
    """Up to 1,000 addresses; the answer keeps their order."""

    region: Text | None = None
    addresses: Annotated[list[AddressIn], Field(min_length=1, max_length=1000)]


class PlaceIn(BaseModel):
    """A place in WGS 84 degrees."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    id: Line | None = None
    lon: Annotated[float, Field(ge=-180, le=180, strict=True)]
    lat: Annotated[float, Field(ge=-90, le=90, strict=True)]


class ReverseIn(BaseModel):
    """Up to 1,000 places; the answer keeps their order."""

    region: Text | None = None
    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=1000)]


@ROUTER.post("/v1/geocode", tags=["geocoding"])
async def geocode(body: GeocodeIn, request: Request, explain: bool = False) -> Response:
    """Geocode addresses and join zones, schools and ratings.

    With ``explain`` each result has an explanation: how the address was read, and the result of
    each tier.
    """
    return await services(request).lanes.look_up(_geocoded, body, request, explain=explain)


def _geocoded(body: GeocodeIn, request: Request, *, explain: bool) -> Response:
    reference = services(request).region(body.region)
    addresses = [address.model_dump(exclude_none=True) for address in body.addresses]
    results = geocode_addresses(addresses, reference)
    services(request).counters.add_addresses(results)
    if explain:
        for result, story in zip(results, explain_addresses(addresses, reference), strict=True):
            result["explanation"] = {
                key: story[key] for key in ("reading", "streets", "tiers", "beside")
            }
    return json_answer({"snapshot": reference.snapshot, "results": results})


@ROUTER.post("/v1/reverse", tags=["geocoding"])
async def reverse(body: ReverseIn, request: Request) -> Response:
    """Return the nearest address, the zones and the areas of places."""
    return await services(request).lanes.look_up(_reversed, body, request)


def _reversed(body: ReverseIn, request: Request) -> Response:
    reference = services(request).region(body.region)
    results = reverse_points([(place.lon, place.lat) for place in body.places], reference)
    for requested, answer in zip(body.places, results, strict=True):
        answer["id"] = requested.id
    return json_answer({"snapshot": reference.snapshot, "results": results})


@ROUTER.get("/v1/suggest", tags=["geocoding"])
def suggest(
    request: Request,
    q: Annotated[str, Query(max_length=200)],
    region: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10)] = 10,
) -> Response:
    """Return names of schools, areas and towns that begin with the typed text; no addresses."""
    reference = services(request).region(region)
    return json_answer({"items": suggestions(q, limit, reference), "next": None})


@ROUTER.get("/v1/regions", tags=["regions"])
def regions(request: Request) -> Response:
    """Return all offered regions."""
    offered = services(request).of_each(_region)
    return json_answer({"items": offered, "next": None})


@ROUTER.get("/v1/regions/{region}", tags=["regions"])
def region(region: str, request: Request) -> Response:
    """Return a region with its sets, years and sources."""
    return json_answer(_region(services(request).region(region)))


@ROUTER.get("/v1/regions/{region}/check", tags=["regions"])
def check(region: str, request: Request) -> Response:
    """Return the quality report of a region's snapshot."""
    reference = services(request).region(region)
    findings = [asdict(finding) for finding in reference.findings()]
    return json_answer({"snapshot": reference.snapshot, "items": findings, "next": None})


@ROUTER.get("/v1/regions/{region}/check/places", tags=["regions"])
def check_places(region: str, request: Request) -> Response:
    """Return the places of the rows that findings name; ``finding`` is the finding's number."""
    held = services(request)
    reference = held.region(region)
    items = held.finding_map.places(reference)
    return json_answer({"snapshot": reference.snapshot, "items": items, "next": None})


@ROUTER.get("/healthz", tags=["service"])
async def healthz() -> Response:
    """Answer as long as the process is alive."""
    return json_answer({"status": "ok"})


@ROUTER.get("/readyz", tags=["service"])
def readyz(request: Request) -> Response:
    """Check that regions can be opened, the database answers, the disk has room and a worker lives.

    The status is 503 if a check fails. The queue, which holds the jobs of all owners, needs the
    scope `metrics:read`.
    """
    held = services(request)
    state = held.readiness.look()
    word = "ok" if state.is_ready else "not ready"
    content = {"status": word, "snapshots": state.snapshots, "checks": state.checks}
    if may_count(request):
        content["queue"] = state.queue
    answer = json_answer(content, status=200 if state.is_ready else 503)
    if not state.is_ready:
        answer.headers["Retry-After"] = "5"
    return answer


@ROUTER.get("/metrics", tags=["service"], response_class=Response)
def metrics(request: Request) -> Response:
    """Return the metrics of the service in Prometheus's text format."""
    held = services(request)
    registry = CollectorRegistry()
    registry.register(held.collector)
    text = generate_latest(held.counters.registry) + generate_latest(registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _region(reference: Reference) -> dict[str, Any]:
    info = asdict(reference.info)
    years = sorted(set(reference.ratings()["year"]))
    return {**info, "snapshot": reference.snapshot, "years": years}
