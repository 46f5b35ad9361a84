"""A drawing as a Folium page that loads nothing from other hosts.

Folium's templates never see text of users. Names reach the page as JSON that our scripts show with
textContent, or as escaped HTML that is inserted after Folium has rendered.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import folium
import numpy as np
from branca.element import Figure, MacroElement
from folium.template import Template

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.page.assets import MAP_SCRIPTS, MAP_STYLES, asset, versioned
from geoservice.cartography.page.config import page_config, query, script_json
from geoservice.cartography.page.frame import heading, source_line, under
from geoservice.cartography.page.pair import first_heading, second_pane
from geoservice.cartography.page.ranking import ranking_html
from geoservice.cartography.page.years import years_html
from geoservice.cartography.texts import texts_of

STATIC = "/static"
Catalogue = Sequence[tuple[str, str]]
NO_BASEMAP: Mapping[str, str] = MappingProxyType({})
_NO_SCRIPT = (
    "<noscript><style>.folium-map, #panel, .awaited, .pane > h2 { display: none; } "
    "#stage.comparing { grid-template-columns: minmax(0, 1fr); } "
    ".pane .still { flex: 1; min-height: 0; max-width: 100%; object-fit: contain; }"
    "</style></noscript>"
)
_AIR = 1.06
"""Height of a map's frame by the height of its ground."""
_FRAMED, _COMPACT = "data-framed", "data-compact"
"""Attributes of the page of a frame, by which styles and scripts lay it out."""
_OWN_LINKS = {"leaflet.js", "leaflet.css", *MAP_SCRIPTS, *MAP_STYLES}


class HandOver(MacroElement):
    """Hands the map to our scripts, which fetch and draw the layers."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "geoservice.draw({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )


class SafeMap(folium.Map):
    """A Folium map with Leaflet alone, from our own files."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - what Folium takes
        super().__init__(**options)
        self.default_js = [
            (name, f"{STATIC}/{versioned(name)}") for name in ("leaflet.js", *MAP_SCRIPTS)
        ]
        self.default_css = [
            (name, f"{STATIC}/{versioned(name)}") for name in ("leaflet.css", *MAP_STYLES)
        ]


@dataclass(frozen=True)
class Page:
    """A page, and the sources of script that its Content-Security-Policy must allow.

    ``scripts`` names Folium's own script by its hash, so that a kept page stays valid.
    """

    html: str
    scripts: str


def map_page(
    drawing: Drawing,
    catalogue: Catalogue = (),
    *,
    head: str = "",
    base: str = "",
    basemap: Mapping[str, str] = NO_BASEMAP,
    is_full: bool = True,
) -> Page:
    """Return the page that loads its layers; ``catalogue`` are maps to compare with and to open.

    ``head`` is markup for the end of its head. ``base`` is the path of a signed link; the page is
    then meant for a frame, has no links to other pages, and reports its height. Without ``is_full``
    the page is compact: the legend lies on the map, and all but the source is folded. ``basemap``
    has ``url`` and ``attribution`` of tiles of another host, if a setting names them.
    """
    frame = "" if not base else _FRAMED if is_full else _COMPACT
    text = _page(
        drawing,
        {**page_config(drawing, catalogue, base=base), "basemap": dict(basemap)},
        is_file=bool(base),
        frame=frame,
    )
    if base:
        head += f'<script src="{STATIC}/frame.js" defer></script>'
    text = text.replace("</head>", f"{_NO_SCRIPT}{head}</head>", 1)
    text = text.replace('<div class="pane">', f'<div class="pane">{_still(drawing, base)}', 1)
    digests = (
        hashlib.sha256(script.encode()).digest()
        for script in re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    )
    hashes = (f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return Page(text, " ".join(["'self'", *hashes]))


def html_file(drawing: Drawing) -> bytes:
    """Return `file_page` as the bytes of a file."""
    return file_page(drawing).encode()


def file_page(drawing: Drawing) -> str:
    """Return a self-contained file with scripts, styles and layers; it needs no network."""
    return _inlined(_page(drawing, page_config(drawing, inside=True), is_file=True))


def folium_map(drawing: Drawing) -> SafeMap:
    """The Folium map inside of the page, without its layers' data."""
    west, south, east, north = drawing.bounds
    safe_map = SafeMap(
        location=((south + north) / 2, (west + east) / 2),
        tiles=None,
        control_scale=True,
        height="100%",
        zoom_snap=0.25,
        zoom_control=False,
    )
    # Not `fit_bounds`: it is animated, and would end on the region where a link asks for
    # another place.
    safe_map.add_child(HandOver())  # type: ignore[no-untyped-call]
    return safe_map


def _page(drawing: Drawing, config: dict[str, Any], *, is_file: bool, frame: str = "") -> str:
    root = folium_map(drawing).get_root()
    if not isinstance(root, Figure):
        raise TypeError("Folium's root is no figure")
    text = root.render()
    _refuse_other_hosts(text)
    # Folium's ids are random; the same figure gives the same bytes.
    text = re.sub(r"map_[0-9a-f]{32}", "map_1", text)
    choice = drawing.choice
    framed = f" {frame}" if frame else ""
    opening = f'<!DOCTYPE html>\n<html lang="{choice.lang}" data-theme="{choice.theme}"{framed}>'
    text = text.replace("<!DOCTYPE html>\n<html>", opening)
    text = re.sub(r'<meta name="viewport".*?/>', "", text, flags=re.S)
    title = f"<title>{escape(drawing.title)} {escape(drawing.subtitle)}</title>"
    head = f'<meta name="viewport" content="width=device-width, initial-scale=1">{title}</head>'
    text = text.replace("</head>", head, 1)
    before = f"{heading(drawing, is_file=is_file)}{script_json('geoservice-figure', config)}\n"
    text = re.sub(r"<body>\s*", lambda _: f"<body><main>{before}", text, count=1)
    is_compact = frame == _COMPACT
    after = source_line(drawing) if is_compact else under(drawing, is_file, is_folded=bool(frame))
    text = re.sub(r"\s*</body>", lambda _: f"\n{after}</main></body>", text, count=1)
    return re.sub(
        r'(<div class="folium-map" id="map_1")\s*>\s*</div>',
        lambda match: map_stage(match[1], drawing),
        text,
    )


def _still(drawing: Drawing, base: str) -> str:
    """Return the picture for readers without scripts, with its legend and the figure in words."""
    address = (
        f"{base}/picture.png"
        if base
        else f"/maps/{quote(drawing.definition.id)}.png?{query(drawing)}"
    )
    return f'<noscript><img class="still" src="{escape(address)}" alt=""></noscript>'


def map_stage(opening: str, drawing: Drawing) -> str:
    """Return the map's place and its panel; ``opening`` begins the element of the map."""
    words = escape(texts_of(drawing.choice.lang)("page_map"))
    ranking = ranking_html(drawing)
    second = second_pane(drawing)
    kinds = [name for name, part in (("ranking", ranking), ("comparing", second)) if part]
    tallness = _tallness(drawing.bounds)
    return (
        f'{years_html(drawing)}<div id="stage" class="{" ".join(kinds)}" '
        f'style="--tall: {tallness:.3f}"><div class="pane">{first_heading(drawing)}'
        f'{opening} role="application" aria-label="{words}"></div></div>{second}'
        f'{ranking}<aside id="panel"></aside></div>'
    )


def _tallness(bounds: tuple[float, float, float, float]) -> float:
    """Return the height of a map for its width, so that small screens waste no room around it.

    The page has it from the start: a script that sets it later would shift what lies below.
    """
    west, south, east, north = np.radians(bounds)
    height = np.arcsinh(np.tan(north)) - np.arcsinh(np.tan(south))
    return float(height / (east - west)) * _AIR


def _refuse_other_hosts(text: str) -> None:
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    strange = [
        link
        for link in links
        if link.split("/")[-1].partition("?")[0] not in _OWN_LINKS or "//" in link
    ]
    if strange:
        raise ValueError("a page would ask another host for a file")


def _inlined(text: str) -> str:
    def script(match: re.Match[str]) -> str:
        code = asset(match[1]).decode().replace("</script", r"<\/script")
        return f"<script>{code}</script>"

    def style(match: re.Match[str]) -> str:
        return f"<style>{asset(match[1]).decode()}</style>"

    text = re.sub(rf'<script src="{STATIC}/([a-z.-]+)\?v=\w+"></script>', script, text)
    return re.sub(rf'<link rel="stylesheet" href="{STATIC}/([a-z.-]+)\?v=\w+"\s*/?>', style, text)
