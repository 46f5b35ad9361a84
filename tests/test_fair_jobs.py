"""Twenty short jobs of five keys beside a long job: each is done while the long job runs, and holds its own rows."""

from batch_service import client, key, new_home, post, service, students, wait
from test_workers import ids

_LONG_ROWS, _SHORT_ROWS = 150_000, 300


def test_no_short_job_waits_for_a_long_job_and_none_is_mixed(home, riverbend, tmp_path):
    place = new_home(tmp_path / "home", home)
    keys = [key(place, f"school {number}") for number in range(5)]
    server = service(place, "--require-key", chunk_rows="1000")
    openers = [client(server, text) for text in keys]
    try:
        long_one = post(openers[0], students(_LONG_ROWS)).headers["Location"]
        wait(openers[0], long_one, until=("running",))
        contents = [students(_SHORT_ROWS + number, f"Pupil{number}x") for number in range(20)]
        sent = [
            (openers[number % 5], content, post(openers[number % 5], content).headers["Location"])
            for number, content in enumerate(contents)
        ]
        for opened, content, location in sent:
            job = wait(opened, location, seconds=120)
            assert job["state"] == "done", job
            result = opened.get(f"{location}/result").text
            assert ids(result) == ids(content)
            marks = {line.split(",")[1].rstrip("0123456789") for line in result.splitlines()[1:]}
            assert marks == {content.splitlines()[1].split(",")[1].rstrip("0123456789")}
        assert openers[0].get(long_one).json()["state"] == "running"
        for opened in openers[1:]:
            assert opened.get(long_one).status_code == 404
        job = wait(openers[0], long_one, seconds=240)
        assert (job["state"], job["done"]) == ("done", _LONG_ROWS)
        assert ids(openers[0].get(f"{long_one}/result").text) == ids(students(_LONG_ROWS))
    finally:
        for opened in openers:
            opened.close()
        server.stop()
