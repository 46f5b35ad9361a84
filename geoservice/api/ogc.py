"""OGC API Features for QGIS and similar programs: part 1, and the queryables of part 3."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import orjson
import shapely
from fastapi import APIRouter, Request, Response

from geoservice.api.problems import problem
from geoservice.api.services import json_answer, services
from geoservice.api.views import page
from geoservice.errors import InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.service.features import Collection, FeatureTable

ROUTER = APIRouter(prefix="/ogc", tags=["ogc"])
_CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_FILTER = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_SCHEMA = "application/schema+json"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_GEOJSON, _HTML, _JSON = "application/geo+json", "text/html", "application/json"
_DEFAULT_LIMIT, _MOST = 1_000, 10_000
_OWN = ("f", "limit", "offset", "bbox", "bbox-crs", "datetime")
Route = Callable[..., Response]


def _checked(route: Route) -> Route:
    """Make a route answer wrong parameters with 400, as the standard requires, not with 422."""

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
    """Return the landing page."""
    _refuse_unknown(request, ("f",))
    root = _root(request)
    links = [
        _link(root, "self", _JSON, "This document"),
        _link(f"{root}?f=html", "alternate", _HTML, "This document as HTML"),
        _link(
            f"{request.base_url}openapi.json",
            "service-desc",
            "application/vnd.oai.openapi+json;version=3.0",
            "The interface",
        ),
        _link(f"{request.base_url}docs", "service-doc", _HTML, "The interface for people"),
        _link(f"{root}/conformance", "conformance", _JSON, "The conformance classes"),
        _link(f"{root}/collections", "data", _JSON, "The collections"),
    ]
    words = "Schools, attendance zones, areas and public measures."
    return _answer(request, {"title": "geoservice", "description": words, "links": links})


@ROUTER.get("/conformance")
@_checked
def conformance(request: Request) -> Response:
    """Return the conformance classes of the standard."""
    _refuse_unknown(request, ("f",))
    classes = [f"{_CORE}/{name}" for name in ("core", "oas30", "html", "geojson")]
    classes += [f"{_FILTER}/{name}" for name in ("queryables", "queryables-query-parameters")]
    return _answer(request, {"title": "Conformance", "conformsTo": classes})


@ROUTER.get("/collections")
@_checked
def collections(request: Request) -> Response:
    """Return all collections of all regions."""
    _refuse_unknown(request, ("f",))
    held = services(request)
    # A region that cannot be opened must not hide the collections of the other regions.
    by_region = held.of_each(
        lambda reference: [
            _described(request, collection, reference)
            for collection in held.features.collections(reference)
        ]
    )
    described_collections = [described for collections in by_region for described in collections]
    address = f"{_root(request)}/collections"
    links = [
        _link(address, "self", _JSON, "This document"),
        _link(f"{address}?f=html", "alternate", _HTML, "This document as HTML"),
    ]
    return _answer(
        request, {"title": "Collections", "links": links, "collections": described_collections}
    )


@ROUTER.get("/collections/{collection}")
@_checked
def collection(collection: str, request: Request) -> Response:
    """Return a collection."""
    _refuse_unknown(request, ("f",))
    described_collection, reference = _found(request, collection)
    return _answer(request, _described(request, described_collection, reference))


@ROUTER.get("/collections/{collection}/queryables")
@_checked
def queryables(collection: str, request: Request) -> Response:
    """Return the properties by which features of a collection can be chosen, as JSON Schema."""
    _refuse_unknown(request, ("f",))
    collection_entry, reference = _found(request, collection)
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{_root(request)}/collections/{collection}/queryables",
        "type": "object",
        "title": collection_entry.title,
        "properties": {
            "geometry": {
                "title": "Shape",
                "format": "geometry-any",
                "x-ogc-role": "primary-geometry",
            },
            **services(request).features.properties(collection_entry, reference),
        },
        "additionalProperties": False,
    }
    return _answer(request, content, _SCHEMA)


@ROUTER.get("/collections/{collection}/items")
@_checked
def items(collection: str, request: Request) -> Response:
    """Return features of a collection, filtered by ``bbox`` and column values, page by page."""
    collection_entry, reference = _found(request, collection)
    query = request.query_params
    if query.get("bbox-crs", _CRS84) != _CRS84:
        raise InputError("`bbox-crs` can only be CRS84.")
    filters = {key: value for key, value in query.items() if key not in _OWN}
    limit = min(_number(request, "limit", _DEFAULT_LIMIT, 1), _MOST)
    offset = _number(request, "offset", 0, 0)
    table = services(request).features.table(collection_entry, reference)
    chosen, matched = table.page(filters, _box(query.get("bbox", "")), limit, offset)
    address = f"{_root(request)}/collections/{collection}/items"
    paging = {**query, "limit": str(limit)}
    links = [
        _link(f"{address}?{urlencode(dict(query))}", "self", _GEOJSON, "These features"),
        _link(f"{address}?{urlencode({**query, 'f': 'html'})}", "alternate", _HTML, "As HTML"),
        _link(f"{_root(request)}/collections/{collection}", "collection", _JSON, "The collection"),
    ]
    if offset + limit < matched:
        following = urlencode({**paging, "offset": str(offset + limit)})
        links.append(_link(f"{address}?{following}", "next", _GEOJSON, "More features"))
    if offset:
        previous = urlencode({**paging, "offset": str(max(0, offset - limit))})
        links.append(_link(f"{address}?{previous}", "prev", _GEOJSON, "Features before"))
    features = _features(chosen)
    return _answer(
        request,
        {
            "type": "FeatureCollection",
            "title": collection_entry.title,
            "links": links,
            "numberMatched": matched,
            "numberReturned": len(features),
            "features": features,
        },
        _GEOJSON,
    )


@ROUTER.get("/collections/{collection}/items/{feature:path}")
@_checked
def item(collection: str, feature: str, request: Request) -> Response:
    """Return a feature."""
    _refuse_unknown(request, ("f",))
    collection_entry, reference = _found(request, collection)
    table = services(request).features.table(collection_entry, reference)
    chosen, matched = table.page({"fid": feature}, None, 1, 0)
    if not matched:
        raise NotFoundError("There is no such feature.")
    address = f"{_root(request)}/collections/{collection}"
    links = [
        _link(f"{address}/items/{feature}", "self", _GEOJSON, "This feature"),
        _link(f"{address}/items/{feature}?f=html", "alternate", _HTML, "As HTML"),
        _link(address, "collection", _JSON, "The collection"),
    ]
    return _answer(
        request, {**_features(chosen)[0], "title": collection_entry.title, "links": links}, _GEOJSON
    )


def _found(request: Request, collection: str) -> tuple[Collection, Reference]:
    held = services(request)
    region = collection.partition(".")[0]
    if region not in held.offered:
        raise NotFoundError("There is no such collection.")
    reference = held.region(region)
    return held.features.find(collection, reference), reference


def _described(request: Request, entry: Collection, reference: Reference) -> dict[str, Any]:
    address = f"{_root(request)}/collections/{entry.id}"
    box = [round(degrees, 5) for degrees in reference.extent]
    links = [
        _link(f"{address}/items", "items", _GEOJSON, entry.title),
        _link(f"{address}/items?f=html", "items", _HTML, entry.title),
        _link(address, "self", _JSON, "This document"),
        _link(f"{address}?f=html", "alternate", _HTML, "This document as HTML"),
        _link(f"{address}/queryables", _QUERYABLES, _SCHEMA, "The properties to choose by"),
    ]
    return {
        "id": entry.id,
        "title": entry.title,
        "itemType": "feature",
        "crs": [_CRS84],
        "extent": {"spatial": {"bbox": [box], "crs": _CRS84}},
        "links": links,
    }


def _features(table: FeatureTable) -> list[dict[str, Any]]:
    shapes = shapely.set_precision(table.shapes, 1e-6, mode="pointwise")
    return [
        {
            "type": "Feature",
            "id": row.pop("fid"),
            "properties": {key: value for key, value in row.items() if value is not None},
            "geometry": orjson.Fragment(shapely.to_geojson(shape)),
        }
        for row, shape in zip(table.rows.to_dicts(), shapes, strict=True)
    ]


def _number(request: Request, name: str, default: int, minimum: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or int(text) < minimum:
        raise InputError(f"`{name}` must be a whole number of at least {minimum}.")
    return int(text)


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # A box with heights; features have no height.
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or numbers[1] > numbers[3]:
        raise InputError("`bbox` must be west,south,east,north in degrees.")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _refuse_unknown(request: Request, allowed: tuple[str, ...]) -> None:
    if set(request.query_params) - set(allowed):
        raise InputError(f"Unknown parameter. Parameters are: {', '.join(allowed)}.")


def _answer(request: Request, content: dict[str, Any], kind: str = _JSON) -> Response:
    form = request.query_params.get("f", "")
    if form not in ("", "json", "html"):
        raise InputError("`f` must be `json` or `html`.")
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
