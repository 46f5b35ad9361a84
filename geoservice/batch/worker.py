"""A worker of batch jobs: takes one part at a time, does it, and never dies of a disk or a database that is away."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from geoservice.batch.chunk import run_chunk
from geoservice.batch.faults import Trouble, next_try, trouble_of
from geoservice.batch.folders import JobFolders
from geoservice.batch.results import ASSEMBLED, assemble
from geoservice.batch.stages import Place, place_part, split_upload
from geoservice.state.claims import LEASE_S, Claim, Claims
from geoservice.state.ledger import OPEN, Ledger, Row

_LOG = logging.getLogger("geoservice")
_LOOK_S = 0.3
_HEARTBEAT_S = LEASE_S / 4
_TIDY_S = 30.0
_LONGEST_PAUSE_S = 15.0
_HOUR_S = 3600.0


@dataclass(frozen=True)
class Duties:
    """What a worker needs to do its work.

    Attributes
    ----------
    snapshot
        The folder of a region's snapshot by the names of both.
    tidy
        Erases what has expired or was purged, and what dead processes left.
    place
        Places a chunk: here, or on a cluster.
    chunk_rows, most_rows
        Rows of a chunk, and of a whole upload.
    retry_hours
        For how long a job waits for what passes.
    """

    snapshot: Callable[[str, str], Path]
    tidy: Callable[[], object]
    chunk_rows: int
    most_rows: int
    retry_hours: int
    place: Place = run_chunk


class Worker:
    """Works until it is stopped. Several, of several processes and machines, share the jobs of a store."""

    def __init__(self, ledger: Ledger, claims: Claims, folders: JobFolders, duties: Duties) -> None:
        self._ledger, self._claims = ledger, claims
        self._folders, self._duties = folders, duties
        self._stopped = threading.Event()
        self._tidied = float("-inf")

    def stop(self) -> None:
        """End after the part in hand."""
        self._stopped.set()

    def run(self) -> None:
        """Work; where the database or the disk is away, wait and go on."""
        heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        heart.start()
        faults = 0
        while not self._stopped.is_set():
            try:
                if faults:
                    self._claims.hand_back()
                is_busy = self.step()
                faults = 0
            except Exception as fault:  # Whatever it was: a worker that ends leaves jobs waiting.
                faults += 1
                _say_first(fault, faults)
                self._stopped.wait(min(_LONGEST_PAUSE_S, 0.5 * 2 ** min(faults, 10)))
                continue
            if not is_busy:
                self._stopped.wait(_LOOK_S)
        self._leave()
        heart.join(timeout=1)

    def step(self) -> bool:
        """Do the next part; False where there is none."""
        if time.monotonic() - self._tidied > _TIDY_S:
            self._claims.enter()
            self._claims.free_parts_of_the_dead()
            self._duties.tidy()
            self._tidied = time.monotonic()
        claim = self._claims.take()
        if claim is None:
            return False
        try:
            self._do(claim)
        except Exception as fault:
            self._note(claim.job, fault)
        return True

    def _do(self, claim: Claim) -> None:
        job, folder = self._ledger.job(claim.job), self._folders.of(claim.job)
        if job["state"] not in OPEN:
            return
        if claim.stage == "split":
            self._ledger.begin(claim.job)
            split_upload(job, folder, self._duties.chunk_rows, self._duties.most_rows, self._ledger)
        elif claim.stage == "chunk":
            snapshot = self._duties.snapshot(job["region"], job["snapshot"])
            place_part(job, folder, claim.number, snapshot, self._duties.place, self._ledger)
        else:
            assemble(job, folder, ASSEMBLED, self._ledger)
            self._ledger.set_state(claim.job, "done")

    def _note(self, job_id: str, fault: Exception) -> None:
        """Let the job of a fault wait, or end it; where it was purged meanwhile, nothing is left to do."""
        if self._ledger.state(job_id) not in OPEN:
            self._claims.hand_back()
            return
        trouble = trouble_of(fault)
        job = self._ledger.job(job_id)
        before = job["attempts"] or 0
        attempts = before + 1 if job["code"] == trouble.code else 1
        if trouble.passes and not self._is_final(job, attempts, trouble.tries):
            self._postpone(job_id, trouble, attempts)
        else:
            self._ledger.set_state(job_id, "failed", trouble.detail, trouble.code)
        self._claims.hand_back()

    def _postpone(self, job_id: str, trouble: Trouble, attempts: int) -> None:
        retry_at = next_try(attempts)
        self._ledger.postpone(job_id, trouble.detail, trouble.code, attempts, retry_at)

    def _is_final(self, job: Row, attempts: int, tries: int | None) -> bool:
        if tries is not None:
            return attempts >= tries
        waited_s = time.time() - (job["first_fault"] or time.time())
        return waited_s > self._duties.retry_hours * _HOUR_S

    def _beat(self) -> None:
        while not self._stopped.wait(_HEARTBEAT_S):
            try:
                self._claims.enter()
            except SQLAlchemyError:
                continue  # `run` waits for the database; a lease that is lost is another's.

    def _leave(self) -> None:
        try:
            self._claims.leave()
        except SQLAlchemyError:
            _LOG.warning("the database is away: the parts in hand are free when their leases end")


def _say_first(fault: Exception, faults: int) -> None:
    """Log the first of a row of faults, and every hundredth: the log stays short."""
    if faults == 1 or faults % 100 == 0:
        _LOG.error("worker: %s, tried again (%d)", type(fault).__name__, faults)
