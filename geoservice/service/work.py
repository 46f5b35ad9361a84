"""The worker command: a process that works on the batch jobs of a data folder until it stops."""

import threading

from geoservice.batch.chunk import run_chunk
from geoservice.batch.cluster import cluster_of
from geoservice.batch.telemetry import Tracing
from geoservice.batch.worker import Duties, Worker
from geoservice.model.settings import Settings
from geoservice.service.job_erasure import Erasure
from geoservice.service.job_store import job_folders, snapshot_finder
from geoservice.service.regions import Regions
from geoservice.service.webhooks import Webhooks
from geoservice.state.claims import Claims
from geoservice.state.database import connect
from geoservice.state.ledger import Ledger
from geoservice.state.notices import Notices
from geoservice.tables.presence import process_token


class Work:
    """The workers of this process: a single worker, or as many as the cluster has threads."""

    def __init__(self, settings: Settings) -> None:
        engine = connect(settings.database_url)
        ledger = Ledger(engine)
        folders = job_folders(settings, engine)
        ledger.adopt(folders.store)
        regions, erasure = Regions(settings), Erasure(settings, ledger, folders)
        self._cluster = cluster_of(settings)
        self._webhooks = Webhooks(ledger, Notices(engine, folders.store), settings.operations)
        limits, traces_url = settings.limits, settings.operations.traces_url
        self._tracing = Tracing(traces_url) if traces_url else None
        duties = Duties(
            snapshot_finder(settings, regions, engine),
            # Certificates of what has expired belong to the data folder of a service.
            (lambda: folders.sweep(ledger)) if settings.operations.job_store else erasure.tidy,
            settings.chunk_rows,
            limits.max_rows,
            limits.retry_hours,
            self._cluster.place if self._cluster else run_chunk,
            self._tracing,
        )
        slots = self._cluster.slots() if self._cluster else 1
        self._workers = [
            Worker(
                ledger, Claims(engine, f"{process_token()}.{slot}", folders.store), folders, duties
            )
            for slot in range(slots)
        ]

    def run(self) -> None:
        """Work until `stop` is called."""
        self._webhooks.start()
        foreground, *others = self._workers
        threads = [threading.Thread(target=worker.run, daemon=True) for worker in others]
        for thread in threads:
            thread.start()
        foreground.run()
        for thread in threads:
            thread.join(timeout=5)
        if self._cluster is not None:
            self._cluster.close()
        if self._tracing is not None:
            self._tracing.close()

    def stop(self) -> None:
        """Stop after the parts in progress."""
        self._webhooks.stop()
        for worker in self._workers:
            worker.stop()
