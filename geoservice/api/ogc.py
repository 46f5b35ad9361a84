"""OGC API Features, part 1: core, GeoJSON, HTML and OpenAPI 3.0, for QGIS and its like."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import orjson
import shapely
from fastapi import APIRouter, Request, Response

from geoservice.api.data import json_answer, services
from geoservice.api.problems import problem
from geoservice.api.views import page
from geoservice.errors import InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.service.features import Collection, FeatureTable

ROUTER = APIRouter(prefix="/ogc", tags=["ogc"])
_CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_GEOJSON, _HTML, _JSON = "application/geo+json", "text/html", "application/json"
_DEFAULT_LIMIT, _MOST = 1_000, 10_000
_OWN = ("f", "limit", "offset", "bbox", "bbox-crs", "datetime")
Route = Callable[..., Response]


def _checked(route: Route) -> Route:
    """Wrong parameters are answered with 400, as the standard asks, not with 422."""

    @wraps(route)
    def run(*args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - whatever the route takes
        try:
            return route(*args, **kwargs)
        except InputError as fault:
            return problem(kwargs["request"], fault, status=400)

    return run


@ROUTER.get("")
@ROUTER.get("/", include_in_schema=False)
@_checked
def landing(request: Request) -> Response:
    """The landing page."""
    _refuse_unknown(request, ("f",))
    root = _root(request)
    links = [
        _link(root, "self", _JSON, "This document"),
        _link(f"{root}?f=html", "alternate", _HTML, "This document as HTML"),
        _link(f"{request.base_url}openapi.json", "service-desc",
              "application/vnd.oai.openapi+json;version=3.0", "The interface"),
        _link(f"{request.base_url}docs", "service-doc", _HTML, "The interface for people"),
        _link(f"{root}/conformance", "conformance", _JSON, "What is conformed to"),
        _link(f"{root}/collections", "data", _JSON, "The collections"),
    ]  # fmt: skip
    words = "Schools, attendance zones, areas and public measures."
    return _answer(request, {"title": "geoservice", "description": words, "links": links})


@ROUTER.get("/conformance")
@_checked
def conformance(request: Request) -> Response:
    """The classes of the standard that hold."""
    _refuse_unknown(request, ("f",))
    classes = [f"{_CORE}/{one}" for one in ("core", "oas30", "html", "geojson")]
    return _answer(request, {"title": "Conformance", "conformsTo": classes})


@ROUTER.get("/collections")
@_checked
def collections(request: Request) -> Response:
    """All collections of all regions."""
    _refuse_unknown(request, ("f",))
    mine = services(request)
    # A region that cannot be opened does not take the list of the others away.
    by_region = mine.of_each(
        lambda reference: [
            _described(request, one, reference) for one in mine.features.collections(reference)
        ]
    )
    found = [described for collections in by_region for described in collections]
    here = f"{_root(request)}/collections"
    links = [_link(here, "self", _JSON, "This document"),
             _link(f"{here}?f=html", "alternate", _HTML, "This document as HTML")]  # fmt: skip
    return _answer(request, {"title": "Collections", "links": links, "collections": found})


@ROUTER.get("/collections/{collection}")
@_checked
def collection(collection: str, request: Request) -> Response:
    """One collection."""
    _refuse_unknown(request, ("f",))
    found, reference = _found(request, collection)
    return _answer(request, _described(request, found, reference))


@ROUTER.get("/collections/{collection}/items")
@_checked
def items(collection: str, request: Request) -> Response:
    """Features of a collection, chosen by ``bbox`` and by the values of their columns, paged."""
    found, reference = _found(request, collection)
    query = request.query_params
    if query.get("bbox-crs", _CRS84) != _CRS84:
        raise InputError("`bbox-crs` can only be CRS84.")
    wanted = {key: value for key, value in query.items() if key not in _OWN}
    limit = min(_number(request, "limit", _DEFAULT_LIMIT, 1), _MOST)
    offset = _number(request, "offset", 0, 0)
    table = services(request).features.table(found, reference)
    chosen, matched = table.page(wanted, _box(query.get("bbox", "")), limit, offset)
    here = f"{_root(request)}/collections/{collection}/items"
    more = {**query, "limit": str(limit)}
    links = [_link(f"{here}?{urlencode(dict(query))}", "self", _GEOJSON, "These features"),
             _link(f"{here}?{urlencode({**query, 'f': 'html'})}", "alternate", _HTML, "As HTML"),
             _link(f"{_root(request)}/collections/{collection}", "collection", _JSON, "The collection")]  # fmt: skip
    if offset + limit < matched:
        following = urlencode({**more, "offset": str(offset + limit)})
        links.append(_link(f"{here}?{following}", "next", _GEOJSON, "More features"))
    if offset:
        before = urlencode({**more, "offset": str(max(0, offset - limit))})
        links.append(_link(f"{here}?{before}", "prev", _GEOJSON, "Features before"))
    features = _features(chosen)
    return _answer(request, {"type": "FeatureCollection", "title": found.title, "links": links,
                             "numberMatched": matched, "numberReturned": len(features),
                             "features": features}, _GEOJSON)  # fmt: skip


@ROUTER.get("/collections/{collection}/items/{feature:path}")
@_checked
def item(collection: str, feature: str, request: Request) -> Response:
    """One feature."""
    _refuse_unknown(request, ("f",))
    found, reference = _found(request, collection)
    table = services(request).features.table(found, reference)
    chosen, matched = table.page({"fid": feature}, None, 1, 0)
    if not matched:
        raise NotFoundError("There is no such feature.")
    here = f"{_root(request)}/collections/{collection}"
    links = [_link(f"{here}/items/{feature}", "self", _GEOJSON, "This feature"),
             _link(f"{here}/items/{feature}?f=html", "alternate", _HTML, "As HTML"),
             _link(here, "collection", _JSON, "The collection")]  # fmt: skip
    return _answer(
        request, {**_features(chosen)[0], "title": found.title, "links": links}, _GEOJSON
    )


def _found(request: Request, collection: str) -> tuple[Collection, Reference]:
    mine = services(request)
    region = collection.partition(".")[0]
    if region not in mine.offered:
        raise NotFoundError("There is no such collection.")
    reference = mine.region(region)
    return mine.features.find(collection, reference), reference


def _described(request: Request, one: Collection, reference: Reference) -> dict[str, Any]:
    here = f"{_root(request)}/collections/{one.id}"
    box = [round(degrees, 5) for degrees in reference.extent]
    links = [_link(f"{here}/items", "items", _GEOJSON, one.title),
             _link(f"{here}/items?f=html", "items", _HTML, one.title),
             _link(here, "self", _JSON, "This document"),
             _link(f"{here}?f=html", "alternate", _HTML, "This document as HTML")]  # fmt: skip
    return {"id": one.id, "title": one.title, "itemType": "feature", "crs": [_CRS84],
            "extent": {"spatial": {"bbox": [box], "crs": _CRS84}}, "links": links}  # fmt: skip


def _features(table: FeatureTable) -> list[dict[str, Any]]:
    shapes = shapely.set_precision(table.shapes, 1e-6, mode="pointwise")
    return [
        {"type": "Feature", "id": row.pop("fid"),
         "properties": {key: value for key, value in row.items() if value is not None},
         "geometry": orjson.Fragment(shapely.to_geojson(shape))}
        for row, shape in zip(table.rows.to_dicts(), shapes, strict=True)
    ]  # fmt: skip


def _number(request: Request, name: str, default: int, least: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise InputError(f"`{name}` must be a whole number of at least {least}.")
    return int(text)


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # With heights, which no feature has.
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or numbers[1] > numbers[3]:
        raise InputError("`bbox` is west,south,east,north in degrees.")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _refuse_unknown(request: Request, known: tuple[str, ...]) -> None:
    if set(request.query_params) - set(known):
        raise InputError(f"Parameters here are: {', '.join(known)}.")


def _answer(request: Request, content: dict[str, Any], kind: str = _JSON) -> Response:
    form = request.query_params.get("f", "")
    if form not in ("", "json", "html"):
        raise InputError("`f` is `json` or `html`.")
    accepted = request.headers.get("accept", "")
    if form == "html" or (not form and accepted.startswith(_HTML)):
        readable = orjson.loads(orjson.dumps(content))
        return page(request, "ogc.html", content=readable)
    answer = json_answer(content)
    answer.headers["Content-Type"] = kind
    return answer


def _link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind, "title": title}


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/ogc"
