"""Erasure of batch jobs: files, then a certificate, then the entry.

A process that dies in between does it again.
"""

import contextlib
import datetime
import time
from typing import Any

from geoservice.batch.folders import JobFolders
from geoservice.errors import NotFoundError, StorageError
from geoservice.model.settings import Settings
from geoservice.service.certificates import certify
from geoservice.state.ledger import GOING, Ledger, Row


class Erasure:
    """Erases the jobs of one data folder."""

    def __init__(self, settings: Settings, ledger: Ledger, folders: JobFolders) -> None:
        self._settings, self._ledger, self._folders = settings, ledger, folders

    def tidy(self) -> None:
        """Erase purged and expired jobs, and leftovers of dead processes.

        Erasures that fail are tried again at the next call.
        """
        for job in self._ledger.to_erase(self._folders.store, time.time()):
            # One job that cannot be erased now holds up no other, and another process may be first.
            with contextlib.suppress(StorageError, NotFoundError):
                self._erase_in_turn(job)
        # An erasure leaves the log as it is while another process reads.
        self._ledger.empty_log()
        self._folders.sweep(self._ledger)

    def _erase_in_turn(self, job: Row) -> None:
        if job["state"] == GOING:
            self.erase(job, "deleted")
        else:
            self._ledger.mark_going(job["id"], None)
            self.erase(job, "expired")

    def erase(self, job: Row, reason: str) -> dict[str, Any]:
        """Erase a job that is no longer visible; return the certificate, which holds no student."""
        erased = self._folders.erase(job["id"])
        removed = {"files": erased.files, "bytes": erased.size_bytes}
        certificate = certify(_about(job), reason, removed, self._settings)
        self._ledger.forget(job["id"])
        return certificate


def _about(job: Row) -> dict[str, Any]:
    return {
        "region": job["region"],
        "name": f"job-{job['id']}",
        "owner": job["owner"],
        "added": _day_and_time(job["created"]),
        "expires": _day_and_time(job["expires"]),
        "rows": job["total"],
        "sha256": job["upload_sha256"],
        "snapshot": job["snapshot"],
    }


def _day_and_time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")
