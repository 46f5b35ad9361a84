"""Scripts and styles that pages may ask for: ours, and Leaflet's without its pictures."""

import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import xstatic.pkg.leaflet

MAP_SCRIPTS = ("map-looks.js", "map-cards.js", "map-points.js", "map-labels.js", "map-layers.js", "map-panel.js", "map-choices.js",
               "map-compare.js", "map-tiles.js", "map-table.js", "map.js")  # fmt: skip
MAP_STYLES = ("page.css", "map.css")
_OWN = (*MAP_SCRIPTS, *MAP_STYLES)


def asset(name: str) -> bytes:
    """A file of ours or of Leaflet that pages may ask for."""
    return _assets()[name]


@cache
def versioned(name: str) -> str:
    """A file's name with a digest of it: browsers keep it, and ask anew once it is another."""
    return f"{name}?v={digest(asset(name))}"


def digest(content: bytes) -> str:
    """A short digest of a file."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def assets() -> tuple[str, ...]:
    """Names of all assets."""
    return tuple(_assets())


@cache
def _assets() -> dict[str, bytes]:
    own = files("geoservice.cartography") / "static"
    found = {name: (own / name).read_bytes() for name in _OWN}
    leaflet = Path(xstatic.pkg.leaflet.BASE_DIR)
    script = (leaflet / "leaflet.js").read_text("utf-8")
    found["leaflet.js"] = re.sub(r"\n//# sourceMappingURL=.*", "", script).encode()
    style = (leaflet / "leaflet.css").read_text("utf-8")
    # Our maps use no picture of Leaflet's; without the links nothing is asked for.
    found["leaflet.css"] = re.sub(r"url\([^)]*\)", "none", style).encode()
    return found
