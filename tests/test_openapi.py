"""The OpenAPI document: each JSON answer has a schema, real answers are what it says, a generated client works."""

import importlib
import io
import json
import os
import pkgutil
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_service import client, finished, service, students
from jsonschema import Draft202012Validator

from geoservice.api.documented import ANSWERS

pytestmark = pytest.mark.slow
_JSON = ("application/json", "application/geo+json")
_ABOUT = {"name": "openapi", "owner": "Office", "agreement": "MOU-7", "expires": "2099-06-30"}
_GEOCODE = {
    "addresses": [
        {"id": "1", "address": "745 2nd ave, northfield", "grade": "3"},
        {"address": "12 Nowhere Blvd"},
    ]
}


@pytest.fixture(scope="module")
def running(home, riverbend, listed_district):
    (listed_district.home / "regions").exists() or (listed_district.home / "regions").symlink_to(
        home / "regions"
    )
    server = service(listed_district.home, census_get="true", finder="riverbend")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def opened(running):
    with client(running) as caller:
        yield caller


@pytest.fixture(scope="module")
def document(opened):
    return opened.get("/openapi.json").json()


@pytest.fixture(scope="module")
def job(opened):
    rows = "id,address,grade\n1,200 aspen,3\n2,12 Nowhere Blvd,3\n3,745 2nd ave northfield,3\n"
    return finished(opened, rows, grade="grade")


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def is_told(schema, document):
    """True of a schema that says something of its content."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return bool(schema.get("properties") or schema.get("type") == "string")


def test_every_answer_of_every_route_has_a_schema_that_is_not_empty(document):
    untold = [
        (key, code, kind)
        for key, operation in operations(document)
        for code, response in operation["responses"].items()
        if code in ("200", "201", "202")
        for kind, content in (response.get("content") or {"none": {}}).items()
        if not is_told(content.get("schema", {}), document)
    ]
    assert untold == []
    known = {key for key, _ in operations(document)}
    assert set(ANSWERS) <= known


def test_each_route_is_introduced_by_the_first_sentence_of_its_description(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            text = " ".join(operation["description"].split())
            assert text.startswith(operation["summary"])
            assert " " in operation["summary"]


def test_the_document_is_whole_openapi_3_0(document):
    text = json.dumps(document)
    names = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', text))
    assert names <= set(document["components"]["schemas"])
    assert '{"type": "null"}' not in text
    assert '"const":' not in text
    for key, operation in operations(document):
        problem = operation["responses"]["default"]["content"]
        assert "application/problem+json" in problem, key
        assert "422" not in operation["responses"]


def with_null(node, schemas):
    """A schema of OpenAPI 3.0 as JSON Schema: null where it is nullable, references filled in."""
    if isinstance(node, list):
        return [with_null(part, schemas) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return with_null(schemas[node["$ref"].rpartition("/")[2]], schemas)
    plain = {key: with_null(part, schemas) for key, part in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def schema_of(document, key, status, kind):
    method, path = key.split()
    content = document["paths"][path][method.lower()]["responses"][str(status)]["content"]
    return with_null(content[kind]["schema"], document["components"]["schemas"])


def stored_scenario(opened):
    content = {"id": "one", "name": "One", "region": "riverbend", "zones": "elementary"}
    content |= {"first_year": "2024-25", "changes": []}
    saved = opened.post("/v1/scenarios", json={"content": content})
    assert saved.status_code == 201, saved.text
    return content, saved


def real_answers(opened, job):
    """An answer of each route that answers with JSON, by its key in the document."""
    region, ogc = "/v1/regions/riverbend", "/ogc/collections/riverbend.schools"
    simple = {
        "/v1/suggest": "/v1/suggest?q=main",
        "/v1/regions": "/v1/regions",
        "/v1/regions/{region}": region,
        "/v1/regions/{region}/check": f"{region}/check",
        "/v1/regions/{region}/check/places": f"{region}/check/places",
        "/v1/region-drafts": "/v1/region-drafts",
        "/v1/regions/{region}/measures": f"{region}/measures",
        "/v1/regions/{region}/measures/{measure}": f"{region}/measures/residents?areas=planning",
        "/healthz": "/healthz",
        "/data.json": "/data.json",
        "/readyz": "/readyz",
        "/v1/jobs": "/v1/jobs",
        "/v1/jobs/{job}": job,
        "/v1/jobs/{job}/places": f"{job}/places",
        "/v1/jobs/{job}/areas": f"{job}/areas",
        "/v1/jobs/{job}/review": f"{job}/review?f=json",
        "/geocoder/locations/onelineaddress": "/geocoder/locations/onelineaddress?address=745 2nd ave",
        "/maps": "/maps?f=json",
        "/maps/{map}/figure.json": "/maps/ratings/figure.json",
        "/maps/{map}/layers/{layer}.geojson": "/maps/ratings/layers/areas.geojson",
        "/tiles/{layer}.json": "/tiles/streets.json",
        "/ogc": "/ogc",
        "/ogc/conformance": "/ogc/conformance",
        "/ogc/collections": "/ogc/collections",
        "/ogc/collections/{collection}": ogc,
        "/ogc/collections/{collection}/items": f"{ogc}/items?limit=3",
        "/ogc/collections/{collection}/items/{feature}": f"{ogc}/items/0101",
        "/finder/streets/{region}.json": "/finder/streets/riverbend.json",
    }
    answers = {f"GET {path}": opened.get(target) for path, target in simple.items()}
    figure = answers["GET /maps/{map}/figure.json"].json()
    layer = next(one["url"] for one in figure["layers"] if ".geojson" in one.get("url", ""))
    answers["GET /maps/{map}/layers/{layer}.geojson"] = opened.get(layer)
    answers["POST /v1/geocode"] = opened.post("/v1/geocode?explain=true", json=_GEOCODE)
    places = {"places": [{"lon": -93.54, "lat": 42.06}, {"lon": 0.0, "lat": 0.0}]}
    answers["POST /v1/reverse"] = opened.post("/v1/reverse", json=places)
    answers["POST /v1/jobs"] = opened.post("/v1/jobs", files={"file": ("a.csv", students(3))})
    answers["POST /v1/jobs/preview"] = opened.post(
        "/v1/jobs/preview", files={"file": ("a.csv", students(3))}
    )
    answers["POST /v1/region-drafts/{draft}/files"] = opened.post(
        "/v1/region-drafts/openapi/files", files={"file": ("schools.csv", "id,name\n1,Main\n")}
    )
    answers["GET /v1/region-drafts/{draft}"] = opened.get("/v1/region-drafts/openapi")
    made = answers["POST /v1/embeds"] = opened.post("/v1/embeds", json={"map": "ratings"})
    answers["GET /v1/embeds"] = opened.get("/v1/embeds")
    answers["GET /oembed"] = opened.get("/oembed", params={"url": made.json()["url"]})
    token = made.json()["url"].rpartition("/")[2]
    path = f"/embed/{token}/layers/{layer.rpartition('/')[2]}"
    answers["GET /embed/{token}/layers/{layer}.geojson"] = opened.get(path)
    keep = opened.post(f"{job}/students", json={**_ABOUT, "year": "2030-31"})
    answers["POST /v1/jobs/{job}/students"] = keep
    answers["GET /v1/students"] = opened.get("/v1/students")
    answers["GET /v1/students/{students}"] = opened.get(keep.headers["location"])
    opened.delete(keep.headers["location"])
    file = {"file": ("a.csv", "id,address,grade\n1,745 2nd ave northfield,3\n")}
    fields = {**_ABOUT, "grade": "grade", "school_year": "2030-31"}
    answers["POST /v1/students"] = opened.post("/v1/students", files=file, data=fields)
    opened.delete(answers["POST /v1/students"].headers["location"])
    ground = {"zones": "elementary", "purpose": "test", "students": "list"}
    answers["POST /v1/scenarios/ground"] = opened.post("/v1/scenarios/ground", json=ground)
    content, saved = stored_scenario(opened)
    here = saved.headers["location"]
    answers |= {
        "POST /v1/scenarios": saved,
        "GET /v1/scenarios": opened.get("/v1/scenarios"),
        "GET /v1/scenarios/{scenario}": opened.get(here),
        "GET /v1/scenarios/{scenario}/{file}": opened.get(f"{here}/zones.geojson"),
        "GET /v1/scenarios/{scenario}/numbers": opened.get(
            f"{here}/numbers?purpose=test&students=list"
        ),
        "POST /v1/scenarios/numbers": opened.post(
            "/v1/scenarios/numbers",
            json={"content": content, "purpose": "test", "students": "list"},
        ),
    }
    sent = opened.put(f"{job}/overrides", json={"items": []})
    answers["PUT /v1/jobs/{job}/overrides"] = sent
    return answers


def test_real_answers_of_every_json_route_are_as_the_document_says(opened, document, job):
    answers = real_answers(opened, job)
    wrong = []
    for key, answer in answers.items():
        assert answer.status_code in (200, 201, 202), (key, answer.text[:300])
        kind = answer.headers["content-type"].partition(";")[0]
        schema = schema_of(document, key, answer.status_code, kind)
        faults = Draft202012Validator(schema).iter_errors(answer.json())
        wrong += [(key, list(fault.absolute_path), fault.message[:200]) for fault in faults]
    assert wrong == []
    told = {
        key
        for key, operation in operations(document)
        for code, response in operation["responses"].items()
        if code in ("200", "201", "202") and set(response["content"]) & set(_JSON)
        if key != "GET /maps/{map}"  # Its GeoJSON is a file to download.
        if key != "GET /v1/jobs/{job}/result"
    }
    # A retry needs a region that was built anew: `tests/test_job_retries.py`.
    untried = {"GET /v1/regions/{region}/forecast", "POST /v1/jobs/{job}/retry"}
    # Manifests need whole files of a district: `tests/test_region_drafts.py`.
    draft = "/v1/region-drafts/{draft}"
    untried |= {f"{method} {draft}/manifest" for method in ("POST", "PUT", "PATCH")}
    untried |= {f"POST {draft}/build"}
    assert told - set(answers) <= untried


def test_problems_are_as_the_document_says(opened, document):
    schemas = document["components"]["schemas"]
    schema = with_null(schemas["Problem"], schemas)
    for path in ("/v1/jobs/none", "/v1/regions/none", "/nowhere", "/maps/none"):
        answer = opened.get(path)
        assert answer.headers["content-type"] == "application/problem+json"
        Draft202012Validator(schema).validate(answer.json())


def generated_client(document, folder):
    """The modules of a client that openapi-python-client makes of the document."""
    source, target = folder / "openapi.json", folder / "generated"
    source.write_text(json.dumps(document))
    line = [sys.executable, "-m", "openapi_python_client", "generate", "--path", source]
    line += ["--output-path", target, "--meta", "none"]
    path = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # It asks for ruff there.
    )
    made = subprocess.run(
        line, capture_output=True, text=True, env={**os.environ, "PATH": path}, cwd=folder
    )
    assert made.returncode == 0, made.stdout + made.stderr
    warnings = re.findall(r"^WARNING.*\n\n(.*)$", made.stdout + made.stderr, re.MULTILINE)
    strange = [text for text in warnings if not re.search(r"Unsupported content.type", text)]
    assert strange == []
    return target


@pytest.fixture
def generated(document, tmp_path, monkeypatch):
    generated_client(document, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda name: importlib.import_module(f"generated{name}")
    for name in [name for name in sys.modules if name.split(".")[0] == "generated"]:
        del sys.modules[name]


def test_every_module_of_a_generated_client_can_be_imported(generated):
    package = generated("")
    names = [found.name for found in pkgutil.walk_packages(package.__path__, "generated.")]
    assert len(names) > 100
    for name in names:
        importlib.import_module(name)


def test_a_generated_python_client_geocodes_and_follows_a_job(running, generated):
    models, types = generated(".models"), generated(".types")
    geocode = generated(".api.geocoding.geocode_v1_geocode_post")
    regions = generated(".api.regions.regions_v1_regions_get")
    add_job = generated(".api.jobs.add_job_v1_jobs_post")
    job = generated(".api.jobs.job_v1_jobs_job_get")
    review = generated(".api.jobs.review_v1_jobs_job_review_get")
    overrides = generated(".api.jobs.put_overrides_v1_jobs_job_overrides_put")
    preview = generated(".api.jobs.preview_file_v1_jobs_preview_post")
    places = generated(".api.jobs.places_v1_jobs_job_places_get")
    keep = generated(".api.students.keep_job_v1_jobs_job_students_post")
    delete = generated(".api.students.delete_students_v1_students_students_delete")
    with generated("").Client(base_url=running.url) as caller:
        answer = geocode.sync(client=caller, body=models.GeocodeIn.from_dict(_GEOCODE))
        assert [result.geo_status for result in answer.results] == ["matched", "unmatched"]
        assert answer.results[0].school_of_right == "0104"
        assert answer.results[0]["zone_elementary"] == "0104"
        assert regions.sync(client=caller).items[0].id == "riverbend"
        file = types.File(io.BytesIO(students(30).encode()), "a.csv", "text/csv")
        looked = preview.sync(
            client=caller, body=models.PreviewFileV1JobsPreviewPostBody(file=file)
        )
        assert looked.guesses["address"] == "address"
        file.payload.seek(0)
        body = models.AddJobV1JobsPostBody(file=file, grade="grade", id="student_id")
        sent = add_job.sync(client=caller, body=body)
        ends = time.monotonic() + 60
        while (state := job.sync(sent.id, client=caller)).state != "done":
            assert time.monotonic() < ends, state
            time.sleep(0.1)
        assert (state.done, state.decisions, state.file_name) == (30, 0, "a.csv")
        assert places.sync(sent.id, client=caller).row == list(range(1, 31))
        assert (
            review.sync(sent.id, client=caller, f=models.ReviewV1JobsJobReviewGetF("json")).next_
            is None
        )
        use = models.PutOverridesV1JobsJobOverridesPutBody.from_dict({"items": []})
        assert overrides.sync(sent.id, client=caller, body=use).decisions == 0
        while job.sync(sent.id, client=caller).state != "done":
            assert time.monotonic() < ends
            time.sleep(0.1)
        about = models.KeepIn(**{**_ABOUT, "name": "generated"}, year="2031-32")
        kept = keep.sync(sent.id, client=caller, body=about)
        assert (kept.rows, kept.years) == (30, ["2031-32"])
        assert delete.sync_detailed(kept.id, client=caller).status_code == 204
        missing = job.sync("none", client=caller)
        assert missing is None or missing.code == "not_found"


def test_every_data_route_refuses_parameters_that_it_does_not_have(opened, document):
    """An ignored `format=parquet` would give a CSV file, an ignored `region=…` another region."""
    before = opened.get("/v1/jobs").json()
    routes = [key for key, _ in operations(document) if " /v1/" in key]
    for key in routes:
        method, path = key.split()
        answer = opened.request(method, re.sub(r"\{\w+\}", "0", path), params={"format": "x"})
        assert answer.status_code == 422, (key, answer.text)
        assert "parameters" in answer.json()["detail"].lower(), key
    assert len(routes) > 40
    assert opened.get("/v1/jobs").json() == before


def test_pages_take_the_parameters_that_websites_add_to_links(opened):
    assert opened.get("/maps/zones?region=riverbend&utm_source=news").status_code == 200
    assert opened.get("/healthz?1796078765").status_code == 200
