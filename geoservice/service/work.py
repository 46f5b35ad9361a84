"""What `geoservice worker` does: one process that works on the batch jobs of a data folder until it is stopped."""

import threading
from collections.abc import Callable
from pathlib import Path

from geoservice.batch.chunk import run_chunk
from geoservice.batch.cluster import Cluster
from geoservice.batch.folders import JobFolders
from geoservice.batch.worker import Duties, Worker
from geoservice.model.settings import Settings
from geoservice.service.job_erasure import Erasure
from geoservice.service.regions import Regions
from geoservice.state.claims import Claims
from geoservice.state.database import connect, database_id
from geoservice.state.ledger import Ledger
from geoservice.tables.presence import process_token


class Work:
    """The workers of this process: one, or with a cluster as many as it has threads."""

    def __init__(self, settings: Settings) -> None:
        engine = connect(settings.database_url)
        ledger = Ledger(engine)
        folders = JobFolders(settings.home / "jobs", database_id(engine))
        ledger.adopt(folders.store)
        regions, erasure = Regions(settings), Erasure(settings, ledger, folders)
        self._cluster = Cluster(settings.scheduler) if settings.scheduler else None
        limits = settings.limits
        duties = Duties(
            _snapshot_folder(regions),
            erasure.tidy,
            settings.chunk_rows,
            limits.max_rows,
            limits.retry_hours,
            self._cluster.place if self._cluster else run_chunk,
        )
        slots = self._cluster.slots() if self._cluster else 1
        self._workers = [
            Worker(
                ledger, Claims(engine, f"{process_token()}.{slot}", folders.store), folders, duties
            )
            for slot in range(slots)
        ]

    def run(self) -> None:
        """Work until `stop`."""
        first, *others = self._workers
        threads = [threading.Thread(target=worker.run, daemon=True) for worker in others]
        for thread in threads:
            thread.start()
        first.run()
        for thread in threads:
            thread.join(timeout=5)
        if self._cluster is not None:
            self._cluster.close()

    def stop(self) -> None:
        """End after the parts in hand."""
        for worker in self._workers:
            worker.stop()


def _snapshot_folder(regions: Regions) -> Callable[[str, str], Path]:
    def folder(region: str, snapshot: str) -> Path:
        return regions.at(region, snapshot).folder

    return folder
