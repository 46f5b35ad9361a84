"""Parts of jobs are spans of real workers, in the trace of the request that made the job."""

import time

import pytest
from batch_service import (
    PLANTED,
    client,
    finished,
    new_home,
    post,
    rows_of,
    service,
    students,
    wait,
    worker,
)
from test_operations import Collector

pytestmark = pytest.mark.slow
_TRACE = "0af7651916cd43dd8448eb211c80319c"
_PARENT = {"traceparent": f"00-{_TRACE}-b7ad6b7169203331-01", "tracestate": PLANTED}


@pytest.fixture
def place(home, riverbend, tmp_path):
    return new_home(tmp_path / "home", home)


@pytest.fixture
def collector():
    receiver = Collector()
    yield receiver
    receiver.http.shutdown()


def of_jobs(collector):
    return [span for span in collector.spans() if span.name.startswith("job ")]


def attributes(span):
    return {each.key: each.value for each in span.attributes}


def test_the_parts_of_a_job_are_in_the_trace_of_its_request(place, collector):
    server = service(place, "--workers", "0", traces_url=collector.url)
    other = worker(place, traces_url=collector.url, chunk_rows="100")
    try:
        with client(server) as opened:
            opened.headers.update(_PARENT)
            location = post(opened, students(300), f"{PLANTED}.csv").headers["Location"]
            wait(opened, location)
    finally:
        other.terminate()
        other.wait(timeout=30)
        server.stop()
    spans = of_jobs(collector)
    names = [span.name for span in spans]
    assert names.count("job chunk") == 3
    assert {"job split", "job assemble"} <= set(names)
    request = next(span for span in collector.spans() if span.name == "POST /v1/jobs")
    assert {span.trace_id.hex() for span in (request, *spans)} == {_TRACE}
    assert {span.parent_span_id for span in spans} == {request.span_id}
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in spans)
    chunks = [attributes(span) for span in spans if span.name == "job chunk"]
    assert sorted(chunk["part"].int_value for chunk in chunks) == [0, 1, 2]
    assert {chunk["job"].string_value for chunk in chunks} == {location.rpartition("/")[2]}
    sent = b"".join(collector.bodies)
    for planted in (PLANTED, "2nd ave", "northfield", str(place)):
        assert planted.encode() not in sent


def test_a_part_with_a_fault_says_its_code(place, collector):
    server = service(place, "--workers", "0", traces_url=collector.url)
    try:
        with client(server) as opened:
            location = post(opened, students(30), f"{PLANTED}.csv").headers["Location"]
            (place / "jobs" / location.rpartition("/")[2] / "input.csv").write_text(PLANTED)
            other = worker(place, traces_url=collector.url)
            assert wait(opened, location)["state"] == "failed"
            other.terminate()
            other.wait(timeout=30)
    finally:
        server.stop()
    (split,) = of_jobs(collector)
    assert attributes(split)["fault"].string_value == "damaged"
    assert PLANTED.encode() not in b"".join(collector.bodies)


def test_the_trace_of_a_job_is_erased_with_it(place, collector):
    server = service(place, traces_url=collector.url)
    try:
        with client(server) as opened:
            location = finished(opened, students(30))
            assert len(rows_of(place, "SELECT * FROM job_traces")) == 1
            opened.delete(f"{location}?purge=true")
            assert rows_of(place, "SELECT * FROM job_traces") == []
    finally:
        server.stop()


def test_by_default_there_is_no_trace(place, collector):
    server = service(place)
    try:
        with client(server) as opened:
            opened.headers.update(_PARENT)
            finished(opened, students(30))
        time.sleep(0.5)
        assert rows_of(place, "SELECT * FROM job_traces") == []
        assert collector.bodies == []
    finally:
        server.stop()
