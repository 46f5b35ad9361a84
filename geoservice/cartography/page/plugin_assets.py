"""Scripts and styles of Folium's elements, as markup that loads nothing from other hosts.

The files come with this package (`plugins`), with Folium, or with Leaflet's package.
"""

import base64
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import folium
import xstatic.pkg.leaflet

from geoservice.cartography.page.assets import asset, assets
from geoservice.errors import InputError

OWN = "geoservice:"
"""The beginning of the addresses of our own assets."""
_WITH_FOLIUM = ("leaflet_heat.min.js", "pa7_hm.min.js", "pa7_leaflet_hm.min.js")
_LEAFLET_CSS = "leaflet.css"
_EMPTY = ("leaflet.awesome.rotate.min.css",)
"""Styles that the map's own styles stand in for."""


def inline_markup(url: str) -> str:
    """Return the script or style of an address as an element of its own.

    Raises
    ------
    InputError
        If no package here holds the file.
    """
    text = _content(url)
    if _file_name(url).endswith(".css"):
        return f"<style>{text}</style>"
    return f"<script>{text.replace('</script', chr(60) + chr(92) + '/script')}</script>"


def default_marker() -> dict[str, str]:
    """Return the pictures of Leaflet's default marker, as data."""
    names = {
        "iconUrl": "marker-icon.png",
        "iconRetinaUrl": "marker-icon-2x.png",
        "shadowUrl": "marker-shadow.png",
    }
    return {option: _picture(name) for option, name in names.items()}


@cache
def _content(url: str) -> str:
    name = _file_name(url)
    if name == _LEAFLET_CSS:
        return _leaflet_css()
    if name in assets():
        return asset(name).decode()
    if name in _EMPTY:
        return ""
    if name in _WITH_FOLIUM:
        return (Path(folium.__file__).parent / "templates" / name).read_text("utf-8")
    path = files("geoservice.cartography.page") / "plugins" / name
    if not name or not path.is_file():
        raise InputError(
            f"The map asks the host {urlsplit(url).hostname or 'of another site'} for "
            f"`{name or url}`, which does not come with geoservice. Remove that plugin: maps of a "
            "region load nothing from other hosts. docs/embedding.md lists the plugins that work."
        )
    return path.read_text("utf-8")


def _file_name(url: str) -> str:
    """Return the file's name in an address; `jquery-3.7.1.min.js` is `jquery.min.js`."""
    name = urlsplit(url.removeprefix(OWN)).path.rpartition("/")[2]
    return re.sub(r"^jquery-[0-9.]+\.min\.js$", "jquery.min.js", name)


def _leaflet_css() -> str:
    """Return Leaflet's style with its pictures, which its control of layers needs."""
    text = (Path(xstatic.pkg.leaflet.BASE_DIR) / _LEAFLET_CSS).read_text("utf-8")
    return re.sub(r"url\(images/([^)]*)\)", lambda match: f"url({_picture(match[1])})", text)


@cache
def _picture(name: str) -> str:
    content = (Path(xstatic.pkg.leaflet.BASE_DIR) / "images" / name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
