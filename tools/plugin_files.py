"""Writes the scripts and styles of Leaflet plugins that Folium's maps ask for into the package.

``python -m tools.plugin_files`` takes them from npm (`npm pack`), puts pictures and fonts into the
styles, and writes the licences beside them. Run it to take up another version.
"""

import base64
import json
import mimetypes
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

TARGET = Path("geoservice/cartography/page/plugins")
_DROPPED_FONTS = ("fa-brands", "fa-v4compatibility", ".ttf", ".eot", ".svg#", ".woff)")
_SHARPER_PICTURES = r"@media[^{]*min--moz-device-pixel-ratio[^{]*\{(?:[^{}]*\{[^}]*\})*\s*\}"
PACKAGES: dict[str, dict[str, str]] = {
    "jquery@3.7.1": {"dist/jquery.min.js": "jquery.min.js"},
    "bootstrap@3.4.1": {"dist/css/bootstrap.css": "bootstrap-glyphicons.css"},
    "@fortawesome/fontawesome-free@6.2.0": {"css/all.min.css": "all.min.css"},
    "leaflet.awesome-markers@2.0.5": {
        "dist/leaflet.awesome-markers.min.js": "leaflet.awesome-markers.js",
        "dist/leaflet.awesome-markers.css": "leaflet.awesome-markers.css",
    },
    "leaflet.markercluster@1.1.0": {
        "dist/leaflet.markercluster.js": "leaflet.markercluster.js",
        "dist/MarkerCluster.css": "MarkerCluster.css",
        "dist/MarkerCluster.Default.css": "MarkerCluster.Default.css",
    },
    "leaflet.featuregroup.subgroup@1.0.2": {
        "dist/leaflet.featuregroup.subgroup.js": "leaflet.featuregroup.subgroup.js"
    },
    "leaflet.fullscreen@3.0.0": {
        "Control.FullScreen.js": "Control.FullScreen.min.js",
        "Control.FullScreen.css": "Control.FullScreen.css",
    },
    "leaflet-minimap@3.6.1": {
        "dist/Control.MiniMap.min.js": "Control.MiniMap.js",
        "dist/Control.MiniMap.min.css": "Control.MiniMap.css",
    },
    "leaflet-measure@2.1.7": {
        "dist/leaflet-measure.min.js": "leaflet-measure.min.js",
        "dist/leaflet-measure.css": "leaflet-measure.min.css",
    },
    "leaflet-draw@1.0.2": {
        "dist/leaflet.draw.js": "leaflet.draw.js",
        "dist/leaflet.draw.css": "leaflet.draw.css",
    },
    "leaflet-mouse-position@1.2.0": {
        "src/L.Control.MousePosition.js": "L.Control.MousePosition.min.js",
        "src/L.Control.MousePosition.css": "L.Control.MousePosition.min.css",
    },
    "leaflet-groupedlayercontrol@0.6.1": {
        "dist/leaflet.groupedlayercontrol.min.js": "leaflet.groupedlayercontrol.min.js",
        "dist/leaflet.groupedlayercontrol.min.css": "leaflet.groupedlayercontrol.min.css",
    },
    "leaflet.control.layers.tree@1.1.0": {
        "L.Control.Layers.Tree.js": "L.Control.Layers.Tree.min.js",
        "L.Control.Layers.Tree.css": "L.Control.Layers.Tree.min.css",
    },
    "leaflet-search@2.9.7": {
        "dist/leaflet-search.min.js": "leaflet-search.min.js",
        "dist/leaflet-search.min.css": "leaflet-search.min.css",
    },
    "leaflet.locatecontrol@0.66.2": {
        "dist/L.Control.Locate.min.js": "L.Control.Locate.min.js",
        "dist/L.Control.Locate.min.css": "L.Control.Locate.min.css",
    },
    "d3@3.5.5": {"d3.min.js": "d3.min.js"},
    "leaflet-ant-path@1.1.2": {"dist/leaflet-ant-path.js": "leaflet-ant-path.min.js"},
}
"""Packages, and for each file of them the name that Folium asks for."""


def write_all() -> None:
    """Write all files and their licences."""
    TARGET.mkdir(parents=True, exist_ok=True)
    licences = []
    for package, files in PACKAGES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = _unpacked(package, Path(name))
            for source, target in files.items():
                (TARGET / target).write_text(_content(folder / source, target), "utf-8")
            licences.append(_licence(package, folder, sorted(files.values())))
    (TARGET / "LICENSES.txt").write_text("\n\n".join(licences), "utf-8")


def _unpacked(package: str, folder: Path) -> Path:
    line = ["npm", "pack", "--silent", "--pack-destination", str(folder), package]
    subprocess.run(line, check=True, capture_output=True)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package"


def _content(source: Path, target: str) -> str:
    text = source.read_text("utf-8", "replace").replace("\r\n", "\n")
    text = re.sub(r"\n?//# sourceMappingURL=.*", "", text)
    text = re.sub(r"\n?/\*# sourceMappingURL=.*?\*/", "", text)
    if not target.endswith(".css"):
        return text
    if target == "bootstrap-glyphicons.css":
        text = _glyphicons(text)
    if target == "all.min.css":
        text = re.sub(r"@font-face\{[^}]*\}", _current_font, text)
    text = re.sub(_SHARPER_PICTURES, "", text)
    links = r"url\(\s*['\"]?([^)'\"]+)['\"]?\s*\)"
    return re.sub(links, lambda match: _inlined(match, source), text)


def _glyphicons(text: str) -> str:
    """Return the rules of the icons alone, without those of the rest of a page."""
    rules = re.findall(r"@font-face \{.*?\}|\.glyphicon[^{]*\{[^}]*\}", text, re.S)
    return "\n".join(rules)


def _current_font(match: re.Match[str]) -> str:
    """Return the font faces of the present names; those of earlier versions hold the same fonts."""
    kept = "Font Awesome 6 Free" in match[0] and "fa-brands" not in match[0]
    return match[0] if kept else ""


def _inlined(match: re.Match[str], source: Path) -> str:
    name = match[1]
    if name.startswith(("data:", "#")):
        return match[0]
    if any(part in f"{name})" for part in _DROPPED_FONTS):
        return "url(data:,)"
    path = (source.parent / name.partition("?")[0].partition("#")[0]).resolve()
    if not path.is_file():  # Some plugins name pictures that their package does not hold.
        return "none"
    kind = mimetypes.guess_type(path.name)[0] or "font/woff2"
    return f"url(data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()})"


def _licence(package: str, folder: Path, names: list[str]) -> str:
    described = json.loads((folder / "package.json").read_text("utf-8"))
    texts = [path.read_text("utf-8", "replace") for path in sorted(folder.glob("LICEN[CS]E*"))]
    text = texts[0].strip() if texts else f"Licence: {described.get('license', 'see the package')}"
    return f"{package}: {', '.join(names)}\n{'-' * 72}\n{text}\n"


if __name__ == "__main__":
    write_all()
