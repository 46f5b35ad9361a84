"""`region init` on made-up folders: it always writes what it saw, and what it wrote is accepted."""

import json
import time
import zipfile
from pathlib import Path

import geopandas
import polars as pl
import pytest
import shapely
import xlsxwriter

from geoservice import Region
from geoservice.errors import InputError
from geoservice.region.drafting import draft_region
from geoservice.region.layers import read_layers
from geoservice.region.manifest import load_manifest
from geoservice.service.first_manifest import init_region

POINTS = "number,street,city,zip,lon,lat\n" + "".join(
    f"{100 + 2 * at},{street},Springfield,62701,{-90.0 + at * 1e-4},{40.0 + row * 1e-3}\n"
    for row, street in enumerate(["OAK ST", "ELM AVE"])
    for at in range(20)
)


def section_of(folder: Path, kind: str, at: int = 0) -> dict[str, str]:
    """The fields of a section of the manifest that init wrote."""
    sections = [dataset for dataset in load_manifest(folder).datasets if dataset.kind == kind]
    return dict(sections[at].fields)


def squares(count: int, **columns: list[object]) -> geopandas.GeoDataFrame:
    """Squares side by side near the address points."""
    shapes = [
        shapely.box(-90.001 + at * 1e-3, 39.999, -90.0 + at * 1e-3, 40.003) for at in range(count)
    ]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def write(folder: Path, name: str, frame: geopandas.GeoDataFrame) -> None:
    """Write a GeoJSON file into the folder."""
    frame.to_file(folder / name, driver="GeoJSON")


def test_a_folder_without_streets_is_written_with_all_that_was_seen(tmp_path):
    (tmp_path / "budget.csv").write_text("dept,amount\nparks,12\nroads,13\n")
    said = init_region(tmp_path)
    text = (tmp_path / "region.toml").read_text()
    assert "# Columns: dept, amount" in text
    assert "# Left out: its columns are not recognized" in text
    assert any("nothing can be geocoded yet" in line for line in said)
    assert len(read_layers(tmp_path).addresses) == 0


def test_a_folder_without_readable_files_is_refused(tmp_path):
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    with pytest.raises(InputError, match=r"contains no readable file.*\.shp"):
        init_region(tmp_path)


def test_a_damaged_file_is_left_out_with_the_reason(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    (tmp_path / "streets.zip").write_bytes(b"no zip at all")
    init_region(tmp_path)
    text = (tmp_path / "region.toml").read_text()
    assert "# streets.zip: not read\n# Left out: `streets.zip` is not a zip file" in text
    assert len(read_layers(tmp_path).addresses) == 40


def test_cells_of_a_list_of_students_never_come_into_the_manifest(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    (tmp_path / "roster.csv").write_text(
        "student_id,last_name,grade,address\n77001234,Doe,3,12 Oak St\n"
    )
    said = init_region(tmp_path)
    text = (tmp_path / "region.toml").read_text() + "\n".join(said)
    assert "it looks like a list of students" in text
    assert "77001234" not in text
    assert "12 Oak" not in text


def test_zones_are_known_by_the_file_s_name_and_a_code_of_the_level(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    write(
        tmp_path,
        "elementary_zones.geojson",
        squares(2, OBJECTID=[1, 2], ES_SCH_CODE=["101", "102"], ES_NAME=["Oak ES", "Elm ES"]),
    )
    init_region(tmp_path)
    assert section_of(tmp_path, "zones")["school_id"] == "ES_SCH_CODE"
    zones = load_manifest(tmp_path).info.zone_sets
    assert [(zone.id, zone.grades[0], zone.grades[-1]) for zone in zones] == [
        ("elementary", "TK", "05")
    ]


def test_polygons_that_name_the_school_of_each_level_become_a_set_for_each(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    write(
        tmp_path,
        "segments.geojson",
        squares(4, SEG=[1, 2, 3, 4], ELEM=["A", "A", "B", "B"], MIDDLE=["M"] * 4, HIGH=["H"] * 4),
    )
    init_region(tmp_path)
    layers = read_layers(tmp_path)
    assert [one.id for one in layers.info.zone_sets] == ["elementary", "middle", "high"]
    assert layers.zones["school_id"].to_list() == ["A", "B", "M", "H"]


def test_polygons_whose_names_are_schools_of_the_list_are_zones(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    (tmp_path / "schools.csv").write_text(
        "SCH_NUM,SCH_NAME,LOGRADE,HIGRADE,LAT,LON\n0101,Oak,K,5,40,-90\n0102,Elm,K,5,40,-90.001\n"
    )
    write(tmp_path, "layer1.geojson", squares(2, KEY=["0101", "0102"], NOTE=["x", "y"]))
    write(tmp_path, "layer2.geojson", squares(2, NHD=["North Side", "South Side"]))
    init_region(tmp_path)
    assert section_of(tmp_path, "zones")["school_id"] == "KEY"
    assert section_of(tmp_path, "areas")["name"] == "NHD"
    assert section_of(tmp_path, "schools")["id"] == "SCH_NUM"


def test_polygons_without_a_name_are_left_out_and_told(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    write(tmp_path, "shapes.geojson", squares(2, Shape__Area=[1.5, 2.5]))
    init_region(tmp_path)
    assert "# Left out: no column identifies its polygons" in (tmp_path / "region.toml").read_text()
    read_layers(tmp_path)


def test_a_geometry_goes_before_columns_of_feet(tmp_path):
    points = pl.read_csv(POINTS.encode())
    frame = geopandas.GeoDataFrame(
        {"HOUSENUM": points["number"], "FULLNAME": points["street"], "X": 2433902.0, "Y": 575268.0},
        geometry=geopandas.points_from_xy(points["lon"], points["lat"]),
        crs="EPSG:4326",
    )
    write(tmp_path, "sites.geojson", frame)
    init_region(tmp_path)
    assert "lon" not in section_of(tmp_path, "addresses")
    assert len(read_layers(tmp_path).addresses) == 40


def test_columns_of_feet_get_the_state_plane_zone_that_fits(tmp_path):
    (tmp_path / "a.csv").write_text(
        "ADDRNUM,STREET,STATE,X,Y\n"
        + "".join(f"{at},OAK ST,OR,{7649368 + at},{697271 + at}\n" for at in range(1, 30))
    )
    init_region(tmp_path)
    layers = read_layers(tmp_path)
    assert layers.info.metric_crs == "EPSG:26910"
    assert layers.addresses["lon"][0] == pytest.approx(-122.65, abs=0.05)
    assert layers.addresses["lat"][0] == pytest.approx(45.56, abs=0.05)


def test_feet_of_an_unknown_place_are_left_out_and_the_choices_named(tmp_path):
    (tmp_path / "a.csv").write_text(
        "ADDRNUM,STREET,STATE,X,Y\n"
        + "".join(f"{at},OAK ST,OH,{2433902 + at},{575268 + at}\n" for at in range(1, 30))
    )
    init_region(tmp_path)
    text = (tmp_path / "region.toml").read_text()
    assert "It may be one of EPSG:3734, EPSG:3735." in text
    assert "1306612" not in text


def test_exchanged_columns_of_degrees_are_mapped_crosswise(tmp_path):
    (tmp_path / "a.csv").write_text(
        "ADDRNUM,STREET,X,Y\n"
        + "".join(f"{at},OAK ST,{40 + at * 1e-4},{-95.0}\n" for at in range(1, 30))
    )
    init_region(tmp_path)
    assert read_layers(tmp_path).addresses["lon"][0] == -95.0


def test_the_same_list_in_two_formats_is_used_once(tmp_path):
    points = pl.read_csv(POINTS.encode())
    (tmp_path / "sites.csv").write_text(POINTS)
    frame = geopandas.GeoDataFrame(
        {name: points[name] for name in ("number", "street", "city", "zip")},
        geometry=geopandas.points_from_xy(points["lon"], points["lat"]),
        crs="EPSG:4326",
    )
    write(tmp_path, "sites.geojson", frame)
    said = init_region(tmp_path)
    assert len(read_layers(tmp_path).addresses) == 40
    assert "sites.csv: left out, it holds the same list as `sites.geojson`" in said


def test_two_lists_of_two_counties_are_both_used(tmp_path):
    (tmp_path / "east.csv").write_text(POINTS)
    (tmp_path / "west.csv").write_text(POINTS.replace("OAK", "FIR").replace("ELM", "ASH"))
    init_region(tmp_path)
    assert len(read_layers(tmp_path).addresses) == 80


@pytest.mark.parametrize(
    ("crs", "metric"),
    [
        ("EPSG:26915", "EPSG:26915"),
        ("EPSG:3857", "EPSG:26915"),
        ("EPSG:3435", "EPSG:26915"),
        ("EPSG:4326", "EPSG:26915"),
        ("EPSG:32154", "EPSG:32154"),
    ],
)
def test_the_metric_crs_is_that_of_a_layer_in_local_metres(tmp_path, crs, metric):
    points = pl.read_csv(POINTS.encode())
    frame = geopandas.GeoDataFrame(
        {"ADDRNUM": points["number"], "STREET": points["street"]},
        geometry=geopandas.points_from_xy(points["lon"] - 0.5, points["lat"]),
        crs="EPSG:4326",
    )
    frame.to_crs(crs).to_file(tmp_path / "sites.gpkg")
    init_region(tmp_path)
    assert load_manifest(tmp_path).info.metric_crs == metric


def test_every_layer_of_a_file_of_several_is_looked_at(tmp_path):
    for name in ("elementary", "middle"):
        squares(2, SCHOOL_ID=["1", "2"]).to_file(tmp_path / "zones.gpkg", layer=f"{name}_zones")
    (tmp_path / "plain.csv").write_text(POINTS)
    with zipfile.ZipFile(tmp_path / "points.zip", "w") as archive:
        archive.write(tmp_path / "plain.csv", "north.csv")
        archive.writestr("south.csv", POINTS.replace("OAK", "FIR"))
    (tmp_path / "plain.csv").unlink()
    init_region(tmp_path)
    layers = read_layers(tmp_path)
    assert [one.id for one in layers.info.zone_sets] == ["elementary", "middle"]
    assert len(layers.addresses) == 80


def test_the_parts_of_the_national_database_make_the_street(tmp_path, home):
    columns = "Add_Number,AddNum_Suf,St_PreMod,St_PreDir,St_PreTyp,St_PreSep,St_Name,St_PosTyp,St_PosDir,Inc_Muni,Post_City,Zip_Code,UUID,Longitude,Latitude,NatGrid"
    rows = [
        "12,1/2,,,Avenue,of the,Oaks,,,Not stated,Not stated,62701,a,-90.002,40.003,16T",
        "7,,Old,,Highway,,31,,,Not stated,Not stated,62701,b,-90.004,40.003,16T",
        "155,,,North,,,Oak,Street,,Not stated,Springfield,62701,c,-90.001,40.001,16T",
    ]
    (tmp_path / "NAD.txt").write_text("\n".join([columns, *rows, ""]))
    assert not any("Tried" in line for line in init_region(tmp_path))
    points = read_layers(tmp_path).addresses
    assert points["number"].to_list() == ["12 1/2", "7", "155"]
    assert points["street"].to_list() == [
        "Avenue of the Oaks",
        "Old Highway 31",
        "North Oak Street",
    ]
    assert points["city"].to_list() == [None, None, "Springfield"]
    asked = pl.DataFrame({"address": ["12 1/2 Avenue of the Oaks", "155 N Oak St"]})
    placed = Region.open(tmp_path).geocode(asked, address="address")
    assert placed.geo_status.tolist() == ["matched", "matched"]


def test_ratings_of_few_labels_and_of_scores_get_schemes_that_are_accepted(tmp_path):
    (tmp_path / "schools.csv").write_text(
        "SCHOOL_CODE,SCHOOL_NAME,LOW_GRADE,HIGH_GRADE\n1,Oak,K,5\n2,Elm,K,5\n"
    )
    (tmp_path / "stars_ratings.csv").write_text(
        "SCHOOL_CODE,YEAR,STAR_RATING\n1,2022-23,5\n2,2022-23,3\n2,2021-22,Not Rated\n"
    )
    scores = "".join(f"{at},2023,{at % 17}.5\n" for at in range(40))
    (tmp_path / "index_scores.csv").write_text("SCHOOL_CODE,YEAR,SCORE\n" + scores)
    init_region(tmp_path)
    info = load_manifest(tmp_path).info
    assert info.school_year == "2022-23"
    assert {scheme.kind for scheme in info.schemes} == {"label", "score"}
    assert [
        label.id for label in next(one for one in info.schemes if one.kind == "label").labels
    ] == ["5", "3"]


def test_odd_names_of_folders_files_and_columns_are_written_so_that_they_can_be_read(tmp_path):
    folder = tmp_path / 'Año "2024" (final)'
    folder.mkdir()
    frame = squares(2, **{'na"me\\x': ["North Side", "South Side"]})
    (folder / "-odd-.geojson").write_text(json.dumps(json.loads(frame.to_json())))
    init_region(folder)
    layers = read_layers(folder)
    assert layers.info.id == "a-o-2024-final"
    assert layers.areas["name"].to_list() == ["North Side", "South Side"]


TOWN_STREETS = ["Oak", "Elm", "Main", "Pine", "Cedar", "Lake"]


def centerlines(**columns: list[object]) -> geopandas.GeoDataFrame:
    """Parallel streets with the ranges 101-199 and 100-198, and columns that name them."""
    count = len(next(iter(columns.values())))
    lines = [
        shapely.LineString([(-90.0, 40 + at * 1e-3), (-89.99, 40 + at * 1e-3)])
        for at in range(count)
    ]
    ends = {"L_F_ADD": 101, "L_T_ADD": 199, "R_F_ADD": 100, "R_T_ADD": 198}
    table = {name: [end] * count for name, end in ends.items()}
    return geopandas.GeoDataFrame({**columns, **table}, geometry=lines, crs="EPSG:4326")


def test_of_two_ways_to_read_the_street_the_way_that_matches_the_addresses_is_taken(tmp_path):
    write(
        tmp_path,
        "roads.geojson",
        centerlines(
            FULLNAME=[f"Grid {at} St" for at in range(1, 7)],
            ST_NAME=TOWN_STREETS,
            ST_TYPE=["St"] * 6,
        ),
    )
    rows = [
        f"{100 + at},{name} St,{-89.99 - at * 1e-4},{40 + row * 1e-3}"
        for row, name in enumerate(TOWN_STREETS)
        for at in range(0, 90, 10)
    ]
    (tmp_path / "points.csv").write_text("\n".join(["number,street,lon,lat", *rows]))
    said = init_region(tmp_path)
    fields = section_of(tmp_path, "streets")
    assert (fields["name"], fields["type"]) == ("ST_NAME", "ST_TYPE")
    told = [line for line in said if line.startswith("roads.geojson: Tried")]
    assert told == [
        "roads.geojson: Tried FULLNAME: 0 of 54 (0.0%); ST_NAME + ST_TYPE: 54 of 54 (100.0%). Taken: ST_NAME + ST_TYPE."
    ]
    assert (
        "Tried addresses against the streets: 54 of 54 (100.0%) matched near their place." in said
    )
    assert f"# {told[0].removeprefix('roads.geojson: ')}" in (tmp_path / "region.toml").read_text()


def test_schools_try_the_streets_where_there_are_no_points(tmp_path):
    write(tmp_path, "roads.geojson", centerlines(FULLNAME=[f"{name} St" for name in TOWN_STREETS]))
    (tmp_path / "schools.csv").write_text(
        "SCHOOL_ID,SCHOOL_NAME,LOGRADE,HIGRADE,ADDRESS\n1,Oak,K,5,150 Oak Street\n2,Elm,K,5,980 Elm St\n"
    )
    said = init_region(tmp_path)
    assert any(
        line.startswith("Tried addresses of schools against the region: 1 of 2 (50.0%)")
        and "1 out_of_range" in line
        and "That is low" in line
        for line in said
    )


def test_addresses_far_from_their_match_do_not_count_as_right(tmp_path):
    write(tmp_path, "roads.geojson", centerlines(FULLNAME=[f"{name} St" for name in TOWN_STREETS]))
    rows = [
        f"{100 + at},{name} St,{-89.9},{40.1}" for name in TOWN_STREETS for at in range(0, 90, 10)
    ]
    (tmp_path / "points.csv").write_text("\n".join(["number,street,lon,lat", *rows]))
    said = init_region(tmp_path)
    assert any(
        "0 of 54 (0.0%) matched near their place. Not: 54 elsewhere" in line for line in said
    )


def test_parcels_with_addresses_are_address_points(tmp_path):
    count = 6
    frame = squares(
        count,
        SITUS_ADDR_NUM=[str(at) for at in range(1, 7)],
        SITUS_FNAME=["OAK"] * count,
        SITUS_FTYPE=["ST"] * count,
    )
    write(tmp_path, "parcels.geojson", frame)
    init_region(tmp_path)
    points = read_layers(tmp_path).addresses
    assert points["street"].to_list() == ["OAK ST"] * count
    assert points["lat"][0] == pytest.approx(40.001)


def test_points_with_nothing_but_a_whole_address_are_read(tmp_path):
    frame = geopandas.GeoDataFrame(
        {"UID": range(30), "DLVRY_ADD": [f"{at} N CLARK ST" for at in range(30)]},
        geometry=geopandas.points_from_xy([-90.0] * 30, [40.0] * 30),
        crs="EPSG:4326",
    )
    write(tmp_path, "park.geojson", frame)
    init_region(tmp_path)
    assert len(read_layers(tmp_path).addresses) == 30


def test_areas_are_not_named_by_columns_that_programs_fill_or_that_are_mostly_empty(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    write(
        tmp_path,
        "shapes.geojson",
        squares(
            4,
            OBJECTID=[1, 2, 3, 4],
            GlobalID=["{A-B}", "{C-D}", "{E-F}", "{G-H}"],
            COMMENTS=["air rights", None, None, None],
        ),
    )
    init_region(tmp_path)
    assert "# Left out: no column identifies its polygons" in (tmp_path / "region.toml").read_text()


@pytest.mark.parametrize(
    ("header", "row", "fields"),
    [
        (
            "CDSCode,School,GSoffered,Latitude,Longitude",
            '0161119,Oak,"K-8",40,-90',
            {"id": "CDSCode", "grades": "GSoffered"},
        ),
        (
            "SCHOOL_NUM,SCHOOL_NAME,GRADES,X,Y",
            '12,Oak,"K, 1, 2",-90,40',
            {"id": "SCHOOL_NUM", "grades": "GRADES", "lon": "X"},
        ),
        (
            "NCESSCH,NAME,GSLO,GSHI,LAT,LON",
            "370001,Oak,KG,05,40,-90",
            {"low_grade": "GSLO", "high_grade": "GSHI"},
        ),
        (
            "SCHOOL,LEVEL,ADDRESS,LAT,LON",
            "Oak,Elementary,12 Oak St,40,-90",
            {"id": "SCHOOL", "level": "LEVEL", "address": "ADDRESS"},
        ),
    ],
)
def test_lists_of_schools_are_known_however_they_tell_the_grades(tmp_path, header, row, fields):
    (tmp_path / "school_sites.csv").write_text(f"{header}\n{row}\n")
    init_region(tmp_path)
    written = section_of(tmp_path, "schools")
    assert {name: written.get(name) for name in fields} == fields
    assert len(read_layers(tmp_path).schools) == 1


def test_a_county_named_for_a_lake_has_zones(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    write(
        tmp_path,
        "lake_elementary_2025.geojson",
        squares(2, ABV=["Oak", "Elm"], NAME=["Oak Elementary", "Elm Elementary"]),
    )
    write(tmp_path, "lakes.geojson", squares(2, NAME=["Long Lake", "Round Lake"]))
    init_region(tmp_path)
    assert section_of(tmp_path, "zones")["school_id"] == "NAME"
    assert section_of(tmp_path, "background") == {"name": "NAME"}
    assert 'file = "lakes.geojson"\nkind = "water"' in (tmp_path / "region.toml").read_text()


def test_of_two_lists_of_schools_the_list_that_can_be_used_is_taken(tmp_path):
    (tmp_path / "all_schools.csv").write_text(
        "SCHOOL_ID,SCHOOL_NAME,LEVEL,LAT,LON\n"
        + "".join(f",School {at},Elementary,,\n" for at in range(30))
    )
    (tmp_path / "school_points.csv").write_text(
        "SCHOOL_ID,SCHOOL_NAME,GRADES,LAT,LON\n1,Oak,K-5,40,-90\n2,Elm,6-8,40,-90\n"
    )
    init_region(tmp_path)
    assert read_layers(tmp_path).schools["name"].to_list() == ["Oak", "Elm"]


def test_levels_get_the_grades_that_their_words_suggest(tmp_path):
    rows = ["1,Oak,Elementary", "2,Elm,Junior High", "3,Fir,Middle/High", "4,Ash,Alternative"]
    (tmp_path / "schools.csv").write_text("\n".join(["SCHOOL_ID,SCHOOL_NAME,SCHOOL_TYPE", *rows]))
    init_region(tmp_path)
    schools = read_layers(tmp_path).schools
    ends = [(grades[0], grades[-1]) for grades in schools["grades"].to_list() if grades]
    assert ends == [("KG", "05"), ("06", "08"), ("06", "12")]


def test_zones_are_joined_by_the_names_of_schools_in_other_words(tmp_path):
    (tmp_path / "schools.csv").write_text(
        "SCHOOL_ID,SCHOOL_NAME,GRADES\n1,SMITH ELEMENTARY SCHOOL,K-5\n2,MT. DORA HIGH SCHOOL,9-12\n"
    )
    write(
        tmp_path,
        "layer.geojson",
        squares(2, RULE=["2", "3"], WHO=["Smith Elem.", "Mount Dora High"]),
    )
    init_region(tmp_path)
    assert section_of(tmp_path, "zones")["school_id"] == "WHO"
    assert read_layers(tmp_path).zones["school_id"].to_list() == ["1", "2"]


def test_ratings_of_a_column_for_each_year_are_those_of_the_latest(tmp_path):
    (tmp_path / "school_grades.csv").write_text(
        "School Number,Grade 2024,Grade 2025,Grade 2019\n1,A,B,C\n2,B,A,C\n"
    )
    init_region(tmp_path)
    assert section_of(tmp_path, "ratings")["value"] == "Grade 2025"
    assert load_manifest(tmp_path).info.school_year == "2024-25"


def test_ratings_whose_school_ids_repeat_are_left_out_with_the_remedy(tmp_path):
    rows = [f"{district},{school},A" for district in range(5) for school in range(10)]
    (tmp_path / "state_ratings.csv").write_text("\n".join(["District,School Number,Rating", *rows]))
    init_region(tmp_path)
    text = (tmp_path / "region.toml").read_text()
    assert "school ids repeat within a year" in text
    assert "with `where`, for example `\"District\" = '0'`" in text


def test_a_report_that_counts_students_is_no_list_of_students(tmp_path):
    (tmp_path / "ratings.csv").write_text(
        "SCHOOL_ID,RATING,Percent of Economically Disadvantaged Students\n1,A,60\n2,B,70\n"
    )
    init_region(tmp_path)
    assert section_of(tmp_path, "ratings")["value"] == "RATING"


def test_every_sheet_of_a_workbook_is_looked_at(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "district.xlsx") as book:
        pl.DataFrame(
            {"SCHOOL_ID": ["01", "02"], "SCHOOL_NAME": ["Oak", "Elm"], "GRADES": ["K-5", "6-8"]}
        ).write_excel(book, "Schools")
        pl.DataFrame(
            {"SCHOOL_ID": ["01", "02"], "YEAR": ["2023-24"] * 2, "RATING": ["A", "B"]}
        ).write_excel(book, "Ratings")
        pl.DataFrame({"Prepared by": ["the office of research"]}).write_excel(book, "About")
    init_region(tmp_path)
    layers = read_layers(tmp_path)
    assert layers.schools["name"].to_list() == ["Oak", "Elm"]
    assert layers.ratings["label"].to_list() == ["A", "B"]


def test_a_zone_file_with_latitudes_first_is_left_out_with_the_slip(tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    ring = [[40.0, -95.0], [40.1, -95.0], [40.1, -95.1], [40.0, -95.0]]
    feature = {
        "type": "Feature",
        "properties": {"SCHOOL_ID": "1"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (tmp_path / "zones.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    init_region(tmp_path)
    assert "longitude first" in (tmp_path / "region.toml").read_text()


def test_planning_blocks_are_zones_of_each_level_and_blocks(tmp_path):
    (tmp_path / "schools.csv").write_text(
        "SCHOOL_ID,SCHOOL_NAME,GRADES\n1,Oak ES,K-5\n2,Elm ES,K-5\n"
    )
    blocks = squares(
        3, PBID=["a", "b", "c"], ES1516=["Oak ES", "Oak ES", "Elm ES"], MS1516=["Pine MS"] * 3
    )
    write(tmp_path, "planning_blocks.geojson", blocks)
    write(tmp_path, "walk_zones.geojson", squares(2, SCHOOL=["Oak ES", "Elm ES"]))
    init_region(tmp_path)
    datasets = load_manifest(tmp_path).datasets
    assert [(one.kind, one.id) for one in datasets if one.kind in ("zones", "blocks")] == [
        ("zones", "elementary"),
        ("zones", "middle"),
        ("blocks", "blocks"),
    ]
    assert "walk zones are not attendance zones" in (tmp_path / "region.toml").read_text()


@pytest.mark.parametrize("name", ["planningBlocks.geojson", "blocks2016.geojson", "zones.geojson"])
def test_columns_of_levels_with_years_become_a_set_for_each_level_of_the_latest_year(
    tmp_path, name
):
    (tmp_path / "schools.csv").write_text(
        "SCHOOL_ID,SCHOOL_NAME,GRADES\n1,Oak ES,K-5\n2,Elm ES,K-5\n3,Pine MS,6-8\n4,Bay MS,6-8\n"
        "5,Fir HS,9-12\n6,Ash HS,9-12\n"
    )
    elementary = ["Oak ES", "Oak ES", "Elm ES", "Elm ES"]
    blocks = squares(
        4,
        ES1415=elementary,
        OBJECTID=[1, 2, 3, 4],
        PBID=["a", "b", "c", "d"],
        ES1516=["Oak ES", "Elm ES", "Elm ES", "Gone Annex"],
        MS1516=["Pine MS", "Pine MS", "Bay MS", "Bay MS"],
        HS1516=["Fir HS", "Fir HS", "Fir HS", "Ash HS"],
        Opt1=elementary,
    )
    write(tmp_path, name, blocks)
    init_region(tmp_path)
    zones = [one for one in load_manifest(tmp_path).datasets if one.kind == "zones"]
    told = [(one.id, one.fields["school_id"], one.grades[-1]) for one in zones]
    assert told == [
        ("elementary", "ES1516", "05"),
        ("middle", "MS1516", "08"),
        ("high", "HS1516", "12"),
    ]


@pytest.mark.parametrize(
    ("level", "ends"),
    [
        ("ES", ("KG", "05")),
        ("MS", ("06", "08")),
        ("HS", ("09", "12")),
        ("E", ("KG", "05")),
        ("m", ("06", "08")),
        ("H", ("09", "12")),
        ("MS/HS", ("06", "12")),
        ("JHS", ("06", "08")),
        ("Elem", ("KG", "05")),
        ("K-8", ("KG", "08")),
        ("PK-12", ("PK", "12")),
        ("H.S.", ("09", "12")),
    ],
)
def test_codes_of_levels_get_grades(tmp_path, level, ends):
    rows = [f"1,Oak,{level}", "2,Elm,SP", "3,Fir,AL"]
    (tmp_path / "schools.csv").write_text("\n".join(["SCHOOL_ID,SCHOOL_NAME,TYPE", *rows]))
    init_region(tmp_path)
    served = read_layers(tmp_path).schools["grades"].to_list()
    assert (served[0][0], served[0][-1]) == ends
    assert served[1:] == [[], []]


@pytest.mark.parametrize("column", ["TOWNNAME", "TOWN_NAME", "CITY_POSTAL", "CITY_POSTA", "Town"])
def test_towns_are_known_however_their_column_is_named(tmp_path, column):
    (tmp_path / "points.csv").write_text(POINTS.replace(",city,", f",{column},", 1))
    init_region(tmp_path)
    assert section_of(tmp_path, "addresses")["city"] == column


def test_a_column_of_classes_of_routes_is_no_column_of_street_types(tmp_path):
    classes = [None] * 12 + ["NO", "NO", "PR", "PR", "FM", "FM", "HWY", "RR"]
    streets = geopandas.GeoDataFrame(
        {
            "FENAME": ["Oak", "Elm", "Fir", "Ash"] * 5,
            "FETYPE": ["St", "Ave", "Ln", None] * 5,
            "FRADDL": range(1, 2001, 100),
            "TOADDL": range(99, 2099, 100),
            "FRADDR": range(2, 2002, 100),
            "TOADDR": range(98, 2098, 100),
            "Type": classes,
        },
        geometry=[
            shapely.LineString([(-90 + at * 1e-3, 40), (-89.999 + at * 1e-3, 40)])
            for at in range(20)
        ],
        crs="EPSG:4326",
    )
    write(tmp_path, "streets.geojson", streets)
    init_region(tmp_path)
    assert section_of(tmp_path, "streets")["type"] == "FETYPE"


def test_of_two_lists_of_schools_the_list_that_the_zones_name_is_taken(tmp_path):
    rows = "".join(f"{at},School {at},Elem,2024\n" for at in range(100, 160))
    (tmp_path / "all_schools.csv").write_text(
        f"School_ID,School_Name,School_Type,Latest_Data_Year\n{rows}"
    )
    sites = geopandas.GeoDataFrame(
        {"SCH_CODE": ["OAK", "ELM"], "NAME": ["OAK ES", "ELM ES"], "CLASS": ["ELEMENTARY"] * 2},
        geometry=geopandas.points_from_xy([-90.0, -89.99], [40.0, 40.0]),
        crs="EPSG:4326",
    )
    write(tmp_path, "school_sites.geojson", sites)
    write(tmp_path, "elementary_zones.geojson", squares(2, ES_SCH_CODE=["OAK", "ELM"]))
    said = init_region(tmp_path)
    assert any("`school_sites.geojson` has the schools of the zones" in one for one in said)
    assert section_of(tmp_path, "schools") == {"id": "SCH_CODE", "name": "NAME", "level": "CLASS"}


def test_buildings_with_the_tags_of_openstreetmap_are_address_points(tmp_path):
    tags = {"addrhouse": [str(at) for at in range(101, 121)], "addrstreet": ["Oak Street"] * 20}
    place = {"addrcity": ["Springfield"] * 20, "addrstate": ["Illinois"] * 20}
    write(tmp_path, "Oak Hill.geojson", squares(20, **tags, **place, addrpost=["62701"] * 20))
    init_region(tmp_path)
    assert section_of(tmp_path, "addresses") == {
        "number": "addrhouse",
        "street": "addrstreet",
        "city": "addrcity",
        "state": "addrstate",
        "zip": "addrpost",
    }


def test_a_cell_of_megabytes_delays_no_draft(tmp_path):
    (tmp_path / "a.csv").write_text("id,address\n1," + "0" * 3_000_000 + "\n")
    begun = time.process_time()
    draft_region(tmp_path)
    assert time.process_time() - begun < 10
