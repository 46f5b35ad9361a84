"""Routes of the vector tiles."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from geoservice.api.answers import Caching, kept_answer
from geoservice.api.services import services
from geoservice.tiles.mercator import TileId

ROUTER = APIRouter(prefix="/tiles", tags=["tiles"])
MVT = "application/vnd.mapbox-vector-tile"
_FRESH_S = 600


@ROUTER.get("/{layer}.json")
def about(
    layer: str, request: Request, region: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Return the TileJSON of a layer, for other programs that draw vector tiles."""
    held = services(request)
    reference = held.region(region)
    url = f"{request.base_url}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?region={reference.info.id}"
    content = held.tiles.about(layer, reference, url)
    return Response(orjson.dumps(content), media_type="application/json")


@ROUTER.get("/{layer}/{z}/{x}/{y}.mvt")
def tile(
    layer: str,
    z: int,
    x: int,
    y: int,
    request: Request,
    region: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Return a tile of streets, zones or areas; an empty tile has no bytes."""
    return tile_answer(request, layer, TileId(z, x, y), region)


def tile_answer(request: Request, layer: str, tile_id: TileId, region: str) -> Response:
    """Return the answer for a tile of a region."""
    held = services(request)
    reference = held.region(region)
    stamp = f"{held.tiles.stamp(layer, reference)} {tile_id.z}/{tile_id.x}/{tile_id.y}"
    return kept_answer(
        request,
        held.bodies,
        stamp,
        MVT,
        lambda: held.tiles.tile(layer, tile_id, reference),
        caching=Caching(max_age_s=_FRESH_S),
    )
