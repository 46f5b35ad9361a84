"""Read, check and place a chunk of a batch job, on any worker, and write the result."""

import io
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.decisions import read_decisions
from geoservice.batch.job_options import RETRY, place_options
from geoservice.batch.retrying import EarlierChunk, place_unmatched
from geoservice.errors import DamagedError
from geoservice.placing.options import resolve
from geoservice.placing.pipeline import place
from geoservice.placing.summary import summarise
from geoservice.reference.snapshot import Reference
from geoservice.tables.durable import sha256_of_stream, write_durably


class DamagedChunkError(DamagedError):
    """A chunk file whose bytes have changed since it was written."""


def input_path(folder: Path, number: int) -> Path:
    """Return the file with the input rows of a chunk."""
    return folder / f"in-{number:06d}.parquet"


def output_path(folder: Path, number: int) -> Path:
    """Return the file with the placed rows of a chunk."""
    return folder / f"out-{number:06d}.parquet"


def run_chunk(
    folder: str, number: int, checksum: str | None, options: dict[str, Any], reference: str
) -> dict[str, Any]:
    """Place a chunk of a job; a second run writes the same file.

    Parameters
    ----------
    checksum
        SHA-256 of the chunk's input file; None for jobs of an earlier version.

    Returns
    -------
    dict
        ``summary`` (counts) and ``checksum`` (SHA-256 of the result).
    """
    frame = read_chunk(input_path(Path(folder), number), checksum)
    chosen = resolve(place_options(options), frame.columns)
    decided = read_decisions(Path(folder), options)
    opened = _reference(reference)
    if RETRY in options:
        placed = place_unmatched(frame, EarlierChunk(Path(folder), number), chosen, opened, decided)
    else:
        placed = place(frame, chosen, opened, decided)
    written = write_chunk(placed, output_path(Path(folder), number))
    return {"summary": asdict(summarise(placed)), "checksum": written}


def write_chunk(frame: pl.DataFrame, target: Path) -> str:
    """Write a Parquet file atomically (mode 0600) and return its SHA-256.

    A reader sees the complete file or no file.
    """
    return write_durably(target, frame.write_parquet)


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


@lru_cache(maxsize=4)
def _reference(folder: str) -> Reference:
    return Reference(Path(folder))
