"""Batch jobs for users: accept a file, tell how far it is, hand out the result, forget it."""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import polars as pl

from geoservice.batch.runner import Runner
from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.placing.queue import Queue
from geoservice.placing.summary import Summary
from geoservice.reference.snapshot import Reference
from geoservice.service.job_areas import job_areas
from geoservice.service.regions import Regions
from geoservice.state.database import connect
from geoservice.state.ledger import OPEN, Ledger
from geoservice.tables.reading import open_table
from geoservice.tables.writing import TableWriter

RESULTS = {"csv": "text/csv", "geojson": "application/geo+json",
           "parquet": "application/vnd.apache.parquet",
           "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
           "gpkg": "application/geopackage+sqlite3"}  # fmt: skip
_INPUTS = (".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".gz")
_COLUMNS = ("address", "street", "city", "state", "zip", "grade", "school", "id")


class Jobs:
    """All batch jobs of one data folder, and the thread that runs them."""

    def __init__(self, settings: Settings, regions: Regions) -> None:
        self._home = settings.home / "jobs"
        self._settings, self._regions = settings, regions
        self._ledger = Ledger(connect(settings.database_url))
        scheduler = os.environ.get("GEOSERVICE_SCHEDULER") or None
        self._runner = Runner(
            self._ledger, self._home, regions.registered, settings.chunk_rows, scheduler
        )

    def start(self) -> None:
        """Run open jobs, those of an earlier life of the service first."""
        self._runner.start()

    def stop(self) -> None:
        """Stop running; what is not done goes on at the next start."""
        self._runner.stop()

    def add(
        self, stream: IO[bytes], name: str, form: dict[str, str], reference: Reference,
        idempotency_key: str | None = None,
    ) -> str:  # fmt: skip
        """Accept a file; the answer is the job's id. The same key gives the same job."""
        known = self._ledger.by_key(idempotency_key) if idempotency_key else None
        if known:
            return known
        suffix = "".join(Path(name).suffixes[-2:]).lower() if name.endswith(".gz") else (
            Path(name).suffix.lower())  # fmt: skip
        if not suffix.endswith(_INPUTS):
            raise InputError("Send a .csv, .tsv, .xlsx or .parquet file.")
        options = _options(form)
        job_id = secrets.token_hex(12)
        folder = self._home / job_id
        folder.mkdir(parents=True, mode=0o700)
        try:
            self._receive(stream, folder / f"input{suffix}")
            with open_table(folder / f"input{suffix}", name="the file") as table:
                table.refuse_repeated(resolve(PlaceOptions(**options), table.columns).columns)
            self._ledger.add({"id": job_id, "region": reference.info.id, "options": options,
                              "snapshot": reference.snapshot, "file": f"input{suffix}",
                              "idempotency_key": idempotency_key})  # fmt: skip
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._runner.wake()
        return job_id

    def list(self, limit: int = 100, after: str = "") -> tuple[list[dict[str, Any]], str | None]:
        """Jobs, newest first, those after one of an id; and the id to go on after, if there are more."""
        ids = self._ledger.ids()[::-1]
        if after and after not in ids:
            raise NotFoundError("There is no job of that id.")
        rest = ids[ids.index(after) + 1 :] if after else ids
        found = [self.status(job_id) for job_id in rest[:limit]]
        return found, rest[limit - 1] if len(rest) > limit else None

    def status(self, job_id: str) -> dict[str, Any]:
        """State, counts and pace of a job."""
        job = self._ledger.job(job_id)
        whole = Summary()
        for chunk in job["chunks"]:
            whole = whole.add(Summary(**chunk["summary"])) if chunk["summary"] else whole
        spent = (job["finished"] or time.time()) - job["started"] if job["started"] else 0.0
        pace = whole.rows / spent if spent > 0 else 0.0
        return {
            "id": job_id, "state": job["state"], "region": job["region"],
            "snapshot": job["snapshot"], "total": job["total"], "done": whole.rows,
            "matched": dict(whole.matched), "ambiguous": whole.ambiguous,
            "unmatched": dict(whole.unmatched), "rows_per_s": round(pace, 1),
            "eta_s": round((job["total"] - whole.rows) / pace, 1) if pace else None,
            "error": job["error"],
        }  # fmt: skip

    def result(self, job_id: str, form: str) -> Path:
        """The result of a finished job as a file of a form."""
        if form not in RESULTS:
            raise InputError(f"Results come as: {', '.join(RESULTS)}.")
        job = self._done(job_id)
        target = self._home / job_id / f"result.{form}"
        if not target.is_file():
            with open_table(self._home / job_id / job["file"]) as table:
                dialect = table.dialect
            with TableWriter(target, dialect) as writer:
                for chunk in job["chunks"]:
                    writer.write(
                        pl.read_parquet(self._home / job_id / f"out-{chunk['number']:06d}.parquet")
                    )
        return target

    def review(self, job_id: str) -> Path:
        """Rows of a finished job that want a look, with candidates, as a CSV to fill in."""
        job = self._done(job_id)
        target = self._home / job_id / "review.csv"
        if not target.is_file():
            queue = Queue(self._regions.registered(job["region"]))
            for given, placed, options in self._chunks(job):
                queue.add(given, placed, options)
            with TableWriter(target) as writer:
                writer.write(queue.table())
        return target

    def areas(self, job_id: str, areas: str) -> dict[str, Any]:
        """What became of a finished job's rows by area, as GeoJSON (`geoservice.service.job_areas`)."""
        job = self._done(job_id)
        return job_areas(self._chunks(job), self._regions.registered(job["region"]), areas)

    def cancel(self, job_id: str, *, purge: bool = False) -> None:
        """Stop a job; with ``purge`` delete upload, results and the record."""
        job = self._ledger.job(job_id)
        cancelled = self._ledger.set_state(job_id, "cancelled")
        if purge:
            self._ledger.purge(job_id)
            shutil.rmtree(self._home / job_id, ignore_errors=True)
        elif not cancelled and job["state"] not in OPEN:
            raise ConflictError("The job is over. Use purge to delete it.")

    def _done(self, job_id: str) -> dict[str, Any]:
        job = self._ledger.job(job_id)
        if job["state"] != "done":
            raise ConflictError("The job is not done.")
        return job

    def _chunks(
        self, job: dict[str, Any]
    ) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, PlaceOptions]]:
        """Input and result of each chunk, and which columns were read."""
        folder = self._home / job["id"]
        for chunk in job["chunks"]:
            given = pl.read_parquet(folder / f"in-{chunk['number']:06d}.parquet")
            placed = pl.read_parquet(folder / f"out-{chunk['number']:06d}.parquet")
            yield given, placed, resolve(PlaceOptions(**job["options"]), given.columns)

    def _receive(self, stream: IO[bytes], target: Path) -> None:
        most = self._settings.max_upload_bytes
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as sink:
            while block := stream.read(1 << 20):
                sink.write(block)
                if sink.tell() > most:
                    raise InputError(f"The file is larger than {most:,} bytes. Send it in parts.")


def _options(form: dict[str, str]) -> dict[str, Any]:
    strange = sorted(set(form) - {*_COLUMNS, "replace"})
    if strange:
        raise InputError(f"Unknown option. Options are: region, {', '.join(_COLUMNS)}, replace.")
    named: dict[str, Any] = {key: value for key, value in form.items() if value and key in _COLUMNS}
    return {**named, "replace": form.get("replace", "").lower() in ("1", "true", "yes")}
