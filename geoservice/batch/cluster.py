"""Place chunks on a Dask cluster whose workers share folders or an object store."""

import threading
import time
from concurrent.futures import CancelledError
from typing import Any

from geoservice.batch.chunk import Part, run_shared_chunk
from geoservice.batch.far_chunk import run_far_chunk
from geoservice.batch.job_files import JobFiles
from geoservice.errors import DamagedError, InputError, TemporaryError
from geoservice.model.settings import Settings

_CONNECT_S = 10
_PAUSE_S = 5.0
"""After a failed attempt, all threads wait before the next."""
_TLS = "tls://"


def cluster_of(settings: Settings) -> "Cluster | None":
    """Return the cluster that the settings name; None if they name no scheduler.

    Raises
    ------
    InputError
        If the scheduler uses ``tls://`` and a certificate file is missing.
    """
    if not settings.scheduler:
        return None
    files = {
        "GEOSERVICE_SCHEDULER_CA": settings.scheduler_ca,
        "GEOSERVICE_SCHEDULER_CERT": settings.scheduler_cert,
        "GEOSERVICE_SCHEDULER_KEY": settings.scheduler_key,
    }
    if not settings.scheduler.startswith(_TLS):
        return Cluster(settings.scheduler)
    for name, path in files.items():
        if path is None or not path.is_file():
            raise InputError(f"A scheduler by tls:// needs a file: set {name}.")
    return Cluster(settings.scheduler, tuple(str(path) for path in files.values()))


class Cluster:
    """A client of a Dask cluster that reconnects after the scheduler has gone away.

    Parameters
    ----------
    scheduler
        The address of the scheduler.
    certificates
        Files of the certificate authority, the certificate and its key; empty without TLS.
    """

    def __init__(self, scheduler: str, certificates: tuple[str, ...] = ()) -> None:
        self._scheduler, self._certificates = scheduler, certificates
        self._client: Any = None
        self._connecting, self._no_attempt_until = threading.Lock(), 0.0

    def place(self, files: JobFiles, part: Part) -> dict[str, Any]:
        """Place a chunk on the cluster, like `geoservice.batch.chunk.run_chunk`.

        If the job's files are in an object store, the Dask worker fetches and sends them itself.

        Raises
        ------
        TemporaryError
            If the scheduler or the worker does not answer.
        MemoryError
            If the part ended several Dask workers, one after another.
        """
        # This import takes a third of a second, and few installations use a cluster.
        from distributed import KilledWorker

        try:
            client = self._connected()
            run = run_shared_chunk if files.objects is None else run_far_chunk
            future = client.submit(run, files, part, pure=False)
            placed: dict[str, Any] = future.result()
        except DamagedError:
            raise
        except KilledWorker as fault:
            raise MemoryError from fault
        except (OSError, TimeoutError, CancelledError) as fault:
            self.close()
            raise TemporaryError(
                "The cluster of the setting GEOSERVICE_SCHEDULER does not answer. The job "
                "continues when it does."
            ) from fault
        return placed

    def slots(self) -> int:
        """Return the number of chunks that the cluster can place at a time."""
        try:
            threads = sum(self._connected().nthreads().values())
        except (OSError, TimeoutError, CancelledError):
            return 1
        return max(1, int(threads))

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close(timeout=2)

    def _connected(self) -> Any:  # noqa: ANN401 - dask.distributed has no types
        with self._connecting:
            if self._client is None:
                self._client = self._new_client()
            return self._client

    def _new_client(self) -> Any:  # noqa: ANN401
        from distributed import Client

        if time.monotonic() < self._no_attempt_until:
            raise TimeoutError
        try:
            return Client(self._scheduler, timeout=_CONNECT_S, security=self._security())
        except OSError:
            self._no_attempt_until = time.monotonic() + _PAUSE_S
            raise

    def _security(self) -> Any:  # noqa: ANN401
        if not self._certificates:
            return None
        from distributed.security import Security

        authority, certificate, key = self._certificates
        return Security(
            tls_ca_file=authority,
            tls_client_cert=certificate,
            tls_client_key=key,
            require_encryption=True,
        )
