"""Read, check and place a chunk of a batch job, on any worker, and write the result."""

import io
import threading
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.decisions import read_decisions
from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import DECISIONS, RETRY, place_options
from geoservice.batch.retrying import EarlierChunk, earlier_files, place_unmatched
from geoservice.errors import DamagedError, StorageError
from geoservice.placing.options import resolve
from geoservice.placing.pipeline import place
from geoservice.placing.summary import summarise
from geoservice.reference.snapshot import Reference
from geoservice.tables.durable import sha256_of_stream, write_parquet_durably


class DamagedChunkError(DamagedError):
    """A chunk file whose bytes have changed since it was written."""


@dataclass(frozen=True)
class Part:
    """A chunk of a job, and what is needed to place its rows.

    Attributes
    ----------
    number
        The chunk's number in the job.
    checksum
        SHA-256 of the chunk's input file; None for jobs of an earlier version.
    options
        The options of the job.
    region
        The id of the region.
    snapshot
        The folder of the region's snapshot on this machine; its name is the snapshot's.
    """

    number: int
    checksum: str | None
    options: dict[str, Any]
    region: str
    snapshot: Path


def input_path(folder: Path, number: int) -> Path:
    """Return the file with the input rows of a chunk."""
    return folder / f"in-{number:06d}.parquet"


def output_path(folder: Path, number: int) -> Path:
    """Return the file with the placed rows of a chunk."""
    return folder / f"out-{number:06d}.parquet"


def run_chunk(files: JobFiles, part: Part) -> dict[str, Any]:
    """Place a chunk of a job; a second run writes the same file.

    Returns
    -------
    dict
        ``summary`` (counts) and ``checksum`` (SHA-256 of the result).
    """
    folder = files.path
    source, target = input_path(folder, part.number), output_path(folder, part.number)
    files.fetch([source.name, *files_to_place(part.options, part.number)])
    frame = read_chunk(source, part.checksum)
    options = resolve(place_options(part.options), frame.columns)
    decided = read_decisions(folder, part.options)
    reference = _reference(str(part.snapshot))
    if RETRY in part.options:
        earlier = EarlierChunk(folder, part.number)
        placed = place_unmatched(frame, earlier, options, reference, decided)
    else:
        placed = place(frame, options, reference, decided)
    checksum = write_chunk(placed, target)
    files.keep(target.name)
    return {"summary": asdict(summarise(placed)), "checksum": checksum}


def run_shared_chunk(files: JobFiles, part: Part) -> dict[str, Any]:
    """Place a chunk on another machine that sees the same folders.

    Raises
    ------
    StorageError
        If this machine does not see the folder of the job or of the snapshot.
    """
    refuse_unseen(files.path, part.snapshot)
    return run_chunk(files, part)


def refuse_unseen(*folders: Path) -> None:
    """Raise if this machine, as a Dask worker, lacks a folder.

    Raises
    ------
    StorageError
        If a folder is absent.
    """
    if not all(folder.is_dir() for folder in folders):
        raise StorageError(
            "A Dask worker does not see the data folder. Share the folder with all Dask workers. "
            "For jobs of a service, GEOSERVICE_JOB_STORE may name an object store instead."
        )


def files_to_place(options: dict[str, Any], number: int) -> list[str]:
    """Return the names of the files, beside its rows, that a chunk needs if the job has them."""
    decided = options.get(DECISIONS)
    return [*([decided["file"]] if decided else []), *earlier_files(options, number)]


def write_chunk(frame: pl.DataFrame, target: Path) -> str:
    """Write a Parquet file atomically (mode 0600) and return its SHA-256.

    A reader sees the complete file or no file.
    """
    return write_parquet_durably(target, frame)


def read_chunk(path: Path, checksum: str | None) -> pl.DataFrame:
    """Return the rows of a chunk after a check of its SHA-256.

    Raises
    ------
    DamagedChunkError
        If the bytes differ from the checksum, or if the file is missing.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as fault:
        raise DamagedChunkError("A part of the job is gone from the disk.") from fault
    if checksum is not None and sha256_of_stream(io.BytesIO(content)) != checksum:
        raise DamagedChunkError("A part of the job was damaged on the disk.")
    return pl.read_parquet(io.BytesIO(content))


_OPENING = threading.Lock()


def _reference(folder: str) -> Reference:
    """Return the opened snapshot of a folder; the threads of a process open it once."""
    with _OPENING:
        return _opened(folder)


@lru_cache(maxsize=4)
def _opened(folder: str) -> Reference:
    return Reference(Path(folder))
