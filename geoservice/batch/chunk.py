"""One chunk of a batch job: read, placed, written beside and renamed. May run on any worker."""

import hashlib
import os
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place
from geoservice.placing.summary import summarise
from geoservice.reference.snapshot import Reference


def run_chunk(source: str, target: str, options: dict[str, Any], reference: str) -> dict[str, Any]:
    """Place a Parquet file into another; running it twice leaves the same file.

    Returns
    -------
    dict
        ``summary`` (counts) and ``checksum`` (SHA-256 of the result).
    """
    frame = pl.read_parquet(source)
    placed = place(frame, PlaceOptions(**options), _reference(reference))
    write_durably(placed, Path(target))
    checksum = hashlib.sha256(Path(target).read_bytes()).hexdigest()
    return {"summary": asdict(summarise(placed)), "checksum": checksum}


def write_durably(frame: pl.DataFrame, target: Path) -> None:
    """Write a Parquet file that is either whole on disk or not there; mode 0600."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        frame.write_parquet(stream)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(target)


@lru_cache(maxsize=4)
def _reference(folder: str) -> Reference:
    return Reference(Path(folder))
