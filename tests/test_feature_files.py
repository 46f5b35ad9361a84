"""Feature files: GDAL opens a file only as the kind that its ending says, and asks no network."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from geoservice.errors import InputError
from geoservice.region.drafting import draft_region
from geoservice.region.manifest import Dataset
from geoservice.region.reading import read_raw
from geoservice.tables.feature_files import PLAIN_FORMATS
from geoservice.tables.reading import read_table

_GEOJSON = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"a"},'
    '"geometry":{"type":"Point","coordinates":[1,2]}}]}'
)
_ENDINGS = (".geojson", ".json", ".gpkg", ".fgb", ".kml", ".kmz", ".shp", ".geojsonl", ".gdb")


@contextmanager
def web_server():
    """A server on loopback, and the paths that it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            content = _GEOJSON.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", asked
    finally:
        running.shutdown()
        running.server_close()


def virtual(source: str, before: str = "") -> str:
    return (
        f"{before}<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource relativeToVRT='0'>"
        f"{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


def dataset(path):
    return Dataset("zones", "zones", path, {})


@pytest.mark.parametrize("ending", _ENDINGS)
def test_a_virtual_dataset_reads_no_other_file(tmp_path, ending):
    secret = tmp_path / "secret.csv"
    secret.write_text("id,name\n1,Planted\n")
    disguised = tmp_path / f"zones{ending}"
    disguised.write_text(virtual(str(secret)))
    if ending == ".shp":
        (tmp_path / "zones.dbf").write_bytes(b"\x03" + b"\x00" * 40)
    with pytest.raises(InputError) as fault:
        read_raw(dataset(disguised))
    assert "Planted" not in str(fault.value)


@pytest.mark.parametrize("before", ["", "\ufeff", "  \n", "<?xml version='1.0'?>", '{"a": "'])
def test_a_virtual_dataset_sends_no_request(tmp_path, before):
    with web_server() as (address, asked):
        disguised = tmp_path / "students.geojson"
        disguised.write_text(virtual(f"/vsicurl/{address}/a.geojson", before), "utf-8")
        for read in (read_table, lambda path: read_raw(dataset(path))):
            with pytest.raises(InputError, match="another format than its ending says"):
                read(disguised)
        assert asked == []


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".kml"])
def test_a_draft_of_a_region_opens_no_virtual_dataset(tmp_path, ending, monkeypatch):
    import pyogrio

    opened = []
    monkeypatch.setattr(pyogrio, "list_layers", opened.append)
    (tmp_path / f"zones{ending}").write_text(virtual("/etc/hosts"))
    assert [layer.raw for layer in draft_region(tmp_path).layers] == [None]
    assert opened == []


def test_gdal_asks_no_network_even_where_it_is_told_to(tmp_path):
    import pyogrio

    plain = tmp_path / "a.geojson"
    plain.write_text(_GEOJSON)
    assert read_table(plain)["name"].to_list() == ["a"]
    with web_server() as (address, asked):
        for source in (f"/vsicurl/{address}/a.geojson", f"{address}/a.geojson"):
            with pytest.raises(pyogrio.errors.DataSourceError):
                pyogrio.read_arrow(source)
        assert asked == []


def pipeline(source, before=""):
    """A pipeline of GDAL's algorithms, which its driver GDALG runs when it is opened."""
    step = f"gdal vector pipeline ! read {source} ! write --of stream streamed_dataset"
    return before + json.dumps({"type": "gdal_streamed_alg", "command_line": step})


@pytest.mark.parametrize("ending", [".geojson", ".json", ".geojsonl"])
@pytest.mark.parametrize("before", ["", "\ufeff", "  \n"])
def test_a_pipeline_of_algorithms_is_not_run(tmp_path, ending, before):
    secret = tmp_path / "secret.csv"
    secret.write_text("id,name\n1,Planted\n")
    disguised = tmp_path / f"students{ending}"
    disguised.write_text(pipeline(secret, before), "utf-8")
    for read in (read_table, lambda path: read_raw(dataset(path))):
        with pytest.raises(InputError) as fault:
            read(disguised)
        assert "Planted" not in str(fault.value)


def test_gdal_has_no_format_that_stands_for_other_files_or_services(tmp_path):
    """Whatever formats a later version of GDAL adds, they are left out."""
    import pyogrio

    plain = tmp_path / "a.geojson"
    plain.write_text(_GEOJSON)
    read_table(plain)
    kept = set(pyogrio.list_drivers())
    assert not kept & {"GDALG", "OGR_VRT", "HTTP", "WFS", "OAPIF", "CSW", "ADBC", "GML"}
    assert kept <= PLAIN_FORMATS
    assert {"GPKG", "GeoJSON", "FlatGeobuf", "ESRI Shapefile", "LIBKML", "OpenFileGDB"} <= kept
