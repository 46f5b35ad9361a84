"""The whole OpenAPI document under fire: requests of schemathesis to a running service, with all its checks.

Each of the two runs of `make test` sends more than 2,500 requests, most of them made from the limits of
the document; `make fuzz` sends 20,000 in each.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from batch_service import client, finished, key, service, students

_REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "100"))
_LEAST, _MOST_MB = 1_000, 1_500
_NAMED_SHARE = 0.9
"""The share of requests in which a parameter of several names has one that exists."""
_COMMON = """
[[operations]]
include-path = "/oembed"
# The oEmbed standard wants 501 for a format that is not offered.
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]
"""
_UNSAID = """
[[operations]]
include-path = "{path}"
include-method = "{method}"
# {reason}
checks.positive_data_acceptance.enabled = false
"""
_FILE = "A schema says nothing of what is in a file."
_TREE = "The content of a scenario is checked by rules, not by a schema."
_REGION = "A region's own data decide which values there are."
_MANIFEST = "A schema says nothing of the text of a manifest."
_REASONS = {
    "POST /v1/jobs": _FILE,
    "POST /v1/jobs/preview": _FILE,
    "POST /v1/students": _FILE,
    "POST /v1/region-drafts/{draft}/files": _FILE,
    "POST /geocoder/locations/addressbatch": _FILE,
    "POST /geocoder/geographies/addressbatch": _FILE,
    "POST /v1/scenarios": _TREE,
    "POST /v1/scenarios/numbers": _TREE,
    "POST /v1/geocode": "Each address needs one of two fields.",
    "GET /v1/regions/{region}/forecast": _REGION,
    "GET /v1/regions/{region}/measures/{measure}": _REGION,
    "PUT /v1/region-drafts/{draft}/manifest": _MANIFEST,
    "PATCH /v1/region-drafts/{draft}/manifest": _MANIFEST,
    "POST /v1/region-drafts/{draft}/manifest": _FILE,
    "POST /v1/region-drafts/{draft}/build": _FILE,
}
"""Operations that may refuse what their schema allows; all other operations must accept it."""
_NAMES_OF = {
    "/maps/{map}": {"map": "ratings"},
    "/maps/{map}/figure.json": {"map": "participation"},
    "/maps/{map}/layers/{layer}.geojson": {"map": "zones", "layer": "zones"},
    "/maps/{map}/thumbnail.png": {"map": "utilisation"},
    "/embed/{token}/layers/{layer}.geojson": {"layer": "schools"},
}
"""Names in the path of an operation, in the run with names that exist."""
_ABOUT = {"owner": "Office", "agreement": "MOU-7", "expires": "2099-06-30", "name": "fuzzed"}
_SCENARIO = {
    "id": "fuzzed",
    "name": "Fuzzed",
    "region": "riverbend",
    "zones": "elementary",
    "first_year": "2024-25",
    "changes": [],
}


def settings_of(known):
    """The settings of a run: checks with their exceptions, and names that exist."""
    text = _COMMON
    for operation, reason in _REASONS.items():
        method, path = operation.split()
        text += _UNSAID.format(path=path, method=method, reason=reason)
    choices = {name: values for name, values in known.items() if len(values) > 1}
    for name, values in choices.items():
        text += f'[dictionaries."{name}"]\nvalues = {json.dumps(values)}\n'
    for path, names in _NAMES_OF.items() if known else ():
        text += f'[[operations]]\ninclude-path = "{path}"\n'
        text += "".join(f'parameters."path.{name}" = "{value}"\n' for name, value in names.items())
    text += "[parameters]\n"
    for name, values in known.items():
        share = 1.0 if name.startswith("path.") else _NAMED_SHARE
        choice = f'{{ dictionary = "{name}", probability = {share} }}'
        text += f'"{name}" = {choice if name in choices else json.dumps(values[0])}\n'
    return text


def names_that_exist(opened):
    """Names by parameter, each of something that the service has."""
    job = finished(opened, students(20), grade="grade").rpartition("/")[2]
    file = {"file": ("a.csv", "id,address,grade\n1,745 2nd ave northfield,3\n")}
    fields = {**_ABOUT, "grade": "grade", "school_year": "2030-31"}
    opened.post("/v1/scenarios", json={"content": _SCENARIO})
    embed = opened.post("/v1/embeds", json={"map": "ratings", "region": "riverbend"})
    opened.post("/v1/region-drafts/fuzzed/files", files={"file": ("schools.csv", "id,name\n1,A\n")})
    opened.post("/v1/students", files=file, data=fields)
    url = embed.json()["url"]
    own = {"path.job": [job], "path.token": [url.rpartition("/")[2]], "query.url": [url]}
    return {**own, **names_of_region(opened), **names_of_lists(opened)}


def names_of_region(opened):
    """Names of the region, its maps and its numbers."""
    region = opened.get("/v1/regions/riverbend").json()
    maps = opened.get("/maps?f=json&region=riverbend&students=fuzzed").json()["items"]
    measures = opened.get("/v1/regions/riverbend/measures").json()["items"]
    collections = opened.get("/ogc/collections").json()["collections"]
    schools = opened.get("/ogc/collections/riverbend.schools/items").json()["features"]
    schools = [str(school["id"]) for school in schools]
    areas = [area["id"] for area in region["area_sets"]]
    return {
        "path.region": ["riverbend"],
        "query.region": ["riverbend"],
        "query.map": ids(maps),
        "path.layer": ["zones"],
        "path.measure": ids(measures),
        "path.collection": ids(collections),
        "path.feature": schools,
        "query.areas": ["", *areas],
        "query.area": ["", "1"],
        "query.zone": ["", *schools],
        "query.school": ["", *schools],
        "query.band": ["", *region["bands"]],
        "query.scheme": ["", *ids(region["schemes"])],
        "query.size": ["", "slide", "figure"],
        "query.theme": ["", "light", "dark"],
        "query.lang": ["", "en", "es"],
        "query.distance": ["", "1", "800"],
        **{
            f"query.{name}": ["", "no such"] for name in ("view", "beside", "subgroup", "programme")
        },
        "query.address": ["745 2nd ave northfield"],
        "query.q": ["745 2nd"],
    }


def names_of_lists(opened):
    """Names of lists of students, scenarios and drafts that the run has sent to the service."""
    lists, scenarios = (
        ids(opened.get(f"/v1/{kind}").json()["items"]) for kind in ("students", "scenarios")
    )
    return {
        "path.students": lists,
        "query.students": ["fuzzed"],
        "path.scenario": scenarios,
        "query.scenario": ["", *scenarios],
        "path.draft": ["fuzzed"],
        "path.file": ["zones.geojson"],
    }


def ids(items):
    return [item["id"] for item in items]


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    """A data folder with the region; regions that are built here must not reach other tests."""
    place = tmp_path_factory.mktemp("fuzzed") / "home"
    (place / "regions").mkdir(parents=True, mode=0o700)
    for region in (home / "regions").iterdir():
        (place / "regions" / region.name).symlink_to(region)
    place.chmod(0o700)
    return place


@pytest.fixture(scope="module")
def text(place):
    return key(place, "fuzz", "admin")


@pytest.fixture(scope="module")
def running(place, text):
    server = service(
        place,
        "--require-key",
        requests_per_s="0",
        failed_keys_per_minute="0",
        finder="riverbend",
        census_get="true",
        max_open_jobs="100000",
        log_format="json",
    )
    yield server
    server.stop()


@pytest.mark.slow
@pytest.mark.parametrize("names", ["any", "known"])
def test_no_request_breaks_the_service_or_its_document(running, text, tmp_path, names):
    with client(running, text) as opened:
        known = names_that_exist(opened) if names == "known" else {}
        operations = sum(map(len, opened.get("/openapi.json").json()["paths"].values()))
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(settings_of(known))
    program = Path(sys.executable).with_name("schemathesis")
    line = [program, "--config-file", settings, "run", f"{running.url}/openapi.json"]
    line += ["-H", f"Authorization: Bearer {text}", "--phases", "coverage,fuzzing,stateful"]
    # DELETE would take away the job that the other requests are about.
    line += ["-n", _REQUESTS // operations + 1, "--seed", "1", "--no-color"]
    line += ["--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "60"]
    line += ["--exclude-method", "DELETE"] if names == "known" else []
    done = subprocess.run(
        list(map(str, line)), capture_output=True, text=True, cwd=tmp_path, timeout=3_600
    )
    assert done.returncode == 0, done.stdout[-6_000:]
    assert int(re.search(r"(\d+) generated", done.stdout).group(1)) > max(_LEAST, _REQUESTS / 4)
    with client(running, text) as opened:
        assert opened.get("/healthz").status_code == 200
        assert opened.get("/v1/regions").status_code == 200
        if names == "known":
            assert unanswered(opened) == {"/v1/regions/{region}/forecast"}
    assert resident_mb(running.process.pid) < _MOST_MB


def unanswered(opened):
    """Paths that no GET request has opened, so that nothing behind them was tried.

    The region has no history, and therefore no forecast.
    """
    answers = re.findall(
        r'answers_total\{method="GET",route="(.*?)",status="200"', opened.get("/metrics").text
    )
    paths = opened.get("/openapi.json").json()["paths"]
    return {path for path in paths if "get" in paths[path]} - {
        route.replace(":path}", "}") for route in answers
    }


def resident_mb(process):
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) // 1024
