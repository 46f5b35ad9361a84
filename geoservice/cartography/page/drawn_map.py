"""A drawing as a Folium map, to which users can add markers, layers and plugins.

Its file holds data, scripts and styles, and a policy that forbids requests to other hosts. Our
texts are inserted after Folium's templates have run, so no template reads them.
"""

from collections.abc import Iterator
from html import escape
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.map import Layer as FoliumLayer
from folium.raster_layers import TileLayer
from folium.template import Template

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.figure.layers import TILES, Layer
from geoservice.cartography.page.assets import MAP_SCRIPTS, MAP_STYLES, digest
from geoservice.cartography.page.config import page_config, script_json
from geoservice.cartography.page.frame import heading, under
from geoservice.cartography.page.page import HandOver, map_stage
from geoservice.cartography.page.plugin_assets import OWN, default_marker, inline_markup
from geoservice.errors import InputError

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-src data:; base-uri 'none'; form-action 'none'"
)
_MAX_ZOOM = 18
_JQUERY = "jquery.min.js"
_ICONS = (
    "leaflet.awesome-markers.js",
    "leaflet.awesome-markers.css",
)
_FONTS = {"fa": "all.min.css", "glyphicon": "bootstrap-glyphicons.css"}


class DrawnMap(folium.Map):
    """A drawing as a Folium map.

    Attributes
    ----------
    drawing : Drawing
        The figure that the map shows.
    """

    def __init__(self, drawing: Drawing) -> None:
        west, south, east, north = drawing.bounds
        super().__init__(
            location=((south + north) / 2, (west + east) / 2),
            tiles=None,
            control_scale=True,
            zoom_snap=0.25,
            zoom_control=False,
        )
        # Without tiles the map has no last zoom of its own, and clusters of markers need it.
        self.options["max_zoom"] = _MAX_ZOOM
        self.drawing = drawing
        self._figure_data = script_json("geoservice-figure", page_config(drawing, inside=True))
        # The same figure gives the same bytes: Folium's own ids are random.
        self._id = digest(self._figure_data.encode())
        for layer in drawing.layers:
            if layer.kind != TILES:
                self.add_child(_DrawnLayer(layer, self._id, drawing.bounds))
        self.add_child(HandOver())  # type: ignore[no-untyped-call]

    def render(self, **kwargs: Any) -> str:  # noqa: ANN401 - what Folium passes on
        """Render into the figure of the map, with every script and style inside.

        Raises
        ------
        InputError
            If a layer or plugin needs files or tiles of another host.
        """
        self._refuse_tiles()
        links = [f"{OWN}{name}" for name in self._asset_names()]
        self.default_js = [(link, link) for link in links if link.endswith(".js")]
        self.default_css = [(link, link) for link in links if link.endswith(".css")]
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        figure = self.get_root()
        if not isinstance(figure, Figure):
            raise TypeError("Folium's root is no figure")
        figure.html.add_child(_Verbatim(self._body()), name=self.get_name())
        # Folium's own head forbids readers to enlarge the page.
        figure.header.add_child(_Verbatim(""), name=self.get_name())
        _put_files_in(figure, self._head())
        return ""

    def page(self) -> str:
        """Return the whole page with all that was added to the map."""
        text: str = self.get_root().render()
        choice = self.drawing.choice
        opening = f'<html lang="{choice.lang}" data-theme="{choice.theme}">'
        return text.replace("<html>", opening, 1)

    def _asset_names(self) -> Iterator[str]:
        """Yield the assets of the map, and of Folium's elements that are on it."""
        yield from ("leaflet.js", "leaflet.css")
        elements = tuple(_elements(self))
        if any(isinstance(element, folium.Popup) for element in elements):
            yield _JQUERY
        icons = [element for element in elements if isinstance(element, folium.Icon)]
        if icons:
            yield from _ICONS
        for prefix in sorted({str(icon.options.get("prefix", "glyphicon")) for icon in icons}):
            yield _FONTS.get(prefix, _FONTS["fa"])
        yield from (*MAP_SCRIPTS, *MAP_STYLES)

    def _refuse_tiles(self) -> None:
        for element in _elements(self):
            inner = getattr(element, "tile_layer", element)  # A small map has tiles of its own.
            if isinstance(inner, TileLayer) and "//" in str(getattr(inner, "tiles", "")):
                raise InputError(
                    f"The layer `{inner.layer_name}` loads tiles from another host. Remove it: "
                    "maps of a region load nothing from other hosts and show the region's own "
                    "streets."
                )

    def _head(self) -> str:
        title = escape(f"{self.drawing.title} {self.drawing.subtitle}")
        return (
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title>"
        )

    def _body(self) -> str:
        choice = self.drawing.choice
        opening = f'<div class="folium-map" id="{self.get_name()}"'
        looks = script_json("geoservice-marker", default_marker())
        return (
            f'<main lang="{choice.lang}">{heading(self.drawing, is_file=True)}'
            f"{self._figure_data}{looks}\n"
            f"{map_stage(opening, self.drawing)}{under(self.drawing, is_file=True)}</main>"
        )


class _DrawnLayer(FoliumLayer):
    """A layer of a drawing, which Folium's control of layers lists."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = geoservice.group({{ this.layer_id|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, layer: Layer, map_id: str, box: tuple[float, float, float, float]) -> None:
        # Folium puts the name into a template: braces would be read by it.
        name = layer.title.translate(str.maketrans("{}", "()"))
        super().__init__(name=name, overlay=True, show=layer.is_on)
        self._name = "DrawnLayer"
        self._id = digest(f"{map_id} {layer.id}".encode())
        self.layer_id = layer.id
        self._box = box

    def _get_self_bounds(self) -> list[list[float | None]]:
        west, south, east, north = self._box
        return [[south, west], [north, east]]


class _Verbatim(Element):
    """Markup that no template reads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_: Any) -> str:  # noqa: ANN401 - what Folium passes on
        """Return the markup as it is."""
        return self._text


def _elements(element: Element) -> Iterator[Element]:
    """Yield an element's descendants; pop-ups of a marker and icons too."""
    for child in element._children.values():
        yield child
        yield from _elements(child)


def _put_files_in(figure: Figure, head: str) -> None:
    """Replace the links in a figure's head by the linked files."""
    links = list(figure.header._children.items())
    for name, element in links:
        if isinstance(element, JavascriptLink | CssLink):
            figure.header.add_child(_Verbatim(inline_markup(element.url)), name=name)
    figure.header.add_child(_Verbatim(head), name="geoservice-head")
    # The policy holds for what follows it.
    figure.header._children.move_to_end("geoservice-head", last=False)
