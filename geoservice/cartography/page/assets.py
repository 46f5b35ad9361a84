"""Scripts and styles of pages: our files, and Leaflet's without its pictures."""

import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import xstatic.pkg.leaflet

MAP_SCRIPTS = (
    "map-looks.js",
    "map-cards.js",
    "map-points.js",
    "map-labels.js",
    "map-ground.js",
    "map-names.js",
    "map-layers.js",
    "map-panel.js",
    "map-gestures.js",
    "map-folds.js",
    "map-choices.js",
    "map-finding.js",
    "map-ranking.js",
    "map-years.js",
    "map-compare.js",
    "map-tiles.js",
    "map-table.js",
    "map.js",
)
MAP_STYLES = ("page.css", "map.css", "map-ranking.css", "map-matrix.css", "map-years.css")
_OWN = (*MAP_SCRIPTS, *MAP_STYLES)


def asset(name: str) -> bytes:
    """Return a file of ours or of Leaflet that pages load."""
    return _assets()[name]


@cache
def versioned(name: str) -> str:
    """Return a file's name with its digest, so browsers keep it until it changes."""
    return f"{name}?v={digest(asset(name))}"


def digest(content: bytes) -> str:
    """A short digest of a file."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def assets() -> tuple[str, ...]:
    """Names of all assets."""
    return tuple(_assets())


@cache
def _assets() -> dict[str, bytes]:
    folder = files("geoservice.cartography.page") / "static"
    contents = {name: (folder / name).read_bytes() for name in _OWN}
    leaflet = Path(xstatic.pkg.leaflet.BASE_DIR)
    script = (leaflet / "leaflet.js").read_text("utf-8")
    contents["leaflet.js"] = re.sub(r"\n//# sourceMappingURL=.*", "", script).encode()
    style = (leaflet / "leaflet.css").read_text("utf-8")
    # Our maps use no picture of Leaflet's; without the links nothing is asked for.
    contents["leaflet.css"] = re.sub(r"url\([^)]*\)", "none", style).encode()
    return contents
