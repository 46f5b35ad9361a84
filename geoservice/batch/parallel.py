"""Place the chunks of a table in order, in threads, in processes or on a Dask cluster."""

import io
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import polars as pl

from geoservice.batch.chunk import refuse_unseen
from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place
from geoservice.placing.review import Overrides
from geoservice.reference.snapshot import Reference

_AHEAD = 1
_THREADS = 2
"""Texts are read by one thread at a time; meanwhile the other works on whole columns."""
Placed = tuple[pl.DataFrame, pl.DataFrame]


def place_chunks(
    chunks: Iterable[pl.DataFrame],
    options: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None = None,
    *,
    workers: int = 1,
    scheduler: str | None = None,
) -> Iterator[Placed]:
    """Yield each chunk with its placed rows (`geoservice.placing.pipeline.place`), in order.

    Parameters
    ----------
    workers
        Number of processes. With 1, threads of the calling process place the next chunks while
        the caller writes the chunk before.
    scheduler
        Address of a Dask cluster whose workers see the snapshot's folder; overrides ``workers``.
    """
    if workers <= 1 and scheduler is None:
        yield from _beside(chunks, options, reference, overrides)
        return
    with _executor(workers, scheduler) as (executor, at_once):
        waiting: deque[tuple[pl.DataFrame, Future[bytes]]] = deque()
        for chunk in chunks:
            packed = _packed(chunk)
            future = executor.submit(
                _place_packed, str(reference.folder), packed, options, overrides
            )
            waiting.append((chunk, future))
            if len(waiting) > at_once:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)


def _beside(
    chunks: Iterable[pl.DataFrame],
    options: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None,
) -> Iterator[Placed]:
    with ThreadPoolExecutor(_THREADS, "place") as threads:
        waiting: deque[tuple[pl.DataFrame, Future[pl.DataFrame]]] = deque()
        for chunk in chunks:
            waiting.append((chunk, threads.submit(place, chunk, options, reference, overrides)))
            if len(waiting) > _THREADS:
                yield _placed(waiting)
        while waiting:
            yield _placed(waiting)


def _placed(waiting: deque[tuple[pl.DataFrame, Future[pl.DataFrame]]]) -> Placed:
    chunk, future = waiting.popleft()
    return chunk, future.result()


@contextmanager
def _executor(workers: int, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """Something that runs chunks, and how many may be under way."""
    if scheduler is None:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, spawn) as pool:
            yield pool, workers + _AHEAD
        return
    from distributed import Client  # it takes a third of a second, and few runs use a cluster

    try:
        client = Client(scheduler, timeout=10)
    except (OSError, ValueError) as fault:
        raise InputError(f"The scheduler `{scheduler}` does not answer.") from fault
    with client:
        yield client.get_executor(), 2 * max(1, len(client.scheduler_info()["workers"]))


def _next(waiting: deque[tuple[pl.DataFrame, Future[bytes]]]) -> Placed:
    chunk, future = waiting.popleft()
    return chunk, _unpacked(future.result())


def _place_packed(
    folder: str, packed: bytes, options: PlaceOptions, overrides: Overrides | None
) -> bytes:
    return _packed(place(_unpacked(packed), options, _reference(folder), overrides))


@lru_cache(maxsize=4)
def _reference(folder: str) -> Reference:
    refuse_unseen(Path(folder))
    return Reference(Path(folder))


def _packed(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_ipc(stream, compression="uncompressed")
    return stream.getvalue()


def _unpacked(packed: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(packed))
