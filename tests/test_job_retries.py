"""A retry places rows without a match by a newer snapshot; all other rows stay byte for byte."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest
from batch_service import client, finished, key, service, wait, worker

NEW_HOUSE = "5555 S 1st Ave"
ROWS = ("745 2nd ave, northfield", NEW_HOUSE, "12 Nowhere Blvd", "1805 S 1st Ave, Riverbend")


class District:
    """A copy of the fictional district, and a service over it that is started anew."""

    def __init__(self, folder, home):
        self.folder, self.home, self.server = folder, home, None

    def build(self):
        line = [sys.executable, "-m", "geoservice.cli.main", "region", "build", str(self.folder)]
        environ = {**os.environ, "GEOSERVICE_HOME": str(self.home)}
        subprocess.run(line, env=environ, check=True, capture_output=True, timeout=120)

    def add_house(self):
        with (self.folder / "addresses_1.csv").open("a") as stream:
            stream.write("5555,S 1st Ave,Riverbend,51901,-93.54349,42.00093\n")

    def serve(self, *arguments):
        self.stop()
        self.server = service(self.home, *arguments, chunk_rows="500")
        return self.server

    def stop(self):
        if self.server is not None:
            self.server.stop()


@dataclass(frozen=True)
class Renewed:
    """A district that was built anew after a job, and all that was told before."""

    district: District
    key: str
    location: str
    job: dict
    result: list[bytes]
    refused: httpx.Response

    def caller(self):
        return client(self.district.server, self.key)


@pytest.fixture(scope="module")
def renewed(tmp_path_factory, riverbend_folder):
    place = tmp_path_factory.mktemp("retries")
    district = District(shutil.copytree(riverbend_folder, place / "riverbend"), place / "home")
    district.build()
    text = key(district.home, "office")
    with client(district.serve(), text) as http:
        location = finished(http, students(1_200))
        result = http.get(f"{location}/result").content.splitlines()
        told = location, http.get(location).json(), result, http.post(f"{location}/retry")
    district.add_house()
    district.build()
    district.serve()
    yield Renewed(district, text, *told)
    district.stop()


def students(rows):
    lines = [f'{row},"{ROWS[row % len(ROWS)]}"' for row in range(rows)]
    return "\n".join(["id,address", *lines]) + "\n"


def test_a_retry_changes_only_rows_without_a_match(renewed):
    job, before = renewed.job, renewed.result
    with renewed.caller() as http:
        sent = http.post(f"{renewed.location}/retry")
        assert sent.status_code == 202, sent.text
        retried = wait(http, sent.headers["Location"])
        after = http.get(f"{sent.headers['Location']}/result").content.splitlines()
        assert http.get(f"{renewed.location}/result").content.splitlines() == before
    assert retried["state"] == "done", retried
    assert retried["retry_of"] == {"job": job["id"], "snapshot": job["snapshot"]}
    assert retried["snapshot"] != job["snapshot"]
    assert job["retry_of"] is None
    changed = [row for row, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert changed == [row + 1 for row in range(1_200) if row % len(ROWS) == 1]
    assert all(b",matched," in after[row] for row in changed)
    assert sum(job["unmatched"].values()) == 600
    assert sum(retried["unmatched"].values()) == 300


def test_a_retry_without_a_new_snapshot_is_refused(renewed):
    assert renewed.refused.status_code == 409, renewed.refused.text
    assert "has not changed" in renewed.refused.json()["detail"]


def test_a_retry_of_the_job_of_another_key_is_not_found(renewed):
    with client(renewed.district.server, key(renewed.district.home, "other")) as stranger:
        assert stranger.post(f"{renewed.location}/retry").status_code == 404


def test_decisions_about_a_retry_place_their_rows_alone(renewed):
    with renewed.caller() as http:
        retry = http.post(f"{renewed.location}/retry").headers["Location"]
        wait(http, retry)
        before = http.get(f"{retry}/result").content.splitlines()
        rows = http.get(f"{retry}/review?f=json").json()["items"]
        decided = [{**row, "use": "745 2nd ave, northfield"} for row in rows]
        assert len(decided) == 1
        put = http.put(f"{retry}/overrides", json={"items": decided})
        assert put.status_code == 202, put.text
        assert wait(http, retry)["unmatched"] == {}
        after = http.get(f"{retry}/result").content.splitlines()
    changed = [row for row, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert changed == [row + 1 for row in range(1_200) if row % len(ROWS) == 2]


def test_one_key_gives_one_retry(renewed):
    headers = {"Idempotency-Key": "again"}
    with renewed.caller() as http:
        with ThreadPoolExecutor(4) as pool:
            answers = [
                *pool.map(
                    lambda _: http.post(f"{renewed.location}/retry", headers=headers), range(4)
                )
            ]
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["id"] for answer in answers}) == 1
        retried = answers[0].headers["Location"]
        assert wait(http, retried)["state"] == "done"
        other = http.post(f"{retried}/retry", headers=headers)
        assert other.status_code == 422
        assert "Idempotency-Key" in other.json()["detail"]


def test_a_damaged_earlier_result_fails_the_retry_and_says_so(renewed):
    district = renewed.district
    district.serve("--workers", "0")
    with renewed.caller() as http:
        retry = http.post(f"{renewed.location}/retry").headers["Location"]
        earlier = district.home / "jobs" / retry.rsplit("/", 1)[1] / "earlier-000000.parquet"
        content = bytearray(earlier.read_bytes())
        content[-20] ^= 1
        earlier.write_bytes(content)
        working = worker(district.home)
        try:
            job = wait(http, retry)
        finally:
            working.terminate()
            working.wait(timeout=30)
    assert job["state"] == "failed"
    assert job["code"] == "damaged"
