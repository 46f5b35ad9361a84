"""A region from uploaded files without a command line: for administrators alone, within its folder and its limits."""

import httpx
import pytest
from accessibility import violations
from batch_service import client, finished, key, new_home, service
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
STEMS = ("streets", "elementary_zones", "schools", "planning")


@pytest.fixture
def files(riverbend_folder):
    return [path for path in sorted(riverbend_folder.iterdir()) if path.stem in STEMS]


@pytest.fixture
def served(tmp_path, home, riverbend):
    place = tmp_path / "data"
    place.mkdir(mode=0o700)
    (place / "regions").mkdir()
    for one in (home / "regions").iterdir():  # New regions must not reach the other tests.
        (place / "regions" / one.name).symlink_to(one)
    server = service(place)
    yield server
    server.stop()


def send(opened, draft, files):
    parts = [("file", (path.name, path.read_bytes())) for path in files]
    return opened.post(f"/v1/region-drafts/{draft}/files", files=parts)


def test_files_become_a_region_that_is_offered_at_once(served, files):
    with client(served) as opened:
        sent = send(opened, "my-town", files)
        assert sent.status_code == 201, sent.text
        drafted = opened.post("/v1/region-drafts/my-town/manifest").json()
        assert {layer["kind"] for layer in drafted["layers"]} == {
            "streets",
            "schools",
            "zones",
            "areas",
        }
        assert any("streets.shp: streets" in line for line in drafted["lines"])
        streets = next(
            at for at, layer in enumerate(drafted["layers"]) if layer["kind"] == "streets"
        )
        change = {"layer": streets, "field": "postdir", "column": "PREDIR"}
        corrected = opened.patch("/v1/region-drafts/my-town/manifest", json=change).json()
        assert corrected["layers"][streets]["fields"]["postdir"] == "PREDIR"
        assert "# guessed" in corrected["manifest"]
        removed = opened.patch(
            "/v1/region-drafts/my-town/manifest", json={**change, "column": ""}
        ).json()
        assert "postdir" not in removed["layers"][streets]["fields"]
        built = opened.post("/v1/region-drafts/my-town/build")
        assert built.status_code == 200, built.text
        assert opened.get("/v1/regions/my-town").json()["snapshot"] == built.json()["snapshot"]
        address = {"region": "my-town", "addresses": [{"address": "745 2nd ave, northfield"}]}
        found = opened.post("/v1/geocode", json=address).json()["results"][0]
        assert found["geo_status"] == "matched"
        assert opened.delete("/v1/region-drafts/my-town").status_code == 409


def test_an_uploaded_region_is_offered_after_a_restart(served, files, tmp_path):
    with client(served) as opened:
        assert send(opened, "my-town", files).status_code == 201
        opened.post("/v1/region-drafts/my-town/manifest")
        assert opened.post("/v1/region-drafts/my-town/build").status_code == 200
    served.stop()
    again = service(tmp_path / "data")
    try:
        with client(again) as opened:
            assert opened.get("/v1/regions/my-town").status_code == 200
            offered = [about["id"] for about in opened.get("/v1/regions").json()["items"]]
            assert offered == ["riverbend", "my-town"]
    finally:
        again.stop()


def test_drafts_stay_in_their_folder_and_within_their_limits(served, files):
    with client(served) as opened:
        for draft in ("..", "%2e%2e", "UPPER", "a%2Fb"):
            assert send(opened, draft, files[:1]).status_code in (404, 405, 422), draft
        for name in ("region.toml", "x.exe", ".hidden.csv", "a\u202e.csv"):
            parts = {"file": (name, b"x")}
            answer = opened.post("/v1/region-drafts/ok/files", files=parts)
            assert answer.status_code == 422, name
        inside = opened.post("/v1/region-drafts/ok/files", files={"file": ("../../up.csv", b"a\n")})
        assert [file["name"] for file in inside.json()["files"]] == ["up.csv"]
        text = 'id = "ok"\nname = "Ok"\nmetric_crs = "EPSG:26915"\n[schools]\nfile = "{file}"\n'
        text += '[schools.fields]\nid = "a"\nname = "a"\n'
        for file in ("/etc/passwd", "../../secret", "../../regions/x.csv"):
            answer = opened.put(
                "/v1/region-drafts/ok/manifest", json={"manifest": text.replace("{file}", file)}
            )
            assert answer.status_code == 422, file
            assert "must lie in the folder" in answer.json()["detail"]
        taken = 'id = "riverbend"\nname = "R"\nmetric_crs = "EPSG:26915"\n'
        saved = opened.put("/v1/region-drafts/ok/manifest", json={"manifest": taken})
        assert saved.status_code == 200, saved.text
        assert opened.post("/v1/region-drafts/ok/build").status_code == 409
        assert opened.delete("/v1/region-drafts/ok").status_code == 204
        assert opened.get("/v1/region-drafts").json()["items"] == []


def test_files_that_make_no_region_are_the_callers_fault(served):
    with client(served) as opened:
        parts = {"file": ("schools.csv", b"id,name,lon,lat\n1,Main,-93.5,42.0\n")}
        assert opened.post("/v1/region-drafts/no-region/files", files=parts).status_code == 201
        assert opened.post("/v1/region-drafts/no-region/manifest").status_code == 200
        manifest = 'id = "no-region"\nname = "None"\nmetric_crs = "EPSG:26915"\n[schools]\n'
        manifest += 'file = "schools.csv"\n[schools.fields]\nid = "missing"\nname = "name"\n'
        assert (
            opened.put(
                "/v1/region-drafts/no-region/manifest", json={"manifest": manifest}
            ).status_code
            == 200
        )
        built = opened.post("/v1/region-drafts/no-region/build")
        assert (built.status_code, built.json()["code"]) == (422, "bad_input"), built.text
        assert opened.get("/healthz").status_code == 200


def test_a_draft_is_no_larger_than_an_upload(tmp_path, home, riverbend):
    server = service(new_home(tmp_path / "data", home), max_upload_bytes="5000")
    try:
        with client(server) as opened:
            first = opened.post("/v1/region-drafts/a/files", files={"file": ("a.csv", b"x" * 4000)})
            assert first.status_code == 201
            more = opened.post("/v1/region-drafts/a/files", files={"file": ("b.csv", b"x" * 4000)})
            assert more.status_code == 413
            names = [one["name"] for one in opened.get("/v1/region-drafts/a").json()["files"]]
            assert names == ["a.csv"]
    finally:
        server.stop()


def test_changes_of_regions_need_the_right_of_administrators(tmp_path, home, riverbend, files):
    place = new_home(tmp_path / "data", home)
    admin, reader = key(place, "admin", "admin"), key(place, "reader", "maps:read", "geocode")
    server = service(place, "--require-key")
    try:
        with client(server, reader) as theirs, client(server, admin) as mine:
            for method, path in (
                ("GET", ""),
                ("GET", "/a"),
                ("POST", "/a/files"),
                ("POST", "/a/manifest"),
                ("PUT", "/a/manifest"),
                ("POST", "/a/build"),
                ("DELETE", "/a"),
            ):
                json = {"manifest": ""} if method == "PUT" else None
                answer = theirs.request(method, f"/v1/region-drafts{path}", json=json)
                assert answer.status_code == 403, (method, path)
            assert send(mine, "a", files[:1]).status_code == 201
            assert theirs.get("/v1/regions/riverbend/check/places").status_code == 200
        assert httpx.get(f"{server.url}/v1/region-drafts").status_code == 401
    finally:
        server.stop()


def test_the_workspace_uploads_drafts_corrects_and_builds(page, served, files):
    page.goto(f"{served.url}/#regions", wait_until="load")
    page.fill("#draft-form [name=draft]", "riverside")
    page.set_input_files("#draft-form [name=file]", files)
    page.locator("#draft-form button", has_text="Upload").click()
    expect(page.locator("#draft-list li")).to_have_count(len(files), timeout=60_000)
    page.click("#draft-init")
    expect(page.locator("#draft-layers details")).to_have_count(4, timeout=120_000)
    page.locator("#draft-layers summary").first.click()
    page.get_by_label("postdir").first.select_option("PREDIR")
    expect(page.locator("#draft-told")).to_have_text("Done.", timeout=60_000)
    assert 'postdir = "PREDIR"' in page.input_value("#draft-text")
    page.get_by_label("postdir").first.select_option("")
    expect(page.locator("#draft-text")).not_to_have_value("postdir", timeout=60_000)
    assert violations(page) == []
    page.click("#draft-build")
    page.locator("#draft-told a").click(timeout=120_000)
    expect(page.locator("h1")).to_contain_text("Riverside")
    assert page.faults == []


def test_findings_with_rows_stand_on_a_map(page, served):
    with client(served) as opened:
        report = opened.get("/v1/regions/riverbend/check").json()["items"]
        places = opened.get("/v1/regions/riverbend/check/places").json()["items"]
    named = {row for finding in report for row in finding["rows"]}
    assert places
    assert {place["row"] for place in places} <= named
    assert all(-94 < place["lon"] < -93 and 41 < place["lat"] < 43 for place in places)
    page.goto(f"{served.url}/regions/riverbend", wait_until="load")
    expect(page.locator("#finding-map")).to_have_attribute(
        "data-ready", str(len(places)), timeout=60_000
    )
    page.locator("tr[data-finding] button").first.click()
    assert "places:" in page.inner_text("#finding-told")
    assert violations(page) == []
    assert page.faults == []


def test_rows_are_matched_again_after_a_new_snapshot(page, served, files):
    with client(served) as opened:
        send(opened, "my-town", files)
        text = opened.post("/v1/region-drafts/my-town/manifest").json()["manifest"]
        opened.post("/v1/region-drafts/my-town/build")
        rows = "address\n745 2nd ave northfield\n12 Nowhere Blvd\n"
        job = finished(opened, rows, "first.csv", region="my-town")
        changed = text.replace("min_n = 10", "min_n = 12")
        opened.put("/v1/region-drafts/my-town/manifest", json={"manifest": changed})
        assert opened.post("/v1/region-drafts/my-town/build").status_code == 200
    page.goto(f"{served.url}/#file", wait_until="load")
    page.get_by_label("Match rows of first.csv again with the region as it is now").click()
    page.wait_for_selector("#row-map[data-ready]", timeout=60_000)
    with client(served) as opened:
        newest = opened.get("/v1/jobs").json()["items"][0]
        assert newest["retry_of"]["job"] == job.rpartition("/")[2]
        assert newest["snapshot"] == opened.get("/v1/regions/my-town").json()["snapshot"]
    assert page.locator("#jobs button", has_text="Match again").count() == 1
    assert page.faults == []
