"""The whole OpenAPI document under fire: requests of schemathesis to a running service, with all its checks.

`make fuzz` sends 20,000 requests; the short run sends 100.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from batch_service import client, finished, key, new_home, service, students

_REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "100"))
_MOST_MB = 1_500
_COMMON = """
[checks]
# A schema does not say which regions, areas and jobs there are.
positive_data_acceptance.enabled = false

[[operations]]
include-path = "/oembed"
# The oEmbed standard wants 501 for a format that is not offered.
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]
"""
_KNOWN = """
[parameters]
region = "riverbend"
map = "zones"
layer = "zones"
measure = "residents"
collection = "riverbend.schools"
job = "{job}"
"""


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("fuzzed") / "home", home)


@pytest.fixture(scope="module")
def text(place):
    scopes = ("geocode", "maps:read", "metrics:read", "students:read")
    return key(place, "fuzz", *scopes)


@pytest.fixture(scope="module")
def running(place, text):
    server = service(
        place,
        "--require-key",
        requests_per_s="0",
        failed_keys_per_minute="0",
        finder="riverbend",
        max_open_jobs="100000",
        log_format="json",
    )
    yield server
    server.stop()


@pytest.mark.slow
@pytest.mark.parametrize("names", ["any", "known"])
def test_no_request_breaks_the_service_or_its_document(running, text, tmp_path, names):
    with client(running, text) as opened:
        job = finished(opened, students(20), grade="grade").rsplit("/", 1)[1]
        operations = sum(map(len, opened.get("/openapi.json").json()["paths"].values()))
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(_COMMON + (_KNOWN.format(job=job) if names == "known" else ""))
    program = Path(sys.executable).with_name("schemathesis")
    line = [program, "--config-file", settings, "run", f"{running.url}/openapi.json"]
    line += ["-H", f"Authorization: Bearer {text}", "--phases", "coverage,fuzzing"]
    # DELETE would take away the job that the other requests are about.
    line += ["-n", _REQUESTS // operations + 1, "--seed", "1", "--no-color"]
    line += ["--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "60"]
    line += ["--exclude-method", "DELETE"] if names == "known" else []
    done = subprocess.run(
        list(map(str, line)), capture_output=True, text=True, cwd=tmp_path, timeout=3_600
    )
    assert done.returncode == 0, done.stdout[-6_000:]
    assert int(re.search(r"(\d+) generated", done.stdout).group(1)) > _REQUESTS / 4
    with client(running, text) as opened:
        assert opened.get("/healthz").status_code == 200
        assert opened.get("/v1/regions").status_code == 200
    assert resident_mb(running.process.pid) < _MOST_MB


def resident_mb(process):
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) // 1024
