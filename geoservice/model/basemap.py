"""An outside basemap beneath the maps of pages: off unless a setting names its tiles."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from geoservice.errors import InputError
from geoservice.model.environment import Environment

_TILE = ("{z}", "{x}", "{y}")
_URL, _ATTRIBUTION = "GEOSERVICE_BASEMAP_URL", "GEOSERVICE_BASEMAP_ATTRIBUTION"
_HOST = re.compile(r"[a-z0-9.-]+(?::\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Basemap:
    """Each field is a setting: ``basemap_url`` is ``GEOSERVICE_BASEMAP_URL``.

    ``basemap_url`` is the address of raster tiles with ``{z}``, ``{x}`` and ``{y}``; empty, the
    default, means that pages ask no other host. ``basemap_attribution`` is the text that the
    publisher of the tiles asks for. ``basemap_embeds`` allows the tiles in pages of embed links.
    """

    basemap_url: str = ""
    basemap_attribution: str = ""
    basemap_embeds: bool = False

    def origin(self, *, is_embed: bool) -> str:
        """Return the origin from which pages may load tiles; empty without a basemap."""
        if not self.basemap_url or (is_embed and not self.basemap_embeds):
            return ""
        parts = urlsplit(self.basemap_url)
        return f"{parts.scheme}://{parts.netloc}"

    def of_page(self, *, is_embed: bool) -> dict[str, str]:
        """Return the address and attribution of the tiles for a page; empty for none."""
        if not self.origin(is_embed=is_embed):
            return {}
        return {"url": self.basemap_url, "attribution": self.basemap_attribution}


def read_basemap(environment: Environment) -> Basemap:
    """Return the settings of the basemap.

    Raises
    ------
    InputError
        If the address is no https address of tiles, or has no attribution.
    """
    url = environment.address(_URL, is_secure=True)
    attribution = environment.text(_ATTRIBUTION)
    if url and not all(part in url for part in _TILE):
        raise InputError(f"{_URL} must have {', '.join(_TILE)}, for the number of each tile.")
    if url and not _HOST.fullmatch(urlsplit(url).netloc):
        raise InputError(f"{_URL} must name one host, such as `https://tiles.example.org`.")
    if url and not attribution:
        raise InputError(f"{_ATTRIBUTION} must say who publishes the tiles of {_URL}.")
    return Basemap(url, attribution, environment.flag("GEOSERVICE_BASEMAP_EMBEDS"))
