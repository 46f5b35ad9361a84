"""A drawing as a Folium page that asks no other host for anything.

Folium's templates see no text of users: names reach the page as JSON that our scripts show with
textContent, or as escaped HTML that is put in after Folium has rendered.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from geoservice.cartography.assets import MAP_SCRIPTS, MAP_STYLES, asset, versioned
from geoservice.cartography.config import page_config, query, script_json
from geoservice.cartography.figure import Drawing
from geoservice.cartography.frame import heading, under
from geoservice.cartography.texts import texts_of

STATIC = "/static"
Catalogue = Sequence[tuple[str, str]]
_NO_SCRIPT = (
    "<noscript><style>.folium-map, #panel { display: none; } "
    ".pane .still { flex: 1; min-height: 0; max-width: 100%; object-fit: contain; }</style></noscript>"
)
_OWN_LINKS = {"leaflet.js", "leaflet.css", *MAP_SCRIPTS, *MAP_STYLES}


class _Layers(MacroElement):
    """Hands the map to our scripts, which fetch and draw the layers."""

    _template = Template(
        "{% macro script(this, kwargs) %}geoservice.draw({{ this._parent.get_name() }});{% endmacro %}"
    )


class SafeMap(folium.Map):
    """A Folium map with Leaflet alone, from our own files."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - what Folium takes
        super().__init__(**options)
        self.default_js = [
            (one, f"{STATIC}/{versioned(one)}") for one in ("leaflet.js", *MAP_SCRIPTS)
        ]
        self.default_css = [
            (one, f"{STATIC}/{versioned(one)}") for one in ("leaflet.css", *MAP_STYLES)
        ]


@dataclass(frozen=True)
class Page:
    """A page, and the sources of script that its Content-Security-Policy must allow.

    ``scripts`` names Folium's own script by its hash, so that a kept page stays valid.
    """

    html: str
    scripts: str


def map_page(
    drawing: Drawing, catalogue: Catalogue = (), *, head: str = "", base: str = ""
) -> Page:
    """The page that fetches its layers; ``catalogue`` are maps to compare with and to go to.

    ``head`` is markup for the end of its head. ``base`` is the path of a signed link: the page then
    is for a frame, has nothing that leads elsewhere, and tells its height.
    """
    text = _page(
        drawing,
        page_config(drawing, catalogue, base=base),
        is_file=bool(base),
        is_framed=bool(base),
    )
    if base:
        head += f'<script src="{STATIC}/frame.js" defer></script>'
    text = text.replace("</head>", f"{_NO_SCRIPT}{head}</head>", 1)
    text = text.replace('<div class="pane">', f'<div class="pane">{_still(drawing, base)}', 1)
    digests = (hashlib.sha256(one.encode()).digest()
               for one in re.findall(r"<script>(.*?)</script>", text, re.DOTALL))  # fmt: skip
    hashes = (f"'sha256-{base64.b64encode(one).decode()}'" for one in digests)
    return Page(text, " ".join(["'self'", *hashes]))


def file_page(drawing: Drawing) -> str:
    """One self-contained file: scripts, styles and layers inside; opens with no network."""
    return _inlined(_page(drawing, page_config(drawing, inside=True), is_file=True))


def folium_map(drawing: Drawing) -> SafeMap:
    """The Folium map inside of the page, without its layers' data."""
    west, south, east, north = drawing.bounds
    made = SafeMap(
        location=((south + north) / 2, (west + east) / 2), tiles=None, control_scale=True,
        height="100%", zoom_snap=0.25, zoom_control=False,
    )  # fmt: skip
    # Not `fit_bounds`: it is animated, and would end on the region where a link asks for another place.
    made.add_child(_Layers())  # type: ignore[no-untyped-call]
    return made


def _page(
    drawing: Drawing, config: dict[str, Any], *, is_file: bool, is_framed: bool = False
) -> str:
    root = folium_map(drawing).get_root()
    if not isinstance(root, Figure):
        raise TypeError("Folium's root is no figure")
    text = root.render()
    _refuse_other_hosts(text)
    # Folium's ids are random; the same figure gives the same bytes.
    text = re.sub(r"map_[0-9a-f]{32}", "map_1", text)
    choice = drawing.choice
    framed = " data-framed" if is_framed else ""
    opening = f'<!DOCTYPE html>\n<html lang="{choice.lang}" data-theme="{choice.theme}"{framed}>'
    text = text.replace("<!DOCTYPE html>\n<html>", opening)
    text = re.sub(r'<meta name="viewport".*?/>', "", text, flags=re.S)
    title = f"<title>{escape(drawing.title)} {escape(drawing.subtitle)}</title>"
    head = f'<meta name="viewport" content="width=device-width, initial-scale=1">{title}</head>'
    text = text.replace("</head>", head, 1)
    before = f"{heading(drawing, is_file=is_file)}{script_json('geoservice-figure', config)}\n"
    text = re.sub(r"<body>\s*", lambda _: f"<body><main>{before}", text, count=1)
    text = re.sub(
        r"\s*</body>",
        lambda _: f"\n{under(drawing, is_file=is_file, is_folded=is_framed)}</main></body>",
        text,
        count=1,
    )
    return re.sub(r'(<div class="folium-map" id="map_1")\s*>\s*</div>',
                  lambda found: _stage(found[1], drawing), text)  # fmt: skip


def _still(drawing: Drawing, base: str) -> str:
    """The picture where scripts are off; the figure in words stands under the map anyway."""
    address = (
        f"{base}/picture.png"
        if base
        else f"/maps/{quote(drawing.definition.id)}.png?{query(drawing)}"
    )
    return f'<noscript><img class="still" src="{escape(address)}" alt=""></noscript>'


def _stage(opening: str, drawing: Drawing) -> str:
    words = escape(texts_of(drawing.choice.lang)("page_map"))
    return (
        f'<div id="stage"><div class="pane">{opening} role="application" aria-label="{words}">'
        '</div></div><aside id="panel"></aside></div>'
    )


def _refuse_other_hosts(text: str) -> None:
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    strange = [
        one
        for one in links
        if one.split("/")[-1].partition("?")[0] not in _OWN_LINKS or "//" in one
    ]
    if strange:
        raise ValueError("a page would ask another host for a file")


def _inlined(text: str) -> str:
    def script(found: re.Match[str]) -> str:
        code = asset(found[1]).decode().replace("</script", r"<\/script")
        return f"<script>{code}</script>"

    def style(found: re.Match[str]) -> str:
        return f"<style>{asset(found[1]).decode()}</style>"

    text = re.sub(rf'<script src="{STATIC}/([a-z.-]+)\?v=\w+"></script>', script, text)
    return re.sub(rf'<link rel="stylesheet" href="{STATIC}/([a-z.-]+)\?v=\w+"\s*/?>', style, text)
