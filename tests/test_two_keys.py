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
    "/v1/scenarios/ground": {"zones": "elementary", "region": "riverbend"},
}
_LIST = {"name": "myfall", "owner": "Office", "agreement": "MOU-7", "expires": "2099-06-30"}
_PLAN = {
    "id": "mine",
    "name": {"en": "Myscenario"},
    "region": "riverbend",
    "zones": "elementary",
    "first_year": "2027-28",
    "changes": [{"school": "0101", "seats": 540}],
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
        yield opened, finished(opened, students(30, _NAME), grade="grade", id="student_id")


@pytest.fixture(scope="module")
def kept(mine):
    """Ids of a list of students, an embed link and a stored scenario of the first key."""
    opened, location = mine
    kept_list = opened.post(f"{location}/students", json={**_LIST, "year": "2023-24"})
    assert kept_list.status_code == 201, kept_list.text
    link = opened.post("/v1/embeds", json={"map": "zones", "region": "riverbend", "lang": "es"})
    assert link.status_code == 201, link.text
    plan = opened.post("/v1/scenarios", json={"content": _PLAN})
    assert plan.status_code == 201, plan.text
    return kept_list.json()["id"], link.json()["id"], plan.json()["id"]


def answers_to(running, text, job_id, **parts):
    """The answer of each route and method but those that need no key, to one caller."""
    with client(running, text) as opened:
        paths = opened.get("/openapi.json").json()["paths"]
        known = {"job": job_id, "region": "riverbend", "map": "zones", "layer": "zones", **parts}
        for path, methods in paths.items():
            target = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "0"), path)
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


def test_no_route_shows_or_changes_what_the_other_key_keeps(running, keys, mine, kept):
    opened, _ = mine
    list_id, link_id, plan_id = kept
    before = [opened.get(f"/v1/{path}").json() for path in (f"students/{list_id}", "scenarios")]
    parts = {"students": list_id, "embed": link_id, "scenario": plan_id, "file": "moves.csv"}
    asked = 0
    for path, method, answer in answers_to(running, keys["other"], "0", **parts, ending="html"):
        for text in (link_id, list_id, plan_id, _LIST["name"], "Myscenario"):
            assert text not in answer.text, (method, path)
        if {"{students}", "{embed}", "{scenario}"} & set(path.split("/")):
            assert answer.status_code in (404, 405), (method, path, answer.status_code)
            asked += 1
    assert asked >= 8
    after = [opened.get(f"/v1/{path}").json() for path in (f"students/{list_id}", "scenarios")]
    assert after == before
    links = {link["id"]: link["state"] for link in opened.get("/v1/embeds").json()["items"]}
    assert links == {link_id: "in use"}


_NAMES_A_LIST = (
    "/maps/participation",
    "/maps/participation.csv",
    "/maps/participation/figure.json",
    "/maps/participation/layers/zones.geojson",
    "/v1/regions/riverbend/measures/participation",
)
"""Routes that count a list of students by its name."""


def test_a_named_list_of_the_other_key_is_as_if_it_did_not_exist(running, keys, kept):
    with client(running, keys["other"]) as other:
        for path in _NAMES_A_LIST:
            told = []
            for name in (_LIST["name"], "nope"):
                answer = other.get(path, params={"students": name})
                assert answer.status_code == 404, (path, name)
                told.append(answer.json()["detail"])
            assert told[0] == told[1], path
        for name in (_LIST["name"], "nope"):
            body = {"map": "participation", "region": "riverbend", "students": name}
            assert other.post("/v1/embeds", json=body).status_code == 404
            page = f"{running.url}/maps/participation?students={name}"
            assert other.get("/oembed", params={"url": page}).status_code == 404


def test_every_route_that_takes_a_list_is_tried(running, keys):
    with client(running, keys["mine"]) as opened:
        paths = opened.get("/openapi.json").json()["paths"]
    taking = {
        path
        for path, methods in paths.items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if (parameter["name"], parameter["in"]) == ("students", "query")
    }
    assert taking == {
        "/maps/{map}",
        "/maps/{map}/figure.json",
        "/maps/{map}/layers/{layer}.geojson",
        "/v1/regions/{region}/measures/{measure}",
        "/v1/scenarios/{scenario}/numbers",
    }


def test_a_second_list_of_a_year_leaves_public_maps_alone(running, keys, kept):
    path = "/v1/regions/riverbend/measures/participation"
    with client(running, keys["other"]) as other:
        before = other.get(path)
        assert before.status_code == 200, before.text
        location = finished(other, students(40, "Secondname"), grade="grade", id="student_id")
        body = {**_LIST, "name": "theirfall", "year": "2023-24"}
        assert other.post(f"{location}/students", json=body).status_code == 201
    with client(running, keys["mine"]) as opened:
        after = opened.get(path)
        assert (after.status_code, after.json()) == (200, before.json())
        assert opened.delete("/v1/students/riverbend.theirfall").status_code == 404
    with client(running, keys["other"]) as other:
        assert other.delete("/v1/students/riverbend.theirfall").status_code == 204
        assert other.delete(f"{location}?purge=true").status_code == 204


def test_names_of_lists_belong_to_their_key(place, running, keys, kept):
    """A name tells nothing of other keys, and means the list of the key that says it."""
    path, purged = "/v1/regions/riverbend/measures/participation", "?students=myfall"
    with client(running, keys["mine"]) as opened:
        before = [opened.get(one).json() for one in (path, path + purged)]
    with client(running, keys["other"]) as other:
        location = finished(other, students(400, "Secondname"), grade="grade", id="student_id")
        body = {**_LIST, "year": "2023-24"}
        added = other.post(f"{location}/students", json=body)
        assert (added.status_code, added.json()["id"]) == (201, "riverbend.myfall"), added.text
        assert (added.json()["name"], added.json()["rows"]) == ("myfall", 400)
        assert other.post(f"{location}/students", json=body).status_code == 409
        shown = other.get("/v1/students").json()["items"]
        assert [(one["id"], one["rows"]) for one in shown] == [("riverbend.myfall", 400)]
        assert other.get(path + purged).json() != before[1]
        assert other.get("/maps/participation" + purged).status_code == 200
        ground = {"zones": "elementary", "region": "riverbend", "students": "myfall"}
        ground = other.post("/v1/scenarios/ground", json={**ground, "purpose": "a study"})
        assert ground.status_code == 200
        link = {"map": "participation", "region": "riverbend", "students": "myfall"}
        link = other.post("/v1/embeds", json=link).json()
        assert other.get("/embed/" + link["url"].split("/embed/")[1]).status_code == 200
    with client(running, key(place, "head", "admin")) as chief:
        ids = [one["id"] for one in chief.get("/v1/students").json()["items"]]
        assert len(set(ids)) == 2
        assert all(chief.get(f"/v1/students/{one}").status_code == 200 for one in ids)
        assert chief.get("/v1/students/riverbend.myfall").status_code == 409
    with client(running, keys["other"]) as other:
        replaced = other.post(f"{location}/students", json={**body, "replace": "true"})
        assert replaced.status_code == 201
        assert replaced.json()["replaced"]
        assert other.delete("/v1/students/riverbend.myfall").status_code == 204
        assert other.get(path + purged).status_code == 404
        assert other.delete(f"/v1/embeds/{link['id']}").status_code == 204
        assert other.delete(f"{location}?purge=true").status_code == 204
    with client(running, keys["mine"]) as opened:
        assert [opened.get(one).json() for one in (path, path + purged)] == before
        assert opened.get("/v1/students/riverbend.myfall").json()["rows"] == 30


def test_an_error_does_not_name_the_lists_of_the_other_key(running, keys, kept):
    with client(running, keys["other"]) as other:
        answer = other.get("/maps/participation?students=nope")
        assert answer.status_code == 404
        assert _LIST["name"] not in answer.text


def test_exact_counts_leave_out_the_lists_of_the_other_key(running, keys, mine, kept):
    """A scope gives a view of one's own students and of those that the district has stored."""
    opened, _ = mine
    for name in ("myfall", ""):
        said = {"students": name, "purpose": "boundary study"}
        body = {"zones": "elementary", "region": "riverbend", **said}
        shown = opened.post("/v1/scenarios/ground", json=body)
        assert shown.status_code == 200, shown.text
        for path, sent in (("ground", body), ("numbers", {"content": _PLAN, **said})):
            with client(running, keys["other"]) as other:
                answer = other.post(f"/v1/scenarios/{path}", json=sent)
            assert answer.status_code == 404, (path, answer.text[:200])
            assert _LIST["name"] not in answer.text


def test_an_administrator_sees_and_revokes_the_links_of_all_keys(place, running, mine):
    opened, _ = mine
    link = opened.post("/v1/embeds", json={"map": "zones", "region": "riverbend", "days": 3})
    with client(running, key(place, "chief", "admin")) as chief:
        assert link.json()["id"] in chief.get("/v1/embeds").text
        assert chief.delete(f"/v1/embeds/{link.json()['id']}").status_code == 204
    assert opened.get("/embed/" + link.json()["url"].split("/embed/")[1]).status_code == 404


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
