"""The record of disclosures: append-only, and whoever changes it is found out.

On both databases.
"""

import subprocess
import sys

import polars as pl
import pytest
import sqlalchemy as sa

from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.service.audit import STUDENT_PURPOSE, Disclosures, Requester
from geoservice.state.database import connect
from geoservice.state.schema import AUDIT_HEAD, DISCLOSURES, STUDENT_SETS
from geoservice.state.secret import secret_for
from geoservice.students.identity import student_keys


@pytest.fixture
def log(settings):
    return Disclosures(settings)


@pytest.fixture
def enter(log, settings):
    """Record a disclosure about the students of these ids."""

    def run(*ids, purpose="board report", **more):
        keys = student_keys(pl.Series(ids, dtype=pl.String), secret_for(STUDENT_PURPOSE, settings))
        return log.record(
            keys,
            purpose=purpose,
            endpoint="measure residents",
            region="riverbend",
            data_version="2023:abc snap",
            filters={"band": "K-5"},
            **more,
        )

    return run


@pytest.fixture
def tamper(settings):
    """Run statements on the database itself."""

    def run(*statements):
        with connect(settings.database_url).begin() as connection:
            for one in statements:
                assert connection.execute(one).rowcount > 0

    return run


def test_an_empty_log_is_whole(log):
    assert (log.verify().entries, log.verify().faults) == (0, ())


def test_entries_say_who_why_when_what_and_how_many(log, enter):
    assert enter("007", "008", "008", None, requester=Requester("key a1", "maps:read")) == 1
    (entry,) = log.list()
    assert (entry.who, entry.role, entry.purpose) == ("key a1", "maps:read", "board report")
    assert (entry.endpoint, entry.filters) == ("measure residents", '{"band": "K-5"}')
    assert entry.students == 3
    assert entry.time.startswith("20")
    assert log.verify().faults == ()


def test_a_disclosure_without_a_purpose_is_refused(enter):
    with pytest.raises(InputError, match="--purpose"):
        enter("007", purpose=" ")


def test_the_disclosures_that_touched_a_student_are_found(log, enter):
    enter("007", "008")
    enter("009")
    enter(*(f"{at:05d}" for at in range(5000)), "007")
    assert [one.number for one in log.touching("007")] == [1, 3]
    assert [one.number for one in log.touching(" 009 ")] == [2]
    assert [one.number for one in log.touching("04999")] == [3]
    assert log.touching("7") == []
    with pytest.raises(InputError):
        log.touching("  ")


def test_neither_ids_nor_their_bare_hashes_are_in_the_database(enter, settings):
    import hashlib

    enter("PLANTED-ID-4711")
    with connect(settings.database_url).connect() as connection:
        held = b"".join(row[0] for row in connection.execute(sa.select(STUDENT_SETS.c.content)))
        texts = str(connection.execute(sa.select(DISCLOSURES)).all())
    assert "PLANTED" not in texts
    assert hashlib.sha256(b"PLANTED-ID-4711").digest()[:16] not in held


def test_the_same_students_are_kept_once(enter, settings):
    for _ in range(3):
        enter("007", "008")
    with connect(settings.database_url).connect() as connection:
        assert (
            connection.execute(sa.select(sa.func.count()).select_from(STUDENT_SETS)).scalar() == 1
        )


@pytest.mark.parametrize(
    "column",
    [
        "who",
        "role",
        "purpose",
        "endpoint",
        "filters",
        "time",
        "students",
        "data_version",
        "region",
        "student_set",
        "hash",
    ],
)
def test_a_changed_field_is_found(log, enter, tamper, column):
    for at in range(4):
        enter(f"{at}")
    value = 9 if column == "students" else "f" * 64
    tamper(DISCLOSURES.update().where(DISCLOSURES.c.number == 2).values({column: value}))
    assert any("2" in fault or "3" in fault for fault in log.verify().faults)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_deleted_entry_is_found(log, enter, tamper, number):
    for at in range(4):
        enter(f"{at}")
    tamper(DISCLOSURES.delete().where(DISCLOSURES.c.number == number))
    assert log.verify().faults


def test_a_deleted_entry_is_found_where_the_others_are_numbered_anew(log, enter, tamper):
    for at in range(3):
        enter(f"{at}")
    tamper(
        DISCLOSURES.delete().where(DISCLOSURES.c.number == 2),
        DISCLOSURES.update().where(DISCLOSURES.c.number == 3).values(number=2),
    )
    assert log.verify().faults


def test_exchanged_entries_are_found(log, enter, tamper):
    for at in range(3):
        enter(f"{at}")
    number = DISCLOSURES.c.number
    tamper(
        DISCLOSURES.update().where(number == 1).values(number=99),
        DISCLOSURES.update().where(number == 2).values(number=1),
        DISCLOSURES.update().where(number == 99).values(number=2),
    )
    assert log.verify().faults


def test_an_end_taken_away_with_its_old_head_put_back_is_found(log, enter, tamper, settings):
    enter("1")
    with connect(settings.database_url).connect() as connection:
        head = dict(connection.execute(sa.select(AUDIT_HEAD)).mappings().one())
    enter("2")
    tamper(DISCLOSURES.delete().where(DISCLOSURES.c.number == 2), AUDIT_HEAD.update().values(head))
    assert any("written last" in fault for fault in log.verify().faults)


def test_a_log_wiped_whole_is_found(log, enter, tamper):
    enter("1")
    tamper(DISCLOSURES.delete(), AUDIT_HEAD.delete(), STUDENT_SETS.delete())
    assert log.verify().faults


def test_a_changed_or_lost_set_of_students_is_found(log, enter, tamper):
    enter("1")
    tamper(STUDENT_SETS.update().values(content=b"x" * 16))
    assert log.verify().faults
    tamper(STUDENT_SETS.delete())
    assert log.verify().faults


def test_a_forged_head_and_a_forged_witness_are_found(log, enter, tamper, settings):
    enter("1")
    tamper(AUDIT_HEAD.update().values(count=2))
    assert log.verify().faults
    tamper(AUDIT_HEAD.update().values(count=1))
    assert log.verify().faults == ()
    for forged in (f"1 {'0' * 64} {'0' * 64}".encode(), b"", b"no number", b"1", b"\xff \xfe \xfd"):
        (settings.home / "disclosures.last").write_bytes(forged)
        assert log.verify().faults == ("the file that remembers the last entry is changed",)


def test_entries_of_several_processes_make_one_chain(log, settings):
    code = (
        "import os, polars as pl\n"
        "from geoservice.model.settings import Settings\n"
        "from geoservice.service.audit import Disclosures\n"
        "log = Disclosures(Settings.read(os.environ))\n"
        "for _ in range(15):\n"
        "    log.record(pl.Series([b'x' * 16]), purpose='p', endpoint='e', region='r', data_version='v')\n"
    )
    environ = {
        "GEOSERVICE_HOME": str(settings.home),
        "GEOSERVICE_DATABASE": settings.database_url,
        "PATH": "/usr/bin:/bin",
    }
    running = [subprocess.Popen([sys.executable, "-c", code], env=environ) for _ in range(3)]
    assert [one.wait(timeout=60) for one in running] == [0, 0, 0]
    assert (log.verify().entries, log.verify().faults) == (45, ())


def test_the_command_lists_verifies_and_finds_a_student(
    command, home, riverbend, riverbend_folder, tmp_path
):
    base = ("--region", riverbend_folder, "--name", "audited")
    (tmp_path / "in.csv").write_text(
        'id,grade,school,address\nS-4711,5,0101,"12 Nowhere Blvd, Springfield, MO 65801"\n'
    )
    said = command(
        "students",
        "add",
        tmp_path / "in.csv",
        *base,
        "--owner",
        "o",
        "--agreement",
        "a",
        "--expires",
        "2090-01-01",
        "--grade",
        "grade",
        "--school",
        "school",
        "--id",
        "id",
    )
    assert said.returncode == 0, said.stderr
    said = command(
        "students", "check", *base, "-o", tmp_path / "rows.csv", "--purpose", "board meeting"
    )
    assert said.returncode == 0, said.stderr
    assert command("students", "delete", *base).returncode == 0
    found = command("audit", "student", "S-4711")
    assert "board meeting" in found.stdout
    assert "1 disclosure touched" in found.stderr
    assert command("audit", "student", "S-4712").stdout == ""
    assert "board meeting" in command("audit", "list").stdout
    whole = command("audit", "verify")
    assert (whole.returncode, " 0 faults" in whole.stdout) == (0, True)
    witness = home / "disclosures.last"
    kept = witness.read_text()
    witness.write_text("1 x y")
    assert command("audit", "verify").returncode == 3
    witness.write_text(kept)


def test_a_purpose_cannot_look_like_an_entry_of_its_own(command, home):
    log = Disclosures(Settings.read({"GEOSERVICE_HOME": str(home)}))
    number = log.record(
        pl.Series([None], dtype=pl.Binary),
        purpose="audit\n999  2026-01-01  nobody\r\x1b[2K\u2028done",
        endpoint="measure residents",
        region="riverbend",
        data_version="x",
    )
    listed = command("audit", "list").stdout
    (line,) = [one for one in listed.splitlines() if one.startswith(f"{number}  ")]
    assert "audit 999 2026-01-01 nobody [2K done" in line
    assert not any(one.startswith("999") for one in listed.splitlines())
