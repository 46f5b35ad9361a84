"""Files of jobs on an S3 server: large ones, replaced ones, and those of a process that was killed."""

import os
import subprocess
import sys
import time

import pytest
from test_object_store import KEYS, endpoint, root, s3  # noqa: F401

from geoservice.batch.job_objects import JobObjects
from geoservice.model.snapshot import MANIFEST

pytestmark = pytest.mark.slow
_LARGE = 9_000_000


@pytest.fixture
def objects(endpoint, monkeypatch, tmp_path):  # noqa: F811
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return JobObjects(root(endpoint, tmp_path.name), "db")


@pytest.fixture
def fetched(objects, tmp_path):
    """A function that gives the bytes of a file of the job; None for no such file."""
    there = tmp_path / "there"
    there.mkdir()

    def read(name):
        objects.fetch("job", there, [name])
        path = there / name
        content = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        return content

    return read


def send(objects, folder, content, name="a.csv"):
    (folder / name).write_bytes(content)
    objects.send("job", folder, [name])


def test_a_large_file_comes_back_whole_and_is_one_file_to_everybody(objects, fetched, tmp_path):
    content = os.urandom(_LARGE)
    send(objects, tmp_path, content)
    send(objects, tmp_path, b"small", "b.csv")
    assert fetched("a.csv") == content
    assert fetched("c.csv") is None
    assert objects.names("job") == ["a.csv", "b.csv"]
    assert objects.job_ids() == {"job"}
    objects.remove("job", "a.csv")
    assert fetched("a.csv") is None
    assert objects.names("job") == ["b.csv"]
    send(objects, tmp_path, content)
    assert objects.erase("job") == (2, _LARGE + 5)
    assert objects.job_ids() == set()


@pytest.mark.parametrize("first", [0, 5, _LARGE, 2 * _LARGE])
@pytest.mark.parametrize("second", [0, 5, _LARGE])
def test_a_replaced_file_has_its_last_content(objects, fetched, tmp_path, first, second):
    contents = os.urandom(first), os.urandom(second)
    for content in contents:
        send(objects, tmp_path, content)
    assert fetched("a.csv") == contents[1]
    assert objects.names("job") == ["a.csv"]


def test_a_killed_sender_leaves_nothing_that_an_erasure_does_not_reach(s3, tmp_path):  # noqa: F811
    source = tmp_path / "students.csv"
    source.write_bytes(bytes(200_000_000))
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from geoservice.batch.job_objects import JobObjects\n"
        "JobObjects(sys.argv[1], 'db').send('job', Path(sys.argv[2]), ['students.csv'])\n"
    )
    line = [sys.executable, "-c", code, root(s3.address, tmp_path.name), str(tmp_path)]
    sender = subprocess.Popen(line, env={**os.environ, **KEYS})
    while not s3.names(tmp_path.name) and not s3.unfinished():
        assert sender.poll() is None
        time.sleep(0.02)
    sender.kill()
    sender.wait()
    assert s3.unfinished() == []


def test_pieces_of_a_killed_sender_are_no_file(objects, fetched, tmp_path):
    send(objects, tmp_path, os.urandom(_LARGE))
    objects._files._store.delete_file(objects._files._pieces("jobs-db/job/a.csv")[-1])
    assert fetched("a.csv") is None
    assert objects.names("job") == []
    assert objects.erase("job")[0] == 1


def test_a_snapshot_of_a_killed_worker_is_removed_by_the_next(objects, tmp_path):
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / MANIFEST).write_text("{}")
    objects.publish("riverbend", snapshot)
    target = tmp_path / "regions" / "riverbend" / "snapshot"
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from geoservice.tables.presence import part_path\n"
        "part_path(Path(sys.argv[1])).mkdir(parents=True)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(target)], check=True)
    assert len(list(target.parent.iterdir())) == 1
    objects.fetch_snapshot("riverbend", target)
    assert [path.name for path in target.parent.iterdir()] == ["snapshot"]
