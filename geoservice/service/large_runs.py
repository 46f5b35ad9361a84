"""Resumable runs over large files: each run is a job of the ledger of batch jobs."""

import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from geoservice.batch.chunk import DamagedChunkError, input_path, read_chunk, run_chunk
from geoservice.batch.cluster import cluster_of
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import place_options
from geoservice.batch.results import table_maker
from geoservice.batch.worker import Duties, Worker
from geoservice.errors import (
    ConflictError,
    DamagedError,
    GeoserviceError,
    InputError,
    StorageError,
    TemporaryError,
    TooLargeError,
)
from geoservice.model.caller import LOCAL
from geoservice.model.counted import counted
from geoservice.model.settings import Settings
from geoservice.placing.guessed_options import with_guessed_parts
from geoservice.placing.options import resolve
from geoservice.placing.summary import Summary
from geoservice.reference.snapshot import Reference
from geoservice.service.geocode_task import GeocodeTask
from geoservice.service.geocoding import Run, total_note
from geoservice.service.large_files import job_options, run_key, table_endings
from geoservice.service.regions import Regions
from geoservice.service.worker_processes import WorkerProcesses
from geoservice.state.claims import Claims
from geoservice.state.database import connect, database_id
from geoservice.state.ledger import OPEN, Ledger, Row
from geoservice.tables.durable import sha256_of
from geoservice.tables.presence import process_token
from geoservice.tables.reading import open_table

_LOOK_S = 0.1
_DAY_S = 86_400.0
_FAULTS = (InputError, TooLargeError, StorageError, DamagedError, TemporaryError)
Say = Callable[[str], None]


class LargeRuns:
    """Runs over large files in one data folder.

    A run is a job of the ledger whose upload is a link to the file. Its chunks are placed here, and
    by the workers of a service on the same data folder if there are any.
    """

    def __init__(self, settings: Settings, say: Say, rows_done: Callable[[int], None]) -> None:
        self._settings, self._say, self._told = settings, say, rows_done
        self._engine = connect(settings.database_url)
        self._ledger = Ledger(self._engine)
        self._folders = JobFolders(settings.home / "jobs", database_id(self._engine))
        self._regions = Regions(settings)

    def geocode(self, task: GeocodeTask, reference: Reference, *, resume: bool) -> Run:
        """Geocode a file; with ``resume``, continue an earlier run of it.

        Raises
        ------
        ConflictError
            If the file has changed since.
        """
        begun = time.perf_counter()
        task = self._looked_at(task)
        job_id = self._taken_up(task, reference, resume)
        try:
            with self._at_work(job_id, task):
                job = self._written(job_id, task)
        except KeyboardInterrupt:
            self._say("The run stopped. The same command with --resume goes on with it.")
            raise
        summary = _summary(job)
        for note in self._last_notes(job, task):
            self._say(note)
        self._erase(job_id)
        return Run(summary, time.perf_counter() - begun)

    def _looked_at(self, task: GeocodeTask) -> GeocodeTask:
        """Check the columns, report where the table is, and return the task with its columns."""
        layout = task.layout.expecting(task.options.columns)
        with open_table(task.source, encoding=task.encoding, layout=layout) as table:
            options = with_guessed_parts(task.options, table.columns, table.first_rows)
            table.refuse_repeated(resolve(options, table.columns).columns)
            table.refuse_nested()
            for note in table.notes:
                self._say(note)
        return replace(task, options=options)

    def _taken_up(self, task: GeocodeTask, reference: Reference, resume: bool) -> str:
        key = run_key(task, reference.info.id)
        earlier = self._ledger.by_key(key)
        if earlier is not None and resume:
            self._check_unchanged(earlier, task.source)
            done = _summary(self._ledger.job(earlier["id"])).rows
            self._say(
                f"Going on with the run that stopped: {counted(done, 'row is', 'rows are')} done."
            )
            return str(earlier["id"])
        if earlier is not None:
            self._say(
                "An earlier run of this file stopped; this run begins anew. --resume goes on."
            )
            self._erase(earlier["id"])
        return self._added(task, reference, key)

    def _added(self, task: GeocodeTask, reference: Reference, key: str) -> str:
        incoming, name = self._folders.receive(), f"input{table_endings(task.source)}"
        try:
            (incoming / name).symlink_to(task.source.absolute())
            job_id = secrets.token_hex(12)
            self._folders.accept(incoming, job_id)
        finally:
            self._folders.discard(incoming)
        job = {
            "id": job_id,
            "owner": LOCAL,
            "region": reference.info.id,
            "snapshot": reference.snapshot,
            "options": job_options(task),
            "store": self._folders.store,
            "idempotency_key": key,
            "file": name,
            "expires": self._expiry(),
            "upload_bytes": task.source.stat().st_size,
            "upload_sha256": sha256_of(task.source),
        }
        return self._ledger.add(job)

    def _expiry(self) -> float | None:
        days = self._settings.limits.keep_days
        return time.time() + days * _DAY_S if days else None

    def _check_unchanged(self, job: Row, source: Path) -> None:
        if sha256_of(source) != job["upload_sha256"]:
            raise ConflictError(
                f"`{source.name}` has changed since the run that stopped. "
                "Leave out --resume to begin again."
            )

    @contextmanager
    def _at_work(self, job_id: str, task: GeocodeTask) -> Iterator[None]:
        """Run the workers of this job: threads of this process, and other processes."""
        cluster = cluster_of(replace(self._settings, scheduler=task.scheduler))
        duties = Duties(
            lambda region, snapshot: self._regions.at(region, snapshot).folder,
            lambda: self._folders.sweep(self._ledger),
            self._settings.chunk_rows,
            sys.maxsize,
            self._settings.limits.retry_hours,
            cluster.place if cluster else run_chunk,
        )
        workers = [
            Worker(self._ledger, self._claims(job_id, slot), self._folders, duties)
            for slot in range(cluster.slots() if cluster else 1)
        ]
        threads = [threading.Thread(target=worker.run, daemon=True) for worker in workers]
        others = WorkerProcesses(0 if cluster else task.workers - 1, is_local=True)
        others.start()
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for worker in workers:
                worker.stop()
            for thread in threads:
                thread.join()
            others.stop()
            if cluster:
                cluster.close()

    def _claims(self, job_id: str, slot: int) -> Claims:
        worker = f"{process_token()}.{slot}"
        return Claims(self._engine, worker, self._folders.store, job_id)

    def _written(self, job_id: str, task: GeocodeTask) -> Row:
        """Return the job after its result is written; damaged chunks are placed again before."""
        while True:
            job = self._placed(job_id, task)
            files = JobFiles(self._folders.of(job_id))
            try:
                table_maker(job, files, self._ledger, excel=task.excel)(task.target)
            except DamagedChunkError:
                continue
            return job

    def _placed(self, job_id: str, task: GeocodeTask) -> Row:
        """Return the job when all its chunks are placed.

        Raises
        ------
        GeoserviceError
            As the part of it that failed.
        """
        trouble = None
        while (job := self._ledger.job(job_id))["state"] in OPEN:
            self._told(_summary(job).rows)
            if job["error"] not in (None, trouble):
                self._say(job["error"])
            trouble = job["error"]
            time.sleep(_LOOK_S)
        if job["state"] != "done":
            self._erase(job_id)
            raise _fault_of(job, task.source.name)
        return job

    def _last_notes(self, job: Row, task: GeocodeTask) -> list[str]:
        number = len(job["chunks"]) - 1
        checksum = job["chunks"][number]["input_checksum"]
        chunk = read_chunk(input_path(self._folders.of(job["id"]), number), checksum)
        options = resolve(place_options(job["options"]), chunk.columns)
        return total_note(task.source.name, chunk.tail(1), options)

    def _erase(self, job_id: str) -> None:
        """Erase the copies of rows that a run made; the file and the result belong to the user."""
        self._ledger.mark_going(job_id, None)
        self._folders.erase(job_id)
        self._ledger.forget(job_id)


def _summary(job: Row) -> Summary:
    summary = Summary()
    for chunk in job["chunks"]:
        summary = summary.add(Summary(**chunk["summary"])) if chunk["summary"] else summary
    return summary


def _fault_of(job: Row, name: str) -> GeoserviceError:
    """Return the fault that ended a job, with the name by which the user knows the file."""
    kinds = {kind.code: kind for kind in _FAULTS}
    detail = (job["error"] or "The run was cancelled.").replace("`the file`", f"`{name}`")
    return kinds.get(job["code"], GeoserviceError)(detail)
