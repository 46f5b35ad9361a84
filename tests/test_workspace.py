"""The workspace as people use it, in a real browser; and what it asks the service for."""

import csv
import io
import json
import re

import httpx
import polars as pl
import pytest
from accessibility import violations
from batch_service import new_home
from conftest import Server
from playwright.sync_api import expect
from test_service import wait

LINES = ["id,address,grade", '007,"745 2nd ave, northfield",5', "008,PO Box 7,1"]


@pytest.fixture(scope="module")
def server(home, riverbend, tmp_path_factory):
    """The demo service over a data folder that no other test has used."""
    running = Server(
        new_home(tmp_path_factory.mktemp("workspace") / "home", home), "demo", "--no-browser"
    )
    yield running
    running.stop()


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def job(server, riverbend_folder):
    """A finished job over 2,000 fictional students."""
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()[:2_001]
    with httpx.Client(base_url=server.url, timeout=60) as client:
        sent = client.post(
            "/v1/jobs", files={"file": ("s.csv", "\n".join(lines))}, data={"grade": "grade"}
        )
        location = sent.headers["Location"]
        assert wait(client, location)["state"] == "done"
    return location


@pytest.fixture
def workspace(page, server):
    page.goto(f"{server.url}/", wait_until="domcontentloaded")
    page.frame_locator("#preview").locator("body[data-ready]").wait_for(
        state="attached", timeout=300_000
    )
    return page


def shown(workspace, title):
    """The preview, once it shows a map.

    The first figures of a new service wait for the pictures of the catalogue and the first tables.
    """
    preview = workspace.frame_locator("#preview")
    expect(preview.locator("h1")).to_have_text(title, timeout=180_000)
    preview.locator("body[data-ready]").wait_for(state="attached", timeout=60_000)
    return preview


def test_the_catalogue_leads_the_preview_and_keeps_what_was_chosen_there(workspace):
    workspace.click("[data-map=distance]")
    preview = shown(workspace, "Who travels far?")
    assert workspace.get_attribute("[data-map=distance]", "aria-current") == "true"
    preview.locator("#choices select[name=areas]").select_option("wards")
    expect(workspace.locator("#link")).to_have_attribute(
        "href", re.compile("areas=wards"), timeout=60_000
    )
    preview = shown(workspace, "Who travels far?")
    expect(preview.locator(".subtitle")).to_contain_text("Wards", timeout=60_000)
    preview.locator("body[data-ready]").wait_for(state="attached", timeout=60_000)
    preview.get_by_label("Mean distance to school").check()
    workspace.click("#copy-link")
    copied = workspace.input_value("#copied")
    assert "areas=wards" in copied
    assert "mean_miles" in copied.partition("#")[2]
    workspace.click("#copy-embed")
    expect(workspace.locator("#copied")).to_have_value(re.compile("<iframe"), timeout=60_000)
    address = re.search(r'src="([^"]+)"', workspace.input_value("#copied"))[1]
    workspace.click("[data-map=residents]")
    shown(workspace, "Where do students live?")
    link = workspace.get_attribute("#link", "href")
    assert "areas=wards" in link
    assert "view=" not in link
    assert workspace.faults == []
    workspace.goto(address)
    checked = workspace.locator("#panel input[name=view]:checked + span")
    expect(checked).to_have_text("Mean distance to school", timeout=60_000)


def test_the_workspace_has_one_set_of_controls_with_the_defaults_of_the_page(workspace, server):
    assert workspace.locator("#panel-map select:visible").count() == 1
    workspace.click("[data-map=flows]")
    shown(workspace, workspace.frame_locator("#preview").locator("h1").inner_text())
    inside = workspace.frame_locator("#preview").locator("#choices select[name=band]")
    workspace.wait_for_timeout(500)
    inside.wait_for(state="attached", timeout=60_000)
    chosen = inside.input_value()
    page = httpx.get(f"{server.url}/maps/flows?region=riverbend", timeout=60).text
    assert re.search(rf'<option value="{chosen}" selected', page)


def test_the_workspace_in_another_language_keeps_what_is_chosen(workspace):
    workspace.click("[data-map=distance]")
    preview = shown(workspace, "Who travels far?")
    preview.locator("#choices select[name=areas]").select_option("wards")
    expect(preview.locator(".subtitle")).to_contain_text("Wards", timeout=60_000)
    preview.locator("body[data-ready]").wait_for(state="attached", timeout=60_000)
    preview.get_by_label("Mean distance to school").check()
    workspace.locator(".languages a[lang=es]").click()
    expect(workspace.locator("html")).to_have_attribute("lang", "es")
    checked = preview.locator("#panel input[name=view]:checked + span")
    expect(checked).to_have_text("Media de la distancia a la escuela", timeout=60_000)
    expect(preview.locator("#choices select[name=areas]")).to_have_value("wards")
    assert workspace.faults == []


def test_maps_stand_in_groups_with_pictures_of_the_region(workspace, client):
    groups = workspace.locator(".catalogue-side h2").all_inner_texts()
    assert groups[:3] == ["Where things are", "Where students live", "Where students go"]
    expect(workspace.locator("[data-map=zones] img")).to_have_js_property(
        "complete", True, timeout=60_000
    )
    picture = workspace.locator("[data-map=reference] img")
    expect(picture).to_have_js_property("naturalWidth", 320, timeout=60_000)
    answer = client.get(picture.get_attribute("src"))
    again = client.get(
        picture.get_attribute("src"), headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (answer.headers["content-type"], again.status_code) == ("image/png", 304)
    assert len(answer.content) < 40_000


def test_figures_are_collected_into_a_report_of_ones_own(workspace, tmp_path):
    for map_id, title in (("zones", "Who is zoned where?"), ("distance", "Who travels far?")):
        workspace.click(f"[data-map={map_id}]")
        shown(workspace, title)
        workspace.click("#report-add")
    workspace.fill("#report [name=title]", "Board meeting <October>")
    workspace.locator("#report-figures button", has_text="↑").click()
    heads = workspace.locator("#report-figures li").all_inner_texts()
    assert heads[0].startswith("Distance to school")
    for ending, beginning in (("html", b"<!DOCTYPE"), ("pdf", b"%PDF"), ("xlsx", b"PK")):
        with workspace.expect_download(timeout=120_000) as download:
            workspace.click(f"#report button[value={ending}]")
        path = tmp_path / f"own.{ending}"
        download.value.save_as(path)
        assert path.read_bytes().lstrip().startswith(beginning)
    text = (tmp_path / "own.html").read_text("utf-8")
    assert text.index("Who travels far?") < text.index("Who is zoned where?")
    assert "Board meeting &lt;October&gt;" in text
    workspace.reload()
    assert workspace.locator("#report-figures li").count() == 2
    assert violations(workspace) == []
    assert workspace.faults == []


def test_a_report_refuses_other_maps_and_too_many_figures(client):
    figure = {"map": "zones"}
    for figures in ([], [figure] * 31, [{"map": "gaps-matrix"}]):
        answer = client.post("/v1/reports", json={"figures": figures, "region": "riverbend"})
        assert answer.status_code == 422, figures
    missing = client.post("/v1/reports", json={"figures": [{"map": "nope"}]})
    assert missing.status_code == 404
    twice = client.post("/v1/reports?f=xlsx", json={"figures": [figure, figure]})
    assert twice.status_code == 200, twice.text


def test_columns_of_one_name_are_offered_as_the_service_knows_them(client):
    file = {"file": ("a.csv", "grade, grade,,grade_2,address\n1,2,3,4,101 Main St\n")}
    answer = client.post("/v1/jobs/preview", files=file).json()
    named = [column["name"] for column in answer["columns"]]
    assert named == ["grade", "grade_2", "column_3", "grade_2_2", "address"]


def test_link_embed_code_and_citation_can_be_copied(workspace):
    for button, part in (
        ("#copy-link", "/maps/"),
        ("#copy-embed", "<iframe"),
        ("#copy-citation", "Retrieved"),
    ):
        workspace.click(button)
        expect(workspace.locator("#copied")).to_have_value(
            re.compile(re.escape(part)), timeout=60_000
        )
        assert workspace.inner_text("#said") != ""
    workspace.click("#tab-links")
    workspace.wait_for_selector("#links tbody tr")
    rows = workspace.locator("#links tbody tr").count()
    workspace.locator("#links button").first.click()
    expect(workspace.locator("#links tbody tr td:nth-child(5)").first).to_have_text("revoked")
    assert workspace.locator("#links tbody tr").count() == rows
    assert violations(workspace) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "semicolons.csv",
            b'Student ID;Street;City;ZIP Code;Grade Level\n"1";"12; Main";X;00501;KG\n',
        ),
        (
            "tabs.tsv",
            b"Student ID\tStreet\tCity\tZIP Code\tGrade Level\n1\t12; Main\tX\t00501\tKG\n",
        ),
        (
            "utf16.csv",
            "Student ID,Street,City,ZIP Code,Grade Level\n1,12; Main,X,00501,KG\n".encode("utf-16"),
        ),
    ],
)
def test_columns_are_guessed_in_many_kinds_of_text_files(workspace, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    workspace.click("#tab-file")
    workspace.set_input_files("input[name=file]", tmp_path / name)
    workspace.wait_for_selector("#rows tbody tr")
    guessed = {
        key: workspace.input_value(f".mapping select[name={key}]")
        for key in ("id", "street", "city", "zip", "grade")
    }
    assert guessed == {
        "id": "Student ID",
        "street": "Street",
        "city": "City",
        "zip": "ZIP Code",
        "grade": "Grade Level",
    }
    assert workspace.locator("#rows tbody td").all_inner_texts() == [
        "1",
        "12; Main",
        "X",
        "00501",
        "KG",
    ]


def test_cells_of_a_file_run_nothing(workspace, tmp_path):
    alerts = []
    workspace.on("dialog", lambda dialog: (alerts.append(1), dialog.dismiss()))
    hostile = '<img src=x onerror=alert(1)>,"</script><script>alert(1)</script>"'
    (tmp_path / "hostile.csv").write_text(f"address,{hostile}\n{hostile},x\n")
    workspace.click("#tab-file")
    workspace.set_input_files("input[name=file]", tmp_path / "hostile.csv")
    workspace.wait_for_selector("#rows tbody tr")
    assert workspace.locator("#rows img").count() == 0
    assert (alerts, workspace.faults) == ([], [])


def test_all_of_it_works_by_keyboard(workspace):
    workspace.keyboard.press("Tab")
    assert workspace.evaluate("document.activeElement.className") == "skip"
    workspace.focus("#tab-map")
    workspace.keyboard.press("ArrowRight")
    assert workspace.is_visible("#panel-file")
    assert workspace.evaluate("document.activeElement.id") == "tab-file"
    workspace.keyboard.press("End")
    assert workspace.is_visible("#panel-links")
    workspace.keyboard.press("Home")
    workspace.focus("[data-map=zones]")
    workspace.keyboard.press("Enter")
    assert workspace.get_attribute("#link", "href").startswith("/maps/zones?")
    workspace.focus("#copy-link")
    workspace.keyboard.press("Enter")
    expect(workspace.locator("#copied")).to_have_value(re.compile("/maps/zones"))


def test_no_page_has_axe_violations_and_scripts_are_our_own(page, server):
    for path in ("/", "/#file", "/#regions", "/regions/riverbend", "/maps"):
        page.goto(server.url + path, wait_until="load")
        page.wait_for_timeout(300)
        assert violations(page) == [], path
    assert page.faults == []
    policy = httpx.get(f"{server.url}/").headers["content-security-policy"]
    assert "script-src 'self';" in policy


def test_events_tell_of_a_job_until_its_end(client, job):
    with client.stream("GET", f"{job}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = "".join(answer.iter_text())
    events = [one.split("\n") for one in text.strip().split("\n\n")]
    assert events[-1][0] == "event: end"
    last = json.loads(events[-2][1].removeprefix("data: "))
    assert (last["state"], last["done"]) == ("done", 2_000)
    assert client.get("/v1/jobs/nope/events").status_code == 404


def test_the_review_file_can_be_filled_in_and_given_back(
    client, job, command, riverbend_folder, tmp_path
):
    text = client.get(f"{job}/review").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    assert {"line", "geo_reason", "candidate_1", "use"} <= set(rows[0])
    first = next(row for row in rows if row["geo_status"] != "matched")
    first["use"] = "-93.55, 42.03"
    with (tmp_path / "review.csv").open("w", newline="") as sink:
        writer = csv.DictWriter(sink, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()[:2_001]
    (tmp_path / "in.csv").write_text("\n".join(lines))
    done = command(
        "geocode",
        tmp_path / "in.csv",
        "-o",
        tmp_path / "out.csv",
        "--region",
        "riverbend",
        "--overrides",
        tmp_path / "review.csv",
    )
    assert done.returncode == 0, done.stderr
    found = pl.read_csv(tmp_path / "out.csv", infer_schema=False).filter(geo_source="override")
    assert set(found["lon"]) == {"-93.55"}


def test_areas_of_a_job_hide_small_counts_and_name_no_row(client, job):
    found = client.get(f"{job}/areas?areas=planning").json()
    assert len(found["features"]) == 6
    for one in found["features"]:
        shown = one["properties"]["state"] == "shown"
        assert ("share" in one["properties"]) == shown
        if shown:
            assert one["properties"]["rows"] >= found["min_n"]
    assert "2nd ave" not in json.dumps(found).lower()
    assert client.get(f"{job}/areas?areas=nope").status_code == 422


def test_jobs_are_paged_from_the_newest(client, job):
    for _ in range(3):
        sent = client.post("/v1/jobs", files={"file": ("a.csv", "\n".join(LINES))})
        wait(client, sent.headers["Location"])
    seen, path = [], "/v1/jobs?limit=2"
    while path:
        part = client.get(path).json()
        assert len(part["items"]) <= 2
        seen += [one["id"] for one in part["items"]]
        path = part["next"]
    assert seen[0] == sent.headers["Location"].split("/")[-1]
    assert len(seen) == len(set(seen)) == len(client.get("/v1/jobs?limit=1000").json()["items"])
    assert client.get("/v1/jobs?after=nope").status_code == 404


def test_columns_in_spanish_are_guessed_and_a_missing_address_is_asked_for(workspace, tmp_path):
    workspace.click("#tab-file")
    path = tmp_path / "alumnos.csv"
    path.write_text(
        "Alumno Nº;Dirección de casa;Ciudad;Código postal;Grado\n1;101 Main St;Riverbend;51903;3\n",
        "utf-8",
    )
    workspace.set_input_files("#upload [name=file]", path)
    workspace.wait_for_selector("#rows td")
    filled = {
        one: workspace.input_value(f".mapping [name={one}]")
        for one in ("address", "city", "zip", "grade", "id")
    }
    assert filled == {
        "address": "Dirección de casa",
        "city": "Ciudad",
        "zip": "Código postal",
        "grade": "Grado",
        "id": "Alumno Nº",
    }
    workspace.select_option(".mapping [name=address]", "")
    workspace.click("#upload button")
    assert "Choose the column" in workspace.inner_text("#job")
    assert workspace.evaluate("document.activeElement.name") == "address"
