"""For those who run the service: metrics with bounded labels, logs and traces without personal data, readiness."""

import gzip
import json
import logging
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from batch_service import client, finished, key, new_home, post, service, students
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from geoservice.service.logs import JsonLines, Sentences

_PLANTED = "Plantedname"
_ADDRESSES = {
    "addresses": [
        {"id": f"{_PLANTED}1", "address": "745 2nd ave, northfield"},
        {"id": f"{_PLANTED}2", "address": f"12 {_PLANTED} Blvd"},
    ]
}


class Collector:
    """A host for traces: keeps what it is sent."""

    def __init__(self):
        self.bodies = bodies = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                is_packed = self.headers.get("Content-Encoding") == "gzip"
                bodies.append(gzip.decompress(content) if is_packed else content)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1/traces"

    def spans(self):
        requests = map(ExportTraceServiceRequest.FromString, self.bodies)
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    made = new_home(tmp_path_factory.mktemp("operations") / "home", home)
    (made / "regions").unlink()
    shutil.copytree(home / "regions", made / "regions")
    return made


def asked_of(server, keys):
    """Requests of all kinds; each has a planted text somewhere."""
    with client(server, keys["office"]) as opened:
        finished(opened, students(50), grade="grade")
        assert opened.post("/v1/geocode", json=_ADDRESSES).status_code == 200
        assert opened.get(f"/maps/zones?area={_PLANTED}").status_code in (404, 422)
        assert opened.get(f"/{_PLANTED}/x").status_code == 404
        assert opened.request(_PLANTED.upper(), "/maps").status_code == 405
        assert post(opened, f"{_PLANTED},x\n1,2\n").status_code == 422
        assert opened.get("/v1/regions", headers={"User-Agent": _PLANTED}).status_code == 200
        assert (
            opened.get("/v1/jobs", headers={"Cookie": f"geoservice={_PLANTED}"}).status_code == 200
        )
    with client(server, f"gs_0_{_PLANTED}") as stranger:
        assert stranger.get("/maps").status_code == 401


@pytest.fixture(scope="module")
def keys(place):
    return {
        "office": key(place, _PLANTED, "geocode", "maps:read"),
        "monitor": key(place, "monitor", "metrics:read"),
    }


@pytest.fixture(scope="module")
def observed(place, keys, tmp_path_factory):
    """Metrics, log lines and spans of a service that was asked all of this."""
    collector = Collector()
    server = service(
        place, "--require-key", log_format="json", log_requests="true", traces_url=collector.url
    )
    try:
        asked_of(server, keys)
        with client(server, keys["monitor"]) as monitor:
            metrics = monitor.get("/metrics")
        with client(server, keys["office"]) as office:
            assert office.get("/metrics").status_code == 401
            assert "queue" not in office.get("/readyz").json()
    finally:
        server.stop()
        collector.http.shutdown()
    log = server.process.stderr.read()
    return metrics, log, collector


def test_metrics_are_what_prometheus_reads(observed):
    families = {family.name: family for family in text_string_to_metric_families(observed[0].text)}
    answers = families["geoservice_answers"].samples
    assert any(sample.labels["route"] == "/v1/geocode" and sample.value == 1 for sample in answers)
    assert {sample.labels["method"] for sample in answers} <= {"GET", "POST", "other", "DELETE"}
    assert {sample.labels["route"] for sample in answers} >= {"", "/maps/{map}", "/v1/jobs"}
    seconds = families["geoservice_answer_seconds"]
    assert seconds.type == "histogram"
    assert all(set(sample.labels) <= {"route", "le"} for sample in seconds.samples)
    outcomes = values(families["geoservice_addresses"], "outcome")
    assert outcomes == {"matched": 1, "ambiguous": 0, "unmatched": 1}
    assert values(families["geoservice_jobs"], "state")["done"] == 1
    assert sum(values(families["geoservice_job_rows"], "outcome").values()) == 50
    assert families["geoservice_workers"].samples[0].value == 1
    for name in ("queue_oldest_seconds", "kept_hits", "kept_misses", "kept_bytes", "database_up"):
        assert f"geoservice_{name}" in families


def test_the_size_of_the_kept_answers_is_a_setting(place):
    server = service(place, "--workers", "0", max_kept_bytes="60000")
    try:
        with client(server) as opened:
            for name in ("zones", "ratings", "reference", "utilisation"):
                assert opened.get(f"/maps/{name}").status_code == 200
            text = opened.get("/metrics").text
    finally:
        server.stop()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert 0 < families["geoservice_kept_bytes"].samples[0].value <= 60_000


def values(family, label):
    return {sample.labels[label]: sample.value for sample in family.samples}


def test_each_answer_is_a_json_line_with_its_request_id(observed):
    lines = [json.loads(line) for line in observed[1].splitlines() if line.startswith("{")]
    answers = [line for line in lines if line["message"] == "answer"]
    assert len({line["request_id"] for line in answers}) == len(answers) > 8
    geocode = next(line for line in answers if line.get("route") == "/v1/geocode")
    assert (geocode["method"], geocode["status"]) == ("POST", 200)
    assert geocode["caller"].startswith("key:")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", geocode["time"])
    assert {line["caller"] for line in answers} >= {"nobody"}


def test_each_request_is_a_span(observed):
    spans = observed[2].spans()
    geocode = next(span for span in spans if span.name == "POST /v1/geocode")
    attributes = {one.key: one.value for one in geocode.attributes}
    assert attributes["http.response.status_code"].int_value == 200
    assert set(attributes) == {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "request_id",
    }
    ids = {one.value.string_value for span in spans for one in span.attributes}
    logged = re.findall(r'"request_id": "(\w+)"', observed[1])
    assert set(logged) <= ids


def test_nothing_planted_is_in_metrics_logs_and_traces(observed):
    metrics, log, collector = observed
    for text in (metrics.text, log, str(collector.bodies)):
        assert _PLANTED.lower() not in text.lower()
        assert "2nd" not in text.lower()
        assert "gs_" not in text
        assert "127.0.0.1" not in re.sub(r"Ready at \S+", "", text)


def test_a_trace_of_the_caller_goes_on(place, keys):
    collector = Collector()
    server = service(place, "--require-key", "--workers", "0", traces_url=collector.url)
    trace = "0af7651916cd43dd8448eb211c80319c"
    try:
        with client(server, keys["office"]) as opened:
            parent = {"traceparent": f"00-{trace}-b7ad6b7169203331-01", "tracestate": _PLANTED}
            assert opened.get("/v1/regions", headers=parent).status_code == 200
    finally:
        server.stop()
        collector.http.shutdown()
    assert trace in [span.trace_id.hex() for span in collector.spans()]
    assert _PLANTED.encode() not in b"".join(collector.bodies)


def test_sign_ins_and_refused_keys_are_always_logged_without_names(place, keys):
    server = service(place, "--require-key", "--workers", "0", log_format="json")
    try:
        with client(server) as browser:
            assert browser.post("/token", data={"token": _PLANTED}).status_code == 403
            assert browser.post("/token", data={"token": keys["office"]}).status_code == 303
            csrf = re.search(r'"csrf":"([^"]+)"', browser.get("/").text).group(1)
            assert browser.post("/sign-out", data={"csrf": csrf}).status_code == 303
        with client(server, f"gs_0_{_PLANTED}") as stranger:
            assert stranger.get("/maps").status_code == 401
    finally:
        server.stop()
    log = server.process.stderr.read()
    office = f"key:{keys['office'].split('_')[1]}"
    entries = [json.loads(line) for line in log.splitlines()]
    assert [(entry["message"], entry["caller"]) for entry in entries] == [
        ("key or sign-in refused", "nobody"),
        ("signed in", office),
        ("signed out", office),
        ("key or sign-in refused", "nobody"),
    ]
    assert all(re.fullmatch(r"[0-9a-f]{16}", entry["request_id"]) for entry in entries)
    assert _PLANTED not in log
    assert "127.0.0.1" not in log


def test_a_warning_of_a_library_writes_no_line():
    program = (
        "import warnings\nfrom geoservice.service.logs import set_up_log\n"
        "from geoservice.model.settings import Settings\n"
        "set_up_log(Settings.read({'GEOSERVICE_LOG_FORMAT': 'json'}))\nwarnings.warn('Planted')\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def test_by_default_no_request_is_logged(place, keys):
    server = service(place, "--require-key", "--workers", "0")
    try:
        with client(server, keys["office"]) as opened:
            opened.get("/v1/regions")
    finally:
        server.stop()
    assert server.process.stderr.read() == ""


def test_a_body_that_a_parser_refuses_is_not_logged(place, keys):
    server = service(place, "--require-key", "--workers", "0")
    try:
        with client(server, keys["office"]) as opened:
            kind = {"Content-Type": "multipart/form-data; boundary=x"}
            assert opened.post("/v1/jobs", content=b"Planted", headers=kind).status_code < 500
    finally:
        server.stop()
    assert server.process.stderr.read() == ""


@pytest.mark.parametrize("shape", [Sentences(), JsonLines()])
def test_errors_of_libraries_are_told_without_their_text(shape):
    fault = (ValueError, ValueError("Planted"), None)
    record = logging.LogRecord("reader.cells", 40, "x", 1, "cell %s", ("Planted",), fault)
    line = shape.format(record)
    assert "Planted" not in line
    assert "reader.cells" in line
    assert "ValueError" in line


def test_a_region_whose_files_are_gone_is_not_ready(place):
    server = service(place, "--workers", "0")
    regions = place / "regions"
    try:
        with client(server) as opened:
            checks = opened.get("/readyz").json()
            assert checks["checks"]["snapshots"] == checks["checks"]["database"] == "ok"
            assert checks["checks"]["workers"].startswith("none")
            assert set(checks["queue"]) == {"jobs", "oldest_waits_s", "workers"}
            regions.rename(place / "away")
            answer = ready_after_a_look(opened)
            (place / "away").rename(regions)
            assert answer.status_code == 503
            assert answer.json()["checks"]["snapshots"] == "a region cannot be read"
            assert "Retry-After" in answer.headers
    finally:
        server.stop()


def ready_after_a_look(opened):
    """The answer of a look that is not the last."""
    threading.Event().wait(1.2)
    return opened.get("/readyz")
