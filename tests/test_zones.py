"""Attendance zones: grades of their own, overlaps, several schools, ids that stay."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from geoservice import Region
from geoservice.assign.point_places import POINT_AREAS, POINT_MARGINS, POINT_ZONES
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.pipeline import place
from geoservice.reference.snapshot import Reference
from geoservice.region.check import check_layers
from geoservice.region.layers import read_layers
from geoservice.students.check import failed_checks

WEST = (-90.001, 39.99, -89.995, 40.02)
EAST = (-89.995, 39.99, -89.985, 40.02)
BOTH = (-90.001, 39.99, -89.985, 40.02)
IN_WEST, IN_EAST = "252 E Main St", "652 E Main St"
REGION = """
id = "span"
metric_crs = "EPSG:26916"
school_year = "2023-24"
[[streets]]
file = "streets.geojson"
defaults = { city = "Springfield", state = "IL" }
[streets.fields]
full_name = "FULLNAME"
from_left = "LF"
to_left = "LT"
from_right = "RF"
to_right = "RT"
zip_left = "ZIP"
zip_right = "ZIP"
"""
SCHOOLS = """
[schools]
file = "schools.csv"
[schools.fields]
id = "ID"
name = "NAME"
grades = "GRADES"
"""
ZONES = """
[[zones]]
id = "es"
file = "zones.geojson"
%s
[zones.fields]
%s
"""
NAMES = {"0101": ("Smith ES", "K-5"), "0102": ("Jones ES", "K-5"), "0103": ("Lee K-8", "K-8")}


def feature(kind: str, coordinates: list, **properties: str) -> dict:
    shape = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def polygon(box: tuple[float, float, float, float], **properties: str) -> dict:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return feature("Polygon", [ring], **properties)


def collection(path: Path, features: list[dict]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


@pytest.fixture
def district(tmp_path, monkeypatch):
    """One street from 1 to 999 E Main St and zones of one set over it."""
    monkeypatch.setenv("GEOSERVICE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "district"
    folder.mkdir()

    def build(*zones, fields='school_id = "SID"\ngrades = "G"', entry="", schools=NAMES) -> Path:
        blocks = [
            feature(
                "LineString",
                [[-90 + at * 0.001, 40.0], [-89.999 + at * 0.001, 40.0]],
                FULLNAME="E Main St",
                LF=str(at * 100 + 1),
                LT=str(at * 100 + 99),
                RF=str(at * 100 + 2),
                RT=str(at * 100 + 98),
                ZIP="62701",
            )
            for at in range(10)
        ]
        collection(folder / "streets.geojson", blocks)
        collection(folder / "zones.geojson", list(zones))
        rows = [(school, *told) for school, told in schools.items()]
        with (folder / "schools.csv").open("w", newline="") as opened:
            csv.writer(opened).writerows([("ID", "NAME", "GRADES"), *rows])
        text = REGION + (SCHOOLS if schools else "") + ZONES % (entry, fields)
        (folder / "region.toml").write_text(text)
        return folder

    return build


@pytest.fixture
def geocode():
    """Rows of addresses and grades, placed in a region's folder."""

    def run(folder, *rows, **options):
        names = ("address", "grade", "school")[: len(rows[0])]
        frame = pl.DataFrame(rows, schema=list(names), orient="row")
        if "school" in names:
            options["school"] = "school"
        placed = Region.open(folder).geocode(frame, address="address", grade="grade", **options)
        return pl.from_pandas(placed.drop(columns="geometry")).to_dicts()

    return run


def rights(rows):
    return [row["school_of_right"] for row in rows]


def codes(folder):
    layers = read_layers(folder)
    return {one.code: one for one in (*layers.findings, *check_layers(layers))}


def test_polygons_of_one_school_keep_their_own_grades(district, geocode):
    folder = district(
        polygon(WEST, SID="0103", G="K-5"),
        polygon(EAST, SID="0103", G="6-8"),
        polygon(EAST, SID="0102", G="K-5"),
    )
    rows = geocode(
        folder,
        (IN_WEST, "3"),
        (IN_EAST, "3"),
        (IN_EAST, "7"),
        ("452 E Main St", "3"),
        (IN_WEST, "7"),
    )
    assert rights(rows) == ["0103", "0102", "0103", "0103", None]
    assert [row["zone_es"] for row in rows] == ["0103", "0102", "0103", "0103", None]
    assert not any(row["zone_doubtful"] for row in rows[:3])
    assert codes(folder)["zone_in_parts"].rows == ("0103",)


def test_polygons_that_agree_in_all_are_one_zone_without_an_edge_between_them(district, geocode):
    folder = district(polygon(WEST, SID="0101", G="K-5"), polygon(EAST, SID="0101", G="K-5"))
    (row,) = geocode(folder, ("498 E Main St", "3"))
    assert row["zone_margin_m"] > 400
    assert codes(folder)["duplicate_id"].count == 1


def test_pieces_of_one_zone_with_different_grades_have_no_edge_in_a_grade_of_both(
    district, geocode
):
    folder = district(polygon(WEST, SID="0103", G="K-3"), polygon(EAST, SID="0103", G="K-8"))
    young, old = geocode(folder, ("498 E Main St", "2"), ("502 E Main St", "7"))
    assert young["zone_margin_m"] > 400
    assert old["zone_margin_m"] < 50


def test_the_id_of_a_zone_stays_when_another_polygon_comes_or_goes(district):
    alone = district(polygon(WEST, SID="0103", G="K-5"))
    before = Region.open(alone).reference.zones()["zone_id"].to_list()
    after = district(polygon(EAST, SID="0103", G="6-8"), polygon(WEST, SID="0103", G="K-5"))
    assert set(before) == set(Region.open(after).reference.zones()["zone_id"]) == {"0103"}


def test_an_id_of_two_schools_for_one_grade_is_told_apart(district, geocode):
    fields = 'id = "Z"\nschool_id = "SID"\ngrades = "G"'
    folder = district(
        polygon(WEST, Z="1", SID="0101", G="K-5"),
        polygon(EAST, Z="1", SID="0102", G="K-5"),
        fields=fields,
    )
    rows = geocode(folder, (IN_WEST, "3"), (IN_EAST, "3"))
    assert rights(rows) == ["0101", "0102"]
    assert [row["zone_es"] for row in rows] == ["1:0101", "1:0102"]
    assert codes(folder)["ambiguous_id"].rows == ("1",)


def test_an_id_of_two_schools_for_different_grades_is_one_zone(district, geocode):
    fields = 'id = "Z"\nschool_id = "SID"\ngrades = "G"'
    folder = district(
        polygon(WEST, Z="1", SID="0101", G="K-2"),
        polygon(WEST, Z="1", SID="0102", G="3-5"),
        fields=fields,
    )
    rows = geocode(folder, (IN_WEST, "1"), (IN_WEST, "4"))
    assert rights(rows) == ["0101", "0102"]
    assert [row["zone_es"] for row in rows] == ["1", "1"]


def test_overlapping_zones_make_a_row_doubtful_and_name_both_schools(district, geocode):
    folder = district(
        polygon(WEST, SID="0101"),
        polygon(WEST, SID="0102"),
        polygon(EAST, SID="0103"),
        entry='grades = "K-5"',
        fields='school_id = "SID"',
    )
    rows = geocode(folder, (IN_WEST, "3", "0102"), (IN_EAST, "3", "0103"), (IN_WEST, "7", "0101"))
    both, alone, unserved = rows
    assert both["school_of_right"] == both["zone_es"] == "0101;0102"
    assert both["school_of_right_name"] == "Smith ES;Jones ES"
    assert both["zone_doubtful"] is True
    assert both["zone_margin_m"] == 0
    assert both["attends_school_of_right"] is True
    assert alone["zone_doubtful"] is False
    assert alone["zone_margin_m"] > 100
    assert unserved["school_of_right"] is None


def test_the_margin_ends_where_another_zone_begins_to_overlap(district, geocode):
    folder = district(
        polygon(BOTH, SID="0101"),
        polygon(EAST, SID="0102"),
        entry='grades = "K-5"',
        fields='school_id = "SID"',
    )
    (near,) = geocode(folder, ("498 E Main St", "3"))
    assert near["school_of_right"] == "0101"
    assert near["zone_margin_m"] < 30  # Its own zone goes on for 800 m.
    assert near["zone_doubtful"] is (near["zone_margin_m"] < near["geo_uncertainty_m"])


@pytest.mark.parametrize("grades", ["K-5", "K-8"])
def test_zones_that_overlap_in_some_grades_only_are_doubtful_there_only(district, geocode, grades):
    folder = district(polygon(WEST, SID="0101", G=grades), polygon(WEST, SID="0103", G="5-8"))
    young, shared, old = geocode(folder, (IN_WEST, "2"), (IN_WEST, "5"), (IN_WEST, "7"))
    assert (young["school_of_right"], young["zone_doubtful"]) == ("0101", False)
    assert (shared["school_of_right"], shared["zone_doubtful"]) == ("0101;0103", True)
    assert old["zone_doubtful"] is (grades == "K-8")


def test_three_zones_at_one_place_are_all_named(district, geocode):
    zones = [polygon(BOTH, SID=school, G="K-5") for school in NAMES]
    (row,) = geocode(district(*zones), (IN_WEST, "3"))
    assert row["school_of_right"] == "0101;0102;0103"


def test_the_report_lists_overlaps_by_grade(district):
    folder = district(polygon(WEST, SID="0101", G="K-5"), polygon(WEST, SID="0103", G="5-8"))
    found = codes(folder)["overlap"]
    assert found.dataset == "zones es, grades 05"
    assert found.rows == ("0101 / 0103",)


def test_slips_of_digitizing_are_no_overlap(district, geocode):
    slip = (-89.99501, *EAST[1:])
    folder = district(polygon(WEST, SID="0101", G="K-5"), polygon(slip, SID="0102", G="K-5"))
    rows = geocode(folder, ("498 E Main St", "3"), (IN_EAST, "3"))
    assert rights(rows) == ["0101", "0102"]


@pytest.mark.parametrize(
    "codes_written", ["0101;0102", "0101, 0102", "0101/0102", "101; 102", "Smith ES & Jones ES"]
)
def test_a_zone_may_name_several_schools(district, geocode, codes_written):
    folder = district(polygon(WEST, SID=codes_written, G="K-5"), polygon(EAST, SID="0103", G="K-5"))
    first, other, out, east = geocode(
        folder,
        (IN_WEST, "3", "0102"),
        (IN_WEST, "3", "0101"),
        (IN_WEST, "3", "0103"),
        (IN_EAST, "3", "0103"),
    )
    assert first["school_of_right"] == "0101;0102"
    assert first["school_of_right_name"] == "Smith ES;Jones ES"
    assert first["zone_doubtful"] is False
    attends = [row["attends_school_of_right"] for row in (first, other, out, east)]
    assert attends == [True, True, False, True]


def test_a_linking_table_gives_zones_their_schools(district, geocode):
    folder = district(
        polygon(WEST, ZONE="A"),
        polygon(EAST, ZONE="B"),
        entry='grades = "K-5"\nschools = "links.csv"',
        fields='id = "ZONE"',
    )
    (folder / "links.csv").write_text(
        "ZONE,SCHOOL\nA,0101\nA,Jones Elementary School\nB,0103\nC,0101\n"
    )
    rows = geocode(folder, (IN_WEST, "3"), (IN_EAST, "3"))
    assert rights(rows) == ["0101;0102", "0103"]
    assert [row["zone_es"] for row in rows] == ["A", "B"]
    assert codes(folder)["unknown_zone"].rows == ("C",)


def test_a_linking_table_may_part_schools_by_grade(district, geocode):
    entry = 'schools = { file = "links.csv", fields = { zone_id = "Z", school_id = "S", grades = "G" } }'
    folder = district(polygon(WEST, ZONE="A"), entry=entry, fields='id = "ZONE"')
    (folder / "links.csv").write_text("Z,S,G\nA,0101,K-2\nA,0102,3-5\n")
    assert rights(geocode(folder, (IN_WEST, "1"), (IN_WEST, "4"))) == ["0101", "0102"]


def test_the_region_is_built_again_when_the_linking_table_changes(district, geocode):
    folder = district(
        polygon(WEST, ZONE="A"), entry='grades = "K-5"\nschools = "links.csv"', fields='id = "ZONE"'
    )
    for school in ("0101", "0103"):
        (folder / "links.csv").write_text(f"zone_id,school_id\nA,{school}\n")
        assert rights(geocode(folder, (IN_WEST, "3"))) == [school]


def test_rights_are_told_by_zone_grade_and_school(district):
    folder = district(polygon(WEST, SID="0101;0102", G="K-1"))
    told = Region.open(folder).reference.school_rights
    assert told.rows() == [
        ("es", "0101;0102", grade, school) for grade in ("KG", "01") for school in ("0101", "0102")
    ]


def test_zones_without_schools_of_the_region_show_their_own_names(district, geocode):
    fields = 'school_id = "SID"\nname = "N"\ngrades = "G"'
    folder = district(polygon(WEST, SID="0101", N="Smith zone", G="K-5"), fields=fields, schools={})
    (row,) = geocode(folder, (IN_WEST, "3"))
    assert (row["school_of_right"], row["school_of_right_name"]) == ("0101", "Smith zone")
    assert codes(folder)["unknown_school"].severity == "warning"


def test_the_linking_table_may_be_named_among_the_fields(district, geocode):
    folder = district(
        polygon(WEST, ZONE="A"), entry='grades = "K-5"', fields='id = "ZONE"\nschools = "links.csv"'
    )
    (folder / "links.csv").write_text("ZONE,SCHOOL_NAME\nA,Smith Elementary\nA,0102\n")
    assert rights(geocode(folder, (IN_WEST, "3"))) == ["0101;0102"]


@pytest.mark.parametrize(
    ("stated", "agrees"),
    [("0101", True), ("Jones ES", True), ("102", True), ("0103", False), ("Nowhere", None)],
)
def test_a_stated_zone_agrees_where_it_is_among_those_that_hold_the_place(
    district, geocode, stated, agrees
):
    folder = district(
        polygon(WEST, SID="0101", G="K-5"),
        polygon(WEST, SID="0102", G="K-5"),
        polygon(EAST, SID="0103", G="K-5"),
    )
    (row,) = geocode(folder, (IN_WEST, "3"))
    stored = pl.DataFrame([row]).with_columns(
        row=pl.lit(1),
        year=pl.lit("2023-24"),
        grade=pl.lit("03"),
        reported_zone=pl.lit(stated),
        school_id=pl.lit("0101"),
        school_reason=pl.lit(None, dtype=pl.String),
    )
    told = set(failed_checks(stored, Region.open(folder).reference)["check"])
    assert ("reported_zone_differs" in told) is (agrees is False)
    assert ("reported_zone_unknown" in told) is (agrees is None)
    assert "doubtful_zone" in told


def test_the_grades_of_a_set_tell_schools_of_one_name_apart(district, geocode):
    schools = {"0101": ("Smith Elementary", "K-5"), "0102": ("Smith Middle", "6-8")}
    folder = district(polygon(WEST, SID="Smith", G="6-8"), schools=schools)
    (row,) = geocode(folder, (IN_WEST, "7"))
    assert (row["school_of_right"], row["zone_es"]) == ("0102", "0102")
    assert codes(folder)["joined_by"].rows == ("Smith = 0102",)


def with_positions(folder: Path, places: dict[str, tuple[float, float]]) -> Path:
    """The district with positions of its schools."""
    table = pl.read_csv(folder / "schools.csv", infer_schema=False)
    for at, name in enumerate(("LON", "LAT")):
        cells = [str(places[school][at]) if school in places else "" for school in table["ID"]]
        table = table.with_columns(pl.Series(name, cells))
    table.write_csv(folder / "schools.csv")
    text = (folder / "region.toml").read_text()
    text = text.replace('name = "NAME"', 'name = "NAME"\nlon = "LON"\nlat = "LAT"')
    (folder / "region.toml").write_text(text)
    return folder


SHORE, HILL = "CARVER MIDDLE", "CARVER MIDDLE SCHOOL"
AT_HOME, NEARBY, FAR = (-89.998, 40.0), (-89.95, 40.0), (-89.35, 40.0)


@pytest.mark.parametrize("home", [AT_HOME, NEARBY])
@pytest.mark.parametrize("names", [(SHORE, HILL), (HILL, SHORE), (SHORE, SHORE)])
@pytest.mark.parametrize("cell", ["Carver Middle", "CARVER MIDDLE", "Carver MS"])
def test_of_schools_with_names_alike_the_school_in_the_zone_or_nearest_is_joined(
    district, home, names, cell
):
    schools = {"9101": (names[0], "6-8"), "0102": (names[1], "6-8")}
    folder = district(polygon(WEST, SID=cell, G="6-8"), schools=schools)
    with_positions(folder, {"9101": FAR, "0102": home})
    assert read_layers(folder).zones["school_id"].to_list() == ["0102"]
    assert codes(folder)["joined_by_place"].rows == (f"{cell} = 0102",)


@pytest.mark.parametrize("cell", ["Carver Middle", "Carver MS", "Carver"])
def test_a_school_far_from_the_zone_is_never_joined_by_name(district, cell):
    folder = district(polygon(WEST, SID=cell, G="6-8"), schools={"9101": (SHORE, "6-8")})
    with_positions(folder, {"9101": FAR})
    assert read_layers(folder).zones["school_id"].to_list() == [cell]
    found = codes(folder)
    assert found["far_school"].rows == (f"{cell} (CARVER MIDDLE, 9101, 55 km away)",)
    assert found["unknown_school"].severity == "error"


def test_an_id_joins_a_school_however_far(district):
    folder = district(polygon(WEST, SID="9101", G="6-8"), schools={"9101": (SHORE, "6-8")})
    with_positions(folder, {"9101": FAR})
    assert read_layers(folder).zones["school_id"].to_list() == ["9101"]
    assert "far_school" not in codes(folder)


def test_a_school_without_a_position_keeps_its_own_name(district):
    schools = {"0101": (SHORE, "6-8"), "0102": (HILL, "6-8")}
    folder = district(polygon(WEST, SID=SHORE, G="6-8"), schools=schools)
    with_positions(folder, {"0102": NEARBY})
    assert read_layers(folder).zones["school_id"].to_list() == ["0101"]


@pytest.mark.parametrize(
    ("wrong", "severity"), [(3, "error"), (2, "error"), (1, "warning"), (0, None)]
)
def test_zones_joined_to_schools_of_another_level_are_told(district, wrong, severity):
    schools = {"1": ("Oak ES", "K-5"), "2": ("Fir HS", "9-12"), "3": ("Ash HS", "9-12")}
    width = 0.002
    boxes = [(-90.001 + at * width, 39.99, -89.999 + at * width, 40.02) for at in range(3)]
    zones = [polygon(box, SID="2" if at < wrong else "1", G="K-5") for at, box in enumerate(boxes)]
    zones = [*zones] if wrong < 3 else [*zones[:2], polygon(boxes[2], SID="3", G="K-5")]
    fields = 'id = "Z"\nschool_id = "SID"\ngrades = "G"'
    for at, zone in enumerate(zones):
        zone["properties"]["Z"] = f"z{at}"
    found = codes(district(*zones, fields=fields, schools=schools)).get("zone_of_other_grades")
    assert (found.severity if found else None) == severity
    if found:
        assert found.count == wrong
        assert found.rows[0] == "z0 (2: 09-12)"


def test_places_kept_for_address_points_answer_as_places_worked_out_anew(
    riverbend, riverbend_folder
):
    kept = riverbend.reference
    arrays = (POINT_AREAS, POINT_ZONES, POINT_MARGINS)
    assert all(kept.has(name) for name in arrays)
    points = pl.read_csv(riverbend_folder / "addresses_1.csv", infer_schema=False)
    line = pl.format("{} {}, {}", "number", "street", "city")
    table = points.select(address=line, grade=(pl.int_range(pl.len()) % 13).cast(pl.String))
    options = resolve(PlaceOptions(grade="grade"), table.columns)
    placed = place(table, options, kept)
    assert (placed["geo_match"] == "point").mean() > 0.9
    assert placed["zone_margin_m"].null_count() < len(placed) / 10
    anew = place(table, options, Reference(kept.folder, hidden=arrays))
    assert placed.equals(anew)
