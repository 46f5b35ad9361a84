"""Nothing of a student reaches messages, logs, files or the database: distinctive texts are planted and searched for."""

import gzip
import io
import time

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from conftest import Server

from geoservice.cli.main import main
from geoservice.placing.options import PlaceOptions
from geoservice.service.assignments import Assignments
from geoservice.service.students import RecordOptions, StudentFile, Students
from geoservice.state.database import connect
from geoservice.state.schema import DATASETS, METADATA, STUDENT_PARTS

ABOUT = ("--owner", "o", "--agreement", "a", "--expires", "2090-01-01")
PLANTED = {
    "id": "PLANTEDID77",
    "name": "Plantedname Zebra",
    "phone": "555-PLANTED",
    "addr": "2345 2nd Ave unit PLANTEDUNIT, Northfield, IA",
    "note": "plantednote",
    "grade": "plantedgrade",
    "year": "plantedyear",
    "flag": "plantedflag",
    "from": "planteddate",
    "type": "plantedtype",
}
GOOD = PLANTED | {"id": "PLANTEDID78", "grade": "5", "year": "2023-24", "flag": "no", "from": ""}
NOWHERE = GOOD | {"id": "PLANTEDID79", "addr": "99 PLANTEDSTREET Blvd, Plantedtown, IA"}
OPTIONS = (
    "--address",
    "addr",
    "--id",
    "id",
    "--grade",
    "grade",
    "--year",
    "year",
    "--protected",
    "flag",
    "--address-type",
    "type",
    "--valid-from",
    "from",
)


def csv(*rows):
    frame = pl.DataFrame(rows)
    return frame.write_csv()


def searched(text):
    """True where a planted text is in it, in any case."""
    return b"planted" in text.lower() if isinstance(text, bytes) else "planted" in text.lower()


def test_a_whole_life_of_a_data_set_leaves_no_planted_text(
    command, home, riverbend_folder, riverbend, tmp_path
):
    (tmp_path / "in.csv").write_text(csv(PLANTED, GOOD, GOOD, NOWHERE))
    base = ("--region", riverbend_folder, "--name", "leaks")
    said = [
        command(
            "students",
            "add",
            tmp_path / "in.csv",
            *base,
            *ABOUT,
            *OPTIONS,
            "--problems",
            tmp_path / "p.csv",
        ),
        command("students", "list"),
        command("students", "show", *base),
        command("students", "check", *base, "-o", tmp_path / "c.csv"),
        command("students", "refresh", *base, "-o", tmp_path / "r.xlsx"),
        command("audit", "list"),
        command("audit", "student", "PLANTEDID78"),
        command("audit", "verify"),
        command(
            "measure",
            "residents",
            "--region",
            riverbend_folder,
            "--students",
            "leaks",
            "-o",
            tmp_path / "m.csv",
        ),
    ]
    assert [one.returncode for one in said] == [0] * len(said), [one.stderr for one in said]
    (rows,) = (home / "students" / "riverbend").glob("leaks.*.parquet")
    assert not searched(str(pl.read_parquet(rows).to_dicts()))
    said.append(command("students", "delete", *base))
    assert not any(searched(one.stdout + one.stderr) for one in said)
    for path in [*home.rglob("*"), *tmp_path.iterdir()]:
        if path.is_file() and path.name != "in.csv" and "regions" not in path.parts:
            assert not searched(path.read_bytes()), path


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (csv(GOOD), ("--address", "addr", "--grade", "nothere")),
        (csv(GOOD), ("--address", "addr", "--subgroup", "nothere")),
        (csv(GOOD), ("--address", "addr", "--as-of", "2023-10-01")),
        (csv(GOOD), ("--address", "addr", "--address-type", "type", "--id", "")),
        (
            csv(GOOD) + "PLANTEDID80,Planted Name,1,2,3,4,5,6,7,8,9,10,11,12\n",
            ("--address", "addr"),
        ),
        ('PLANTEDID77,Planted Zebra,"2345 2nd Ave, Plantedtown",5\n', ()),
        ("00104729,Plantedname,5\nPLANTEDID,b,6\n", ("--address", "addr")),
        ("2015-03-02,Plantedname\nPLANTEDID,b\n", ("--id", "addr", "--street", "x")),
        ("Zebra,Plantedname,KG,Planted School\nPlanted,b,c,d\n", ()),
        ("Zebra,Plantedname,KG,School\nPlanted,b,c,d\n", ("--address", "addr")),
        ("Plantedname\nPlanted\n", ("--address", "addr")),
        ("Plantedname,address,Plantedname\nb,c,d\n", ("--subgroup", "nothere")),
        ("id,addr,addr\nPLANTEDID,Planted,b\n", ("--address", "addr")),
        (
            csv(*({**GOOD, "name": f"Planted {at}"} for at in range(60))),
            ("--address", "addr", "--subgroup", "name"),
        ),
    ],
)
def test_no_error_repeats_a_planted_text(
    capsys, home, riverbend_folder, riverbend, tmp_path, content, options
):
    (tmp_path / "in.csv").write_text(content)
    line = (
        "students",
        "add",
        tmp_path / "in.csv",
        "--region",
        riverbend_folder,
        "--name",
        "refused",
        *ABOUT,
        *options,
    )
    assert main([str(one) for one in line]) == 2
    said = capsys.readouterr()
    assert said.err.splitlines()[-1].startswith("geoservice: ")
    assert not searched(said.out + said.err), said.err
    assert not list((home / "students").rglob("refused.*"))


def test_postgresql_holds_no_planted_text(settings, riverbend, tmp_path):
    with gzip.open(tmp_path / "in.csv.gz", "wt") as stream:
        stream.write(csv(PLANTED, GOOD, NOWHERE))
    options = PlaceOptions(address="addr", id="id", grade="grade")
    about = {"owner": "o", "agreement": "a", "expires": "2090-01-01"}
    students = Students(settings)
    students.take(
        StudentFile(
            tmp_path / "in.csv.gz", options, records=RecordOptions(year="year", protected="flag")
        ),
        "leaks",
        riverbend.reference,
        about,
    )
    Assignments(settings).check("leaks", riverbend.reference, purpose="x", list_rows=True)
    with connect(settings.database_url).connect() as connection:
        for table in METADATA.sorted_tables:
            for found in connection.execute(sa.select(table)).all():
                for cell in found:
                    text = cell if isinstance(cell, bytes) else str(cell)
                    if table is STUDENT_PARTS and isinstance(cell, bytes):
                        text = str(pl.read_parquet(io.BytesIO(cell)).to_dicts())
                    assert not searched(text), table.name


def test_deleted_rows_are_gone_from_the_pages_of_postgresql(settings, riverbend, tmp_path):
    if "postgresql" not in settings.database_url:
        pytest.skip("rows are files")
    (tmp_path / "in.csv").write_text(csv(GOOD))
    students = Students(settings)
    students.take(
        StudentFile(tmp_path / "in.csv", PlaceOptions(address="addr", id="id")),
        "gone",
        riverbend.reference,
        {"owner": "o", "agreement": "a", "expires": "2090-01-01"},
    )
    students.delete("riverbend", "gone")
    host = sa.engine.make_url(settings.database_url)
    with psycopg.connect(
        host=host.query["host"], user="geoservice", dbname=host.database
    ) as opened:
        query = "SELECT n_dead_tup, pg_relation_size('student_parts') FROM pg_stat_user_tables WHERE relname = 'student_parts'"
        assert opened.execute(query).fetchone() == (0, 0)


def test_a_running_service_deletes_what_expires(
    home, riverbend, riverbend_folder, command, tmp_path
):
    (tmp_path / "in.csv").write_text(csv(GOOD))
    said = command(
        "students",
        "add",
        tmp_path / "in.csv",
        "--region",
        riverbend_folder,
        "--name",
        "old",
        *ABOUT,
        "--address",
        "addr",
    )
    assert said.returncode == 0
    with connect(f"sqlite:///{home}/geoservice.db").begin() as connection:
        connection.execute(
            DATASETS.update().where(DATASETS.c.name == "old").values(expires="2020-01-01")
        )
    running = Server(home, "serve", "--region", "riverbend", "--no-token")
    try:
        folder = home / "students" / "riverbend"
        for _ in range(100):
            certificates = list((home / "certificates").glob("riverbend.old.*"))
            if certificates:
                break
            time.sleep(0.1)
        assert certificates
        assert not list(folder.glob("old.*"))
    finally:
        running.stop()
