"""Layers that are broken in one place: repaired or left out, counted, named by row.

Loss is an error.
"""

import json
from pathlib import Path

import geopandas
import numpy as np
import openpyxl
import pyarrow.parquet
import pyogrio
import pyproj
import pytest
import shapely

from geoservice.errors import InputError
from geoservice.model.layers import Finding, RegionLayers
from geoservice.region.layers import read_layers

STREETS = """
id = "small"
metric_crs = "EPSG:26910"
school_year = "2023-24"
[[streets]]
file = "streets.geojson"
[streets.fields]
full_name = "NAME"
from_left = "LF"
to_left = "LT"
"""
ZONES = """
[[zones]]
id = "elementary"
file = "{file}"
{more}
[zones.fields]
school_id = "SCHOOL"
{fields}
"""
WEST, EAST = (-122.42, 37.69, -122.40, 37.71), (-122.40, 37.69, -122.38, 37.71)


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(geometry: dict[str, object] | None, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def write_geojson(path: Path, *features: dict[str, object], **members: object) -> Path:
    content = {"type": "FeatureCollection", **members, "features": list(features)}
    path.write_text(json.dumps(content))
    return path


def region(folder: Path, file: str, more: str = 'grades = "KG-05"', fields: str = "") -> Path:
    """A region with one street and one file of zones."""
    line = {"type": "LineString", "coordinates": [[-122.41, 37.7], [-122.39, 37.7]]}
    write_geojson(folder / "streets.geojson", feature(line, NAME="Oak St", LF=101, LT=199))
    text = STREETS + ZONES.format(file=file, more=more, fields=fields)
    (folder / "region.toml").write_text(text)
    return folder


def named(layers: RegionLayers, code: str) -> Finding:
    """The one finding of a code."""
    (finding,) = [finding for finding in layers.findings if finding.code == code]
    return finding


def grades_of(folder: Path, *cells: str) -> RegionLayers:
    """Zones whose column of grades has these cells."""
    features = [
        feature(polygon(ring(*WEST)), SCHOOL=f"S{row}", G=cell)
        for row, cell in enumerate(cells, start=1)
    ]
    write_geojson(folder / "zones.geojson", *features)
    return read_layers(region(folder, "zones.geojson", more="", fields='grades = "G"'))


def test_codes_of_other_states_are_grades(tmp_path):
    layers = grades_of(tmp_path, "EE-02", "JK-SK", "K4, K5, 1", "PK-05")
    assert [row[-1] for row in layers.zones["grades"]] == ["02", "KG", "01", "05"]
    assert layers.findings == ()


@pytest.mark.parametrize("cell", ["XX-05", "middle", "5-K", "K-15", "?"])
def test_an_unknown_grade_leaves_out_its_own_row_and_names_it(tmp_path, cell):
    layers = grades_of(tmp_path, "KG-05", cell, "06-08")
    assert layers.zones["zone_id"].to_list() == ["S1", "S3"]
    assert len(layers.zone_polygons) == 2
    found = named(layers, "unknown_grade")
    assert (found.severity, found.count, found.rows) == ("error", 1, ("2",))
    assert cell not in found.message


@pytest.mark.parametrize("cell", ["5-Mar", "Mar-05", "3/5/2024", "2024-03-05"])
def test_a_day_of_the_calendar_hints_at_the_spreadsheet(tmp_path, cell):
    found = named(grades_of(tmp_path, "KG-05", cell), "grade_is_day")
    assert found.rows == ("2",)
    assert "spreadsheet" in found.message


def test_a_lone_k5_is_kindergarten_and_is_asked_about(tmp_path):
    layers = grades_of(tmp_path, "K5", "K-5", "K8")
    assert layers.zones["grades"].list.len().to_list() == [1, 6, 9]
    assert named(layers, "kindergarten_alone").rows == ("1",)


OPEN_RING = [[-122.42, 37.69], [-122.40, 37.69], [-122.40, 37.71], [-122.42, 37.71]]
NAN = float("nan")


def placemark(school: str, coordinates: str) -> str:
    return (
        f"<Placemark><name>{school}</name><ExtendedData><Data name='SCHOOL'><value>{school}</value></Data></ExtendedData>"
        f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></outerBoundaryIs>"
        "</Polygon></Placemark>"
    )


def write_kml(path: Path, folders: dict[str, list[str]]) -> Path:
    inside = "".join(
        f"<Folder><name>{name}</name>{''.join(marks)}</Folder>" for name, marks in folders.items()
    )
    path.write_text(
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inside}</Document></kml>'
    )
    return path


WEST_RING = "-122.42,37.69 -122.40,37.69 -122.40,37.71 -122.42,37.71"
EAST_RING = "-122.40,37.69 -122.38,37.69 -122.38,37.71 -122.40,37.71 -122.40,37.69"


def test_open_rings_are_closed_and_named(tmp_path):
    marks = [placemark("S1", WEST_RING), placemark("S2", EAST_RING)]
    write_kml(tmp_path / "zones.kml", {"Zones": marks})
    layers = read_layers(region(tmp_path, "zones.kml"))
    assert layers.zones["zone_id"].to_list() == ["S1", "S2"]
    found = named(layers, "open_ring")
    assert (found.severity, found.count, found.rows) == ("repair", 1, ("1",))
    write_geojson(
        tmp_path / "zones.geojson",
        feature(polygon(ring(*EAST)), SCHOOL="S2"),
        feature(polygon(OPEN_RING), SCHOOL="S1"),
    )
    layers = read_layers(region(tmp_path, "zones.geojson"))
    assert len(layers.zone_polygons) == 2
    assert named(layers, "open_ring").rows == ("2",)


@pytest.mark.parametrize(
    ("geometry", "code", "left"),
    [
        (polygon([*OPEN_RING[:2], [NAN, 37.7], *OPEN_RING[2:], OPEN_RING[0]]), "no_coordinates", 3),
        (
            polygon([*OPEN_RING[:2], [float("inf"), 37.7], *OPEN_RING[2:], OPEN_RING[0]]),
            "no_coordinates",
            3,
        ),
        (polygon([[NAN, NAN], [NAN, 1], [1, NAN], [NAN, NAN]]), "no_polygon", 2),
        (polygon(ring(*WEST), [[1, 1], [NAN, 1], [1, NAN], [1, 1]]), "no_coordinates", 3),
        (
            {
                "type": "MultiPolygon",
                "coordinates": [[ring(*WEST)], [[[1, 1], [NAN, 1], [1, NAN], [1, 1]]]],
            },
            "no_coordinates",
            3,
        ),
        (None, "no_polygon", 2),
        (polygon(), "no_polygon", 2),
        (polygon([[-122.4, 37.7], [-122.39, 37.7]]), "no_polygon", 2),
        ({"type": "Point", "coordinates": [-122.4, 37.7]}, "other_shape", 2),
        (polygon(ring(400, 900, 500, 950)), "bad_position", 2),
        (
            polygon(
                [
                    [-122.42, 37.69],
                    [-122.40, 37.71],
                    [-122.40, 37.69],
                    [-122.42, 37.71],
                    [-122.42, 37.69],
                ]
            ),
            "invalid_geometry",
            3,
        ),
    ],
)
def test_one_broken_shape_costs_at_most_its_row_and_is_named(tmp_path, geometry, code, left):
    whole = [feature(polygon(ring(*EAST)), SCHOOL="S1"), feature(polygon(ring(*EAST)), SCHOOL="S3")]
    write_geojson(tmp_path / "zones.geojson", whole[0], feature(geometry, SCHOOL="S2"), whole[1])
    layers = read_layers(region(tmp_path, "zones.geojson"))
    assert len(layers.zones) == left
    assert named(layers, code).rows == ("2",)


def metres(box: tuple[float, float, float, float], crs: str) -> list[list[float]]:
    to = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [list(to.transform(*vertex)) for vertex in ring(*box)]


def zones_in(folder: Path, projection: str, **members: object) -> Path:
    return write_geojson(
        folder / "zones.geojson",
        *(
            feature(polygon(metres(box, projection)), SCHOOL=school)
            for box, school in ((WEST, "S1"), (EAST, "S2"))
        ),
        **members,
    )


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:26910", "EPSG:2227"])
def test_geojson_in_metres_needs_crs_and_takes_it(tmp_path, crs):
    zones_in(tmp_path, crs)
    with pytest.raises(InputError, match="Name it with `crs`"):
        read_layers(region(tmp_path, "zones.geojson"))
    layers = read_layers(region(tmp_path, "zones.geojson", f'grades = "K-5"\ncrs = "{crs}"'))
    assert layers.zones["zone_id"].to_list() == ["S1", "S2"]
    east, north = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:26910", always_xy=True).transform(
        -122.41, 37.7
    )
    assert shapely.intersects_xy(layers.zone_polygons[0], east, north)
    assert layers.findings == ()


def test_geojson_that_names_its_crs_is_believed(tmp_path):
    zones_in(tmp_path, "EPSG:26910", crs={"type": "name", "properties": {"name": "EPSG:26910"}})
    assert len(read_layers(region(tmp_path, "zones.geojson")).zones) == 2


def test_shapes_with_latitude_first_are_told_as_such(tmp_path):
    exchanged = [[y, x] for x, y in ring(*WEST)]
    write_geojson(tmp_path / "zones.geojson", feature(polygon(exchanged), SCHOOL="S1"))
    with pytest.raises(InputError, match="seem to be exchanged"):
        read_layers(region(tmp_path, "zones.geojson"))


def test_a_crs_that_the_numbers_contradict_does_not_count(tmp_path):
    zones_in(tmp_path, "EPSG:4326")
    layers = read_layers(region(tmp_path, "zones.geojson", 'grades = "K-5"\ncrs = "EPSG:2227"'))
    assert len(layers.zones) == 2
    zones_in(tmp_path, "EPSG:26910", crs={"type": "name", "properties": {"name": "EPSG:4269"}})
    with pytest.raises(InputError, match="coordinates are not"):
        read_layers(region(tmp_path, "zones.geojson"))
    zones_in(tmp_path, "EPSG:4326", crs={"type": "name", "properties": {"name": "EPSG:26910"}})
    assert (
        named(read_layers(region(tmp_path, "zones.geojson")), "crs_contradicted").severity
        == "warning"
    )


LOCAL = 'LOCAL_CS["Unknown",UNIT["Meter",1.0]]'


@pytest.mark.parametrize(
    "prj",
    [
        LOCAL,
        'ENGCRS["CAD",EDATUM["CAD"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]',
    ],
)
def test_a_local_crs_is_one_sentence_that_names_crs(tmp_path, prj):
    shapes = np.array([shapely.Polygon(metres(box, "EPSG:26910")) for box in (WEST, EAST)])
    pyogrio.raw.write(
        tmp_path / "zones.shp",
        shapely.to_wkb(shapes),
        [np.array(["S1", "S2"], dtype=object)],
        ["SCHOOL"],
        crs="EPSG:26910",
        geometry_type="Polygon",
        encoding="UTF-8",
    )
    (tmp_path / "zones.prj").write_text(prj)
    with pytest.raises(InputError, match="with `crs`"):
        read_layers(region(tmp_path, "zones.shp"))
    layers = read_layers(region(tmp_path, "zones.shp", 'grades = "K-5"\ncrs = "EPSG:26910"'))
    assert len(layers.zones) == 2


@pytest.mark.parametrize(
    "crs", ["EPSG:99999", "LOCAL", 'LOCAL_CS[\\"x\\",UNIT[\\"Meter\\",1.0]]', "EPSG:5703"]
)
def test_a_crs_of_the_manifest_that_is_none_is_refused(tmp_path, crs):
    zones_in(tmp_path, "EPSG:26910")
    with pytest.raises(InputError, match="`crs`"):
        read_layers(region(tmp_path, "zones.geojson", f'grades = "K-5"\ncrs = "{crs}"'))


def test_a_layer_that_loses_all_shapes_is_refused(tmp_path):
    point = {"type": "Point", "coordinates": [-122.4, 37.7]}
    write_geojson(
        tmp_path / "zones.geojson", feature(point, SCHOOL="S1"), feature(None, SCHOOL="S2")
    )
    with pytest.raises(InputError, match="none of its 2 rows has a polygon"):
        read_layers(region(tmp_path, "zones.geojson"))


def test_a_layer_without_rows_is_told(tmp_path):
    nothing = np.array([], dtype=object)
    pyogrio.raw.write(
        tmp_path / "zones.gpkg",
        nothing,
        [nothing],
        ["SCHOOL"],
        crs="EPSG:4326",
        geometry_type="Polygon",
    )
    assert named(read_layers(region(tmp_path, "zones.gpkg")), "empty_layer").severity == "warning"


def test_many_lost_shapes_are_an_error_and_one_of_many_a_warning(tmp_path):
    whole = [feature(polygon(ring(*EAST)), SCHOOL=f"S{row}") for row in range(20)]
    for lost, severity in ((1, "warning"), (5, "error")):
        write_geojson(tmp_path / "zones.geojson", *whole, *[feature(None, SCHOOL="X")] * lost)
        assert (
            named(read_layers(region(tmp_path, "zones.geojson")), "no_polygon").severity == severity
        )


def test_all_folders_of_a_kml_are_read_or_the_one_that_is_named(tmp_path):
    folders = {
        "North zones": [placemark("S1", WEST_RING)],
        "South zones": [placemark("S2", EAST_RING)],
        "Empty": [],
    }
    write_kml(tmp_path / "zones.kml", folders)
    layers = read_layers(region(tmp_path, "zones.kml"))
    assert layers.zones["zone_id"].to_list() == ["S1", "S2"]
    assert "`North zones`, `South zones`" in named(layers, "several_folders").message
    for layer in ("South zones", "south ZONES "):
        more = f'grades = "K-5"\nlayer = "{layer}"'
        assert read_layers(region(tmp_path, "zones.kml", more)).zones["zone_id"].to_list() == ["S2"]
    with pytest.raises(InputError, match=r"Its layers are: .*`North zones`"):
        read_layers(region(tmp_path, "zones.kml", 'grades = "K-5"\nlayer = "West"'))
    more = 'grades = "K-5"\nwhere = "folder = \'North zones\'"'
    assert read_layers(region(tmp_path, "zones.kml", more)).zones["zone_id"].to_list() == ["S1"]


def test_geoparquet_with_an_open_ring_is_repaired(tmp_path):
    wkb = bytearray(shapely.to_wkb(shapely.box(*WEST)))
    open_ring = bytes(wkb[:9]) + (4).to_bytes(4, "little") + bytes(wkb[13 : 13 + 64])
    whole = geopandas.GeoDataFrame(
        {"SCHOOL": ["S1", "S2"]}, geometry=[shapely.box(*EAST)] * 2, crs="EPSG:4326"
    )
    whole.to_parquet(tmp_path / "zones.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "zones.parquet")
    shapes = pyarrow.array([table["geometry"][0].as_py(), open_ring], pyarrow.binary())
    table = table.set_column(1, table.schema.field("geometry"), shapes)
    pyarrow.parquet.write_table(table, tmp_path / "zones.parquet")
    layers = read_layers(region(tmp_path, "zones.parquet"))
    assert layers.zones["zone_id"].to_list() == ["S1", "S2"]
    assert named(layers, "open_ring").rows == ("2",)


ADDRESSES = """
[[addresses]]
file = "points.csv"
{more}
[addresses.fields]
number = "n"
street = "s"
lon = "{lon}"
lat = "{lat}"
"""


def points(folder: Path, text: str, more: str = "", lon: str = "x", lat: str = "y") -> RegionLayers:
    zones_in(folder, "EPSG:4326")
    region(folder, "zones.geojson")
    (folder / "points.csv").write_text(text)
    manifest = folder / "region.toml"
    manifest.write_text(manifest.read_text() + ADDRESSES.format(more=more, lon=lon, lat=lat))
    return read_layers(folder)


def test_columns_in_feet_need_crs_and_take_it(tmp_path):
    feet = "n,s,x,y\n1,Oak St,5990000,2110000\n2,Oak St,5990100,2110000\n"
    with pytest.raises(InputError, match=r"do not hold degrees\. Name their CRS with `crs`"):
        points(tmp_path, feet)
    layers = points(tmp_path, feet, 'crs = "EPSG:2227"')
    assert layers.addresses["lon"].round(1).to_list() == [-122.5, -122.5]
    with pytest.raises(InputError, match="`crs` is not a known CRS"):
        points(tmp_path, feet, 'crs = "EPSG:0"')


def test_exchanged_columns_are_told_as_such(tmp_path):
    with pytest.raises(InputError, match="seem to be exchanged"):
        points(tmp_path, "n,s,x,y\n1,Oak St,-122.4,37.7\n", lon="y", lat="x")


def test_one_bad_place_of_many_costs_its_row(tmp_path):
    layers = points(
        tmp_path,
        "n,s,x,y\n1,Oak St,-122.4,37.7\n2,Oak St,5990100,2110000\n3,Oak St,nan,37.7\n4,Oak St,-122.4,37.7\n",
    )
    assert layers.addresses["number"].to_list() == ["1", "4"]
    assert named(layers, "bad_position").rows == ("2",)
    assert named(layers, "incomplete_address").rows == ("2", "3")


def test_addresses_of_which_none_can_be_used_are_refused(tmp_path):
    with pytest.raises(InputError, match="Empty in all rows: `number`, `lon` and `lat`"):
        points(tmp_path, "n,s,x,y\n,Oak St,W122,N37\n,Elm St,,\n")


HEAD = "n,s,x,y\n"


def test_an_odd_quote_and_a_row_too_long_cost_their_rows_alone(tmp_path):
    text = (
        HEAD
        + '1,"Oak St,-122.4,37.7\n2,Oak St,-122.4,37.7\n3,Oak, St,-122.4,37.7\n,Oak St,-122.4,37.7\n'
    )
    layers = points(tmp_path, text)
    assert layers.addresses["number"].to_list() == ["1", "2"]
    found = {
        code: named(layers, code) for code in ("odd_quote", "row_too_long", "incomplete_address")
    }
    assert {code: (finding.severity, finding.rows) for code, finding in found.items()} == {
        "odd_quote": ("repair", ("1",)),
        "row_too_long": ("error", ("3",)),
        "incomplete_address": ("warning", ("4",)),
    }


def test_totals_notes_and_blank_rows_below_a_table_are_left_out(tmp_path):
    text = (
        HEAD
        + "1,Oak St,-122.4,37.7\n\n2,Oak St,-122.4,37.7\n,,,\nGrand total,2,,\n,,,\nSource: the office,,,\n"
    )
    layers = points(tmp_path, text)
    assert layers.addresses["number"].to_list() == ["1", "2"]
    assert named(layers, "below_table").rows == ("5", "7")
    assert [finding.code for finding in layers.findings] == ["below_table"]


def test_a_note_of_several_words_directly_below_a_table_is_left_out(tmp_path):
    text = (
        HEAD
        + "1,Oak St,-122.4,37.7\n2,Oak St,-122.4,37.7\n* Data of October,,,\nend of worksheet,,,\n"
    )
    layers = points(tmp_path, text)
    assert layers.addresses["number"].to_list() == ["1", "2"]
    assert named(layers, "below_table").rows == ("3", "4")


def test_a_street_called_total_in_the_middle_is_data(tmp_path):
    text = HEAD + "1,Oak St,-122.4,37.7\nTotal,Oak St,-122.4,37.7\n2,Oak St,-122.4,37.7\n"
    assert points(tmp_path, text).addresses["number"].to_list() == ["1", "TOTAL", "2"]


def test_a_table_below_a_title_is_found_and_noted(tmp_path):
    title = "Address points of the county,,,\n,,,\n"
    layers = points(tmp_path, title + HEAD + "1,Oak St,-122.4,37.7\n")
    assert len(layers.addresses) == 1
    assert "row 3" in named(layers, "table_place").message
    layers = points(
        tmp_path, title + "n,s,u,v\n" + HEAD + "1,Oak St,-122.4,37.7\n", "header_row = 4"
    )
    assert len(layers.addresses) == 1


@pytest.mark.parametrize(
    "more",
    ["", 'sheet = "Points"', 'layer = "Points"', 'sheet = "2"', 'sheet = "Points"\nheader_row = 2'],
)
def test_a_sheet_of_a_workbook_is_found_or_named(tmp_path, more):
    book = openpyxl.Workbook()
    book.active.append(["Addresses of the county"])
    sheet = book.create_sheet("Points")
    for row in [["As of October"], ["n", "s", "x", "y"], [1, "Oak St", -122.4, 37.7]]:
        sheet.append(row)
    book.save(tmp_path / "points.xlsx")
    zones_in(tmp_path, "EPSG:4326")
    region(tmp_path, "zones.geojson")
    text = ADDRESSES.format(more=more, lon="x", lat="y").replace("points.csv", "points.xlsx")
    manifest = tmp_path / "region.toml"
    manifest.write_text(manifest.read_text() + text)
    layers = read_layers(tmp_path)
    assert layers.addresses.select("number", "lon").row(0) == ("1", -122.4)


@pytest.mark.parametrize("more", ["header_row = 2", 'sheet = "Zones"'])
def test_a_layer_has_no_header_row_and_no_sheet(tmp_path, more):
    zones_in(tmp_path, "EPSG:4326")
    with pytest.raises(InputError, match="`layer` names a layer"):
        read_layers(region(tmp_path, "zones.geojson", f'grades = "K-5"\n{more}'))
