"""Routes of maps: the catalogue, pages, layers, and other formats by the path's ending."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from geoservice.api.answers import PRIVATE, Caching, kept_answer
from geoservice.api.embed_code import PICTURE_PX, PICTURE_SIZE, discovery, open_graph
from geoservice.api.map_catalogue import grouped, preparing_page
from geoservice.api.services import services, stored_list
from geoservice.api.views import page, policy
from geoservice.api.words import page_words
from geoservice.cartography.data.exports import file_name
from geoservice.cartography.definition.definition import Definition
from geoservice.cartography.figure.choice import Choice
from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.formats import FORMATS
from geoservice.cartography.page.config import query
from geoservice.cartography.page.page import Page
from geoservice.errors import InputError, NotFoundError
from geoservice.reference.snapshot import Reference
from geoservice.students.filters import PUBLIC_REFUSAL

ROUTER = APIRouter(tags=["maps"])
Text = Annotated[str, Query(max_length=80)]
_FILTERS = ("subgroup", "programme", "grade")
"""Filters of students, which maps refuse: an ignored filter would show all students instead."""


@dataclass(frozen=True)
class ChoiceQuery:
    """The query parameters that select the content of a map, as in `Choice`."""

    areas: Text = ""
    area: Text = ""
    band: Text = ""
    year: Text = ""
    lang: Text = "en"
    theme: Text = "light"
    zone: Text = ""
    school: Text = ""
    view: Text = ""
    beside: Text = ""
    scenario: Text = ""


def chosen(request: Request, query: Annotated[ChoiceQuery, Depends()]) -> Choice:
    """Return the choice of a request.

    Raises
    ------
    InputError
        If the request filters students.
    """
    if any(request.query_params.get(name) for name in _FILTERS):
        raise InputError(PUBLIC_REFUSAL)
    values = vars(query)
    return Choice(**{**values, "lang": query.lang or "en", "theme": query.theme or "light"})


Chosen = Annotated[Choice, Depends(chosen)]


def named_list(request: Request, region: Text = "", students: Text = "") -> str:
    """Return the stored name of a request's list of students.

    Raises
    ------
    NotFoundError
        If there is no such list, or it is another caller's.
    """
    return stored_list(request, services(request).region(region), students)


NamedList = Annotated[str, Depends(named_list)]


@dataclass(frozen=True)
class MapView:
    """A map of a region with its choice and its data set of students."""

    map_id: str
    reference: Reference
    choice: Choice
    students: str


@ROUTER.get("/maps")
def catalogue(
    request: Request, f: Literal["", "json", "html"] = "", lang: Text = "", region: Text = ""
) -> Response:
    """Return the maps that a region, or any region, has data for, as JSON or HTML.

    The JSON also lists the maps without data, and the data that they need.
    """
    held, spoken = services(request), page_words(lang).lang
    regions = [held.region(region)] if region else held.of_each(lambda reference: reference)
    lacking = [held.maps.absent(regions[0])] if region else held.of_each(held.maps.absent)
    absent = _absent_everywhere(lacking)
    offered = [definition for definition in held.maps.catalogue() if definition.id not in absent]
    offered += [
        planned
        for planned in held.maps.planned()
        if any(held.maps.has_plan(planned, reference) for reference in regions)
    ]
    asks_html = "text/html" in request.headers.get("accept", "")
    if f == "json" or not (f or asks_html):
        tail = f"?{urlencode({'region': region})}" if region else ""
        items = [_entry(definition, spoken, tail) for definition in offered]
        lacks = [
            {"id": definition.id, "title": definition.title.of(spoken), "needs": list(files)}
            for definition, files in absent.values()
        ]
        return _json({"items": items, "next": None, "absent": lacks})
    query = urlencode({name: text for name, text in (("region", region), ("lang", lang)) if text})
    return page(
        request,
        "catalogue.html",
        lang,
        w=page_words(lang, "workspace."),
        groups=grouped(offered),
        thumbnails_of=regions[0].info.id if regions else "",
        current="",
        with_question=True,
        map_link=lambda map_id: f"/maps/{quote(map_id)}{f'?{query}' if query else ''}",
        absent=list(absent.values()),
    )


def _entry(definition: Definition, lang: str, tail: str) -> dict[str, str]:
    return {
        "id": definition.id,
        "title": definition.title.of(lang),
        "question": definition.question.of(lang),
        "href": f"/maps/{definition.id}{tail}",
    }


def _absent_everywhere(
    lacking: Sequence[Sequence[tuple[Definition, tuple[str, ...]]]],
) -> dict[str, tuple[Definition, tuple[str, ...]]]:
    """Return the maps that no region has data for, by id, with the first region's missing data."""
    by_region = [
        {definition.id: (definition, files) for definition, files in absent} for absent in lacking
    ]
    of_region = by_region[0] if by_region else {}
    return {
        map_id: entry
        for map_id, entry in of_region.items()
        if all(map_id in absent for absent in by_region)
    }


@ROUTER.get("/maps/{map}")
def show_map(
    map: str,
    request: Request,
    choice: Chosen,
    students: NamedList,
    region: Text = "",
    size: Text = "",
) -> Response:
    """Return the interactive page of a map; with an ending such as ``.png`` another format."""
    reference = services(request).region(region)
    name, dot, ending = map.rpartition(".")
    if dot:
        return form_answer(request, MapView(name, reference, choice, students), ending, size)
    return map_answer(request, MapView(map, reference, choice, students))


@ROUTER.get("/maps/{map}/figure.json")
def show_figure(
    map: str, request: Request, choice: Chosen, students: NamedList, region: Text = ""
) -> Response:
    """Return the figure of a map and the rows of its table, as JSON."""
    maps, reference = services(request).maps, services(request).region(region)
    stamp = f"{maps.stamp(map, reference, choice, students)} figure"
    return kept_answer(
        request,
        services(request).bodies,
        stamp,
        "application/json",
        lambda: maps.figure(map, reference, choice, students),
        caching=PRIVATE,
    )


@ROUTER.get("/maps/{map}/layers/{layer}.geojson")
def show_layer(
    map: str, layer: str, request: Request, choice: Chosen, students: NamedList, region: Text = ""
) -> Response:
    """Return a layer of a map as GeoJSON."""
    reference = services(request).region(region)
    view = MapView(map, reference, choice, students)
    return layer_answer(request, view, layer, public=False)


def map_answer(
    request: Request, view: MapView, base: str = "", *, is_full: bool = True
) -> Response:
    """Return the page of a map; with ``base``, the path of a signed link, a page for frames."""
    held, root = services(request), base_url(request)
    map_id, reference, choice, students = view.map_id, view.reference, view.choice, view.students
    tiles_origin = held.settings.basemap.origin(is_embed=bool(base))
    stamp = (
        f"{held.maps.stamp(map_id, reference, choice, students)} page {base} {root} {tiles_origin}"
    )

    def make() -> Page:
        drawing = held.maps.drawing(map_id, reference, choice, students)
        head = _head(drawing, root, base)
        return held.maps.page(
            map_id, reference, choice, students, base=base, head=head, is_full=is_full
        )

    def shown() -> Page:
        return held.pages.get(stamp, make)

    if not base:
        waiting = preparing_page(request, stamp, shown, choice.lang)
        if waiting is not None:
            return waiting

    def html() -> bytes:
        return shown().html.encode()

    def headers() -> dict[str, str]:
        scripts = f"script-src {shown().scripts}"
        return {
            "Content-Security-Policy": policy(
                request, scripts, is_embed=bool(base), images=tiles_origin
            )
        }

    return kept_answer(
        request,
        held.bodies,
        stamp,
        "text/html; charset=utf-8",
        html,
        headers=headers,
        caching=Caching(public=bool(base)),
    )


def layer_answer(request: Request, view: MapView, layer: str, *, public: bool) -> Response:
    """Return a layer of a map, with the same bytes for all themes."""
    maps, choice = services(request).maps, replace(view.choice, theme="light")
    map_id, reference, students = view.map_id, view.reference, view.students
    stamp = f"{maps.stamp(map_id, reference, choice, students)} layer {layer}"
    return kept_answer(
        request,
        services(request).bodies,
        stamp,
        "application/geo+json",
        lambda: maps.layer(map_id, layer, reference, choice, students),
        caching=Caching(public=public),
    )


def form_answer(
    request: Request, view: MapView, ending: str, size: str, *, public: bool = False
) -> Response:
    """Return a map in the format of a file ending."""
    if ending not in FORMATS:
        raise NotFoundError(f"The map has no such format. Formats are: {', '.join(FORMATS)}.")
    maps, output_format = services(request).maps, FORMATS[ending]
    map_id, reference, choice, students = view.map_id, view.reference, view.choice, view.students
    stamp = f"{maps.stamp(map_id, reference, choice, students)} form {ending} {size}"

    def headers() -> dict[str, str]:
        drawing = maps.drawing(map_id, reference, choice, students)
        where = "inline" if output_format.opens_in_browser else "attachment"
        shared = {"Cross-Origin-Resource-Policy": "cross-origin"} if public else {}
        return {
            **shared,
            "Content-Disposition": f'{where}; filename="{file_name(drawing, ending)}"',
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        }

    return kept_answer(
        request,
        services(request).bodies,
        stamp,
        output_format.media_type,
        lambda: maps.export(map_id, ending, reference, choice, students, size=size),
        headers=headers,
        caching=Caching(public=public),
    )


def base_url(request: Request) -> str:
    """Return the public address of the service, without a final slash."""
    return services(request).settings.public_url or str(request.base_url).rstrip("/")


def _head(drawing: Drawing, root: str, base: str) -> str:
    """Return the links and tags that tell other pages how to show this page."""
    tail = query(drawing)
    url = f"{root}{base}" if base else f"{root}/maps/{quote(drawing.definition.id)}?{tail}"
    picture = (
        f"{url}/picture.png"
        if base
        else f"{root}/maps/{quote(drawing.definition.id)}.png?{tail}&size={PICTURE_SIZE}"
    )
    title = f"{drawing.title} {drawing.subtitle}"
    return discovery(root, url, title) + open_graph(
        url, title, drawing.alternative, picture, PICTURE_PX
    )


def _json(content: Any) -> Response:  # noqa: ANN401 - whatever JSON can hold
    return Response(orjson.dumps(content), media_type="application/json")
