"""Every kind of district, and each layer left out, asked through every command and route."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest
from conftest import Server
from districts import ADDRESS, KINDS, LAYERS, SOUTH, STEP, WEST, District, write_district

from geoservice.api.access import Access
from geoservice.api.app import _warm_up, create_app
from geoservice.cli.main import main
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions
from geoservice.service.keys import keys_of
from geoservice.service.regions import Regions
from geoservice.service.students import StudentFile, Students

pytestmark = pytest.mark.slow
WITHOUT = ("areas", "schools", "ratings", "grades")
"""Layers that no kind of district leaves out."""
BARE = {"bare_points": "points_only", "bare_streets": "streets_only"}
"""Districts of one layer and nothing else, by the kind that they are made from."""
NAMES = (*KINDS, *(f"no_{layer}" for layer in WITHOUT), "one_school", *BARE)
FAULTY = "faulty"
MAPS = (
    "access",
    "coverage",
    "distance",
    "flows",
    "gaps-matrix",
    "participation",
    "quality-seats",
    "ratings",
    "reference",
    "residents",
    "school-draw",
    "service-gap",
    "trend",
    "utilisation",
    "zone-destinations",
    "zone-edges",
    "zones",
)
MEASURES = (
    "residents",
    "attenders",
    "stay",
    "leave",
    "enter",
    "net_flow",
    "capture",
    "attendance_type",
    "participation",
    "in_boundary",
    "draw",
    "in_quality",
    "tier_table",
    "access",
    "leave_reason",
    "coverage",
    "utilisation",
    "unfilled_seats",
    "quality_seat_share",
    "rating_stability",
    "service_gap",
    "service_level",
    "need_rank",
    "programme_density",
    "flows",
    "zone_destinations",
    "school_draw",
    "distance",
    "nearest_quality",
)
ROUTES = (
    "/?region={id}",
    "/regions/{id}",
    "/v1/regions/{id}",
    "/v1/regions/{id}/check",
    "/v1/regions/{id}/measures",
    "/v1/suggest?q=e&region={id}",
    "/maps?region={id}",
    "/tiles/streets.json?region={id}",
    "/tiles/zones.json?region={id}",
    "/tiles/areas.json?region={id}",
    "/tiles/streets/14/3868/6203.mvt?region={id}",
    "/tiles/zones/12/967/1551.mvt?region={id}",
    "/tiles/areas/12/967/1551.mvt?region={id}",
    "/maps/reference.csv?region={id}",
    "/maps/reference.geojson?region={id}",
    "/maps/reference.png?region={id}",
)
OF_ALL = (
    "/",
    "/healthz",
    "/v1/regions",
    "/maps",
    "/ogc",
    "/ogc/conformance",
    "/ogc/collections",
    "/metrics",
    "/docs",
    "/openapi.json",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("districts")


@pytest.fixture(scope="module")
def districts(folder) -> dict[str, District]:
    """All districts on disk, each registered and with a list of students."""
    made = {kind: write_district(folder / kind, kind) for kind in KINDS}
    made |= {
        f"no_{layer}": write_district(folder / f"no_{layer}", without=[layer]) for layer in WITHOUT
    }
    others = ("zones", "areas", "schools", "ratings")
    made |= {name: write_district(folder / name, kind, others) for name, kind in BARE.items()}
    made["one_school"] = write_district(folder / "one_school", schools=1)
    settings = Settings.read({"GEOSERVICE_HOME": str(folder / "home")})
    regions, students = Regions(settings), Students(settings)
    options = PlaceOptions(address="address", id="id", grade="grade", school="school")
    about = {"owner": "Research office", "agreement": "MOU-7", "expires": "2090-01-01"}
    for district in made.values():
        reference = regions.open(str(district.folder))
        students.take(StudentFile(district.students, options), "list", reference, about)
    return made


@pytest.fixture(scope="module")
def client(folder, districts) -> Iterator[httpx.Client]:
    """The service over all districts, and over one whose snapshot was damaged."""
    home = folder / "home"
    faulty = write_district(folder / FAULTY)
    reference = Regions(Settings.read({"GEOSERVICE_HOME": str(home)})).open(str(faulty.folder))
    regions = [
        option for one in (*districts.values(), faulty) for option in ("--region", one.folder)
    ]
    running = Server(home, "serve", "--no-token", *regions)
    for table in reference.folder.glob("*.parquet"):
        table.write_bytes(b"damaged")
    with httpx.Client(base_url=running.url, timeout=60) as made:
        yield made
    running.stop()


def works_or_says_why(answer: httpx.Response) -> bool:
    if answer.status_code in (404, 422):
        return len(answer.json()["detail"]) > 20
    return answer.status_code == 200 and len(answer.content) > 50


@pytest.mark.parametrize("route", OF_ALL)
def test_one_faulty_region_leaves_the_others_alone(client, route):
    answer = client.get(route)
    assert answer.status_code == 200, answer.text[:300]


def test_what_is_faulty_is_told_where_it_is_asked_for(client):
    ids = [one["id"] for one in client.get("/v1/regions").json()["items"]]
    assert len(ids) == len(NAMES)
    assert FAULTY not in ids


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", NAMES)
def test_every_route_answers_for_every_district(client, districts, name, route):
    answer = client.get(route.format(id=districts[name].id))
    assert answer.status_code == 200, answer.text[:300]


@pytest.mark.parametrize("name", NAMES)
def test_every_collection_has_its_features(client, districts, name):
    layers, region = districts[name].layers, districts[name].id
    listed = [one["id"] for one in client.get("/ogc/collections").json()["collections"]]
    mine = [one for one in listed if one.startswith(f"{region}.") and ".measure-" not in one]
    expected = {
        "schools": ["schools"],
        "areas": ["areas-planning"],
        "zones": ["zones-elementary", "zones-high"],
    }
    assert mine == [
        f"{region}.{one}"
        for layer in ("schools", "zones", "areas")
        if layer in layers
        for one in expected[layer]
    ]
    for collection in mine:
        assert client.get(f"/ogc/collections/{collection}").status_code == 200
        items = client.get(f"/ogc/collections/{collection}/items").json()
        assert items["numberMatched"] > 0
        one = items["features"][0]["id"]
        assert client.get(f"/ogc/collections/{collection}/items/{one}").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_collection_says_where_it_lies(client, districts, name):
    for one in client.get("/ogc/collections").json()["collections"]:
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        assert WEST - 0.01 < west < east < WEST + 0.05
        assert SOUTH - 0.01 < south < north < SOUTH + 0.05


@pytest.mark.parametrize("name", NAMES)
def test_an_address_is_placed_in_all_that_the_district_has(client, districts, name):
    layers = districts[name].layers
    address = {"address": ADDRESS, "grade": "3", "school_id": "0101"}
    answer = client.post("/v1/geocode", json={"region": districts[name].id, "addresses": [address]})
    row = answer.json()["results"][0]
    assert row["geo_status"] == "matched"
    assert row.get("area_planning") == ("w" if "areas" in layers else None)
    has_zone = {"zones", "grades"} <= layers
    assert row.get("zone_elementary") == ("0101" if has_zone else None)
    assert row["school_of_right"] == ("0101" if has_zone else None)
    assert row["attends_school_of_right"] is (True if has_zone else None)
    assert row["rating"] == ("A" if has_zone and "ratings" in layers else None)
    named = "West Elementary School" if has_zone and "schools" in layers else None
    assert row["school_of_right_name"] == named


@pytest.mark.parametrize("name", NAMES)
def test_a_place_has_its_nearest_address(client, districts, name):
    places = [{"lon": WEST + STEP * 0.55, "lat": SOUTH + STEP / 15}, {"lon": 0, "lat": 0}]
    answer = client.post("/v1/reverse", json={"region": districts[name].id, "places": places})
    near, far = answer.json()["results"]
    assert "OAK ST, SPRINGFIELD, MO 64001" in near["rev_address"]
    assert far["rev_address"] is None


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", NAMES)
def test_every_measure_answers_or_says_why_not(client, districts, name, measure):
    answer = client.get(f"/v1/regions/{districts[name].id}/measures/{measure}")
    assert works_or_says_why(answer), answer.text[:300]


@pytest.mark.parametrize("map_id", MAPS)
@pytest.mark.parametrize("name", NAMES)
def test_every_map_is_drawn_or_says_why_not(client, districts, name, map_id):
    answer = client.get(f"/maps/{map_id}?region={districts[name].id}")
    assert works_or_says_why(answer), answer.text[:300]


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_and_menu_leave_out_maps_without_data_and_say_what_brings_them(
    client, districts, name
):
    region = districts[name].id
    listed = client.get(f"/maps?f=json&region={region}").json()
    offered, absent = ([one["id"] for one in listed[key]] for key in ("items", "absent"))
    assert set(offered).isdisjoint(absent)
    assert len(offered) + len(absent) >= len(MAPS)
    page = client.get(f"/maps?f=html&region={region}").text
    menu = client.get(f"/?region={region}").text
    for one in listed["absent"]:
        assert one["needs"]
        assert f"/maps/{one['id']}" not in page
        assert f'data-map="{one["id"]}"' not in menu
        answer = client.get(f"/maps/{one['id']}?region={region}")
        assert answer.status_code == 404
        for files in one["needs"]:
            assert files in page
            assert files in menu
            assert files in answer.json()["detail"]
    for map_id in offered:
        assert f"/maps/{map_id}?region={region}" in page
        assert f'data-map="{map_id}"' in menu


@pytest.mark.parametrize("map_id", ["residents", "participation"])
def test_the_facts_know_the_students_of_a_region_without_areas(client, districts, map_id):
    answer = client.get(f"/maps/{map_id}?region={districts['no_areas'].id}")
    assert answer.status_code == 200
    assert "no list of students" not in answer.text


@pytest.mark.parametrize(
    ("name", "layer_id"), [("no_areas", "areas"), ("no_zones", "zones"), ("no_schools", "schools")]
)
def test_a_page_offers_no_layer_without_content(client, districts, name, layer_id):
    shown, offered = (layer_ids(client, districts[one].id) for one in (NAMES[0], name))
    assert layer_id in shown
    assert layer_id not in offered


def layer_ids(client, region):
    """Ids of the layers of the first maps of a region that have any."""
    maps = [f"/maps/{name}?region={region}" for name in ("reference", "zones", "ratings")]
    pages = [answer.text for answer in map(client.get, maps) if answer.status_code == 200]
    return {
        layer["id"]
        for page in pages
        for layer in json.loads(page.split('id="geoservice-figure">')[1].split("</script>")[0])[
            "layers"
        ]
    }


def test_a_region_without_ratings_lacks_maps_of_ratings(client, districts):
    listed = client.get(f"/maps?f=json&region={districts['no_ratings'].id}").json()
    needs = {one["id"]: one["needs"] for one in listed["absent"]}
    assert needs["ratings"] == ["[[ratings]]"]
    assert "zones" not in needs


def test_the_workspace_opens_a_map_that_another_region_has(client, districts):
    answer = client.get(f"/?region={districts['no_ratings'].id}&map=ratings")
    assert answer.status_code == 200
    assert client.get("/?map=unheard-of").status_code == 404


def test_a_map_of_areas_is_refused_where_there_are_none(client, districts):
    answer = client.get(f"/maps/flows?region={districts['no_areas'].id}")
    assert answer.status_code in (404, 422)


COMMANDS = (
    "region check {folder}",
    "region build {folder}",
    "maps list",
    "maps list --region {id}",
    "geocode {students} -o {out}.csv --region {id} --address address --id id",
    "geocode {students} -o {out}.xlsx --region {id} --address address --grade grade --school school",
    "geocode {students} -o {out}.geojson --region {id} --address address --grade grade --review {out}.review.csv",
    "reverse {places} -o {out}.csv --region {id} --lon lon --lat lat",
    "students list",
    "students check --region {id}",
    "students show --region {id}",
    "map reference -o {out}.html --region {id}",
)
OF_LAYERS = (
    "region accuracy {folder}",
    "map zones -o {out}.csv --region {id}",
    "map participation -o {out}.html --region {id}",
    "measure residents -o {out}.csv --region {id}",
    "measure utilisation -o {out}.csv --region {id}",
    "directory -o {out}.csv --region {id}",
    "zones export -o {out}.geojson --region {id} --year 2023-24",
)
"""Commands about a layer that a district need not have."""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", NAMES)
def test_every_command_works_for_every_district(
    folder, districts, name, command, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(os.environ, "GEOSERVICE_HOME", str(folder / "home"))
    assert run(districts[name], command, tmp_path) == 0, capsys.readouterr().err


@pytest.mark.parametrize("command", OF_LAYERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_command_about_a_layer_works_or_says_what_is_missing(
    folder, districts, name, command, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(os.environ, "GEOSERVICE_HOME", str(folder / "home"))
    status, said = run(districts[name], command, tmp_path), capsys.readouterr().err
    assert status in (0, 2, 3), said
    if status:
        assert len(said) > 40
        assert districts[name].layers < frozenset(LAYERS)


def test_a_report_without_areas_is_that_of_the_district(
    folder, districts, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(os.environ, "GEOSERVICE_HOME", str(folder / "home"))
    assert run(districts["no_areas"], "report -o {out} --region {id}", tmp_path) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "figures.xlsx",
        "index.html",
        "report-district.html",
        "report-district.pdf",
    }
    command = "report -o {out} --region {id} --areas planning"
    assert run(districts["no_areas"], command, tmp_path) == 2
    assert "Add [[areas]]" in capsys.readouterr().err


def test_a_map_of_zones_begins_with_the_first_grades_that_have_zones(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "GEOSERVICE_HOME", str(tmp_path / "home"))
    district = write_district(tmp_path / "high_alone")
    manifest = district.folder / "region.toml"
    before, *sections = manifest.read_text().split("[[zones]]")
    kept = [section for section in sections if 'id = "elementary"' not in section]
    manifest.write_text("[[zones]]".join([before, *kept]))
    assert (
        main(["map", "zones", "-o", str(tmp_path / "z.csv"), "--region", str(district.folder)]) == 0
    )
    assert len(pl.read_csv(tmp_path / "z.csv")) == 1


def run(district: District, command: str, folder: Path) -> int:
    """The exit status of a command; names in braces stand for the district's files and id."""
    places = folder / "places.csv"
    pl.DataFrame({"lon": [WEST, 0.0], "lat": [SOUTH, 0.0]}).write_csv(places)
    values = {
        "folder": district.folder,
        "id": district.id,
        "students": district.students,
        "out": folder / "out",
        "places": places,
    }
    return main([part.format(**values) for part in command.split()])


def test_the_warm_up_goes_on_after_a_faulty_region(client, folder, caplog):
    settings = Settings.read({"GEOSERVICE_HOME": str(folder / "home")})
    access = Access(loopback=True, host="127.0.0.1", token=None, keys=keys_of(settings))
    app = create_app(settings, Regions(settings), [FAULTY, "both"], access)
    _warm_up(app.state.services)
    assert [record.getMessage() for record in caplog.records if "warmed" in record.message] == [
        "region faulty was not warmed up: ReferenceDataError"
    ]
