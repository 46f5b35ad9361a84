"""Outside providers, against a real server on loopback that speaks as Nominatim does."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest

FOUND = {"lat": "42.03", "lon": "-93.53", "display_name": "somewhere"}


@pytest.fixture
def nominatim():
    asked: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            query = parse_qs(urlsplit(self.path).query)
            asked.append(query)
            content = json.dumps([FOUND] if "Hidden" in query["q"][0] else []).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, asked
    server.shutdown()


def geocode(home, folder, tmp_path, **environ):
    table = tmp_path / "in.csv"
    table.write_text(
        "id,address,grade\n007,1 Hidden Way,3\n008,2 Gone Ct,3\n009,1234 N 5th Ave,3\n010,PO Box 7,3\n"
    )
    line = [
        sys.executable,
        "-m",
        "geoservice.cli.main",
        "geocode",
        str(table),
        "-o",
        str(tmp_path / "out.csv"),
        "--region",
        str(folder),
        "--grade",
        "grade",
    ]
    environ = {**os.environ, "GEOSERVICE_HOME": str(home), **environ}
    return subprocess.run(line, capture_output=True, text=True, env=environ, timeout=120)


def test_a_named_provider_is_asked_for_unmatched_addresses_alone(
    home, riverbend, riverbend_folder, nominatim, tmp_path
):
    server, asked = nominatim
    options = {
        "user_agent": "test",
        "scheme": "http",
        "pause_s": 0,
        "domain": f"127.0.0.1:{server.server_port}",
    }
    done = geocode(
        home,
        riverbend_folder,
        tmp_path,
        GEOSERVICE_PROVIDER="nominatim",
        GEOSERVICE_PROVIDER_OPTIONS=json.dumps(options),
    )
    assert done.returncode == 0, done.stderr
    assert [one["q"] for one in asked] == [["1 Hidden Way"], ["2 Gone Ct"]]
    assert "2 addresses were sent to the provider nominatim, 1 was found." in done.stderr
    assert "Hidden" not in done.stderr
    placed = pl.read_csv(tmp_path / "out.csv", infer_schema=False).to_dicts()
    assert [one["id"] for one in placed] == ["007", "008", "009", "010"]
    assert (placed[0]["geo_source"], placed[0]["geo_uncertainty_m"]) == (
        "provider:nominatim",
        "150.0",
    )
    assert placed[0]["school_of_right"]
    assert [one["geo_status"] for one in placed[1:]] == ["unmatched", "matched", "unmatched"]


def test_without_the_setting_nothing_is_asked(
    home, riverbend, riverbend_folder, nominatim, tmp_path
):
    assert geocode(home, riverbend_folder, tmp_path).returncode == 0
    assert nominatim[1] == []


@pytest.mark.parametrize(
    "environ",
    [
        {"GEOSERVICE_PROVIDER": "nobody"},
        {"GEOSERVICE_PROVIDER": "nominatim", "GEOSERVICE_PROVIDER_OPTIONS": "["},
        {"GEOSERVICE_PROVIDER": "nominatim", "GEOSERVICE_PROVIDER_OPTIONS": '{"planet": 1}'},
    ],
)
def test_a_provider_that_cannot_be_is_a_clear_error(
    home, riverbend, riverbend_folder, tmp_path, environ
):
    done = geocode(home, riverbend_folder, tmp_path, **environ)
    assert (done.returncode, "GEOSERVICE_PROVIDER" in done.stderr) == (2, True)
