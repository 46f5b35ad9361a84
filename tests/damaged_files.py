"""Damaged files of each kind, and files that an attacker makes."""

import gzip
import io
import json
import re
import struct
import tempfile
import zipfile
from pathlib import Path

import geopandas
import polars as pl
import pyarrow.parquet
import shapely
from hypothesis import strategies as st
from old_workbook import compound, number, old_book, size, text

TEXTS = (".csv", ".tsv", ".txt", ".geojson", ".geojsonl", ".kml", ".html")
BINARIES = (".xlsx", ".parquet", ".gpkg", ".fgb", ".zip", ".csv.gz", ".kmz", ".ods", ".xls")


def seeds():
    """A small whole file of each kind."""
    shapes = [shapely.box(-96, 42, -95.9, 42.1), shapely.Point(-96, 42).buffer(0.01)]
    frame = geopandas.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs=4326)
    table = pl.DataFrame({"id": ["1", "2"], "address": ["1 Main St", "2 Oak Ave"]})
    content = {ending: table.write_csv().encode() for ending in (".csv", ".tsv", ".txt")}
    content[".csv.gz"] = gzip.compress(content[".csv"], mtime=0)
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
    content[".ods"] = open_document(2, 2)
    content[".xls"] = compound(old_book(size(2, 1) + text(0, 0, "id") + number(1, 0)))
    return content


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="A">'
    '<table:table-row table:number-rows-repeated="{rows}"><table:table-cell '
    'table:number-columns-repeated="{columns}" office:value-type="string"><text:p>a</text:p>'
    "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
    "</office:document-content>"
)


def open_document(rows, columns):
    """A spreadsheet of LibreOffice whose only cell is repeated."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    text = _ODS.format(rows=rows, columns=columns)
    return packed({"mimetype": kind, "META-INF/manifest.xml": "<manifest/>", "content.xml": text})


def with_sheet(workbook, rows):
    """A workbook whose first sheet has these rows as XML."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    before = files["xl/worksheets/sheet1.xml"].partition(b"<sheetData>")[0]
    files["xl/worksheets/sheet1.xml"] = before + b"<sheetData>" + rows + b"</sheetData></worksheet>"
    return packed(files)


def packed(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
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
_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><%s><Document><name>&a11;</name></Document></%s>"
)
_VIRTUAL = (
    b"<OGRVRTDataSource><OGRVRTLayer name='passwd'><SrcDataSource>/etc/passwd</SrcDataSource>"
    b"</OGRVRTLayer></OGRVRTDataSource>"
)
_PIPELINE = (
    b'{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read /etc/passwd '
    b'! write --of stream streamed_dataset"}'
)
_CORNERS = b'<c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c>'


def linked(target):
    """A zip whose entries are links to a file outside."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("a.shp", "a.dbf", "a.shx"):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, target)
    return stream.getvalue()


def small_of(archive):
    """A zip whose directory says that each entry is small."""
    content = bytearray(archive)
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


ATTACKS = [
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
    (".csv.gz", gzip.compress(b"a,b\n" + b"0" * 40_000_000, mtime=0)),
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
    (".zip", linked("/etc/passwd")),
    (".zip", small_of(packed({"a.geojson": b" " * 60_000_000}))),
    (".kmz", packed({"doc.kml": b"<kml>" + b" " * 60_000_000 + b"</kml>"})),
    (".kmz", packed({"../../escaped.kml": SEEDS[".kml"], "doc.kml": SEEDS[".kml"]})),
    *((".kml", _LAUGHS % (root, root)) for root in (b"kml", b"gpx", b"FeatureCollection")),
    (".kml", _VIRTUAL),
    (".geojson", _VIRTUAL),
    (".geojson", _PIPELINE),
    (".gpkg", _PIPELINE),
    (".xlsx", packed({"xl/workbook.xml": _LAUGHS % (b"workbook", b"workbook")})),
    (".xlsx", with_sheet(SEEDS[".xlsx"], _CORNERS)),
    (".xlsx", with_sheet(SEEDS[".xlsx"], b'<c r="A1048576"><v>1</v></c>')),
    (".xlsx", with_sheet(SEEDS[".xlsx"], b'<c r="AAAAAA1"><v>1</v></c>')),
    (".xls", compound(old_book(*[number(65_535, 255)] * 20))),
    (".xls", compound(old_book(number(65_535, 65_535)))),
    (".xls", compound(old_book(size(4_294_967_280, 65_535)))),
    (".ods", open_document(1_048_576, 16_384)),
    (".csv", b"\xff\xfe" + "id,address\n1,a\n".encode("utf-16-le")[:-1]),
    (".csv", b"id,address\r" * 1_000 + b"\x00" * 1_000),
    (".csv", b"a," * 50_000 + b"a\n1\n"),
    (".csv.gz", gzip.compress(b"id,address\n" + b"1,a\n" * 100, mtime=0)[:-12]),
    (".csv.gz", gzip.compress(gzip.compress(b"id,address\n1,a\n", mtime=0), mtime=0)),
    (".html", b"<table>" * 20_000 + b"<tr><td>1"),
]
