"""One chunk of a batch job: read, checked, placed, written beside and renamed. May run on any worker."""

import io
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.job_options import place_options
from geoservice.errors import DamagedError
from geoservice.placing.options import resolve
from geoservice.placing.pipeline import place
from geoservice.placing.summary import summarise
from geoservice.reference.snapshot import Reference
from geoservice.tables.durable import sha256_of_stream, write_whole


class DamagedChunkError(DamagedError):
    """A chunk whose bytes are not those that were written."""


def input_path(folder: Path, number: int) -> Path:
    """Where the rows of a chunk are."""
    return folder / f"in-{number:06d}.parquet"


def output_path(folder: Path, number: int) -> Path:
    """Where the placed rows of a chunk are."""
    return folder / f"out-{number:06d}.parquet"


def run_chunk(
    folder: str, number: int, checksum: str | None, options: dict[str, Any], reference: str
) -> dict[str, Any]:
    """Place one chunk of a job's folder; running it twice leaves the same file.

    Parameters
    ----------
    checksum
        SHA-256 of the chunk as it was split off; None for jobs of an earlier version.

    Returns
    -------
    dict
        ``summary`` (counts) and ``checksum`` (SHA-256 of the result).
    """
    frame = read_chunk(input_path(Path(folder), number), checksum)
    chosen = resolve(place_options(options), frame.columns)
    placed = place(frame, chosen, _reference(reference))
    written = write_chunk(placed, output_path(Path(folder), number))
    return {"summary": asdict(summarise(placed)), "checksum": written}


def write_chunk(frame: pl.DataFrame, target: Path) -> str:
    """Write a Parquet file that is either whole on disk or not there (mode 0600); return its SHA-256."""
    return write_whole(target, frame.write_parquet)


def read_chunk(path: Path, checksum: str | None) -> pl.DataFrame:
    """The rows of a chunk, whose bytes are those that were written.

    Raises
    ------
    DamagedChunkError
        Where they are not, or the file is gone.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as fault:
        raise DamagedChunkError("A part of the job is gone from the disk.") from fault
    if checksum is not None and sha256_of_stream(io.BytesIO(content)) != checksum:
        raise DamagedChunkError("A part of the job was damaged on the disk.")
    return pl.read_parquet(io.BytesIO(content))


@lru_cache(maxsize=4)
def _reference(folder: str) -> Reference:
    return Reference(Path(folder))
