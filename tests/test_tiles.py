"""Vector tiles: what another program reads in them is what the region holds."""

import threading
import time

import brotli
import httpx
import numpy as np
import polars as pl
import pyogrio
import pytest
import shapely

from geoservice.service.kept import Kept
from geoservice.tiles.layers import LAYERS, streets
from geoservice.tiles.mercator import TileId

FLAT = {"Accept-Encoding": "identity"}


def middle(layer, z):
    shapes = layer.lines if hasattr(layer, "lines") else layer.shapes
    west, north, east, south = shapely.total_bounds(shapes)
    return TileId(z, int((west + east) / 2 * (1 << z)), int((north + south) / 2 * (1 << z)))


def read(content, at, folder):
    """The tile as GDAL reads it, in metres of web maps."""
    path = folder / "tile.mvt"
    path.write_bytes(content)
    return pyogrio.read_dataframe(path, X=at.x, Y=at.y, Z=at.z)


def test_streets_of_a_tile_lie_on_the_streets_of_the_region(riverbend, tmp_path):
    layer = streets(riverbend.reference)
    at = middle(layer, 16)
    found = read(layer.tile(at), at, tmp_path).to_crs("EPSG:4326")
    assert len(found) > 3
    assert found["name"].notna().all()
    table = riverbend.reference.streets()
    for name, line in zip(found["name"], found.geometry, strict=True):
        mine = shapely.union_all(
            shapely.from_wkb(table.filter(pl.col("name") == name.upper())["geometry"].to_list())
        )
        # A pixel of zoom 15 is 0.00004 degrees.
        assert line.within(mine.buffer(0.0001)), name


def test_zones_of_a_tile_cover_what_the_zones_cover(riverbend, tmp_path):
    layer = LAYERS["zones"](riverbend.reference)
    at = middle(layer, 12)
    found = read(layer.tile(at), at, tmp_path).to_crs("EPSG:4326")
    assert found.is_valid.all()
    table = riverbend.reference.zones().filter(set_id="elementary")
    whole = shapely.union_all(shapely.from_wkb(table["geometry"].to_list()))
    seen = shapely.union_all(found[found["set"] == "elementary"].geometry)
    k = 360 / (1 << 12)
    box = shapely.box(at.x * k - 180, seen.bounds[1], (at.x + 1) * k - 180, seen.bounds[3])
    expected = shapely.intersection(whole, box)
    assert abs(seen.area - expected.area) / expected.area < 0.002
    assert set(found["id"]) <= {row["zone_id"] for row in riverbend.reference.zones().to_dicts()}


def test_low_zooms_leave_out_what_nobody_could_see(riverbend):
    layer = streets(riverbend.reference)
    sizes = [len(layer.tile(middle(layer, z))) for z in (9, 10, 12)]
    assert 0 < sizes[0] < sizes[1] < sizes[2] < 60_000


@pytest.mark.parametrize("zoom", [10, 11, 12, 13])
def test_a_street_of_24_pixels_is_drawn_at_every_zoom(riverbend, zoom):
    layer = streets(riverbend.reference)
    length = np.bincount(
        layer.name, weights=shapely.length(layer.lines), minlength=len(layer.names)
    )
    long_enough = length[layer.name] * (256 << zoom) >= 24
    is_drawn = layer.is_drawn(np.arange(len(layer.lines)), zoom)
    assert not is_drawn.all()
    assert (is_drawn == long_enough)[np.asarray(layer.names, dtype=object)[layer.name] != ""].all()


def test_a_tile_away_from_the_region_is_empty(riverbend):
    for make in LAYERS.values():
        assert make(riverbend.reference).tile(TileId(14, 3, 3)) == b""


def test_tiles_over_http_are_compressed_and_known_again(server, riverbend):
    at = middle(streets(riverbend.reference), 13)
    url = f"{server.url}/tiles/streets/{at.z}/{at.x}/{at.y}.mvt"
    plain = httpx.get(url, headers=FLAT)
    assert plain.content == streets(riverbend.reference).tile(at)
    packed = httpx.get(url, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "br"
    assert packed.content == plain.content  # httpx unpacks it
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]
    again = httpx.get(url, headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with httpx.stream("GET", url, headers={"Accept-Encoding": "br;q=0, gzip"}) as raw:
        assert raw.headers["content-encoding"] == "gzip"
    with httpx.stream("GET", url, headers={"Accept-Encoding": "br"}) as raw:
        assert brotli.decompress(b"".join(raw.iter_raw())) == plain.content


@pytest.mark.parametrize(
    "path", ["nope/1/0/0", "streets/3/8/0", "streets/60/0/0", "streets/2/0/-1"]
)
def test_tiles_that_cannot_be_are_not_found(server, path):
    answer = httpx.get(f"{server.url}/tiles/{path}.mvt")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_tilejson_names_tiles_that_exist(server, riverbend):
    about = httpx.get(f"{server.url}/tiles/zones.json").json()
    at = middle(LAYERS["zones"](riverbend.reference), 11)
    url = about["tiles"][0].format(z=at.z, x=at.x, y=at.y)
    assert len(httpx.get(url).content) > 100
    assert about["bounds"][0] < about["bounds"][2]


def test_what_many_ask_for_at_once_is_made_once():
    kept, made, answers = Kept(1_000, len), [], []

    def make():
        made.append(1)
        time.sleep(0.1)
        return b"map"

    asking = [
        threading.Thread(target=lambda: answers.append(kept.get("map", make))) for _ in range(8)
    ]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert (len(made), answers) == (1, [b"map"] * 8)


def test_a_fault_reaches_all_who_wait_and_is_not_kept():
    kept, faults = Kept(1_000, len), []

    def fail():
        time.sleep(0.05)
        raise ValueError("no")

    def ask():
        try:
            kept.get("map", fail)
        except ValueError as fault:
            faults.append(fault)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(faults) == 4
    assert kept.get("map", lambda: b"better") == b"better"


def test_the_store_keeps_its_budget_and_forgets_the_least_used():
    kept = Kept(10, len)
    kept.get("a", lambda: b"aaaa")
    kept.get("b", lambda: b"bbbb")
    kept.get("a", lambda: b"never")
    kept.get("c", lambda: b"cccc")
    assert kept.total == 8
    assert kept.get("a", lambda: b"new!") == b"aaaa"
    assert kept.get("b", lambda: b"new!") == b"new!"
    assert kept.get("large", lambda: b"x" * 11) == b"x" * 11
    assert kept.total <= 10
