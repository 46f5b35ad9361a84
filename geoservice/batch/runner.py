"""Runs batch jobs: splits the upload, hands chunks to Dask, records each in the ledger."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import distributed

from geoservice.batch.chunk import run_chunk, write_durably
from geoservice.errors import GeoserviceError
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.reference.snapshot import Reference
from geoservice.state.ledger import OPEN, Ledger
from geoservice.tables.reading import open_table

Opener = Callable[[str], Reference]


class Runner:
    """One thread that works through the open jobs, oldest first.

    A job that a crash left behind is taken up again: chunks whose results are on disk and in the
    ledger are kept, the others run anew into the same files, so each row is there exactly once.
    """

    def __init__(self, ledger: Ledger, home: Path, reference: Opener, chunk_rows: int,
                 scheduler: str | None = None) -> None:  # fmt: skip
        self._ledger, self._home, self._reference = ledger, home, reference
        self._chunk_rows, self._scheduler = chunk_rows, scheduler
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Tell that a job was added."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the chunks that are running."""
        self._stopped.set()
        self._wake.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            for job_id in self._ledger.ids(OPEN):
                if not self._stopped.is_set():
                    self._try(job_id)
            self._wake.wait(timeout=60)

    def _try(self, job_id: str) -> None:
        try:
            self._work(job_id)
        except GeoserviceError as fault:
            self._ledger.set_state(job_id, "failed", fault.detail)
        except Exception as fault:
            # Its text may hold what a cell holds: the kind alone is told.
            self._ledger.set_state(
                job_id, "failed", f"The program failed ({type(fault).__name__})."
            )

    def _work(self, job_id: str) -> None:
        self._ledger.set_state(job_id, "running")
        job = self._ledger.job(job_id)
        folder = self._home / job_id
        if not job["chunks"]:
            self._split(job, folder)
            job = self._ledger.job(job_id)
        left = [one for one in job["chunks"] if not _is_whole(one, folder)]
        with self._client() as client:
            self._compute(client, job, folder, left)
        if not self._stopped.is_set():
            self._ledger.set_state(job_id, "done")

    def _split(self, job: dict[str, Any], folder: Path) -> None:
        rows = []
        with open_table(folder / job["file"], name=job["file"]) as table:
            for at, chunk in enumerate(table.chunks(self._chunk_rows)):
                write_durably(chunk, folder / f"in-{at:06d}.parquet")
                rows.append(len(chunk))
        self._ledger.split(job["id"], rows)

    def _client(self) -> distributed.Client:
        if self._scheduler:
            return distributed.Client(self._scheduler)
        return distributed.Client(
            processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None
        )

    def _compute(
        self, client: distributed.Client, job: dict[str, Any], folder: Path,
        left: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        reference = self._reference(job["region"])
        with_columns = open_table(folder / job["file"], name=job["file"])
        with with_columns as table:
            options = resolve(PlaceOptions(**job["options"]), table.columns)
        futures = {
            client.submit(run_chunk, str(folder / f"in-{one['number']:06d}.parquet"),
                          str(folder / f"out-{one['number']:06d}.parquet"), vars(options),
                          str(reference.folder), pure=False): one["number"]
            for one in left
        }  # fmt: skip
        for future in distributed.as_completed(list(futures)):
            if self._stopped.is_set() or self._ledger.job(job["id"])["state"] not in OPEN:
                client.cancel(list(futures))
                return
            result = future.result()
            self._ledger.finish_chunk(job["id"], futures[future], **result)


def _is_whole(chunk: dict[str, Any], folder: Path) -> bool:
    path = folder / f"out-{chunk['number']:06d}.parquet"
    if not chunk["checksum"] or not path.is_file():
        return False
    return bool(hashlib.sha256(path.read_bytes()).hexdigest() == chunk["checksum"])
