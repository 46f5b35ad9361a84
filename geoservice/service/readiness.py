"""The readiness of the service: database, disk, workers, and the length of the queue."""

import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from geoservice.errors import GeoserviceError
from geoservice.model.settings import Settings
from geoservice.model.snapshot import MANIFEST
from geoservice.service.jobs import Jobs
from geoservice.service.regions import Regions
from geoservice.state.claims import living_workers
from geoservice.state.database import connect

_KEPT_S = 1.0


@dataclass(frozen=True)
class ServiceState:
    """The result of a check: ``checks`` by name with ``ok`` or the fault.

    It also holds length and age of the queue, and the snapshot of each readable region.
    """

    checks: Mapping[str, str]
    queue: Mapping[str, float | int | None]
    snapshots: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """True if every check is ``ok``."""
        return all(check == "ok" for check in self.checks.values())


class Readiness:
    """Checks of the service's resources. Calls within a second share one result."""

    def __init__(
        self, settings: Settings, jobs: Jobs, regions: Regions, offered: Sequence[str]
    ) -> None:
        self._settings, self._jobs = settings, jobs
        self._regions, self._offered = regions, offered
        self._engine = connect(settings.database_url)
        self._lock = threading.Lock()
        self._last_look: tuple[float, ServiceState] | None = None

    def look(self) -> ServiceState:
        """Return the current state."""
        with self._lock:
            if self._last_look is None or time.monotonic() - self._last_look[0] > _KEPT_S:
                self._last_look = time.monotonic(), self._state_now()
            return self._last_look[1]

    def _state_now(self) -> ServiceState:
        snapshots = self._snapshots()
        is_whole = len(snapshots) == len(self._offered)
        checks = {
            "disk": self._disk(),
            "snapshots": "ok" if is_whole else "a region cannot be read",
        }
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
            count, waited_s = self._jobs.queue()
            workers = living_workers(self._engine, self._jobs.store)
        except sa.exc.SQLAlchemyError:
            away = {**checks, "database": "does not answer", "workers": "unknown"}
            return ServiceState(away, {}, snapshots)
        checks["database"] = "ok"
        checks["workers"] = "ok" if workers else "none: start one with `geoservice worker`"
        queue = {"jobs": count, "oldest_waits_s": waited_s, "workers": workers}
        return ServiceState(checks, queue, snapshots)

    def _snapshots(self) -> dict[str, str]:
        """Return the snapshot of each region that can be opened and still has its files."""
        snapshots: dict[str, str] = {}
        for region in self._offered:
            with suppress(GeoserviceError):
                reference = self._regions.registered(region)
                if (reference.folder / MANIFEST).is_file():
                    snapshots[region] = reference.snapshot
        return snapshots

    def _disk(self) -> str:
        try:
            free = shutil.disk_usage(self._settings.home).free
        except OSError:
            return "cannot be read"
        return "ok" if free >= self._settings.limits.min_free_bytes else "nearly full"
