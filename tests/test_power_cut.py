"""A power cut: what was not synced, files and names in folders, is gone; accepted jobs are not.

The processes note what they sync. After they are killed, real files are cut to what was synced, and
names are removed that no sync of their folder made durable.
"""

import json
import random
import time

import pytest
from batch_service import client, finished, new_home, post, service, students, wait
from test_purge import killed_with_workers
from test_workers import ids

_ROWS = 6_000
_CUTS = 4
_NOTER = """
import json, os
_fsync = os.fsync
def fsync(descriptor):
    number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
    _fsync(number)
    about, path = os.fstat(number), os.readlink(f"/proc/self/fd/{number}")
    names = {}
    if os.path.isdir(path):
        names = {entry.name: entry.inode() for entry in os.scandir(path)}
    line = json.dumps({"inode": about.st_ino, "bytes": about.st_size, "names": names})
    log = os.open(os.environ["SYNC_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, line.encode() + b"\\n")
    os.close(log)
os.fsync = fsync
"""


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """The log of syncs of all processes that are started from now on."""
    (tmp_path / "noter").mkdir()
    (tmp_path / "noter" / "sitecustomize.py").write_text(_NOTER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "noter"), prepend=":")
    monkeypatch.setenv("SYNC_LOG", str(tmp_path / "syncs"))
    return tmp_path / "syncs"


def cut(folder, log):
    """Leave of a folder what its syncs made durable; return the number of what went."""
    synced = {}
    for line in log.read_text().splitlines():
        event = json.loads(line)
        synced[event["inode"]] = event
    return _cut(folder, synced)


def _cut(folder, synced):
    names = synced.get(folder.stat().st_ino, {"names": {}})["names"]
    gone = 0
    for path in sorted(folder.iterdir()):
        about = path.lstat()
        if path.is_dir():
            gone += _cut(path, synced)
        elif (size := synced.get(about.st_ino, {"bytes": 0})["bytes"]) < about.st_size:
            with path.open("r+b") as stream:
                stream.truncate(size)
            gone += 1
        if names.get(path.name) != about.st_ino:
            gone += 1
            _remove(path)
    return gone


def _remove(path):
    if not path.is_dir():
        path.unlink()
        return
    for below in path.iterdir():
        _remove(below)
    path.rmdir()


def test_a_job_that_was_answered_with_202_outlives_power_cuts(home, riverbend, tmp_path, noted):
    place, content = new_home(tmp_path / "home", home), students(_ROWS)
    environ = {"chunk_rows": "300"}
    server, draw, location = service(place, **environ), random.Random(3), ""
    with client(server) as opened:
        whole = opened.get(f"{finished(opened, content)}/result").content
    for _ in range(_CUTS):
        with client(server) as opened:
            location = location or post(opened, content, key="one").headers["Location"]
            time.sleep(draw.uniform(0.0, 0.8))
        killed_with_workers(server)
        cut(place / "jobs", noted)
        server = service(place, **environ)
    try:
        with client(server) as opened:
            job = wait(opened, location, seconds=90)
            assert (job["state"], job["done"]) == ("done", _ROWS), job
            result = opened.get(f"{location}/result").content
            assert result == whole
            assert ids(result.decode()) == ids(content)
    finally:
        server.stop()


def test_the_cut_takes_what_was_not_synced(tmp_path):
    folder, log = tmp_path / "jobs", tmp_path / "syncs"
    folder.mkdir()
    (folder / "kept").write_text("synced")
    (folder / "lost").write_text("never synced")
    kept = {"inode": (folder / "kept").stat().st_ino, "bytes": 6, "names": {}}
    names = {"kept": kept["inode"]}
    listed = {"inode": folder.stat().st_ino, "bytes": 0, "names": names}
    log.write_text(f"{json.dumps(kept)}\n{json.dumps(listed)}\n")
    (folder / "kept").write_text("synced, then more")
    assert cut(folder, log) == 3
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("kept", "synced")]
