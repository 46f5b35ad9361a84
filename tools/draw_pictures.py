"""Draws the pictures of the documents anew from a running demo.

``python -m tools.draw_pictures http://127.0.0.1:8000`` draws all pictures; with ids of maps behind
the address it draws only the pictures of these maps for the gallery.
"""

import io
import shutil
import sys
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools.site.gallery import PICTURES, definitions

FOLDER = Path("docs/pictures")
_WIDTH, _GALLERY_WIDTH = 1000, 720
_COLORS, _GALLERY_COLORS = 256, 64
STILL = {
    "ratings": "ratings.png",
    "quality-seats": "quality-seats.png",
    "flows": "flows.png?band=K-5",
    "school-draw": "school-draw.png",
}
"""Pictures as the service draws them, as slides."""
SCREENS = {
    "page": ("/maps/service-gap", "body[data-ready]", (1280, 860)),
    "workspace": ("/?lang=es&map=reference&band=K-5", "#preview", (1280, 900)),
}
"""Pages in Debian's Chromium: address, what to wait for, size of the window."""


GALLERY_CHOICES = {"flows": "?band=K-5"}
"""Choices of maps of the gallery, where another choice shows more than the usual."""


def main() -> None:
    """Draw the pictures, of the fictional district alone."""
    service, names = sys.argv[1].rstrip("/"), sys.argv[2:]
    _draw_gallery(service, names or [definition.id for definition in definitions()])
    if not names:
        _draw_documents(service)


def _draw_gallery(service: str, names: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    for name in names:
        choice = GALLERY_CHOICES.get(name, "")
        with urlopen(f"{service}/maps/{name}.png{choice}", timeout=600) as answer:
            _write(PICTURES / name, answer.read(), _GALLERY_WIDTH, _GALLERY_COLORS)


def _draw_documents(service: str) -> None:
    """Draw the pictures inside of the texts, and the pages in a browser."""
    for name, address in STILL.items():
        with urlopen(f"{service}/maps/{address}", timeout=600) as answer:
            _write(FOLDER / name, answer.read(), _WIDTH, _COLORS)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, (address, awaited, (width, height)) in SCREENS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(service + address)
            _write(FOLDER / name, _seen(page, awaited), _WIDTH, _COLORS)
        browser.close()


def _seen(page: Page, awaited: str) -> bytes:
    page.locator(awaited).wait_for()
    if awaited == "#preview":
        page.frame_locator(awaited).locator("body[data-ready]").wait_for()
    page.wait_for_timeout(1_000)  # for tiles
    return page.screenshot()


def _write(path: Path, content: bytes, width: int, colors: int) -> None:
    """Write a picture in a width and few colors: a tenth of the bytes."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    size = width, round(picture.height * width / picture.width)
    small = picture.resize(size, Image.Resampling.LANCZOS)
    method = Image.Quantize.MAXCOVERAGE
    small = small.quantize(colors, method, kmeans=2, dither=Image.Dither.NONE)
    small.save(path.with_suffix(".png"), optimize=True)
    print(f"{path.name}: {size[0]} x {size[1]}")


if __name__ == "__main__":
    main()
