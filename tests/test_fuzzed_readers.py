"""Readers under fire: damaged files of each kind and any text as an address get an answer or a sentence, never a crash.

The same inputs are tried in each run. `FUZZ_INPUTS=100000 make fuzz` tries other ones, and more.
"""

import gzip
import io
import json
import os
import re
import struct
import tempfile
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import geopandas
import polars as pl
import pyarrow.parquet
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_reading import TOWNS

from geoservice.address.reading import read_address
from geoservice.errors import GeoserviceError
from geoservice.region.drafting import draft_region
from geoservice.region.manifest import Dataset
from geoservice.region.reading import read_raw
from geoservice.tables.reading import read_table

_INPUTS = int(os.environ.get("FUZZ_INPUTS", "60"))
_IS_SAME_EACH_RUN = "FUZZ_INPUTS" not in os.environ
_MOST_BYTES = 300_000_000
_TEXTS = (".csv", ".tsv", ".txt", ".geojson", ".geojsonl", ".kml", ".html")
_BINARIES = (".xlsx", ".parquet", ".gpkg", ".fgb", ".zip", ".csv.gz", ".kmz", ".ods")
_FIRE = settings(
    max_examples=_INPUTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=_IS_SAME_EACH_RUN,
)


def seeds():
    """A small whole file of each kind."""
    shapes = [shapely.box(-96, 42, -95.9, 42.1), shapely.Point(-96, 42).buffer(0.01)]
    frame = geopandas.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs=4326)
    table = pl.DataFrame({"id": ["1", "2"], "address": ["1 Main St", "2 Oak Ave"]})
    content = {ending: table.write_csv().encode() for ending in (".csv", ".tsv", ".txt")}
    content[".csv.gz"] = gzip.compress(content[".csv"])
    content[".geojson"] = frame.to_json().encode()
    content[".geojsonl"] = b"\n".join(
        json.dumps(feature).encode() for feature in json.loads(frame.to_json())["features"]
    )
    content[".html"] = b"<table><tr><th>id</th></tr><tr><td>1</td></tr></table>"
    with tempfile.TemporaryDirectory() as folder:
        for ending, driver in ((".gpkg", "GPKG"), (".fgb", "FlatGeobuf"), (".kml", "KML")):
            path = Path(folder, f"a{ending}")
            frame.to_file(path, driver=driver)
            content[ending] = path.read_bytes()
        frame.to_file(Path(folder, "a.shp"))
        content[".zip"] = packed({p.name: p.read_bytes() for p in Path(folder).glob("a.*")})
        content[".kmz"] = packed({"doc.kml": content[".kml"]})
        table.write_excel(Path(folder, "b.xlsx"))
        content[".xlsx"] = Path(folder, "b.xlsx").read_bytes()
        table.write_parquet(Path(folder, "b.parquet"))
        content[".parquet"] = Path(folder, "b.parquet").read_bytes()
    content[".ods"] = packed({"content.xml": b"<office:document-content/>"})
    return content


def packed(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


SEEDS = seeds()
SHAPE = shapely.Point(-96, 42).wkb
DAMAGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "grow", "repeat", "number"]),
        st.floats(0, 1),
        st.binary(max_size=12),
    ),
    min_size=1,
    max_size=6,
)


def damaged(content, damages):
    """A file after flipped bytes, lost ends, added bytes, repeated parts and lying numbers."""
    for kind, share, more in damages:
        place = int(share * len(content))
        if kind == "flip":
            flipped = bytes(255 - byte for byte in content[place : place + 1])
            content = content[:place] + flipped + content[place + 1 :]
        elif kind == "cut":
            content = content[:place]
        elif kind == "grow":
            content = content[:place] + more + content[place:]
        elif kind == "repeat":
            content = content[:place] + content[place : place + 400] * 3 + content[place:]
        else:
            lie = struct.pack("<I", 0xFFFF_FFF0)
            content = content[:place] + lie + content[place + 4 :]
    return content


def _read_layer(path):
    return read_raw(Dataset("zones", "zones", path, {}))


def read_as(ending, content):
    """Read a file as a table, a layer of a region and a file to draft a region from.

    Faults that are told are fine.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"fuzzed{ending}")
        path.write_bytes(content)
        for read in (read_table, _read_layer, lambda path: draft_region(path.parent)):
            with suppress(GeoserviceError):
                read(path)
        assert {entry.name for entry in Path(folder).iterdir()} == {path.name}


@pytest.mark.slow
@pytest.mark.parametrize("ending", [*_TEXTS, *_BINARIES])
def test_a_damaged_file_is_read_or_told(ending):
    @_FIRE
    @given(DAMAGES)
    def fire(damages):
        read_as(ending, damaged(SEEDS[ending], damages))

    fire()


@pytest.mark.slow
@pytest.mark.parametrize("ending", [*_TEXTS, ".xlsx", ".zip", ".gpkg"])
def test_any_bytes_under_any_ending_are_read_or_told(ending):
    @_FIRE
    @given(st.one_of(st.binary(max_size=400), st.sampled_from(list(SEEDS.values()))))
    def fire(content):
        read_as(ending, content)

    fire()


def nested(depth, inner):
    for _ in range(depth):
        inner = packed({"a.zip": inner})
    return inner


def of_version(version, archive):
    """A zip whose first entry says that it needs this version of zip to unpack."""
    place = archive.index(b"PK\x01\x02") + 6
    return archive[:place] + bytes([version]) + archive[place + 1 :]


def without_sheets(workbook):
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["xl/workbook.xml"] = re.sub(rb"<sheet .*?/>", b"", files["xl/workbook.xml"])
    return packed(files)


def geoparquet(description, shapes=SHAPE):
    """A file of one row whose metadata `geo` is this text."""
    columns = {"name": ["a"], "geometry": [shapes]}
    table = pyarrow.table(columns).replace_schema_metadata({"geo": description})
    stream = io.BytesIO()
    pyarrow.parquet.write_table(table, stream)
    return stream.getvalue()


def described(**column):
    """The metadata `geo` of a file with one column of shapes."""
    about = {"encoding": "WKB", "geometry_types": [], **column}
    return json.dumps(
        {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    )


def parquet_of(values):
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"address": values}), stream)
    return stream.getvalue()


_DEEP_WKB = struct.pack("<BII", 1, 7, 1) * 20_000 + SHAPE
_DEEP_WKT = "GEOMETRYCOLLECTION(" * 60_000
_LAST_DAY = pyarrow.array([2**31 - 1], pyarrow.int32()).cast(pyarrow.date32())
_NO_ZONE = pyarrow.array([0]).cast(pyarrow.timestamp("us", tz="Mars/Olympus"))

_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">'
    b'<!ENTITY c "&b;&b;&b;">]><kml><Document><name>&c;</name></Document></kml>'
)
_SHEET = b"xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".zip", nested(6, SEEDS[".zip"])),
        (".zip", of_version(235, SEEDS[".zip"])),
        (".xlsx", of_version(235, SEEDS[".xlsx"])),
        (".xlsx", without_sheets(SEEDS[".xlsx"])),
        (".zip", packed({"../../escaped.shp": b"x", "/tmp/escaped.dbf": b"x"})),
        (".zip", packed({"a.shp": b"\x00" * 30_000_000, "a.dbf": b"\x00" * 30_000_000})),
        (".xlsx", packed({_SHEET.decode(): b"<row/>" * 5_000_000})),
        (".kmz", packed({"doc.kml": _ENTITIES})),
        (".kml", _ENTITIES),
        (".xlsx", packed({"xl/workbook.xml": _ENTITIES, "[Content_Types].xml": _ENTITIES})),
        (".ods", packed({"content.xml": _ENTITIES})),
        (".csv.gz", gzip.compress(b"a,b\n" + b"0" * 40_000_000)),
        (".geojson", b"[" * 100_000),
        (".geojson", b'{"type":"FeatureCollection","features":[' + b'{"a":' * 50_000),
        (".parquet", b"PAR1" + b"\xff" * 40 + b"\xff\xff\xff\x7fPAR1"),
        (".csv", b'"' * 1_000_000),
        (".csv", b"," * 200_000 + b"\n1\n"),
        (".csv", f'geometry,a\nPOINT (1 1),b\n"{_DEEP_WKT}",c\n'.encode()),
        (".parquet", geoparquet(described(), _DEEP_WKB)),
        (".parquet", geoparquet(described(encoding="polygon"))),
        (".parquet", geoparquet("[" * 100_000)),
        (".parquet", parquet_of(_LAST_DAY)),
        (".parquet", parquet_of(_NO_ZONE)),
    ],
)
def test_files_of_an_attacker_are_told_and_cost_little(ending, content):
    tracemalloc.start()
    try:
        read_as(ending, content)
        assert tracemalloc.get_traced_memory()[1] < _MOST_BYTES
    finally:
        tracemalloc.stop()
    assert not Path("/tmp/escaped.dbf").exists()


@settings(max_examples=20 * _INPUTS, deadline=None, database=None, derandomize=_IS_SAME_EACH_RUN)
@given(st.text(max_size=120), st.text(max_size=30), st.text(max_size=12), st.text(max_size=12))
def test_any_text_is_read_as_an_address(line, town, state, zip_):
    read_address(line, town, state, zip_, TOWNS)
