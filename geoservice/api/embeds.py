"""Routes of embedding: signed links, their pages and pictures, oEmbed."""

import datetime
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from geoservice.api.embed_code import (
    PICTURE_PX,
    PICTURE_SIZE,
    Shown,
    oembed,
    oembed_xml,
    snippet,
)
from geoservice.api.maps import (
    MapView,
    base_url,
    form_answer,
    layer_answer,
    map_answer,
)
from geoservice.api.problems import problem
from geoservice.api.rights import may_read
from geoservice.api.services import (
    MOST_NUMBER,
    caller_of,
    json_answer,
    services,
    stored_list,
)
from geoservice.api.tiles import tile_answer
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.figure import Drawing
from geoservice.errors import ForbiddenError, InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.service.embeds import DEFAULT_DAYS, FORM, FULL, MOST_DAYS
from geoservice.state.embeds import Embed
from geoservice.tiles.mercator import TileId

ROUTER = APIRouter()
_CHOSEN = tuple(field.name for field in fields(Choice))
Text = Annotated[str, Field(max_length=200)]


class EmbedIn(BaseModel):
    """The map of a new link, its options, and the number of days."""

    model_config = ConfigDict(extra="forbid")
    map: Text
    region: Text = ""
    areas: Text = ""
    area: Text = ""
    band: Text = ""
    year: Text = ""
    lang: Text = ""
    theme: Text = ""
    zone: Text = ""
    school: Text = ""
    view: Text = ""
    beside: Text = ""
    scenario: Text = ""
    students: Text = ""
    full: bool = False
    days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = DEFAULT_DAYS


@ROUTER.post("/v1/embeds", status_code=201, tags=["embedding"])
def add(body: EmbedIn, request: Request) -> Response:
    """Create a link to a public map; the answer has the code to copy."""
    held = services(request)
    reference = held.region(body.region)
    choice = body.model_dump(exclude={"map", "region", "days", "full"})
    choice |= {FORM: FULL} if body.full else {}
    choice["students"] = stored_list(request, reference, body.students)
    drawing = _drawing(request, body.map, reference, choice)
    caller = caller_of(request)
    embed = held.embedding.create(body.map, reference.info.id, choice, body.days, caller)
    shown = _shown(request, embed, drawing)
    answer = {**_description(request, embed), "snippet": snippet(shown), "title": shown.title}
    response = json_answer(answer, status=201)
    response.headers["Location"] = f"/v1/embeds/{embed.id}"
    return response


@ROUTER.get("/v1/embeds", tags=["embedding"])
def links(request: Request) -> Response:
    """Return the caller's links, newest first; administrators see the links of all callers."""
    visible = services(request).embedding.list(caller_of(request))
    described = [_description(request, embed) for embed in visible]
    return json_answer({"items": described[::-1], "next": None})


@ROUTER.delete("/v1/embeds/{embed}", status_code=204, tags=["embedding"])
def revoke(embed: str, request: Request) -> Response:
    """Revoke a link, from now on."""
    services(request).embedding.revoke(embed, caller_of(request))
    return Response(status_code=204)


@ROUTER.get("/embed/{token}", tags=["embedding"])
def show(token: str, request: Request) -> Response:
    """Return the map of a signed link, for a frame."""
    embed, _ = _opened(request, token)
    is_full = embed.choice.get(FORM) == FULL
    return map_answer(request, _view(request, token), base=f"/embed/{token}", is_full=is_full)


@ROUTER.get("/embed/{token}/picture.png", tags=["embedding"])
def picture(token: str, request: Request) -> Response:
    """Return the map of a signed link as a picture."""
    return form_answer(request, _view(request, token), "png", PICTURE_SIZE, public=True)


@ROUTER.get("/embed/{token}/layers/{layer}.geojson", tags=["embedding"])
def layer(token: str, layer: str, request: Request) -> Response:
    """Return a layer of the map of a signed link."""
    return layer_answer(request, _view(request, token), layer, public=True)


@ROUTER.get("/embed/{token}/tiles/{layer}/{z}/{x}/{y}.mvt", tags=["embedding"])
def tile(token: str, layer: str, z: int, x: int, y: int, request: Request) -> Response:
    """Return a tile of the streets for the map of a signed link."""
    embed, _ = _opened(request, token)
    return tile_answer(request, layer, TileId(z, x, y), embed.region)


@ROUTER.get("/oembed", tags=["embedding"])
def oembed_answer(
    request: Request,
    url: Annotated[str, Query(max_length=2_000)],
    format: str = "json",
    maxwidth: Annotated[int | None, Query(ge=1, le=MOST_NUMBER)] = None,
    maxheight: Annotated[int | None, Query(ge=1, le=MOST_NUMBER)] = None,
) -> Response:
    """Return the oEmbed 1.0 answer of a map's page or signed link, as JSON or XML."""
    if format not in ("json", "xml"):
        fault = InputError("`format` must be `json` or `xml`.")
        return problem(request, fault, status=501)
    shown = _by_url(request, url)
    if isinstance(shown, Response):
        return shown
    answer = oembed(shown, maxwidth, maxheight)
    if format == "xml":
        return Response(oembed_xml(answer), media_type="text/xml")
    return json_answer(answer)


def _by_url(request: Request, url: str) -> Shown | Response:
    """Return the map of a page's address; 401 if the map must be shared first."""
    try:
        parts, held = urlsplit(url), services(request)
    except ValueError as fault:
        raise NotFoundError(
            "The address is not a map of this service. Give the address of a map's page."
        ) from fault
    _, folder, *names = [*unquote(parts.path).split("/"), ""]
    if parts.netloc != urlsplit(base_url(request)).netloc or folder not in ("embed", "maps"):
        raise NotFoundError(
            "The address is not a map of this service. Give the address of a map's page."
        )
    if folder == "embed":
        embed, reference = _opened(request, names[0])
        return _shown(request, embed, _drawing(request, embed.map, reference, embed.choice))
    if not may_read(request):
        return problem(
            request,
            ForbiddenError("The map has no link. Create a link with `geoservice embed create`."),
            status=401,
        )
    query = dict(parse_qsl(parts.query))
    reference = held.region(query.get("region"))
    choice = {key: query[key] for key in (*_CHOSEN, "students") if key in query}
    if choice.get("students"):
        choice["students"] = stored_list(request, reference, choice["students"])
    drawing = _drawing(request, names[0], reference, choice)
    caller = caller_of(request)
    embed = held.embedding.shared(names[0], reference.info.id, choice, caller)
    return _shown(request, embed, drawing)


def _opened(request: Request, token: str) -> tuple[Embed, Reference]:
    held = services(request)
    embed = held.embedding.opened(token)
    return embed, held.region(embed.region)


def _view(request: Request, token: str) -> MapView:
    embed, reference = _opened(request, token)
    students = embed.choice.get("students", "")
    return MapView(embed.map, reference, _choice(embed.choice), students)


def _choice(values: Mapping[str, str]) -> Choice:
    return Choice(**{key: values[key] for key in _CHOSEN if values.get(key)})


def _drawing(
    request: Request, map_id: str, reference: Reference, choice: Mapping[str, str]
) -> Drawing:
    students = choice.get("students", "")
    return services(request).maps.drawing(map_id, reference, _choice(choice), students)


def _shown(request: Request, embed: Embed, drawing: Drawing) -> Shown:
    token = services(request).embedding.token(embed)
    title = f"{drawing.title} {drawing.subtitle}"
    return Shown(base_url(request), token, title, drawing.alternative, PICTURE_PX)


def _description(request: Request, embed: Embed) -> dict[str, Any]:
    embedding = services(request).embedding
    state = embedding.state(embed)
    described = {
        "id": embed.id,
        "map": embed.map,
        "region": embed.region,
        "choice": embed.choice,
        "created": _time(embed.created),
        "expires": _time(embed.expires),
        "state": state,
    }
    url = f"{base_url(request)}/embed/{embedding.token(embed)}"
    return {**described, "url": url} if state == "in use" else described


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")
