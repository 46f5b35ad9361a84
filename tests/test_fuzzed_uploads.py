"""Damaged and malicious files, sent to every route that takes one: told with a code, and others are served.

`make test` sends the same inputs each time. `FUZZ_INPUTS=5000 make fuzz` sends other ones, and more.
"""

import itertools
import os
import re
import socket
import threading
import time
from pathlib import Path

import pytest
from batch_service import client, finished, post, service, students, wait
from damaged_files import ATTACKS, BINARIES, DAMAGES, SEEDS, TEXTS, damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow
_IS_SAME_EACH_RUN = "FUZZ_INPUTS" not in os.environ
_INPUTS = int(os.environ.get("FUZZ_INPUTS", "120")) // 60
_MOST_MB, _MOST_S = 1_500, 30
_KINDS = (*TEXTS, *BINARIES)
_DISGUISES = ("", "", ".csv", ".xlsx", ".parquet", ".csv.gz", ".geojson", ".zip", ".ods", ".kmz")
_ABOUT = {"owner": "Office", "agreement": "MOU-7", "expires": "2099-06-30", "name": "sent"}
_NUMBERS = itertools.count()
_REGION = {"region": "riverbend"}
_CODES = {"bad_input", "bad_request", "too_large", "not_found", "conflict", "reference_data"}


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    """A data folder with the region; regions that are built here must not reach other tests."""
    place = tmp_path_factory.mktemp("sent") / "home"
    (place / "regions").mkdir(parents=True)
    place.chmod(0o700)
    for region in (home / "regions").iterdir():
        (place / "regions" / region.name).symlink_to(region)
    return place


@pytest.fixture(scope="module")
def running(place):
    server = service(place, max_open_jobs="1000", max_unpacked_bytes="50000000")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def opened(running):
    with client(running) as caller:
        yield caller


@pytest.fixture(scope="module")
def job(opened):
    return finished(opened, students(5), **_REGION)


class Routes:
    """Every route that takes a file, by its key in the document: each sends one and judges the answers."""

    def __init__(self, opened, job):
        self._opened, self._job = opened, job
        self.by_key = {
            "POST /v1/jobs": self.as_job,
            "POST /v1/jobs/preview": lambda name, content: self._post(
                "/v1/jobs/preview", name, content
            ),
            "POST /v1/students": self.as_students,
            "POST /v1/region-drafts/{draft}/files": self.as_region,
            "POST /geocoder/locations/addressbatch": self.as_batch,
            "POST /geocoder/geographies/addressbatch": self.as_batch,
            "PUT /v1/jobs/{job}/overrides": self.as_decisions,
        }

    def send(self, name, content):
        for send in self.by_key.values():
            begun = time.monotonic()
            send(name, content)
            assert time.monotonic() - begun < _MOST_S, name

    def as_job(self, name, content):
        answer = judged(post(self._opened, content, name, region="riverbend"))
        if answer.status_code == 202:
            ended = wait(self._opened, answer.headers["Location"], seconds=_MOST_S)
            if ended["state"] == "failed":
                assert ended["code"] in _CODES, ended
                assert ended["error"], ended
            self._opened.delete(f"{answer.headers['Location']}?purge=true")

    def as_students(self, name, content):
        answer = self._post("/v1/students", name, content, {**_ABOUT, "grade": "grade", **_REGION})
        if answer.status_code == 201:
            self._opened.delete(answer.headers["location"])

    def as_region(self, name, content):
        # A region that was built keeps its files, so each file has a draft of its own.
        draft = f"/v1/region-drafts/sent-{next(_NUMBERS)}"
        if self._post(f"{draft}/files", name, content).status_code == 201:
            if judged(self._opened.post(f"{draft}/manifest")).status_code == 200:
                judged(self._opened.post(f"{draft}/build"))
            assert self._opened.delete(draft).status_code in (204, 409)

    def as_batch(self, name, content):
        for kind in ("locations", "geographies"):
            files = {"addressFile": (name, content)}
            judged(self._opened.post(f"/geocoder/{kind}/addressbatch", files=files, params=_REGION))

    def as_decisions(self, name, content):
        files = {"file": (name, content)}
        if judged(self._opened.put(f"{self._job}/overrides", files=files)).status_code == 202:
            assert wait(self._opened, self._job)["state"] == "done"

    def _post(self, path, name, content, fields=None):
        return judged(
            self._opened.post(path, files={"file": (name, content)}, data=fields or _REGION)
        )


def judged(answer):
    """An answer that is no fault of the program and has a code and a remedy."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        problem = answer.json()
        assert problem["code"] in _CODES, answer.text
        assert problem["detail"].count(".") >= 1, answer.text
        assert "root:" not in answer.text
    return answer


@pytest.fixture(scope="module")
def routes(opened, job):
    return Routes(opened, job)


@pytest.fixture
def others(running):
    """Look-ups of another caller meanwhile, which are all answered; the memory stays bounded."""
    waits, faults, ended = [], [], threading.Event()

    def ask():
        body = {"region": "riverbend", "addresses": [{"address": "745 2nd ave, northfield"}]}
        with client(running) as caller:
            while not ended.wait(0.1):
                begun = time.monotonic()
                answer = caller.post("/v1/geocode", json=body)
                waits.append(time.monotonic() - begun)
                if answer.status_code != 200:
                    faults.append(answer.text)

    asking = threading.Thread(target=ask)
    asking.start()
    yield
    ended.set()
    asking.join()
    assert faults == []
    assert max(waits, default=0) < 10
    assert most_mb(running.process.pid) < _MOST_MB
    assert running.process.poll() is None


def most_mb(process):
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) // 1024


def test_every_route_that_takes_a_file_is_tried(opened, routes):
    paths = opened.get("/openapi.json").json()["paths"]
    takes = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    }
    assert set(routes.by_key) == takes | {"PUT /v1/jobs/{job}/overrides"}


@pytest.mark.parametrize("ending", _KINDS)
def test_damaged_files_are_read_or_told_by_every_route(routes, others, ending):
    @settings(
        max_examples=max(1, _INPUTS),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=_IS_SAME_EACH_RUN,
    )
    @given(DAMAGES, st.sampled_from(_DISGUISES))
    def fire(damages, disguise):
        routes.send(f"a{disguise or ending}", damaged(SEEDS[ending], damages))

    fire()


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_files_of_an_attacker_are_told_by_every_route(routes, others, number):
    ending, content = ATTACKS[number]
    routes.send(f"a{ending}", content)


_FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    b"id,address\r\n1,745 2nd ave northfield\r\n--b--\r\n"
)
_LIES = {
    "more bytes than are sent": b"Content-Length: 400000\r\n\r\n" + _FORM,
    "fewer bytes than are sent": b"Content-Length: 40\r\n\r\n" + _FORM,
    "two lengths": b"Content-Length: 40\r\nContent-Length: 90\r\n\r\n" + _FORM,
    "a negative length": b"Content-Length: -1\r\n\r\n" + _FORM,
    "no number": b"Content-Length: many\r\n\r\n" + _FORM,
    "a length and chunks": b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n" + _FORM,
    "chunks that are none": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + _FORM,
    "packed and is not": b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_FORM)
    + _FORM,
    "an unknown coding": b"Transfer-Encoding: bomb\r\n\r\n" + _FORM,
}


@pytest.mark.parametrize("lie", _LIES)
def test_lying_headers_are_no_fault_on_any_route(running, opened, routes, job, others, lie):
    before = len(opened.get("/v1/jobs?limit=1000").json()["items"])
    for key in routes.by_key:
        method, path = key.split()
        target = path.replace("/v1/jobs/{job}", job).replace("{draft}", "lies")
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n"
        head += "Content-Type: multipart/form-data; boundary=b\r\n"
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(head.encode() + _LIES[lie])
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := received(connection):
                answer += piece
        assert b" 500 " not in answer.partition(b"\r\n")[0], (key, answer)
    opened.delete("/v1/region-drafts/lies")
    made = opened.get("/v1/jobs?limit=1000").json()["items"][: -before or None]
    assert all(wait(opened, f"/v1/jobs/{one['id']}") for one in made)


def received(connection):
    try:
        return connection.recv(100_000)
    except OSError:
        return b""


def test_what_was_sent_left_no_file_and_no_fault_in_the_log(place, running, routes, opened):
    routes.send("a.csv", b"id,address\n1,745 2nd ave northfield\n")
    assert not list((place / "jobs").glob(".incoming-*"))
    log = logged(running)
    assert not re.findall("the program failed.*", log)


def logged(server):
    number = server.process.stderr.fileno()
    os.set_blocking(number, False)
    try:
        return os.read(number, 10_000_000).decode()
    except BlockingIOError:
        return ""
