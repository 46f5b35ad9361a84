"""A worker of batch jobs: it does a part at a time, and survives a missing disk or database."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from geoservice.batch.chunk import DamagedChunkError, Part, run_chunk
from geoservice.batch.faults import Trouble, next_try, trouble_of
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import RETRY, SELF_WRITTEN
from geoservice.batch.results import ASSEMBLED, assemble
from geoservice.batch.stages import Place, place_part, split_upload
from geoservice.batch.telemetry import NoSpan, SpanLike, Tracing
from geoservice.state.claims import LEASE_S, Claim, Claims
from geoservice.state.ledger import GOING, OPEN, Ledger, Row
from geoservice.tables.panics import panics_as_errors

_LOG = logging.getLogger("geoservice")
_LOOK_S = 0.3
_HEARTBEAT_S = LEASE_S / 4
_TIDY_S = 30.0
_DEAD_S = 2.0
_LONGEST_PAUSE_S = 15.0
_HOUR_S = 3600.0


@dataclass(frozen=True)
class Duties:
    """The functions and limits that a worker needs.

    Attributes
    ----------
    snapshot
        Returns the folder of a snapshot by region and snapshot name.
    tidy
        Erases expired and purged data, and the leftovers of dead processes.
    place
        Places a chunk in this process or on a cluster.
    chunk_rows, most_rows
        Rows per chunk, and the most rows of an upload.
    retry_hours
        How long a job retries after temporary faults.
    tracing
        Sends a span of each part; None for no traces.
    """

    snapshot: Callable[[str, str], Path]
    tidy: Callable[[], object]
    chunk_rows: int
    most_rows: int
    retry_hours: int
    place: Place = run_chunk
    tracing: Tracing | None = None


class Worker:
    """Works on batch jobs until it is stopped.

    Several workers, in several processes and on several machines, share the jobs of a store.
    """

    def __init__(self, ledger: Ledger, claims: Claims, folders: JobFolders, duties: Duties) -> None:
        self._ledger, self._claims = ledger, claims
        self._folders, self._duties = folders, duties
        self._stopped = threading.Event()
        self._tidied = float("-inf")
        self._freed = float("-inf")

    def stop(self) -> None:
        """Stop after the current part."""
        self._stopped.set()

    def run(self) -> None:
        """Work until stopped; wait while the database or the disk is unavailable."""
        heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        heart.start()
        faults = 0
        while not self._stopped.is_set():
            try:
                if faults:
                    self._claims.hand_back()
                is_busy = self.step()
                faults = 0
            except Exception as fault:  # Whatever the fault: without a worker, jobs would wait.
                faults += 1
                _say_first(fault, faults)
                self._stopped.wait(min(_LONGEST_PAUSE_S, 0.5 * 2 ** min(faults, 10)))
                continue
            if not is_busy:
                self._stopped.wait(_LOOK_S)
        self._leave()
        heart.join(timeout=1)

    def step(self) -> bool:
        """Do the next part of a job; return False if no part waits."""
        if time.monotonic() - self._tidied > _TIDY_S:
            self._claims.enter()
            self._free_parts_of_the_dead()
            self._duties.tidy()
            self._tidied = time.monotonic()
        claim = self._claims.take()
        if claim is None:
            if time.monotonic() - self._freed > _DEAD_S:
                self._free_parts_of_the_dead()
            return False
        span = self._begun_span(claim)
        try:
            with panics_as_errors():
                self._do(claim)
        except Exception as fault:
            span.set_attribute("fault", trouble_of(fault).code)
            self._note(claim.job, fault)
        finally:
            span.end()
        return True

    def _free_parts_of_the_dead(self) -> None:
        self._claims.free_parts_of_the_dead()
        self._freed = time.monotonic()

    def _begun_span(self, claim: Claim) -> SpanLike:
        """Return the span of a part: job, stage and number, nothing of the file."""
        tracing = self._duties.tracing
        if tracing is None:
            return NoSpan()
        span = tracing.begin_part(self._ledger.trace_of(claim.job))
        span.update_name(f"job {claim.stage}")
        span.set_attribute("job", claim.job)
        if claim.stage == "chunk":
            span.set_attribute("part", claim.number)
        return span

    def _do(self, claim: Claim) -> None:
        job = self._ledger.job(claim.job)
        if job["state"] not in OPEN:
            return
        try:
            with self._folders.files(claim.job) as files:
                self._do_part(claim, job, files)
        finally:
            if self._ledger.state(claim.job) in (None, GOING):
                self._folders.withdraw_sent(claim.job)

    def _do_part(self, claim: Claim, job: Row, files: JobFiles) -> None:
        if claim.stage == "split":
            self._ledger.begin(claim.job)
            chunk_rows = job["options"].get(RETRY, {}).get("chunk_rows", self._duties.chunk_rows)
            split_upload(job, files, chunk_rows, self._duties.most_rows, self._ledger)
        elif claim.stage == "chunk":
            part = self._part(job, claim.number)
            place_part(job, files, part, self._duties.place, self._ledger)
        else:
            self._finish(job, files)

    def _finish(self, job: Row, files: JobFiles) -> None:
        """Write the result and end the job; a damaged part is placed again before."""
        if not job["options"].get(SELF_WRITTEN):
            try:
                assemble(job, files, ASSEMBLED, self._ledger)
            except DamagedChunkError:
                return  # The ledger has scheduled the part again.
        self._ledger.set_state(job["id"], "done")

    def _part(self, job: Row, number: int) -> Part:
        snapshot = self._duties.snapshot(job["region"], job["snapshot"])
        checksum = job["chunks"][number]["input_checksum"]
        return Part(number, checksum, job["options"], job["region"], snapshot)

    def _note(self, job_id: str, fault: Exception) -> None:
        """Postpone or end the job of a fault; a job that was purged meanwhile needs neither."""
        if self._ledger.state(job_id) not in OPEN:
            self._claims.hand_back()
            return
        trouble = trouble_of(fault)
        job = self._ledger.job(job_id)
        earlier = job["attempts"] or 0
        attempts = earlier + 1 if job["code"] == trouble.code else 1
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
                continue  # `run` waits for the database; another worker takes a lost lease.

    def _leave(self) -> None:
        try:
            self._claims.leave()
        except SQLAlchemyError:
            _LOG.warning("the database is away: the parts in hand are free when their leases end")


def _say_first(fault: Exception, faults: int) -> None:
    """Log the first fault of a series and every hundredth, so that the log stays short."""
    if faults == 1 or faults % 100 == 0:
        _LOG.error("worker: %s, tried again (%d)", type(fault).__name__, faults)
