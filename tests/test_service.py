"""The HTTP service as programs and browsers meet it: a real process, a real browser."""

import asyncio
import csv
import html
import io
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import polars as pl
import pytest
from accessibility import violations
from batch_service import new_home, service
from conftest import Server
from distributed import LocalCluster

from geoservice.demo.generate import generate_students
from geoservice.model.shipped import shipped_folder

FOLDER = shipped_folder("maps")


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=30) as made:
        yield made


def test_http_and_library_give_the_same_answer(client, riverbend):
    address = {"id": "7", "address": "745 2nd ave, northfield, ia", "grade": "5"}
    answer = client.post("/v1/geocode", json={"addresses": [address]}).json()
    assert answer["snapshot"] == riverbend.snapshot
    row = answer["results"][0]
    assert row["id"] == "7"
    frame = pl.DataFrame({"address": [address["address"]], "grade": ["5"]})
    placed = riverbend.geocode(frame, address="address", grade="grade")
    for name in ("geo_status", "lon", "lat", "school_of_right", "zone_elementary", "area_planning"):
        assert row[name] == placed[name][0], name


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nope", None, 404),
        ("GET", "/maps/nope", None, 404),
        ("GET", "/maps/ratings?band=nope", None, 404),
        ("GET", "/v1/regions/nope", None, 404),
        ("GET", "/v1/jobs/nope", None, 404),
        ("POST", "/v1/geocode", {"addresses": []}, 422),
        ("POST", "/v1/geocode", {"addresses": [{"nope": "1"}]}, 422),
        ("POST", "/v1/geocode", {"addresses": [{"id": "1"}]}, 422),
        ("POST", "/v1/jobs", None, 422),
    ],
)
def test_every_error_is_a_problem_detail(client, method, path, body, status):
    answer = client.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(answer.json())


@pytest.mark.parametrize(
    ("path", "lang"),
    [
        ("/maps/nope", "en"),
        ("/maps/ratings?band=nope&lang=es", "es"),
        ("/?region=nope", "en"),
        ("/regions/nope", "en"),
        ("/embed/nope", "en"),
    ],
)
def test_people_are_told_of_a_fault_on_a_page(client, path, lang):
    asked = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    plain = client.get(path)
    assert asked.status_code == plain.status_code >= 400
    assert asked.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{lang}">' in asked.text
    assert html.escape(plain.json()["detail"]) in asked.text.replace("&#39;", "&#x27;")
    policy = asked.headers["content-security-policy"]
    assert "unsafe" not in policy.split("script-src")[1].split(";")[0]
    assert ("frame-ancestors * file:" in policy) == path.startswith("/embed")
    assert ('href="/maps' in asked.text) != path.startswith(
        "/embed"
    )  # Nothing in a frame leads elsewhere.


@pytest.mark.parametrize("path", ["/v1/regions/nope", "/v1/nope", "/ogc/nope", "/tiles/nope"])
def test_faults_of_the_interface_are_problem_details_in_a_browser_too(client, path):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/nope", "/plan/nope", "/regions", "/token"])
def test_an_unknown_address_is_a_page_in_both_languages_with_links_home(client, path):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for lang, words in (("en", "This page cannot be shown"), ("es", "no se puede mostrar")):
        assert f'<section lang="{lang}">' in answer.text
        assert words in answer.text
        assert f'href="/maps?lang={lang}"' in answer.text
    assert client.get(path).headers["content-type"] == "application/problem+json"


def test_a_wrong_key_is_told_on_a_page(client):
    posted = client.post("/token", data={"token": "nope"}, headers={"Accept": "text/html"})
    assert posted.status_code == 403
    assert "You may not open this page." in posted.text
    assert "No tiene permiso" in posted.text


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_requests_from_elsewhere_are_refused(client, headers):
    for path in ("/", "/healthz", "/maps/ratings", "/v1/regions"):
        assert client.get(path, headers=headers).status_code == 403


def test_the_service_refuses_other_addresses_without_a_key(home, riverbend, command):
    refused = command("serve", "--host", "0.0.0.0", "--port", "0", "--region", "riverbend")
    assert refused.returncode == 2
    assert "key" in refused.stderr


def test_a_key_works_until_it_is_revoked(tmp_path, riverbend, riverbend_folder, monkeypatch):
    from geoservice.model.settings import Settings
    from geoservice.service.keys import keys_of

    keys = keys_of(Settings.read({"GEOSERVICE_HOME": str(tmp_path)}))
    text = keys.create("reports", ["geocode"])
    assert keys.scopes(text) == ("geocode",)
    assert keys.scopes(text + "x") == ()
    keys.revoke(keys.list()[0].id)
    assert keys.scopes(text) == ()
    assert text.split("_", 2)[2].encode() not in (tmp_path / "geoservice.db").read_bytes()


def app_for_others(home, keys):
    """The application as it serves on an address that others can reach."""
    from geoservice.api.app import create_app
    from geoservice.api.guard import Access
    from geoservice.model.settings import Settings
    from geoservice.service.regions import Regions

    settings = Settings.read({"GEOSERVICE_HOME": str(home)})
    return create_app(settings, Regions(settings), ["riverbend"], Access(False, "x", None, keys))


def keys_in(folder):
    from geoservice.model.settings import Settings
    from geoservice.service.keys import keys_of

    return keys_of(Settings.read({"GEOSERVICE_HOME": str(folder)}))


def status_from(app, method, path, text=""):
    async def asked():
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {text}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return (await client.request(method, path, headers=headers)).status_code

    with ThreadPoolExecutor(1) as pool:  # The browser's loop may hold this thread.
        return pool.submit(asyncio.run, asked()).result()


def asked_from_elsewhere(home, folder, paths):
    """Statuses of what another machine without a key asks for."""
    app = app_for_others(home, keys_in(folder))
    return [status_from(app, "GET", path) for path in paths]


def test_other_machines_need_a_key_of_the_scope(tmp_path, riverbend, home):
    keys = keys_in(tmp_path)
    key = keys.create("maps", ["maps:read"])
    app = app_for_others(home, keys)
    assert status_from(app, "GET", "/maps") == 401
    assert status_from(app, "GET", "/maps", "gs_0000_x") == 401
    assert status_from(app, "GET", "/maps", key) == 200
    assert status_from(app, "POST", "/v1/geocode", key) == 401
    assert status_from(app, "GET", "/healthz") == 200


def wait(client, location, until=("done", "failed"), seconds=60):
    for _ in range(seconds * 10):
        job = client.get(location).json()
        if job["state"] in until:
            return job
        time.sleep(0.1)
    raise AssertionError(job)


def test_a_job_gives_csv_geojson_and_parquet_and_can_be_purged(client, server):
    text = 'id,address,grade\n007,"745 2nd ave, northfield",5\n008,PO Box 7,1\n'
    sent = client.post("/v1/jobs", files={"file": ("a.csv", text)}, data={"grade": "grade"})
    assert sent.status_code == 202, server.process.stderr.readline()
    location = sent.headers["Location"]
    job = wait(client, location)
    assert (job["state"], job["done"], job["unmatched"]) == ("done", 2, {"po_box": 1})
    rows = list(csv.DictReader(io.StringIO(client.get(f"{location}/result?f=csv").text)))
    assert [row["id"] for row in rows] == ["007", "008"]
    features = client.get(f"{location}/result?f=geojson").json()["features"]
    assert [one["geometry"] is None for one in features] == [False, True]
    frame = pl.read_parquet(io.BytesIO(client.get(f"{location}/result?f=parquet").content))
    assert frame["geo_reason"].to_list() == [None, "po_box"]
    part = client.get(f"{location}/result?f=csv", headers={"Range": "bytes=0-3"})
    assert part.status_code == 206
    assert client.delete(f"{location}?purge=true").status_code == 204
    assert client.get(location).status_code == 404


def test_a_job_without_an_address_column_is_refused_at_once(client):
    answer = client.post("/v1/jobs", files={"file": ("a.csv", "a,b\n1,2\n")})
    assert answer.status_code == 422
    assert "--address" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Zebra,Plantedname,KG,Planted School\nb,c,1,d\n", "header line"),
        ("address,Plantedname,grade,grade\nb,c,1,2\n", "columns 3 and 4 are both called `grade`"),
    ],
)
def test_a_refused_job_tells_no_cell_of_the_first_line(client, content, says):
    answer = client.post("/v1/jobs", files={"file": ("a.csv", content)}, data={"grade": "grade"})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert "planted" not in answer.text.lower()


def test_a_job_survives_kill_nine_with_every_row_once(home, riverbend, riverbend_folder, tmp_path):
    place = new_home(tmp_path / "home", home)
    first = service(place, chunk_rows="1000")
    content = (riverbend_folder / "students.csv").read_bytes()
    request = {
        "files": {"file": ("s.csv", content)},
        "data": {"grade": "grade"},
        "headers": {"Idempotency-Key": "one"},
    }
    with httpx.Client(base_url=first.url, timeout=30) as client:
        sent = client.post("/v1/jobs", **request)
        location = sent.headers["Location"]
        while client.get(location).json()["done"] < 2000:
            time.sleep(0.02)
        before = client.get(location).json()
    first.stop(kill=True)
    assert before["state"] == "running"
    second = service(place, chunk_rows="1000")
    try:
        with httpx.Client(base_url=second.url, timeout=60) as client:
            again = client.post("/v1/jobs", **request)
            assert again.headers["Location"] == location
            assert wait(client, location)["done"] == 25_000
            text = client.get(f"{location}/result?f=csv").text
    finally:
        second.stop()
    sent_ids = [row["student_id"] for row in csv.DictReader(io.StringIO(content.decode()))]
    assert [row["student_id"] for row in csv.DictReader(io.StringIO(text))] == sent_ids


def test_the_workspace_asks_for_its_token(home, riverbend):
    running = Server(home, "serve", "--region", "riverbend")
    try:
        with httpx.Client(base_url=running.url, follow_redirects=True) as client:
            assert 'id="choice"' not in client.get("/").text
            line = running.process.stderr.readline()
            token = line.split()[-1]
            assert 'id="choice"' in client.post("/token", data={"token": token}).text
            assert client.post("/token", data={"token": "x"}).status_code == 403
    finally:
        running.stop()


def test_the_workspace_and_docs_open_without_faults(server, page):
    page.goto(f"{server.url}/")
    page.wait_for_timeout(500)
    assert violations(page) == []
    page.goto(f"{server.url}/docs")
    page.wait_for_selector(".swagger-ui .info")
    assert page.faults == []
    assert [url for url in page.asked if not url.startswith((server.url, "data:", "blob:"))] == []


def test_one_answer_needs_no_network_code():
    code = "import sys, geoservice.placing.pipeline; print('requests' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_regions_and_catalogue_are_listed(client):
    assert client.get("/v1/regions").json()["items"][0]["id"] == "riverbend"
    listed = client.get("/maps?f=json").json()
    ids = {item["id"] for item in listed["items"]}
    assert {path.stem for path in FOLDER.glob("*.toml")} <= ids
    assert ids <= {path.stem for path in FOLDER.rglob("*.toml")}
    assert listed["absent"] == []
    assert isinstance(json.loads(client.get("/openapi.json").text)["paths"], dict)


def test_suggestions_complete_names_of_schools_and_places(server, riverbend):
    def ask(q, **more):
        reply = httpx.get(f"{server.url}/v1/suggest", params={"q": q, **more})
        assert reply.status_code == 200
        return reply.json()["items"]

    name = riverbend.reference.schools()["name"][0]
    first, *_ = ask(name[:6])
    assert first["kind"] == "school"
    assert name in [one["text"] for one in ask(name.split()[0].lower())]
    assert all(one["kind"] == "school" for one in ask("elementary"))
    assert len(ask("e", limit=3)) == 3
    assert ask("1234 N 5th") == []
    assert ask("  ") == []


def test_processes_and_a_cluster_give_the_same_bytes(command, riverbend_folder, tmp_path):
    generate_students(tmp_path / "in.csv", 1_000)

    def run(name, *more):
        done = command(
            "geocode",
            tmp_path / "in.csv",
            "-o",
            tmp_path / name,
            "--region",
            riverbend_folder,
            "--grade",
            "grade",
            *more,
        )
        assert done.returncode == 0, done.stderr
        return (tmp_path / name).read_bytes()

    alone = run("one.csv")
    assert run("two.csv", "--workers", "2") == alone
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        assert run("three.csv", "--scheduler", cluster.scheduler_address) == alone
    gone = command(
        "geocode",
        tmp_path / "in.csv",
        "-o",
        tmp_path / "no.csv",
        "--region",
        riverbend_folder,
        "--scheduler",
        "tcp://127.0.0.1:9",
    )
    assert (gone.returncode, "does not answer" in gone.stderr) == (2, True)


@pytest.mark.parametrize(("kind", "fields"), [("locations", 8), ("geographies", 12)])
def test_the_census_batch_form_is_answered_as_the_census_does(client, kind, fields):
    lines = "1,1234 N 5th Ave,Riverbend,IA,51901\n2,1 Nowhere Rd,Riverbend,IA,\n"
    form = {"benchmark": "Public_AR_Current", "vintage": "Current_Current"}
    answer = client.post(
        f"/geocoder/{kind}/addressbatch",
        data=form,
        files={"addressFile": ("in.csv", lines.encode())},
    )
    assert answer.status_code == 200, answer.text
    first, second = csv.reader(answer.text.splitlines())
    assert (first[2], second[2], len(first), len(second)) == ("Match", "No_Match", fields, 3)


def test_a_census_form_without_its_file_or_with_too_many_rows_is_told(client):
    path = "/geocoder/locations/addressbatch"
    assert "addressFile" in client.post(path, data={"a": "b"}).json()["detail"]
    many = {"addressFile": ("in.csv", b"1,1 Main St,Riverbend,IA,\n" * 10_001)}
    assert "10,000" in client.post(path, files=many).json()["detail"]


def test_an_address_in_a_url_is_refused_unless_the_settings_allow_it(client):
    answer = client.get("/geocoder/locations/onelineaddress", params={"address": "1 Main St"})
    assert answer.status_code == 404
    assert "Main" not in answer.text


def test_an_address_in_a_url_is_answered_where_the_settings_allow_it(home, riverbend):
    running = service(home, census_get="true")
    try:
        query = {"address": "1234 N 5th Ave, Riverbend, IA", "benchmark": "4", "format": "json"}
        path = f"{running.url}/geocoder/locations/onelineaddress"
        (found,) = httpx.get(path, params=query).json()["result"]["addressMatches"]
    finally:
        running.stop()
    assert found["matchedAddress"] == "1234 N 5TH AVE, RIVERBEND, IA, 51901"
    assert found["coordinates"]["x"] < -93
    assert "1234" not in running.said
