"""Headers that every answer of the OpenAPI document has, good or bad."""

import re

import pytest
from batch_service import client, new_home, service


@pytest.fixture(scope="module")
def answers(home, riverbend, tmp_path_factory):
    place = new_home(tmp_path_factory.mktemp("headers") / "home", home)
    server = service(place, "--workers", "0", finder="riverbend")
    parts = {"region": "riverbend", "map": "zones", "layer": "zones", "measure": "residents"}
    try:
        with client(server) as opened:
            paths = opened.get("/openapi.json").json()["paths"]
            targets = [re.sub(r"\{(\w+)\}", lambda m: parts.get(m[1], "0"), path) for path in paths]
            yield {path: opened.get(path) for path in [*targets, "/nowhere", "/static/map.js"]}
    finally:
        server.stop()


def test_no_answer_is_taken_for_another_kind_or_tells_where_it_was(answers):
    assert len(answers) > 40
    assert {200, 404} <= {answer.status_code for answer in answers.values()}
    for path, answer in answers.items():
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] == "same-origin", path
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"]), path
        assert "Server" not in answer.headers, path


def test_every_policy_forbids_what_it_does_not_name(answers):
    for path, answer in answers.items():
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        if "frame-ancestors" not in policy:
            assert answer.status_code == 200
            assert not answer.headers["Content-Type"].startswith("text/html"), path
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0], path


def test_no_cache_stores_answers_about_students(answers):
    about_students = ("/v1/jobs", "/v1/students", "/v1/scenarios", "/geocoder/", "/finder")
    asked = {path: answer for path, answer in answers.items() if path.startswith(about_students)}
    assert len(asked) > 10
    for path, answer in asked.items():
        stored = "no-store" not in answer.headers.get("Cache-Control", "")
        assert not stored or path.startswith("/finder/"), path
