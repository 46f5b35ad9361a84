"""Jobs belong to the key that made them: over every route nobody else sees, counts, fetches or erases them."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from batch_service import client, finished, key, new_home, post, service, students, wait

_ROWS = 40


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("owners") / "home", home)


@pytest.fixture(scope="module")
def keys(place):
    return {
        "one": key(place, "one"),
        "two": key(place, "two"),
        "admin": key(place, "chief", "admin"),
        "maps": key(place, "maps", "maps:read"),
    }


@pytest.fixture(scope="module")
def running(place, keys):
    server = service(place, "--require-key", max_open_jobs="50")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def callers(running, keys):
    opened = {name: client(running, text) for name, text in keys.items()}
    opened["nobody"] = client(running)
    yield opened
    for one in opened.values():
        one.close()


@pytest.fixture(scope="module")
def job(callers):
    """A finished job of the first key."""
    return finished(callers["one"], students(_ROWS), grade="grade")


def test_no_route_shows_a_job_to_another_key(callers, job):
    """Every route of the OpenAPI document, with every method, is asked by the other key."""
    job_id = job.rsplit("/", 1)[1]
    document = callers["admin"].get("/openapi.json").json()
    asked = 0
    for path, methods in document["paths"].items():
        about_job = "{job}" in path or path == "/v1/jobs"
        target = re.sub(r"\{(\w+)\}", lambda found: _part(found.group(1), job_id), path)
        for method in methods:
            if method == "post":
                continue
            answer = callers["two"].request(method, target)
            assert job_id not in answer.text, (method, path)
            assert "Plantedname" not in answer.text
            if "{job}" in path:
                assert answer.status_code == 404, (method, path, answer.status_code)
                asked += 1
            if about_job:
                assert callers["nobody"].request(method, target).status_code == 401
                assert callers["maps"].request(method, target).status_code == 401
    assert asked >= 6
    assert callers["one"].get(job).status_code == 200


def _part(name, job_id):
    parts = {"job": job_id, "region": "riverbend", "map": "zones", "z": "0", "x": "0", "y": "0"}
    return parts.get(name, "none")


@pytest.mark.parametrize("tail", ["?purge=true", "?purge=false", ""])
def test_another_key_can_neither_stop_nor_erase_a_job(callers, job, tail):
    assert callers["two"].delete(f"{job}{tail}").status_code == 404
    assert callers["one"].get(job).json()["state"] == "done"


def test_lists_hold_the_callers_own_jobs_and_an_administrator_sees_all(callers, job):
    own = finished(callers["two"], students(3))
    job_id, own_id = (path.rsplit("/", 1)[1] for path in (job, own))

    def ids(name):
        return [item["id"] for item in callers[name].get("/v1/jobs?limit=1000").json()["items"]]

    assert job_id in ids("one")
    assert own_id not in ids("one")
    assert own_id in ids("two")
    assert job_id not in ids("two")
    assert {job_id, own_id} <= set(ids("admin"))
    assert callers["two"].get(f"/v1/jobs?after={job_id}").status_code == 404
    assert callers["admin"].get(f"{job}/result").status_code == 200


def test_pages_of_jobs_show_each_of_the_callers_jobs_once(callers):
    made = {
        post(callers["two"], students(1)).headers["Location"].rsplit("/", 1)[1] for _ in range(5)
    }
    seen, address = [], "/v1/jobs?limit=2"
    while address:
        answer = callers["two"].get(address).json()
        seen += [item["id"] for item in answer["items"]]
        address = answer["next"]
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


def test_an_idempotency_key_is_its_owners_alone(callers):
    first = post(callers["one"], students(4), key="same")
    other = post(callers["two"], students(5), key="same")
    assert first.status_code == other.status_code == 202
    assert first.headers["Location"] != other.headers["Location"]
    assert wait(callers["two"], other.headers["Location"])["total"] == 5
    again = post(callers["one"], students(4), key="same")
    assert again.headers["Location"] == first.headers["Location"]


def test_an_idempotency_key_is_refused_for_another_file(callers):
    post(callers["one"], students(6), key="used")
    answer = post(callers["one"], students(7), key="used")
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.parametrize("other", [{"grade": "grade"}, {"id": "name"}, {"purpose": "audit"}])
def test_an_idempotency_key_is_refused_with_other_options(callers, other):
    """The first job would answer another question than the second post asks."""
    key = f"options-{next(iter(other))}"
    first = post(callers["one"], students(8), key=key)
    answer = post(callers["one"], students(8), key=key, **other)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]
    again = post(callers["one"], students(8), key=key)
    assert again.headers["Location"] == first.headers["Location"]


def test_posts_with_one_key_at_once_make_one_job(running, keys):
    def sent(_):
        with client(running, keys["one"]) as opened:
            return post(opened, students(200), key="at-once")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(sent, range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.headers["Location"] for answer in answers}) == 1


def test_the_key_of_an_erased_job_is_free(callers):
    first = post(callers["one"], students(3), key="again").headers["Location"]
    assert callers["one"].delete(f"{first}?purge=true").status_code == 204
    second = post(callers["one"], students(2), key="again")
    assert second.status_code == 202
    assert second.headers["Location"] != first


def test_jobs_stay_with_a_key_that_is_rotated(place, running, keys, callers, job):
    from geoservice.model.settings import Settings
    from geoservice.service.keys import keys_of

    stored = keys_of(Settings.read({"GEOSERVICE_HOME": str(place)}))
    key_id = keys["one"].split("_")[1]
    renewed = stored.rotate(key_id, grace_s=600)
    with client(running, renewed) as opened:
        assert opened.get(job).status_code == 200
    assert callers["one"].get(job).status_code == 200  # For the time of grace.


@pytest.mark.usefixtures("riverbend")
def test_one_owner_has_so_many_open_jobs_and_no_more(home, tmp_path):
    own = new_home(tmp_path / "home", home)
    text = key(own, "busy")
    server = service(own, "--require-key", "--workers", "0", max_open_jobs="2")
    try:
        with client(server, text) as opened:
            statuses = [post(opened, students(1)).status_code for _ in range(3)]
            assert statuses == [202, 202, 429]
            assert len(opened.get("/v1/jobs").json()["items"]) == 2
    finally:
        server.stop()
