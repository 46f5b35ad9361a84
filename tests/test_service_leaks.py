"""A planted name, address and id go through the whole service and are nowhere afterwards, nor on the way but where they belong."""

from pathlib import Path

import pytest
from batch_service import client, files_with, finished, key, new_home, post, service, wait

_NAME, _STREET, _ID = "Plantedzebra", "Plantedgasse", "PLANTEDID4711"
_PLANTED = (_NAME, _STREET, _ID)
_LIST = {
    "name": "fall",
    "owner": "Office",
    "agreement": "MOU-7",
    "expires": "2099-06-30",
    "year": "2023-24",
}
_HEADER = "student_id,name,address,grade\n"
_ROWS = "".join(
    f"{_ID}{row},{_NAME} {row},{100 + row} {_STREET} {row} 2nd ave northfield,5\n"
    for row in range(400)
)


@pytest.fixture(scope="module")
def place(home, riverbend, tmp_path_factory):
    return new_home(tmp_path_factory.mktemp("leaks") / "home", home)


def processes_of(parent):
    """Command lines and environments of a process and all below it, as every user's tools see them."""
    texts = []
    for child in [parent, *children_of(parent)]:
        for name in ("cmdline", "environ"):
            try:
                texts.append(Path(f"/proc/{child}/{name}").read_text(errors="replace"))
            except OSError:
                continue
    return texts


def children_of(parent):
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children_of(int(child))]
    return found


def without_file_name(text):
    """An answer about jobs without the name of the file, which its owner alone reads."""
    return text.replace(f'"file_name":"{_NAME}.csv"', "")


def read_by_another(opened, location):
    """What the holder of another key reads of the jobs: no job, not even the name of the file."""
    page, refused = opened.get("/v1/jobs"), opened.get(location)
    assert page.json()["items"] == []
    assert refused.status_code == 404
    return [page.text, refused.text]


def other_ways(opened, location):
    """The rest of what a caller does with students' rows; answers that must hold nothing of them."""
    sent = {"file": (f"{_NAME}.csv", _HEADER + _ROWS)}
    assert _NAME in opened.post("/v1/jobs/preview", files=sent).text
    review = opened.get(f"{location}/review?f=json").json()["items"]
    review[0]["use"] = "1"
    answers = [
        opened.put(f"{location}/overrides", json={"items": review[:1]}),
        opened.put(f"{location}/overrides", json={"items": [{"row": 1, _NAME: _ID}]}),
    ]
    wait(opened, location)
    retried = opened.post(f"{location}/retry")
    assert retried.status_code == 409, retried.text  # The region is the same.
    kept = opened.post(f"{location}/students", json=_LIST)
    assert kept.status_code == 201, kept.text
    census = f'{_ID},"12 {_STREET}",northfield,,\n'
    batch = {"addressFile": (f"{_NAME}.csv", census)}
    assert opened.post("/geocoder/locations/addressbatch", files=batch).status_code == 200
    answers += [
        retried,
        kept,
        opened.get(f"{location}/places"),
        opened.post("/v1/reverse", json={"places": [{"lon": -92.2, "lat": 42.5, _NAME: _ID}]}),
        opened.get("/v1/students"),
        opened.get("/maps/residents?f=json"),
        opened.post("/v1/students", files=sent, data={**_LIST, "grade": _NAME}),
        opened.delete(kept.headers["Location"]),
    ]
    return [without_file_name(answer.text) for answer in answers]


def walked(opened, other, parent):
    """What a caller does with a list of students; texts that others could have seen meanwhile."""
    seen = []
    location = finished(opened, _HEADER + _ROWS, f"{_NAME}.csv", grade="grade")
    seen += processes_of(parent)
    for form in ("csv", "xlsx", "geojson", "parquet"):
        assert opened.get(f"{location}/result?f={form}").status_code == 200
    assert _NAME in opened.get(f"{location}/result").text
    for tail in ("", "/areas", "/events"):
        seen.append(without_file_name(opened.get(location + tail).text))
    seen += read_by_another(other, location)
    body = {"addresses": [{"id": _ID, "address": f"12 {_STREET}"}]}
    assert opened.post("/v1/geocode?explain=true", json=body).status_code == 200
    seen += [
        opened.post("/v1/geocode", json={"addresses": [{_NAME: _ID}]}).text,
        opened.post("/v1/geocode", json={"addresses": [{"id": _ID, "zip": [_NAME]}]}).text,
        post(opened, f"{_NAME},{_ID}\n1,2\n").text,
        post(opened, _ROWS).text,
        post(opened, _HEADER + f'"{_NAME}\n').text,
        post(opened, _HEADER + _ROWS, f"{_NAME}.exe").text,
        opened.get("/metrics").text,
        opened.get("/readyz").text,
        without_file_name(opened.get("/v1/jobs").text),
    ]
    seen += other_ways(opened, location)
    for item in opened.get("/v1/jobs").json()["items"]:
        opened.delete(f"/v1/jobs/{item['id']}?purge=true")
    return seen


@pytest.mark.slow
def test_a_list_of_students_leaves_no_trace(place, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    scopes = ("geocode", "maps:read", "metrics:read", "students:read", "students:write")
    text = key(place, "office", *scopes)
    another = key(place, "other", "geocode", "maps:read")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        server = service(place, "--require-key", log_format="json", log_requests="true")
    try:
        with client(server, text) as opened, client(server, another) as other:
            seen = walked(opened, other, server.process.pid)
    finally:
        server.stop()
    seen.append(server.process.stderr.read())
    assert '"route": "/v1/jobs/{job}/result"' in seen[-1]
    for planted in _PLANTED:
        assert [n for n, text in enumerate(seen) if planted.lower() in text.lower()] == []
        assert files_with(planted, place, temporary) == []
    assert list(temporary.iterdir()) == []
