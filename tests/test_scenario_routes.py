"""Routes of scenarios, asked of a real service over the grid of blocks."""

import io
import zipfile

import geopandas
import httpx
import polars as pl
import pytest
from conftest import Server
from planned_region import grid_folder

from geoservice.model.settings import Settings
from geoservice.service.keys import keys_of

MOVES = {"20": "B", "21": "B", "22": "D"}
PLAN = {
    "id": "east",
    "name": {"en": "To the east"},
    "region": "grid",
    "zones": "elementary",
    "first_year": "2025-26",
    "changes": [{"assign": MOVES}],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return grid_folder(tmp_path_factory.mktemp("grid"))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def service(place, folder):
    running = Server(place, "serve", "--region", folder, "--no-token", "--workers", "0")
    yield running
    running.stop()


@pytest.fixture
def client(service):
    with httpx.Client(base_url=service.url, timeout=60) as opened:
        yield opened


def test_the_ground_holds_every_student_once(client, folder):
    ground = client.post("/v1/scenarios/ground", json={"zones": "elementary"}).json()
    blocks = geopandas.read_file(folder / "blocks.geojson")
    assert sum(ground["cells"]["students"]) == blocks[["K", "G1", "G2"]].to_numpy().sum()
    assert [block["id"] for block in ground["blocks"]] == blocks["B"].to_list()
    schools = [ground["schools"][block["school"]]["id"] for block in ground["blocks"]]
    assert schools == blocks["TODAY"].to_list()
    assert ground["grades"] == ["KG", "01", "02"]
    assert not any(block["is_cut"] for block in ground["blocks"])
    colours = [school["colour"] for school in ground["schools"]]
    assert len(set(colours)) == 4


def test_numbers_of_a_plan_are_those_of_the_blocks_that_move(client, folder):
    answer = client.post("/v1/scenarios/numbers", json={"content": PLAN}).json()
    table = pl.DataFrame(answer["items"], infer_schema_length=None)
    blocks = geopandas.read_file(folder / "blocks.geojson").set_index("B")
    moved = blocks.loc[list(MOVES), ["K", "G1", "G2"]].to_numpy().sum()
    district = table.filter(by="district", grade="all")
    assert district.filter(measure="moved")["after"].to_list() == [moved]


def test_a_stored_scenario_has_versions_and_files(client):
    first = client.post("/v1/scenarios", json={"content": PLAN, "label": "draft"})
    assert first.status_code == 201
    path = first.headers["Location"]
    later = {**PLAN, "changes": [{"assign": {**MOVES, "23": "D"}}]}
    again = {"content": later, "id": first.json()["id"], "label": "after the meeting"}
    assert client.post("/v1/scenarios", json=again).json()["version"] == 2
    (listed,) = client.get("/v1/scenarios?region=grid").json()["items"]
    assert [each["label"] for each in listed["versions"]] == ["draft", "after the meeting"]
    assert client.get(path).json()["content"] == later
    assert client.get(f"{path}?version=1").json()["content"] == PLAN

    moves = pl.read_csv(client.get(f"{path}/moves.csv?version=1").content, infer_schema=False)
    moved = moves.filter(pl.col("school") != pl.col("school_before"))
    assert dict(moved.select("block", "school").iter_rows()) == MOVES
    zones = geopandas.read_file(io.BytesIO(client.get(f"{path}/zones.geojson").content))
    assert sorted(zones["school_id"]) == ["A", "B", "C", "D"]
    packed = client.get(f"{path}/zones.zip").content
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert {name.rpartition(".")[2] for name in names} >= {"shp", "shx", "dbf", "prj"}
    shapes = geopandas.read_file(io.BytesIO(packed))
    assert shapes.to_crs(26910).area.sum() == pytest.approx(36 * 400**2, rel=1e-3)
    table = pl.read_csv(client.get(f"{path}/numbers?f=csv").content, infer_schema_length=None)
    assert set(table["scenario"]) == {"east"}
    assert client.get(f"{path}/zones.dwg").status_code == 422

    report = client.get(f"{path}/report.html?lang=es&purpose=Board")
    assert report.status_code == 200, report.text
    assert 'lang="es"' in report.text
    assert client.get(f"{path}/report.pdf?purpose=Board").content.startswith(b"%PDF")
    assert client.get(f"{path}/report.doc?purpose=Board").status_code == 422

    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"assign": {"99": "B"}}, "no such block"),
        ({"assign": {"20": "Z"}}, "does not exist"),
        ({"assign": "moves.csv"}, "name no files"),
    ],
)
def test_a_faulty_scenario_is_not_stored(client, change, says):
    answer = client.post("/v1/scenarios", json={"content": {**PLAN, "changes": [change]}})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert client.get("/v1/scenarios").json()["items"] == []


def test_only_who_may_see_students_sees_scenarios(place, folder, service):
    keys = keys_of(Settings.read({"GEOSERVICE_HOME": str(place)}))
    readers = keys.create("reader", ["maps:read"])
    officials = keys.create("official", ["maps:read", "students:read"])
    for path, body in (
        ("/v1/scenarios", None),
        ("/v1/scenarios/ground", {"zones": "elementary"}),
        ("/v1/scenarios/numbers", {"content": PLAN}),
    ):
        for key, status in ((readers, 403), (officials, 200)):
            headers = {"Authorization": f"Bearer {key}"}
            method = "GET" if body is None else "POST"
            asked = httpx.request(method, service.url + path, json=body, headers=headers)
            assert asked.status_code == status, (path, asked.text)
