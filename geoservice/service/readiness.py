"""Whether the service can do its work: database, disk, workers; and how long the queue is."""

import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geoservice.model.settings import Settings
from geoservice.service.jobs import Jobs
from geoservice.state.claims import living_workers
from geoservice.state.database import connect

_KEPT_S = 1.0


@dataclass(frozen=True)
class State:
    """What a look found: ``checks`` by name, ``ok`` or what is wrong; the length and age of the queue."""

    checks: Mapping[str, str]
    queue: Mapping[str, float | int | None]

    @property
    def is_ready(self) -> bool:
        """True where every check is ``ok``."""
        return all(check == "ok" for check in self.checks.values())


class Readiness:
    """Looks at what the service needs. Answers within a second of each other come from one look."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self._settings, self._jobs = settings, jobs
        self._engine = connect(settings.database_url)
        self._lock = threading.Lock()
        self._looked: tuple[float, State] | None = None

    def look(self) -> State:
        """The state now."""
        with self._lock:
            if self._looked is None or time.monotonic() - self._looked[0] > _KEPT_S:
                self._looked = time.monotonic(), self._found()
            return self._looked[1]

    def _found(self) -> State:
        checks = {"disk": self._disk()}
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
            count, waited_s = self._jobs.queue()
            workers = living_workers(self._engine, self._jobs.store)
        except sa.exc.SQLAlchemyError:
            return State({**checks, "database": "does not answer", "workers": "unknown"}, {})
        checks["database"] = "ok"
        checks["workers"] = "ok" if workers else "none: start one with `geoservice worker`"
        return State(checks, {"jobs": count, "oldest_waits_s": waited_s, "workers": workers})

    def _disk(self) -> str:
        try:
            free = shutil.disk_usage(self._settings.home).free
        except OSError:
            return "cannot be read"
        return "ok" if free >= self._settings.limits.min_free_bytes else "nearly full"
