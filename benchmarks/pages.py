"""Pages of maps in Chromium on loopback: first paint, bytes of page and layers, shifts of the layout.

Budget: first paint at most 0.5 s, 400 kB, shifts of at most 0.05. ``MAPS`` names other maps.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from playwright.sync_api import Browser, sync_playwright

MAPS = os.environ.get(
    "MAPS", "reference zones ratings utilisation quality-seats participation service-gap trend"
).split()
ROUNDS, SIZES = 5, {"desktop": (1280, 900), "phone": (390, 844)}
_SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def opened(browser: Browser, url: str, size: tuple[int, int]) -> tuple[float, int, float]:
    """Milliseconds to the first paint, bytes received, and shifts of a page that nothing is kept of."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    received: list[int] = []
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    page.goto(url, timeout=600_000)
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    page.wait_for_timeout(400)
    paint, shifts = page.evaluate(_PAINT), page.evaluate(_SHIFTS)
    context.close()
    return paint, int(sum(received)), shifts


def told(browser: Browser, base: str, name: str) -> None:
    """Print the figures of one map."""
    url = f"{base}/maps/{name}"
    opened(browser, url, SIZES["desktop"])  # The service works the figure out once.
    for kind, size in SIZES.items():
        runs = [opened(browser, url, size) for _ in range(ROUNDS)]
        paints = sorted(run[0] for run in runs)
        print(
            f"{name}, {kind}: first paint {statistics.median(paints):.0f} ms (at most {paints[-1]:.0f}), "
            f"{max(run[1] for run in runs) / 1e3:.0f} kB, shifts {max(run[2] for run in runs):.3f}",
            flush=True,
        )


def main() -> None:
    """Serve the fictional district and open its main maps."""
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
            chromium = shutil.which("chromium") or shutil.which("chromium-browser")
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                for name in MAPS:
                    told(browser, text.split()[-1], name)
                browser.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
