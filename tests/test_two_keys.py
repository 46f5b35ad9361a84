"""Two keys: over every route and method, nothing of the other is seen, listed, counted, changed or erased."""

import re

import pytest
from batch_service import client, finished, key, new_home, service, students

_NAME = "Plantedname"
_BODIES = {
    "/v1/geocode": {"addresses": [{"address": "745 2nd ave, northfield"}]},
    "/v1/reverse": {"places": [{"lon": -92.2, "lat": 42.5}]},
    "/v1/jobs/{job}/students": {
        "name": "taken",
        "owner": "Office",
        "agreement": "MOU-7",
        "expires": "2099-06-30",
    },
    "/v1/embeds": {"map": "zones", "region": "riverbend"},
}


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("two") / "home", home)


@pytest.fixture(scope="module")
def keys(place):
    scopes = ("geocode", "maps:read", "students:read", "students:write")
    return {name: key(place, name, *scopes) for name in ("mine", "other")}


@pytest.fixture(scope="module")
def running(place, keys):
    server = service(place, "--require-key")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def mine(running, keys):
    """What the first key has: an open connection, and a job that is done."""
    with client(running, keys["mine"]) as opened:
        yield opened, finished(opened, students(30, _NAME), grade="grade")


def answers_to(running, text, job_id):
    """The answer of each route and method but those that need no key, to one caller."""
    with client(running, text) as opened:
        paths = opened.get("/openapi.json").json()["paths"]
        parts = {"job": job_id, "region": "riverbend", "map": "zones", "layer": "zones"}
        for path, methods in paths.items():
            target = re.sub(r"\{(\w+)\}", lambda found: parts.get(found[1], "0"), path)
            for method in methods:
                yield path, method, opened.request(method, target, json=_BODIES.get(path))


def test_no_route_shows_or_changes_a_job_of_the_other_key(running, keys, mine):
    opened, location = mine
    job_id = location.rsplit("/", 1)[1]
    before = opened.get(location).json()
    asked = 0
    for path, method, answer in answers_to(running, keys["other"], job_id):
        assert job_id not in answer.text, (method, path)
        assert _NAME not in answer.text, (method, path)
        assert answer.status_code < 500, (method, path)
        if "{job}" in path:
            assert answer.status_code in (404, 405), (method, path, answer.status_code)
            asked += 1
    assert asked >= 6
    assert opened.get(location).json() == before
    assert opened.get(f"{location}/result").status_code == 200


def test_nothing_of_the_other_key_is_counted(running, keys, mine):
    with client(running, keys["other"]) as other:
        assert other.get("/v1/jobs").json()["items"] == []
        assert other.get("/metrics").status_code == 401
        ready = other.get("/readyz")
        assert "queue" not in ready.json()
        assert other.get("/v1/jobs?limit=1").json() == {"items": [], "next": None}


def test_an_unknown_job_and_one_of_another_key_get_the_same_answer(running, keys, mine):
    job_id = mine[1].rsplit("/", 1)[1]
    unknown = "0" * len(job_id)
    with client(running, keys["other"]) as other:
        for tail in ("", "/result", "/review", "/areas", "/events"):
            answers = [other.get(f"/v1/jobs/{job}{tail}") for job in (job_id, unknown)]
            problems = [answer.json() | {"request_id": ""} for answer in answers]
            assert problems[0] == problems[1]
            assert answers[0].status_code == 404
