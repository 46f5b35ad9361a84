"""A region is built anew while a service runs, or between its crash and its restart."""

import os
import shutil
import subprocess
import sys

import httpx
import polars as pl
from batch_service import client, finished, post, service, students, wait
from conftest import Server
from test_purge import killed_with_workers, until


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


def test_a_region_built_anew_between_crash_and_restart_changes_no_row_of_a_job(
    riverbend_folder, tmp_path
):
    """The job goes on with the snapshot that it began with; a later job has the new one."""
    home, folder = tmp_path / "home", shutil.copytree(riverbend_folder, tmp_path / "riverbend")
    build(folder, home)
    rows = students(20_000)
    server = service(home, chunk_rows="200")
    with client(server) as opened:
        whole = opened.get(f"{finished(opened, rows)}/result").content
        location = post(opened, rows).headers["Location"]
        until(lambda: opened.get(location).json()["done"] > 1_000, 90)
        before = opened.get(location).json()
        killed_with_workers(server)
    assert before["state"] == "running"
    for path in folder.glob("addresses_*.csv"):
        points = pl.read_csv(path, infer_schema=False)
        north = (pl.col("lat").cast(pl.Float64) + 1e-4).round(6).cast(pl.String)
        points.with_columns(lat=north).write_csv(path)
    build(folder, home)
    server = service(home, chunk_rows="200")
    try:
        with client(server) as opened:
            job = wait(opened, location)
            assert (job["state"], job["snapshot"]) == ("done", before["snapshot"])
            assert opened.get(f"{location}/result").content == whole
            later = finished(opened, rows)
            assert opened.get(later).json()["snapshot"] != before["snapshot"]
            assert opened.get(f"{later}/result").content != whole
    finally:
        server.stop()
