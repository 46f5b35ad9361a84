"""Draws the pictures of the docs anew from a running demo: ``python -m tools.draw_pictures http://127.0.0.1:8000``."""

import io
import shutil
import sys
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path("docs/pictures")
_WIDTH = 1000
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


def main() -> None:
    """Draw all pictures, of the fictional district alone."""
    service = sys.argv[1].rstrip("/")
    for name, address in STILL.items():
        with urlopen(f"{service}/maps/{address}", timeout=600) as answer:
            _write(name, answer.read())
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, (address, awaited, (width, height)) in SCREENS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(service + address)
            _write(name, _seen(page, awaited))
        browser.close()


def _seen(page: Page, awaited: str) -> bytes:
    page.locator(awaited).wait_for()
    if awaited == "#preview":
        page.frame_locator(awaited).locator("body[data-ready]").wait_for()
    page.wait_for_timeout(1_000)  # for tiles
    return page.screenshot()


def _write(name: str, content: bytes) -> None:
    """A picture of the docs' width, in few colours: a tenth of the bytes."""
    whole = Image.open(io.BytesIO(content)).convert("RGB")
    size = _WIDTH, round(whole.height * _WIDTH / whole.width)
    small = whole.resize(size, Image.Resampling.LANCZOS)
    small = small.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{name}.png", optimize=True)
    print(f"{name}: {size[0]} x {size[1]}")


if __name__ == "__main__":
    main()
