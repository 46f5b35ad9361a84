"""Pages of maps in Chromium on loopback: first paint, bytes of page and layers, shifts of the layout.

Budget: first paint at most 0.5 s, 400 kB, shifts of at most 0.05. All maps are opened; ``MAPS``
names some of them.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

MAPS = os.environ.get("MAPS", "").split()
ROUNDS = 5
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
"""Options of the browser's context for each kind of screen."""
_SETTLED_MS = 400
_SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def shifts_of(page: Page) -> float:
    """Sum of the shifts of the layout of a page whose map is drawn."""
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    page.wait_for_timeout(_SETTLED_MS)
    return float(page.evaluate(_SHIFTS))


def opened(browser: Browser, url: str, screen: dict[str, Any]) -> tuple[float, int, float]:
    """Milliseconds to the first paint, bytes received, and shifts of a page that nothing is kept of."""
    context = browser.new_context(**screen)
    page = context.new_page()
    received: list[int] = []
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    page.goto(url, timeout=600_000)
    shifts, paint = shifts_of(page), page.evaluate(_PAINT)
    context.close()
    return paint, int(sum(received)), shifts


def told(browser: Browser, base: str, name: str) -> None:
    """Print the figures of one map."""
    url = f"{base}/maps/{name}"
    opened(browser, url, SCREENS["desktop"])  # The service works the figure out once.
    for kind, screen in SCREENS.items():
        runs = [opened(browser, url, screen) for _ in range(ROUNDS)]
        paints = sorted(run[0] for run in runs)
        print(
            f"{name}, {kind}: first paint {statistics.median(paints):.0f} ms (at most {paints[-1]:.0f}), "
            f"{max(run[1] for run in runs) / 1e3:.0f} kB, shifts {max(run[2] for run in runs):.3f}",
            flush=True,
        )


def maps_of(base: str) -> list[str]:
    """Ids of all maps that a service offers."""
    catalogue = httpx.get(f"{base}/maps", headers={"Accept": "application/json"}, timeout=60)
    return [entry["id"] for entry in catalogue.raise_for_status().json()["items"]]


def main() -> None:
    """Serve the fictional district and open its maps."""
    with tempfile.TemporaryDirectory() as home:
        line = [sys.executable, "-m", "geoservice.cli.main", "demo", "--no-browser", "--port", "0"]
        environ = {**os.environ, "GEOSERVICE_HOME": os.environ.get("PAGES_HOME", home)}
        server: subprocess.Popen[Any] = subprocess.Popen(
            line, stderr=subprocess.PIPE, text=True, env=environ
        )
        try:
            text = ""
            while "Ready at" not in text:
                text = server.stderr.readline()
            base = text.split()[-1]
            chromium = shutil.which("chromium") or shutil.which("chromium-browser")
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                for name in MAPS or maps_of(base):
                    told(browser, base, name)
                browser.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
