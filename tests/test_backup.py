"""Backup while a service and its worker run, restore into an empty folder, and backups that are refused."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing

import pytest
from batch_service import client, finished, key, new_home, post, service, students, wait
from test_purge import until
from test_workers import database, ids

_ROWS = 12_000


def run(home, command, file, **environ):
    named = {f"GEOSERVICE_{name.upper()}": value for name, value in environ.items()}
    line = [sys.executable, "-m", "geoservice.cli.main", command, str(file)]
    environ = {**os.environ, "GEOSERVICE_HOME": str(home), **named}
    return subprocess.run(line, env=environ, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_made_while_a_job_runs_goes_on_elsewhere(request, home, riverbend, tmp_path, kind):
    """Jobs that were done have the same bytes, the job that ran is finished, and keys are known."""
    place, there, file = new_home(tmp_path / "home", home), tmp_path / "there", tmp_path / "b.tar"
    before, after = {}, {}
    if kind == "postgresql":
        folder = request.getfixturevalue("postgres")
        before = {"database": database(folder, f"{tmp_path.name}a")}
        after = {"database": database(folder, f"{tmp_path.name}b")}
    server = service(place, chunk_rows="200", **before)
    try:
        with client(server) as opened:
            done = finished(opened, students(500))
            whole = opened.get(f"{done}/result").content
            running = post(opened, students(_ROWS)).headers["Location"]
            until(lambda: opened.get(running).json()["done"] > 600, 60)
            copied = run(place, "backup", file, **before)
            # The job ran when the copy began; on a fast machine it may be over when the copy ends.
            assert opened.get(running).json()["state"] in ("running", "done")
    finally:
        server.stop(kill=True)
    assert copied.returncode == 0, copied.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    shutil.move(place, tmp_path / "lost")
    restored = run(there, "restore", file, **after)
    assert restored.returncode == 0, restored.stderr
    assert (there / "regions" / "riverbend").is_dir()
    server = service(there, **after)
    try:
        with client(server) as opened:
            assert opened.get(f"{done}/result").content == whole
            job = wait(opened, running, seconds=90)
            assert (job["state"], job["done"]) == ("done", _ROWS), job
            assert ids(opened.get(f"{running}/result").text) == ids(students(_ROWS))
    finally:
        server.stop()


@pytest.fixture
def backup(home, riverbend, tmp_path):
    """A backup of a data folder with a key."""
    place = new_home(tmp_path / "home", home)
    text = key(place, "officer")
    assert run(place, "backup", tmp_path / "b.tar").returncode == 0
    return tmp_path / "b.tar", text


def test_a_key_is_known_where_the_backup_is_restored(backup, tmp_path):
    file, text = backup
    assert run(tmp_path / "there", "restore", file).returncode == 0
    server = service(tmp_path / "there", "--require-key")
    try:
        with client(server, text) as opened:
            assert opened.get("/v1/regions").status_code == 200
        with client(server) as opened:
            assert opened.get("/v1/regions").status_code == 401
    finally:
        server.stop()


def test_a_backup_that_is_cut_off_or_damaged_changes_nothing(backup, tmp_path):
    file, _ = backup
    content = file.read_bytes()
    middle = len(content) // 2
    damaged = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    for wrong in (content[:middle], content[:-500], damaged, b"", b"no backup"):
        (tmp_path / "wrong.tar").write_bytes(wrong)
        done = run(tmp_path / "there", "restore", tmp_path / "wrong.tar")
        assert done.returncode == 2, done.stderr
        assert "cut off or damaged" in done.stderr
        assert not (tmp_path / "there").exists()
        assert [path.name for path in tmp_path.glob(".*.part*")] == []


def test_a_folder_in_use_and_a_link_out_of_the_folder_are_refused(backup, tmp_path):
    file, _ = backup
    done = run(tmp_path / "home", "restore", file)
    assert done.returncode == 2
    assert "not empty" in done.stderr
    with tarfile.open(tmp_path / "evil.tar", "w:gz") as archive:
        link = tarfile.TarInfo("home/out")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
    done = run(tmp_path / "there", "restore", tmp_path / "evil.tar")
    assert done.returncode == 2
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("told", ["[]", "{", '{"kind": "geoservice backup 1"}', "[" * 100_000])
def test_a_backup_without_a_proper_table_of_contents_is_damaged(tmp_path, told):
    (tmp_path / "content.json").write_text(told)
    with tarfile.open(tmp_path / "odd.tar", "w:gz") as archive:
        archive.add(tmp_path / "content.json", "content.json")
    done = run(tmp_path / "there", "restore", tmp_path / "odd.tar")
    assert done.returncode == 2, done.stderr
    assert "program failed" not in done.stderr
    assert not (tmp_path / "there").exists()


def test_a_backup_of_a_newer_version_is_refused_with_a_sentence(backup, tmp_path):
    file, _ = backup
    content = tmp_path / "content"
    with tarfile.open(file) as archive:
        archive.extractall(content, filter="data")
    with closing(sqlite3.connect(content / "state.db")) as opened, opened:
        opened.execute("UPDATE schema_version SET version = 99")
    told = json.loads((content / "content.json").read_text())
    told["state"] = hashlib.sha256((content / "state.db").read_bytes()).hexdigest()
    (content / "content.json").write_text(json.dumps(told))
    with tarfile.open(tmp_path / "newer.tar", "w:gz") as archive:
        for path in sorted(content.rglob("*")):
            archive.add(path, str(path.relative_to(content)), recursive=False, filter=file_only)
    done = run(tmp_path / "there", "restore", tmp_path / "newer.tar")
    assert done.returncode == 1
    assert "newer version" in done.stderr
    assert not (tmp_path / "there").exists()


def file_only(member):
    return member if member.isfile() else None
