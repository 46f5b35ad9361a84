"""Chunks placed by the workers of a Dask cluster, which see the folders of jobs and of regions."""

from concurrent.futures import CancelledError
from typing import Any

from geoservice.batch.chunk import run_chunk
from geoservice.errors import DamagedError, TemporaryError

_CONNECT_S = 10


class Cluster:
    """A cluster by the address of its scheduler; it is connected to again where it went away."""

    def __init__(self, scheduler: str) -> None:
        self._scheduler = scheduler
        self._client: Any = None

    def place(
        self,
        folder: str,
        number: int,
        checksum: str | None,
        options: dict[str, Any],
        reference: str,
    ) -> dict[str, Any]:
        """As `geoservice.batch.chunk.run_chunk`.

        Raises
        ------
        TemporaryError
            Where the scheduler or the worker went away.
        """
        # It takes a third of a second, and few workers use a cluster.
        from distributed import KilledWorker

        try:
            client = self._connected()
            future = client.submit(
                run_chunk, folder, number, checksum, options, reference, pure=False
            )
            placed: dict[str, Any] = future.result()
        except DamagedError:
            raise
        except (OSError, TimeoutError, KilledWorker, CancelledError) as fault:
            self.close()
            raise TemporaryError(
                "The cluster of the setting GEOSERVICE_SCHEDULER does not answer. The job goes on when it does."
            ) from fault
        return placed

    def slots(self) -> int:
        """How many chunks may be under way."""
        try:
            workers = self._connected().scheduler_info()["workers"].values()
            threads: int = sum(worker["nthreads"] for worker in workers)
        except (OSError, TimeoutError):
            return 1
        return max(1, threads)

    def close(self) -> None:
        """Let the connection go."""
        client, self._client = self._client, None
        if client is not None:
            client.close(timeout=2)

    def _connected(self) -> Any:  # noqa: ANN401 - dask.distributed has no types
        if self._client is None:
            from distributed import Client

            self._client = Client(self._scheduler, timeout=_CONNECT_S)
        return self._client
