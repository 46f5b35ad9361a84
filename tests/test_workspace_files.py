"""From a file to a map without a command line, in a real browser; and the same over HTTP."""

import csv
import io
import re
import threading
import time

import httpx
import pytest
from accessibility import violations
from batch_service import client, files_with, finished, key, new_home, post, service
from playwright.sync_api import expect

from geoservice.service.preparing import Preparing
from geoservice.service.stages import Stage, stage

pytestmark = pytest.mark.slow
HEADER = ["Perm Num", "Last", "Sch Code", "Grd Lvl", "Residence", "ELL"]
DECIDED = "-93.55, 42.03"


@pytest.fixture(scope="module")
def enrolment(riverbend_folder):
    """The fictional students in a file whose columns have other names than the demo's."""
    lines = csv.DictReader((riverbend_folder / "students.csv").read_text("utf-8").splitlines())
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(HEADER)
    for number, line in zip(range(1_500), lines, strict=False):
        cells = line["student_id"], f"Plantedlast{number}", line["school"], line["grade"]
        writer.writerow([*cells, line["address"], "N"])
    return sink.getvalue()


@pytest.fixture
def place(tmp_path, home, riverbend):
    return new_home(tmp_path / "data", home)


@pytest.fixture
def served(place):
    server = service(place)
    yield server
    server.stop()


def preview(opened, content, name="a.csv"):
    answer = opened.post("/v1/jobs/preview", files={"file": (name, content)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_roles_are_guessed_from_names_and_from_values(served, enrolment):
    with client(served) as opened:
        found = preview(opened, enrolment)
        assert found["guesses"] == {
            "address": "Residence",
            "school": "Sch Code",
            "grade": "Grd Lvl",
            "id": "Perm Num",
        }
        assert {"address", "school", "grade"} <= set(found["by_values"])
        assert found["columns"][2]["values"][0] == "0147"
        nameless = (
            "a;b;c;d\n1024 22nd Ave;51903;0111;Northfield\n1545 68th Ave;51904;0136;Northfield\n"
        )
        found = preview(opened, nameless)["guesses"]
        assert found == {"street": "a", "zip": "b", "school": "c", "city": "d"}
        mailed = "Email Address,Home Address\nx@example.org,101 Main St\n"
        assert preview(opened, mailed)["guesses"] == {"address": "Home Address"}
        assert opened.get("/v1/jobs").json()["items"] == []


def test_a_preview_refuses_other_files_and_leaves_nothing_behind(served, place):
    with client(served) as opened:
        bad = opened.post("/v1/jobs/preview", files={"file": ("a.exe", b"x")})
        assert bad.status_code == 422
        preview(opened, "address\nPlantedaddress 1\n")
        assert opened.post("/v1/jobs/preview", data={"region": "riverbend"}).status_code == 422
    assert files_with("Plantedaddress", place) == []


def test_a_job_has_its_files_name_and_match_rate_and_its_places_no_address(served, enrolment):
    with client(served) as opened:
        job = finished(opened, enrolment, "..\\folder/June\u202e list.csv", address="Residence")
        status = opened.get(job).json()
        assert status["file_name"] == "June list.csv"
        matched = sum(status["matched"].values())
        assert status["match_rate"] == round(matched / 1_500, 4)
        answer = opened.get(f"{job}/places")
        assert answer.headers["cache-control"] == "no-store"
        places = answer.json()
        assert places["row"] == list(range(1, 1_501))
        placed = [lon is not None for lon in places["lon"]]
        assert sum(placed) == matched
        assert "Ave" not in answer.text
        assert "Planted" not in answer.text
        later = opened.get(f"{job}/places?after=1498").json()
        assert (later["row"], later["next"]) == ([1_499, 1_500], None)


def test_places_are_for_the_owner_alone(place, enrolment):
    owner, other = (key(place, name, "geocode", "maps:read") for name in ("owner", "other"))
    server = service(place)
    try:
        with client(server, owner) as mine, client(server, other) as theirs:
            job = finished(mine, enrolment, address="Residence")
            assert mine.get(f"{job}/places").status_code == 200
            assert theirs.get(f"{job}/places").status_code == 404
    finally:
        server.stop()


def open_file_tab(page, url, lang="en"):
    page.goto(f"{url}/?lang={lang}#file", wait_until="load")
    page.wait_for_selector("#panel-file:not([hidden])")


def upload(page, tmp_path, enrolment):
    path = tmp_path / "enrollment 2026.csv"
    path.write_text(enrolment)
    page.set_input_files("#upload [name=file]", path)
    page.wait_for_selector("#rows tbody tr")


def test_a_file_goes_from_upload_to_every_map_in_the_page(page, served, tmp_path, enrolment):
    open_file_tab(page, served.url)
    upload(page, tmp_path, enrolment)
    assert page.input_value(".mapping [name=school]") == "Sch Code"
    assert page.input_value(".mapping [name=address]") == "Residence"
    assert "0147" in page.inner_text("#sample-school")
    page.click("#upload button")
    page.wait_for_selector("#row-map[data-ready]", timeout=60_000)
    page.wait_for_selector("#job-map[data-ready]", timeout=60_000)
    shown = int(page.get_attribute("#row-map", "data-shown"))
    assert 1_400 < shown < 1_500
    page.uncheck("#row-filters [name=range]")
    assert int(page.get_attribute("#row-map", "data-shown")) < shown
    assert page.inner_text("#job-title") == "enrollment 2026.csv"
    assert "% matched" in page.inner_text("#done")
    assert "enrollment 2026.csv" in page.inner_text("#jobs")
    assert violations(page) == []

    page.select_option("#review-reason", "po_box")
    undecided = page.inner_text("#review-count")
    alike = enrolment.count(page.locator("#review-table tbody td").first.inner_text())
    page.locator("#review-table select").first.select_option("other")
    page.locator("#review-table input").first.fill(DECIDED)
    assert page.inner_text("#review-count") != undecided
    page.click("#review-apply")
    after = str(shown + alike)
    expect(page.locator("#row-map")).to_have_attribute("data-shown", after, timeout=60_000)

    page.fill("#keep [name=year]", "2026-27")
    assert page.input_value("#keep [name=name]") == "students-2026-27"
    assert page.inner_text("#keep-button") == "Keep as students of 2026-27"
    for name, text in (("owner", "Office"), ("agreement", "MOU 7"), ("expires", "2099-06-30")):
        page.fill(f"#keep [name={name}]", text)
    page.click("#keep-button")
    expect(page.locator("#keep-told")).to_contain_text("1,500 students of 2026-27", timeout=60_000)
    assert page.faults == []
    page.fill("#keep [name=name]", "second")
    page.click("#keep-button")
    expect(page.locator("#keep-told")).to_contain_text("`students-2026-27` already holds")
    figure = httpx.get(f"{served.url}/maps/residents.csv?year=2026-27", timeout=120)
    assert figure.status_code == 200
    assert "exagon 1" in figure.text  # Hexagons of so few students are merged.
    named = [url for url in page.asked if "Planted" in url or "enrollment" in url]
    assert named == []


def test_a_job_of_an_older_snapshot_offers_to_match_again(page, served, tmp_path, enrolment):
    with client(served) as opened:
        job = finished(opened, enrolment, address="Residence").rpartition("/")[2]
    open_file_tab(page, served.url)
    page.wait_for_selector("#jobs tbody tr")
    assert page.locator("#jobs button", has_text="Match again").count() == 0
    settings = page.evaluate("JSON.parse(document.getElementById('settings').textContent)")
    with client(served) as opened:
        assert (
            settings["snapshots"]["riverbend"] == opened.get(f"/v1/jobs/{job}").json()["snapshot"]
        )


def test_the_file_part_works_by_keyboard_and_in_spanish(page, served, tmp_path, enrolment):
    open_file_tab(page, served.url, "es")
    upload(page, tmp_path, enrolment)
    page.focus("#upload button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#row-map[data-ready]", timeout=60_000)
    assert page.evaluate("document.activeElement.id") == "job-title"
    page.focus("#row-filters input")
    page.keyboard.press("Space")
    expect(page.locator("#row-filters input").first).not_to_be_checked()
    assert "Filas en un mapa" in page.inner_text("#finished")
    assert violations(page) == []
    assert page.faults == []


def test_a_large_text_file_is_previewed_from_its_first_lines(page, served, tmp_path):
    rows = "".join(
        f"{number},{number} 2nd ave northfield,note {number}\n" for number in range(9_999)
    )
    path = tmp_path / "large.csv"
    path.write_text(f"id,address,note\n{rows}")
    assert path.stat().st_size > 262_144
    sent = []
    page.on("request", lambda one: sent.append(len(one.post_data_buffer or b"")))
    open_file_tab(page, served.url)
    page.set_input_files("#upload [name=file]", path)
    page.wait_for_selector("#rows tbody tr")
    assert max(sent) < 270_000
    assert page.input_value(".mapping [name=address]") == "address"


def test_an_address_in_parts_is_shown_and_sent_by_its_joined_name(page, served, tmp_path):
    rows = "".join(f"{number},2nd Ave,northfield\n" for number in range(700, 760))
    path = tmp_path / "parts.csv"
    path.write_text(f"House Number,Street,City\n{rows}")
    open_file_tab(page, served.url)
    page.set_input_files("#upload [name=file]", path)
    page.wait_for_selector("#rows tbody tr")
    assert page.input_value(".mapping [name=street]") == "House Number + Street"
    assert page.inner_text("#sample-street").startswith("700 2nd Ave")
    page.click("#upload button")
    page.wait_for_selector("#row-map[data-ready]", timeout=60_000)
    assert int(page.get_attribute("#row-map", "data-shown")) > 0
    assert page.faults == []


def test_the_preview_of_many_rows_is_quick(served):
    rows = "".join(f"{number},{number} 2nd ave northfield\n" for number in range(200_000))
    with client(served) as opened:
        began = time.monotonic()
        preview(opened, f"id,address\n{rows}")
        assert time.monotonic() - began < 5
        assert post(opened, "id,address\n1,PO Box 1\n", "b.csv").json()["file_name"] == "b.csv"


def test_a_figure_that_takes_long_is_prepared_while_its_page_says_so(served):
    headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none", "Accept": "text/html"}
    with client(served) as opened:
        statuses, ends = [], time.monotonic() + 120
        while not statuses or statuses[-1] == 202:
            assert time.monotonic() < ends
            answer = opened.get("/maps/zones", headers=headers)
            statuses.append(answer.status_code)
            if answer.status_code == 202:
                assert answer.headers["refresh"] == "2"
                assert answer.headers["cache-control"] == "no-store"
                assert "being prepared" in answer.text
                assert re.search(r'role="status" class="stage">Step [1-6] of 6: ', answer.text)
        assert statuses[-1] == 200
        assert opened.get("/maps/zones").status_code == 200


def test_the_stage_of_work_is_known_while_it_runs():
    preparing, may_end = Preparing(), threading.Event()

    def work():
        with stage("numbers", 2, 3):
            with stage("students"):
                pass
            may_end.wait(10)

    assert preparing.stage("a") is None
    assert preparing.is_done("a", work, 0.2) is False
    assert preparing.stage("a") == Stage("numbers", 2, 3)
    assert preparing.stage("another") is None
    may_end.set()
    assert preparing.is_done("a", work, 5.0) is True


def test_work_goes_on_while_its_caller_is_told_to_come_back():
    preparing, runs = Preparing(), []

    def work():
        runs.append(1)
        time.sleep(0.4)

    assert preparing.is_done("a", work, 0.05) is False
    assert preparing.is_done("a", work, 0.05) is False
    assert preparing.is_done("a", work, 5.0) is True
    assert runs == [1]
