"""The worker command: a process that works on the batch jobs of a data folder until it stops."""

import threading

from geoservice.batch.chunk import run_chunk
from geoservice.batch.cluster import Cluster, cluster_of
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

_LOOK_S = 5.0


class Work:
    """The workers of this process: a single worker, or as many as the cluster has threads.

    Dask workers may join the cluster later: workers are added for their threads.
    """

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

        def new_worker(slot: int) -> Worker:
            claims = Claims(engine, f"{process_token()}.{slot}", folders.store)
            return Worker(ledger, claims, folders, duties)

        self._new_worker, self._workers = new_worker, [new_worker(0)]
        self._threads: list[threading.Thread] = []
        self._stopped, self._growing = threading.Event(), threading.Lock()

    def run(self) -> None:
        """Work until `stop` is called."""
        self._webhooks.start()
        if self._cluster is not None:
            threading.Thread(target=self._grow, args=(self._cluster,), daemon=True).start()
        self._workers[0].run()
        for thread in self._threads:
            thread.join(timeout=5)
        if self._cluster is not None:
            self._cluster.close()
        if self._tracing is not None:
            self._tracing.close()

    def stop(self) -> None:
        """Stop after the parts in progress."""
        self._webhooks.stop()
        with self._growing:
            self._stopped.set()
        for worker in self._workers:
            worker.stop()

    def _grow(self, cluster: Cluster) -> None:
        """Add workers until there is one for each thread of the cluster."""
        while not self._stopped.is_set():
            slots = cluster.slots()
            with self._growing:
                for slot in range(len(self._workers), 0 if self._stopped.is_set() else slots):
                    worker = self._new_worker(slot)
                    self._workers.append(worker)
                    thread = threading.Thread(target=worker.run, daemon=True)
                    self._threads.append(thread)
                    thread.start()
            self._stopped.wait(_LOOK_S)
