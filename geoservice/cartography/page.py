"""A drawing as a Folium page that asks no other host for anything.

Folium's templates see no text of users: names reach the page as JSON that our script shows with
textContent, or as escaped HTML that is put in after Folium has rendered.
"""

import html
import re
import secrets
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
import orjson
import xstatic.pkg.leaflet
from branca.element import Figure, MacroElement
from folium.template import Template

from geoservice.cartography.drawing import Drawing, bounds, layer_json
from geoservice.reference.snapshot import Reference

STATIC = "/static"
_OWN_LINKS = {"leaflet.js", "leaflet.css", "map.js", "page.css"}
_TITLES = {
    "areas": "Areas",
    "zones": "Attendance zones",
    "streets": "Streets",
    "schools": "Schools",
}


class _Layers(MacroElement):
    """Hands the map to our script, which fetches and draws the layers."""

    _template = Template(
        "{% macro script(this, kwargs) %}geoserviceDraw({{ this._parent.get_name() }});{% endmacro %}"
    )


class SafeMap(folium.Map):
    """A Folium map with Leaflet alone, from our own files."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - what Folium takes
        super().__init__(**options)
        self.default_js = [("leaflet", f"{STATIC}/leaflet.js"), ("own", f"{STATIC}/map.js")]
        self.default_css = [
            ("leaflet_css", f"{STATIC}/leaflet.css"),
            ("own_css", f"{STATIC}/page.css"),
        ]


@dataclass(frozen=True)
class Page:
    """A page and the nonce that its Content-Security-Policy must allow."""

    html: str
    nonce: str


def map_page(drawing: Drawing, reference: Reference, layer_urls: dict[str, str]) -> Page:
    """The page that fetches its layers from our own URLs."""
    layers = [{"name": _TITLES[one], "id": one, "url": url} for one, url in layer_urls.items()]
    return _page(drawing, reference, layers)


def file_page(drawing: Drawing, reference: Reference) -> str:
    """One self-contained file: scripts, styles and layers inside; opens with no network."""
    layers = [
        {
            "name": _TITLES[one],
            "id": one,
            "geojson": orjson.loads(layer_json(drawing, one, reference)),
        }
        for one in drawing.definition.layers
    ]
    return _inlined(_page(drawing, reference, layers).html)


def folium_map(drawing: Drawing, reference: Reference) -> SafeMap:
    """The Folium map inside of the page, without its layers' data."""
    west, south, east, north = bounds(drawing, reference)
    made = SafeMap(
        location=((south + north) / 2, (west + east) / 2), tiles=None, prefer_canvas=True,
        control_scale=True, height="70vh",
    )  # fmt: skip
    made.fit_bounds([[south, west], [north, east]])
    made.add_child(_Layers())  # type: ignore[no-untyped-call]
    return made


def asset(name: str) -> bytes:
    """A file of ours or of Leaflet that pages may ask for."""
    return _assets()[name]


def assets() -> tuple[str, ...]:
    """Names of all assets."""
    return tuple(_assets())


def _page(drawing: Drawing, reference: Reference, layers: list[dict[str, Any]]) -> Page:
    made = folium_map(drawing, reference)
    root = made.get_root()
    if not isinstance(root, Figure):
        raise TypeError("Folium's root is no figure")
    text = root.render()
    _refuse_other_hosts(text)
    nonce = secrets.token_urlsafe(16)
    text = text.replace("<script>", f'<script nonce="{nonce}">')
    text = text.replace("<!DOCTYPE html>\n<html>", '<!DOCTYPE html>\n<html lang="en">')
    text = re.sub(r'<meta name="viewport".*?/>', "", text, flags=re.S)
    config = orjson.dumps({"layers": layers}).decode().replace("<", "\\u003c")
    script = f'<script type="application/json" id="geoservice-layers">{config}</script>'
    title = f"<title>{html.escape(drawing.definition.title)}</title>"
    head = f'<meta name="viewport" content="width=device-width, initial-scale=1">{title}</head>'
    text = text.replace("</head>", head, 1)
    text = re.sub(
        r"<body>\s*", lambda _: f"<body><main>{_heading(drawing)}{script}\n", text, count=1
    )
    text = re.sub(
        r"\s*</body>", lambda _: f"\n{_panel(drawing, reference)}</main></body>", text, count=1
    )
    text = re.sub(
        r'(<div class="folium-map" id="map_[0-9a-f]+")',
        r'\1 role="application" aria-label="Interactive map; the table below says the same"', text,
    )  # fmt: skip
    return Page(text, nonce)


def _refuse_other_hosts(text: str) -> None:
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    strange = [one for one in links if one.split("/")[-1] not in _OWN_LINKS or "//" in one]
    if strange:
        raise ValueError("a page would ask another host for a file")


def _heading(drawing: Drawing) -> str:
    definition = drawing.definition
    return (
        f"<h1>{html.escape(definition.title)}</h1><p>{html.escape(definition.question)}</p>"
        f"<p>{html.escape(drawing.subtitle)}</p>"
    )


def _panel(drawing: Drawing, reference: Reference) -> str:
    legend = "".join(
        f'<li><svg width="18" height="14" aria-hidden="true"><rect width="18" height="14" '
        f'fill="{html.escape(one.colour)}" stroke="#333"/></svg> {html.escape(one.text)}</li>'
        for one in drawing.legend
    )
    head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in drawing.columns)
    body = "".join(_table_row(row) for row in drawing.rows)
    sources = sorted({one.source or one.file for one in reference.info.sources})
    return (
        f'<h2>Legend</h2><ul class="legend">{legend}</ul><p>{html.escape(drawing.note)}</p>'
        f"<h2>Table</h2><table><caption>{html.escape(drawing.definition.title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>Method: {html.escape(drawing.definition.method)}</p>"
        f"<p>Sources: {html.escape(', '.join(sources))}. Snapshot {html.escape(reference.snapshot)}. "
        "Release profile: public.</p>"
    )


def _table_row(row: tuple[str, ...]) -> str:
    first, *rest = (html.escape(cell) for cell in row)
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{c}</td>" for c in rest) + "</tr>"


def _inlined(text: str) -> str:
    def script(found: re.Match[str]) -> str:
        code = asset(found[1]).decode().replace("</script", r"<\/script")
        return f"<script>{code}</script>"

    def style(found: re.Match[str]) -> str:
        return f"<style>{asset(found[1]).decode()}</style>"

    text = re.sub(rf'<script src="{STATIC}/([a-z.]+)"></script>', script, text)
    return re.sub(rf'<link rel="stylesheet" href="{STATIC}/([a-z.]+)"\s*/?>', style, text)


@cache
def _assets() -> dict[str, bytes]:
    own = files("geoservice.cartography") / "static"
    found = {name: (own / name).read_bytes() for name in ("map.js", "page.css", "workspace.js")}
    leaflet = Path(xstatic.pkg.leaflet.BASE_DIR)
    script = (leaflet / "leaflet.js").read_text("utf-8")
    found["leaflet.js"] = re.sub(r"\n//# sourceMappingURL=.*", "", script).encode()
    style = (leaflet / "leaflet.css").read_text("utf-8")
    # Our maps use no picture of Leaflet's; without the links nothing is asked for.
    found["leaflet.css"] = re.sub(r"url\([^)]*\)", "none", style).encode()
    return found
