"""A running service answers from a region that another process builds anew."""

import os
import shutil
import subprocess
import sys

import httpx
from conftest import Server


def build(folder, home):
    line = [sys.executable, "-m", "geoservice.cli.main", "region", "build", str(folder)]
    environ = {**os.environ, "GEOSERVICE_HOME": str(home)}
    subprocess.run(line, env=environ, check=True, capture_output=True, timeout=300)


def test_answers_are_from_the_region_as_last_built(riverbend_folder, tmp_path):
    home, folder = tmp_path / "home", shutil.copytree(riverbend_folder, tmp_path / "riverbend")
    build(folder, home)
    server = Server(home, "serve", "--region", "riverbend", "--no-token", "--workers", "0")
    try:
        regions = httpx.get(f"{server.url}/v1/regions").json()["items"]
        assert httpx.get(f"{server.url}/maps/zones").status_code == 200
        manifest = folder / "region.toml"
        text = manifest.read_text("utf-8")
        manifest.write_text(text.replace("Riverbend Schools (fictional)", "Changed Schools", 1))
        # Until the files are built, answers stay with the snapshot that is there.
        assert httpx.get(f"{server.url}/v1/regions").json()["items"] == regions
        build(folder, home)
        anew = httpx.get(f"{server.url}/v1/regions").json()["items"]
        assert anew[0]["name"] == "Changed Schools"
        assert "Changed Schools" in httpx.get(f"{server.url}/maps/zones").text
        body = {"addresses": [{"address": "745 2nd ave northfield"}]}
        placed = httpx.post(f"{server.url}/v1/geocode", json=body).json()
        assert placed["results"][0]["geo_status"] == "matched"
    finally:
        server.stop()
