"""Routes of the vector tiles."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from geoservice.api.answers import kept_answer
from geoservice.api.data import services
from geoservice.tiles.mercator import TileId

ROUTER = APIRouter(prefix="/tiles", tags=["tiles"])
MVT = "application/vnd.mapbox-vector-tile"
_FRESH_S = 600


@ROUTER.get("/{layer}.json")
def about(
    layer: str, request: Request, region: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """TileJSON of a layer, for other programs that draw vector tiles."""
    mine = services(request)
    reference = mine.region(region)
    url = f"{request.base_url}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?region={reference.info.id}"
    content = mine.tiles.about(layer, reference, url)
    return Response(orjson.dumps(content), media_type="application/json")


@ROUTER.get("/{layer}/{z}/{x}/{y}.mvt")
def tile(
    layer: str, z: int, x: int, y: int, request: Request,
    region: Annotated[str, Query(max_length=80)] = "",
) -> Response:  # fmt: skip
    """One tile of streets, zones or areas; no bytes where nothing lies in it."""
    return tile_answer(request, layer, TileId(z, x, y), region)


def tile_answer(request: Request, layer: str, at: TileId, region: str) -> Response:
    """The answer for one tile of a region."""
    mine = services(request)
    reference = mine.region(region)
    stamp = f"{mine.tiles.stamp(layer, reference)} {at.z}/{at.x}/{at.y}"
    return kept_answer(
        request, mine.bodies, stamp, MVT, lambda: mine.tiles.tile(layer, at, reference),
        max_age_s=_FRESH_S,
    )  # fmt: skip
