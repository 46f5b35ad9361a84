"""The outside basemap: off unless a setting names it, and then for that host alone."""

import http.server
import io
import threading

import httpx
import pytest
from conftest import Server
from PIL import Image

from geoservice.errors import InputError
from geoservice.model.settings import Settings

SAYS = "Tiles © City & County"


class _Tiles(http.server.BaseHTTPRequestHandler):
    """Answers each tile with a green picture, and keeps what was asked."""

    asked: list[tuple[str, str | None]] = []  # noqa: RUF012 - one server in this file

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("Referer")))
        picture = io.BytesIO()
        Image.new("RGB", (256, 256), "#9fd39f").save(picture, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(picture.getvalue())

    def log_message(self, *_):
        """Keep the output of the test run quiet."""


@pytest.fixture(scope="module")
def tiles():
    """A server of tiles on another origin."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Tiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def served(home, riverbend, tiles):
    """The demo service with a basemap."""
    environ = {
        "GEOSERVICE_BASEMAP_URL": f"{tiles}/base/{{z}}/{{x}}/{{y}}.png",
        "GEOSERVICE_BASEMAP_ATTRIBUTION": SAYS,
    }
    running = Server(home, "demo", "--no-browser", environ=environ)
    yield running
    running.stop()


def images_of(url):
    """The part of a page's policy that tells where its pictures may come from."""
    policy = httpx.get(url).headers["content-security-policy"]
    (part,) = [part for part in policy.split("; ") if part.startswith("img-src")]
    return part


def test_tiles_of_another_host_are_asked_for_where_a_setting_names_them(served, tiles, page):
    assert images_of(f"{served.url}/maps/zones") == f"img-src 'self' data: {tiles}"
    page.goto(f"{served.url}/maps/zones")
    page.wait_for_selector("body[data-ready=true]")
    page.wait_for_selector(".leaflet-tile-loaded")
    assert page.locator(".leaflet-control-attribution").inner_text() == SAYS
    asked = [url for url in page.asked if not url.startswith(served.url)]
    assert asked
    assert all(url.startswith(f"{tiles}/base/") for url in asked)
    assert {referer for _, referer in _Tiles.asked} == {None}
    assert page.faults == []


def test_public_embeds_have_no_tiles_of_another_host(served, tiles, page):
    link = httpx.post(f"{served.url}/v1/embeds", json={"map": "zones"}).json()["url"]
    assert images_of(link) == "img-src 'self' data:"
    page.goto(link)
    page.wait_for_selector("body[data-ready=true]")
    assert not [url for url in page.asked if url.startswith(tiles)]
    assert tiles not in page.content()
    assert tiles not in httpx.get(f"{served.url}/maps/zones.html").text


def test_without_the_setting_pages_may_ask_no_other_host(server):
    assert images_of(f"{server.url}/maps/zones") == "img-src 'self' data:"


@pytest.mark.parametrize(
    ("url", "attribution", "says"),
    [
        ("https://tiles.example.org/{z}/{x}.png", SAYS, "must have"),
        ("http://tiles.example.org/{z}/{x}/{y}.png", SAYS, "https"),
        ("https://tiles.example.org/{z}/{x}/{y}.png", "", "ATTRIBUTION must say"),
        ("https://*.example.org;script-src/{z}/{x}/{y}.png", SAYS, "must name one host"),
    ],
)
def test_a_bad_basemap_is_named(url, attribution, says):
    environ = {"GEOSERVICE_BASEMAP_URL": url, "GEOSERVICE_BASEMAP_ATTRIBUTION": attribution}
    with pytest.raises(InputError, match=says):
        Settings.read(environ)


def test_embeds_have_the_tiles_only_if_a_setting_allows_it():
    environ = {
        "GEOSERVICE_BASEMAP_URL": "https://tiles.example.org/{z}/{x}/{y}.png",
        "GEOSERVICE_BASEMAP_ATTRIBUTION": SAYS,
    }
    basemap = Settings.read(environ).basemap
    assert basemap.of_page(is_embed=False)["url"] == environ["GEOSERVICE_BASEMAP_URL"]
    assert basemap.of_page(is_embed=True) == {}
    allowed = Settings.read(environ | {"GEOSERVICE_BASEMAP_EMBEDS": "true"}).basemap
    assert allowed.origin(is_embed=True) == "https://tiles.example.org"
