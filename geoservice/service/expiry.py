"""Expiry of student data sets and batch jobs during service: at its start, then every hour."""

import contextlib
import threading

from sqlalchemy.exc import SQLAlchemyError

from geoservice.errors import StorageError
from geoservice.model.settings import Settings
from geoservice.service.jobs import Jobs
from geoservice.service.shelf import Shelf

_PAUSE_S = 3600.0


class Expiry:
    """A thread that deletes expired data with certificates, and leftovers of dead processes."""

    def __init__(self, settings: Settings, jobs: Jobs, pause_s: float = _PAUSE_S) -> None:
        self._shelf, self._jobs, self._pause_s = Shelf(settings), jobs, pause_s
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="expiry", daemon=True).start()

    def stop(self) -> None:
        """Stop the thread at its next pause."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            # A disk or database that is away now is asked again; reads expire first too.
            with contextlib.suppress(StorageError, SQLAlchemyError, OSError):
                self._shelf.expire()
                self._jobs.tidy()
            self._stopped.wait(self._pause_s)
