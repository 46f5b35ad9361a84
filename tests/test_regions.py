"""Regions as districts have them: readable, mended and reported, or refused with a remedy."""

import gzip
import json
import shutil
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import polars as pl
import pyogrio
import pytest
import shapely
from conftest import SHARED

from geoservice import Region
from geoservice.demo.generate import generate, true_positions
from geoservice.errors import InputError, UnknownRegionError
from geoservice.model.settings import Settings
from geoservice.region.check import check_layers
from geoservice.region.known_fields import known_fields
from geoservice.region.layers import read_layers
from geoservice.service.first_manifest import init_region
from geoservice.service.regions import Regions

BASE = """
id = "small"
metric_crs = "EPSG:26910"
school_year = "2023-24"
"""
STREETS = """
[[streets]]
file = "{file}"
{more}
[streets.fields]
name = "NAME"
type = "TYPE"
from_left = "LF"
to_left = "LT"
from_right = "RF"
to_right = "RT"
"""
ZONES = """
[[zones]]
id = "elementary"
file = "{file}"
grades = "KG-05"
[zones.fields]
school_id = "SCHOOL"
"""
LINE = shapely.LineString([(-122.4, 37.7), (-122.39, 37.7)])
BOX = shapely.box(-122.41, 37.69, -122.38, 37.71)


def write(path: Path, shapes: list, crs: str | None = "EPSG:4326", **fields: list) -> Path:
    columns = {
        name: np.array(values, dtype=object if isinstance(values[0], str) else None)
        for name, values in fields.items()
    }
    kind = "Unknown" if path.suffix != ".shp" else shapes[0].geom_type
    if shapely.has_z(shapes[0]):
        kind = f"{shapes[0].geom_type} Z"
    with np.errstate(all="ignore"):
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(shapes)),
            list(columns.values()),
            list(columns),
            crs=crs or "EPSG:4326",
            geometry_type=kind,
            encoding="UTF-8",
        )
    if crs is None:
        path.with_suffix(".prj").unlink()
    return path


def streets(path: Path, line: shapely.LineString = LINE, crs: str | None = "EPSG:4326") -> Path:
    return write(
        path, [line], crs, NAME=["Ñandú"], TYPE=["St"], LF=[101], LT=[199], RF=[100], RT=[198]
    )


def region(folder: Path, file: str, more: str = "", extra: str = "") -> Path:
    (folder / "region.toml").write_text(BASE + STREETS.format(file=file, more=more) + extra)
    return folder


@pytest.mark.parametrize("ending", [".shp", ".gpkg", ".geojson", ".fgb"])
def test_each_kind_of_file_gives_the_same_streets(tmp_path, ending):
    streets(tmp_path / f"s{ending}")
    read = read_layers(region(tmp_path, f"s{ending}"))
    assert read.streets.row(0, named=True)["name"] == "Ñandú"
    assert read.streets.select("from_left", "to_right").row(0) == (101, 198)
    assert abs(shapely.length(read.street_lines[0]) - 881) < 5


def test_a_zip_with_junk_beside_the_shapefile_is_read(tmp_path):
    streets(tmp_path / "s.shp")
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for part in tmp_path.glob("s.*"):
            if part.suffix != ".zip":
                archive.write(part, f"Inner/{part.name}")
        archive.writestr("__MACOSX/Inner/._s.shp", b"junk")
        archive.writestr("readme.pdf", b"junk")
    assert len(read_layers(region(tmp_path, "s.zip")).streets) == 1


def test_heights_are_dropped_and_reported(tmp_path):
    streets(tmp_path / "s.gpkg", shapely.LineString([(-122.4, 37.7, 5), (-122.39, 37.7, 9)]))
    read = read_layers(region(tmp_path, "s.gpkg"))
    assert not shapely.has_z(read.street_lines[0])
    assert "z_dropped" in {one.code for one in read.findings}


def test_degrees_without_a_prj_are_taken_as_wgs84_and_reported(tmp_path):
    streets(tmp_path / "s.shp", crs=None)
    assert "no_crs" in {one.code for one in read_layers(region(tmp_path, "s.shp")).findings}


def test_feet_without_a_prj_are_refused_until_crs_names_them(tmp_path):
    line = shapely.LineString([(6_000_000, 2_100_000), (6_000_500, 2_100_000)])
    streets(tmp_path / "s.shp", line, crs=None)
    with pytest.raises(InputError, match="`crs`"):
        read_layers(region(tmp_path, "s.shp"))
    read = read_layers(region(tmp_path, "s.shp", 'crs = "EPSG:2227"'))
    assert abs(shapely.length(read.street_lines[0]) - 500 * 0.3048) < 0.2


def test_where_keeps_some_rows(tmp_path):
    shapes = {
        "NAME": ["Oak", "Elm"],
        "TYPE": ["St", "St"],
        "LF": [1, 1],
        "LT": [9, 9],
        "RF": [2, 2],
        "RT": [8, 8],
    }
    write(tmp_path / "s.gpkg", [LINE, LINE], **shapes)
    read = read_layers(region(tmp_path, "s.gpkg", "where = \"NAME = 'Elm'\""))
    assert read.streets["name"].to_list() == ["Elm"]
    with pytest.raises(InputError, match="`where`"):
        read_layers(region(tmp_path, "s.gpkg", 'where = "NOPE ==="'))


def test_an_invalid_polygon_is_mended_and_reported(tmp_path):
    streets(tmp_path / "s.gpkg")
    bow = shapely.Polygon([(-122.4, 37.7), (-122.3, 37.8), (-122.3, 37.7), (-122.4, 37.8)])
    write(tmp_path / "z.gpkg", [bow], SCHOOL=["007"])
    read = read_layers(region(tmp_path, "s.gpkg", extra=ZONES.format(file="z.gpkg")))
    assert shapely.is_valid(read.zone_polygons[0])
    assert {"invalid_geometry"} <= {one.code for one in read.findings}
    assert "unknown_school" in {one.code for one in check_layers(read)}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: (f / "s.shp").unlink(), "no file"),
        (lambda f: (f / "s.dbf").unlink(), "no .dbf"),
        (lambda f: cut(f / "s.shp"), "cut off"),
        (lambda f: cut(f / "s.dbf"), "cut off"),
    ],
)
def test_a_damaged_shapefile_is_refused_with_a_remedy(tmp_path, damage, says):
    streets(tmp_path / "s.shp")
    damage(tmp_path)
    with pytest.raises(InputError, match=says):
        read_layers(region(tmp_path, "s.shp"))


def test_a_zip_that_is_none_and_a_gzip_cut_off_are_refused(tmp_path):
    (tmp_path / "s.zip").write_bytes(b"no zip")
    with pytest.raises(InputError, match="not a zip"):
        read_layers(region(tmp_path, "s.zip"))
    (tmp_path / "s.geojson.gz").write_bytes(gzip.compress(b'{"type": "x"}' * 99)[:-9])
    with pytest.raises(InputError, match="cut off"):
        read_layers(region(tmp_path, "s.geojson.gz"))


def test_zones_without_the_school_id_name_the_column(tmp_path):
    streets(tmp_path / "s.gpkg")
    write(tmp_path / "z.gpkg", [BOX], OTHER=["7"])
    with pytest.raises(InputError, match="no column `SCHOOL`"):
        read_layers(region(tmp_path, "s.gpkg", extra=ZONES.format(file="z.gpkg")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id = 1 =", "not TOML"),
        ('id = "x"', "metric_crs"),
        ('id = "x"\nmetric_crs = "EPSG:4326"', "in meters"),
        (BASE + "min_n = 2", "can reveal students"),
        (BASE + "[zone]", "unknown key"),
    ],
)
def test_a_wrong_manifest_names_the_key(tmp_path, text, says):
    (tmp_path / "region.toml").write_text(text)
    with pytest.raises(InputError, match=says):
        read_layers(tmp_path)


def test_a_folder_without_a_manifest_is_no_region(tmp_path):
    with pytest.raises(UnknownRegionError):
        read_layers(tmp_path)


def test_an_unknown_region_is_reported_with_the_registered_regions(home, riverbend):
    regions = Regions(Settings.read({"GEOSERVICE_HOME": str(home)}))
    with pytest.raises(UnknownRegionError, match=r"regions are: ([\w-]+, )*riverbend"):
        regions.registered("nowhere")


def files_below(folder):
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path for path in paths}


def test_the_district_is_the_same_bytes_as_committed(tmp_path):
    generate(tmp_path)
    committed = Path(__file__).parents[1] / "shapefiles" / "riverbend"
    written, kept = files_below(tmp_path), files_below(committed)
    assert set(written) == set(kept)
    for name, path in written.items():
        assert path.read_bytes() == kept[name].read_bytes(), name


def test_init_describes_the_district_well_enough_to_build(tmp_path, riverbend_folder):
    for path in riverbend_folder.iterdir():
        if path.is_file() and path.name not in ("region.toml", "students.csv"):
            shutil.copy(path, tmp_path / path.name)
    init_region(tmp_path)
    read = read_layers(tmp_path)
    assert len(read.streets) > 8_500
    assert len(read.schools) == 60
    assert {one.id for one in read.info.zone_sets} == {"elementary", "middle", "high"}


def test_placed_students_lie_near_their_true_homes(riverbend, riverbend_folder):
    table = pl.read_csv(riverbend_folder / "students.csv", infer_schema=False)
    placed = riverbend.geocode(table, address="address", grade="grade")
    x, y = true_positions()
    known = (placed.geo_status == "matched").to_numpy()
    there = placed.geometry.to_crs("EPSG:26915")
    error = np.hypot(there.x.to_numpy() - x, there.y.to_numpy() - y)[known & np.isfinite(x)]
    assert known.mean() > 0.97
    assert np.median(error) < 10
    assert (error < 100).mean() > 0.985
    assert placed[known & np.isfinite(x)].school_of_right.notna().mean() > 0.99


def feature(at: int, **properties: str) -> str:
    where = {"type": "Point", "coordinates": [-110.9 + at * 1e-4, 46.5]}
    return json.dumps({"type": "Feature", "properties": properties, "geometry": where})


def test_open_and_national_address_files_and_aliases_are_told_by_init(tmp_path, home):
    lines = [
        feature(
            at,
            hash=f"h{at}",
            number=str(100 + 2 * at),
            street="MAIN ST",
            unit="",
            city="Testville",
            region="MT",
            postcode="59645",
        )
        for at in range(20)
    ]
    (tmp_path / "source.geojson").write_text("\n".join(lines))
    head = (
        "OBJECTID,State,Post_City,Zip_Code,StN_PreDir,StreetName,StN_PosTyp,StN_PosDir,"
        "AddNum_Pre,Add_Number,AddNum_Suf,Unit,Longitude,Latitude"
    )
    rows = [
        f"{at},MT,Elmton,59646,North,Elm,Street,,W,{100 + at},B,,{-110.9 + at * 1e-4},46.54"
        for at in range(20)
    ]
    (tmp_path / "NAD_r12.txt").write_text("\n".join([head, *rows]))
    (tmp_path / "aliases.csv").write_text("street,alias\nMain St,Old Trail Rd\n")
    init_region(tmp_path)
    region = Region.open(tmp_path)
    asked = ["102 Main St, Testville", "102 Old Trail Road, Testville", "W103B N Elm St, Elmton"]
    placed = region.geocode(pl.DataFrame({"address": asked}), address="address")
    assert placed.geo_source.tolist() == ["source:h1", "source:h1", "NAD_r12:4"]
    assert set(placed.geo_score) == {100.0}


@pytest.mark.parametrize(
    "ends",
    [
        ("L_ADD_FROM", "L_ADD_TO", "R_ADD_FROM", "R_ADD_TO"),
        ("FromAddr_L", "ToAddr_L", "FromAddr_R", "ToAddr_R"),
        ("LEFT_LOW", "LEFT_HIGH", "RIGHT_LOW", "RIGHT_HIGH"),
        ("LF_ADDR", "LT_ADDR", "RF_ADDR", "RT_ADDR"),
        ("FRADDL", "TOADDL", "FRADDR", "TOADDR"),
    ],
)
def test_ends_of_ranges_are_told_however_their_columns_are_named(ends):
    frame = pl.DataFrame(
        {"OBJECTID": [1], "ST_NAME": ["OAK"], "LEFT_ZIP": ["1"], **dict.fromkeys(ends, 1)}
    )
    found = known_fields("streets", frame)
    assert tuple(found[one] for one in ("from_left", "to_left", "from_right", "to_right")) == ends


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:2227"])
def test_centerlines_without_addresses_in_another_crs(tmp_path, home, crs):
    lines = geopandas.GeoDataFrame(
        {
            "ST_NAME": ["OAK", "ELM"],
            "ST_TYPE": ["ST", "AVE"],
            "L_ADD_FROM": ["101", "201"],
            "L_ADD_TO": ["199", "299"],
            "R_ADD_FROM": ["100", "0"],
            "R_ADD_TO": ["198", "0"],
            "ZIP_L": ["94110", ""],
            "ZIP_R": ["94110", ""],
        },
        geometry=shapely.from_wkt(
            [
                "LINESTRING (-122.41 37.75, -122.408 37.75)",
                "LINESTRING (-122.41 37.751, -122.408 37.751)",
            ]
        ),
        crs="EPSG:4326",
    )
    lines.to_crs(crs).to_file(tmp_path / "roads.geojson", driver="GeoJSON")
    init_region(tmp_path)
    asked = pl.DataFrame({"address": ["150 Oak Street", "201 Elm Ave", "200 Elm Ave"]})
    placed = Region.open(tmp_path).geocode(asked, address="address")
    assert placed.geo_match.fillna("").tolist() == ["range", "range", ""]
    assert placed.lon[0] == pytest.approx(-122.409, abs=2e-4)


def test_addresses_without_centerlines_and_with_the_number_in_the_address(tmp_path, home):
    (tmp_path / "sites.csv").write_text(
        "Full_Address,Postal,X,Y\n"
        '"12 Oak Street Apt 4, Springfield",94110,-122.41,37.75\n'
        "14-B N 5th Ave,94110,-122.42,37.76\n"
        "Oak Street,94110,-122.42,37.76\n"
    )
    init_region(tmp_path)
    asked = pl.DataFrame({"address": ["12 Oak St", "14B North Fifth Avenue", "99 Oak St"]})
    region = Region.open(tmp_path)
    placed = region.geocode(asked, address="address")
    assert placed.geo_match.fillna("").tolist() == ["point", "point", ""]
    assert [one.code for one in region.reference.findings()] == ["incomplete_address"]


@pytest.mark.skipif(not (SHARED / "tiger").is_dir(), reason="the Census files are not here")
@pytest.mark.parametrize("name", ["tl_2020_37143_edges.zip", "tl_2021_30059_addrfeat.zip"])
def test_census_files_are_told_by_init_and_geocode(tmp_path, home, name):
    shutil.copy(SHARED / "tiger" / name, tmp_path / name)
    init_region(tmp_path)
    written = (tmp_path / "region.toml").read_text()
    told = "EDGES" if "edges" in name else "ADDRFEAT"
    assert f'full_name = "FULLNAME"  # Census TIGER/Line {told}' in written
    assert ("MTFCC LIKE 'S%'" in written) == ("edges" in name)
    reference = Region.open(tmp_path).reference
    names = reference.street_table["display"].to_list()
    street, low = (reference.array(one)[:50] for one in ("range_street", "range_from"))
    asked = [f"{number} {names[at]}" for at, number in zip(street, low, strict=True)]
    placed = Region.open(tmp_path).geocode(pl.DataFrame({"address": asked}), address="address")
    assert (placed.geo_reason.fillna("") != "unknown_street").all()
    assert (placed.geo_status != "unmatched").mean() > 0.9
