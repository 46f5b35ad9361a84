"""Routes of embedding: signed links, their pages and pictures, oEmbed."""

import datetime
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from geoservice.api.access import may_read
from geoservice.api.data import json_answer, services
from geoservice.api.embed_code import Shown, oembed, oembed_xml, snippet
from geoservice.api.maps import (
    PICTURE_PX,
    PICTURE_SIZE,
    base_url,
    form_answer,
    layer_answer,
    map_answer,
)
from geoservice.api.problems import problem
from geoservice.api.tiles import tile_answer
from geoservice.cartography.figure import Choice, Drawing
from geoservice.errors import ForbiddenError, InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.service.embeds import DEFAULT_DAYS, MOST_DAYS
from geoservice.state.embeds import Embed
from geoservice.tiles.mercator import TileId

ROUTER = APIRouter()
_CHOSEN = tuple(one.name for one in fields(Choice))
Text = Annotated[str, Field(max_length=200)]


class EmbedIn(BaseModel):
    """What a new link shows, and for how many days."""

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
    students: Text = ""
    days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = DEFAULT_DAYS


@ROUTER.post("/v1/embeds", status_code=201, tags=["embedding"])
def add(body: EmbedIn, request: Request) -> Response:
    """A new link to a public map, with the code to copy."""
    mine = services(request)
    reference = mine.region(body.region)
    choice = body.model_dump(exclude={"map", "region", "days"})
    drawing = _drawing(request, body.map, reference, choice)
    made = mine.embedding.create(body.map, reference.info.id, choice, body.days)
    shown = _shown(request, made, drawing)
    answer = {**_told(request, made), "snippet": snippet(shown), "title": shown.title}
    response = json_answer(answer, status=201)
    response.headers["Location"] = f"/v1/embeds/{made.id}"
    return response


@ROUTER.get("/v1/embeds", tags=["embedding"])
def links(request: Request) -> Response:
    """All links, newest first."""
    found = [_told(request, one) for one in services(request).embedding.list()]
    return json_answer({"items": found[::-1], "next": None})


@ROUTER.delete("/v1/embeds/{embed}", status_code=204, tags=["embedding"])
def revoke(embed: str, request: Request) -> Response:
    """Make a link useless from now on."""
    services(request).embedding.revoke(embed)
    return Response(status_code=204)


@ROUTER.get("/embed/{token}", tags=["embedding"])
def show(token: str, request: Request) -> Response:
    """The map of a signed link, for a frame."""
    embed, reference = _opened(request, token)
    return map_answer(request, embed.map, reference, _choice(embed.choice),
                      embed.choice.get("students", ""), base=f"/embed/{token}")  # fmt: skip


@ROUTER.get("/embed/{token}/picture.png", tags=["embedding"])
def picture(token: str, request: Request) -> Response:
    """The map of a signed link as a picture."""
    embed, reference = _opened(request, token)
    return form_answer(request, embed.map, "png", reference, _choice(embed.choice),
                       embed.choice.get("students", ""), PICTURE_SIZE, public=True)  # fmt: skip


@ROUTER.get("/embed/{token}/layers/{layer}.geojson", tags=["embedding"])
def layer(token: str, layer: str, request: Request) -> Response:
    """One layer of the map of a signed link."""
    embed, reference = _opened(request, token)
    return layer_answer(request, embed.map, layer, reference, _choice(embed.choice),
                        embed.choice.get("students", ""), public=True)  # fmt: skip


@ROUTER.get("/embed/{token}/tiles/{layer}/{z}/{x}/{y}.mvt", tags=["embedding"])
def tile(token: str, layer: str, z: int, x: int, y: int, request: Request) -> Response:
    """A tile of the streets under the map of a signed link."""
    embed, _ = _opened(request, token)
    return tile_answer(request, layer, TileId(z, x, y), embed.region)


@ROUTER.get("/oembed", tags=["embedding"])
def oembed_answer(
    request: Request, url: Annotated[str, Query(max_length=2_000)], format: str = "json",
    maxwidth: Annotated[int | None, Query(ge=1)] = None,
    maxheight: Annotated[int | None, Query(ge=1)] = None,
) -> Response:  # fmt: skip
    """OEmbed 1.0 of a map's page or signed link, as JSON or XML."""
    if format not in ("json", "xml"):
        fault = InputError("oEmbed is answered as `json` or `xml`.")
        return problem(request, fault, status=501)
    found = _by_url(request, url)
    if isinstance(found, Response):
        return found
    answer = oembed(found, maxwidth, maxheight)
    if format == "xml":
        return Response(oembed_xml(answer), media_type="text/xml")
    return json_answer(answer)


def _by_url(request: Request, url: str) -> Shown | Response:
    """The map of a page's address; 401 where a map would first have to be shared."""
    try:
        parts, mine = urlsplit(url), services(request)
    except ValueError as fault:
        raise NotFoundError("The address is none of a map of this service.") from fault
    _, first, *rest = [*unquote(parts.path).split("/"), ""]
    if parts.netloc != urlsplit(base_url(request)).netloc or first not in ("embed", "maps"):
        raise NotFoundError("The address is none of a map of this service.")
    if first == "embed":
        embed, reference = _opened(request, rest[0])
        return _shown(request, embed, _drawing(request, embed.map, reference, embed.choice))
    if not may_read(request):
        return problem(request, ForbiddenError("Share the map by a link first."), status=401)
    query = dict(parse_qsl(parts.query))
    reference = mine.region(query.get("region"))
    choice = {key: query[key] for key in (*_CHOSEN, "students") if key in query}
    drawing = _drawing(request, rest[0], reference, choice)
    return _shown(request, mine.embedding.shared(rest[0], reference.info.id, choice), drawing)


def _opened(request: Request, token: str) -> tuple[Embed, Reference]:
    mine = services(request)
    embed = mine.embedding.opened(token)
    return embed, mine.region(embed.region)


def _choice(said: Mapping[str, str]) -> Choice:
    return Choice(**{key: said[key] for key in _CHOSEN if said.get(key)})


def _drawing(
    request: Request, map_id: str, reference: Reference, choice: Mapping[str, str]
) -> Drawing:
    students = choice.get("students", "")
    return services(request).maps.drawing(map_id, reference, _choice(choice), students)


def _shown(request: Request, embed: Embed, drawing: Drawing) -> Shown:
    token = services(request).embedding.token(embed)
    title = f"{drawing.title} {drawing.subtitle}"
    return Shown(base_url(request), token, title, drawing.alternative, PICTURE_PX)


def _told(request: Request, embed: Embed) -> dict[str, Any]:
    embedding = services(request).embedding
    state = embedding.state(embed)
    told = {"id": embed.id, "map": embed.map, "region": embed.region, "choice": embed.choice,
            "created": _time(embed.created), "expires": _time(embed.expires), "state": state}  # fmt: skip
    url = f"{base_url(request)}/embed/{embedding.token(embed)}"
    return {**told, "url": url} if state == "in use" else told


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")
