"""Results go into a table of a real PostGIS: whole with their points, or not at all."""

import os
import shutil
import subprocess
import sys

import psycopg
import pyogrio
import pyproj
import pytest
import shapely

ROWS = '''id,name,address
007,"a, ""b""",745 2nd ave northfield
008,,PO Box 7
'''


@pytest.fixture
def url(postgres):
    address = f"postgresql://geoservice@/postgres?host={postgres}"
    with psycopg.connect(address, autocommit=True) as opened:
        available = "SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'"
        if opened.execute(available).fetchone() is None:
            pytest.skip("no PostGIS on this machine: apt-get install postgresql-15-postgis-3")
        opened.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        opened.execute("DROP TABLE IF EXISTS students")
    return address


@pytest.fixture
def geocode(home, riverbend, tmp_path):
    source = tmp_path / "students.csv"
    source.write_text(ROWS)

    def run(url, table="students"):
        line = [sys.executable, "-m", "geoservice.cli.main", "geocode", source, "--region"]
        line += ["riverbend", "-o", f"postgresql:{table}"]
        environ = {**os.environ, "GEOSERVICE_HOME": str(home), "GEOSERVICE_POSTGIS": url}
        return subprocess.run(line, env=environ, capture_output=True, text=True, timeout=120)

    return run


def rows(url, query):
    with psycopg.connect(url) as opened:
        return opened.execute(query).fetchall()


def test_results_are_a_table_with_points(url, geocode, home):
    done = geocode(url)
    assert done.returncode == 0, done.stderr
    places = rows(
        url,
        "SELECT id, name, geo_status, abs(ST_X(geom) - lon) < 1e-9, ST_SRID(geom) FROM students "
        "ORDER BY id",
    )
    assert places == [
        ("007", 'a, "b"', "matched", True, 4326),
        ("008", "", "unmatched", None, None),
    ]
    assert not list(home.glob(".results-*"))


def test_a_table_that_exists_is_refused_and_stays(url, geocode):
    assert geocode(url).returncode == 0
    again = geocode(url)
    assert again.returncode == 2
    assert "The table `students` exists already" in again.stderr
    assert rows(url, "SELECT count(*) FROM students") == [(2,)]


def test_other_names_and_databases_are_refused_without_the_password(geocode):
    strange = geocode("postgresql:///x", 'students"; DROP TABLE x; --')
    assert strange.returncode == 2
    assert "lower case" in strange.stderr
    absent = geocode("postgresql://geoservice:planted-password@127.0.0.1:9/x")
    assert absent.returncode != 0
    assert "cannot be reached" in absent.stderr
    assert "planted-password" not in absent.stderr
    unset = geocode("")
    assert "GEOSERVICE_POSTGIS" in unset.stderr


def test_a_table_is_a_layer_that_a_region_reads(url, home, riverbend_folder, tmp_path):
    folder = shutil.copytree(riverbend_folder, tmp_path / "riverbend")
    meta, _, shapes, fields = pyogrio.raw.read(folder / "elementary_zones.shp")
    names = [*meta["fields"]]
    srid = int(pyproj.CRS(meta["crs"]).to_epsg())
    with psycopg.connect(url) as opened:
        opened.execute("DROP TABLE IF EXISTS zones")
        columns = ", ".join(f'"{name}" text' for name in names)
        opened.execute(f"CREATE TABLE zones ({columns}, shape geometry)")
        values = ", ".join(["%s"] * len(names))
        for *cells, shape in zip(*fields, shapes, strict=True):
            texts = [str(cell) for cell in cells]
            query = f"INSERT INTO zones VALUES ({values}, ST_GeomFromWKB(%s, {srid}))"
            opened.execute(query, [*texts, shape])
    line = [sys.executable, "-m", "geoservice.cli.main", "region"]
    environ = {**os.environ, "GEOSERVICE_HOME": str(tmp_path / "home"), "GEOSERVICE_POSTGIS": url}

    def run(*arguments):
        return subprocess.run(
            [*line, *arguments], env=environ, capture_output=True, text=True, timeout=120
        )

    target = folder / "zones.gpkg"
    done = run("fetch", "postgresql:zones", "-o", target)
    assert done.returncode == 0, done.stderr
    _, _, fetched, _ = pyogrio.raw.read(target)
    before, after = (
        sorted(shapely.to_wkt(shapely.from_wkb(part), rounding_precision=9))
        for part in (shapes, fetched)
    )
    assert before == after
    manifest = folder / "region.toml"
    manifest.write_text(manifest.read_text().replace("elementary_zones.shp", "zones.gpkg"))
    checked = run("check", folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    absent = run("fetch", "postgresql:nowhere", "-o", target)
    assert absent.returncode == 2
    assert "`nowhere`" in absent.stderr
