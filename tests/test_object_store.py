"""Rows come from and go to a real S3 server, within the folder of the settings alone."""

import os
import subprocess
import sys

import pytest
from pyarrow import fs

from benchmarks.s3_server import KEYS, PROGRAM, S3Server
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.tables.object_store import ObjectStore

ROWS = "id,name,address\n007,a,745 2nd ave northfield\n008,,PO Box 7\n"


@pytest.fixture(scope="module")
def s3():
    """An S3 server on loopback with an empty bucket."""
    if not PROGRAM.is_file():
        pytest.skip("no S3 server: `make .s3/.done` installs it")
    running = S3Server()
    yield running
    running.close()


@pytest.fixture(scope="module")
def endpoint(s3):
    """The address of the S3 server."""
    return s3.address


def bucket(address):
    return fs.S3FileSystem(
        access_key=KEYS["AWS_ACCESS_KEY_ID"],
        secret_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        endpoint_override=address,
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    )


def root(address, folder="students"):
    return f"s3://district/{folder}?scheme=http&region=us-east-1&endpoint_override={address}"


def geocode(home, store, source, output, *more):
    line = [sys.executable, "-m", "geoservice.cli.main", "geocode", source, "-o", output]
    environ = {**os.environ, **KEYS, "GEOSERVICE_HOME": str(home), "GEOSERVICE_OBJECT_STORE": store}
    return subprocess.run(
        [*line, "--region", "riverbend", *more],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_an_object_becomes_an_object(endpoint, home, riverbend):
    store = bucket(endpoint)
    with store.open_output_stream("district/students/in.csv") as stream:
        stream.write(ROWS.encode())
    url = "s3://district/students/"
    done = geocode(home, root(endpoint), f"{url}in.csv", f"{url}out.csv")
    assert done.returncode == 0, done.stderr
    with store.open_input_stream("district/students/out.csv") as stream:
        lines = stream.read().decode().splitlines()
    assert lines[0].startswith("id,name,address,")
    assert [line.split(",")[0] for line in lines[1:]] == ["007", "008"]
    assert "planted" not in done.stdout + done.stderr


def test_an_object_that_is_not_there_and_a_store_that_does_not_answer(endpoint, home, tmp_path):
    url = "s3://district/students/"
    target = str(tmp_path / "out.csv")
    absent = geocode(home, root(endpoint), f"{url}absent.csv", target)
    assert absent.returncode == 2
    assert "no such file" in absent.stderr
    away = geocode(home, root("127.0.0.1:9"), f"{url}in.csv", target)
    assert away.returncode != 0
    assert "does not answer" in away.stderr
    assert "planted" not in absent.stderr + away.stderr
    assert not os.path.exists(target)


@pytest.mark.parametrize(
    "url",
    [
        "s3://elsewhere/students/a.csv",
        "s3://district/other/a.csv",
        "s3://district/students-2/a.csv",
        "s3://district/students/../other/a.csv",
        "s3://district/students/a.csv?endpoint_override=elsewhere.example",
        "gs://district/students/a.csv",
        "https://elsewhere.example/a.csv",
        "s3://district/students/",
    ],
)
def test_objects_outside_the_folder_are_refused(url):
    with pytest.raises(InputError, match="GEOSERVICE_OBJECT_STORE"):
        ObjectStore("s3://district/students").refuse_foreign(url)
    with pytest.raises(InputError, match="Set GEOSERVICE_OBJECT_STORE"):
        ObjectStore("").refuse_foreign(url)


@pytest.mark.parametrize("text", ["students", "http://a.example/x", "s3://id:secret@bucket/x"])
def test_a_bad_setting_is_named_and_not_repeated(text):
    with pytest.raises(InputError, match="GEOSERVICE_OBJECT_STORE must be") as fault:
        Settings.read({"GEOSERVICE_OBJECT_STORE": text})
    assert "secret" not in str(fault.value)


def test_a_run_that_keeps_its_steps_needs_files_of_this_machine(home, tmp_path):
    done = geocode(home, root("127.0.0.1:9"), "s3://district/students/a.csv", "x.csv", "--resume")
    assert done.returncode == 2
    assert "--resume" in done.stderr
