"""Figures of all batch jobs of a data folder for operators: counts without rows."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from geoservice.model.settings import Settings
from geoservice.placing.summary import Summary
from geoservice.service.jobs import Jobs
from geoservice.state.claims import living_workers
from geoservice.state.database import connect
from geoservice.state.job_counts import recent_summaries, states

_KEPT_S = 5.0
_RECENT_S = 86_400.0


@dataclass(frozen=True)
class Figures:
    """Counts of jobs at a moment; ``rows`` by outcome count the jobs of the last day."""

    jobs: Mapping[str, int]
    rows: Mapping[str, int]
    workers: int
    oldest_waits_s: float


class JobFigures:
    """Counts jobs. Calls within five seconds share one count."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self._engine, self._jobs = connect(settings.database_url), jobs
        self._lock = threading.Lock()
        self._looked: tuple[float, Figures] | None = None

    def look(self) -> Figures:
        """Return the current figures."""
        with self._lock:
            if self._looked is None or time.monotonic() - self._looked[0] > _KEPT_S:
                self._looked = time.monotonic(), self._counted()
            return self._looked[1]

    def _counted(self) -> Figures:
        store = self._jobs.store
        total = Summary()
        for summary in recent_summaries(self._engine, store, time.time() - _RECENT_S):
            total = total.add(Summary(**summary))
        _, waited_s = self._jobs.queue()
        return Figures(
            states(self._engine, store),
            {
                "matched": sum(total.matched.values()),
                "ambiguous": total.ambiguous,
                "unmatched": sum(total.unmatched.values()),
            },
            living_workers(self._engine, store),
            waited_s or 0.0,
        )
