"""Work that may take long runs aside, so that a page can say that it is being prepared."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from geoservice.service.stages import Stage, StageLog, logged_to

_WORKERS = 2


@dataclass(frozen=True)
class _Work:
    task: Future[None]
    log: StageLog


class Preparing:
    """Runs each piece of work once at a time; a caller waits for it only for a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, _Work] = {}
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="preparing")

    def is_done(self, key: str, work: Callable[[], object], wait_s: float) -> bool:
        """Start the work of a key unless it runs; return True if it ends within ``wait_s``.

        A fault of the work is not reported here. It is raised for the caller who requests the
        result.
        """
        with self._lock:
            running = self._running.get(key)
            if running is None:
                log = StageLog()
                task = self._pool.submit(self._run, key, work, log)
                running = self._running[key] = _Work(task, log)
        return bool(wait([running.task], timeout=wait_s).done)

    def stage(self, key: str) -> Stage | None:
        """Return the present stage of a key's work; None if it does not run."""
        with self._lock:
            running = self._running.get(key)
        return running.log.present if running else None

    def _run(self, key: str, work: Callable[[], object], log: StageLog) -> None:
        try:
            with logged_to(log):
                work()
        except Exception:
            return
        finally:
            with self._lock:
                self._running.pop(key, None)
