"""The stages of a batch job: split the upload, place its chunks, assemble the result."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.chunk import (
    DamagedChunkError,
    Part,
    input_path,
    output_path,
    read_chunk,
    write_chunk,
)
from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import open_upload, place_options
from geoservice.errors import DamagedError, TooLargeError
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.state.ledger import Ledger, Row
from geoservice.tables.durable import sha256_of

Place = Callable[[JobFiles, Part], dict[str, Any]]
"""`geoservice.batch.chunk.run_chunk`, here or on a cluster."""
_DAMAGED_UPLOAD = "The upload was damaged on the disk, or cut off. Send the file again."


def split_upload(
    job: Row, files: JobFiles, chunk_rows: int, most_rows: int, ledger: Ledger
) -> None:
    """Write the rows of an upload as chunks and record them.

    Raises
    ------
    DamagedError
        If the upload's bytes differ from the accepted bytes.
    TooLargeError
        If the upload has more rows than the settings allow.
    """
    files.fetch([job["file"]])
    check_upload(job, files.path / job["file"])
    rows: list[int] = []
    checksums: list[str] = []
    with open_upload(job, files.path) as table:
        for number, chunk in enumerate(table.chunks(chunk_rows)):
            rows.append(len(chunk))
            if sum(rows) > most_rows:
                raise TooLargeError(f"The file has more than {most_rows:,} rows. Send it in parts.")
            target = input_path(files.path, number)
            checksums.append(write_chunk(chunk, target))
            files.keep(target.name)
    ledger.split(job["id"], rows, checksums)


def check_upload(job: Row, upload: Path) -> None:
    """Compare an upload's length and checksum with the recorded values.

    Jobs of an earlier version have no recorded values.

    Raises
    ------
    DamagedError
        If they differ, or if the upload is missing.
    """
    if not upload.is_file():
        raise DamagedError("The upload is gone from the disk. Send the file again.")
    if job["upload_sha256"] is None:
        return
    if upload.stat().st_size != job["upload_bytes"] or sha256_of(upload) != job["upload_sha256"]:
        raise DamagedError(_DAMAGED_UPLOAD)


def place_part(job: Row, files: JobFiles, part: Part, place: Place, ledger: Ledger) -> None:
    """Place a chunk and record its result; a damaged chunk is split from the upload again."""
    begun = time.time()
    try:
        result = place(files, part)
    except DamagedChunkError:
        ledger.undo_split(job["id"])
        return
    ledger.finish_chunk(job["id"], part.number, **result, begun=begun)


def placed_chunks(
    job: Row, files: JobFiles, ledger: Ledger
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, PlaceOptions]]:
    """Yield the rows, the placed rows and the resolved options of each chunk.

    Raises
    ------
    DamagedChunkError
        If a chunk is damaged; the ledger then schedules the chunk again.
    """
    for chunk in job["chunks"]:
        rows, placed = _checked_pair(job, chunk, files, ledger)
        yield rows, placed, resolve(place_options(job["options"]), rows.columns)


def placed_rows(job: Row, files: JobFiles, ledger: Ledger) -> Iterator[pl.DataFrame]:
    """Yield the placed rows of each chunk; raises like `placed_chunks`."""
    for chunk in job["chunks"]:
        yield _checked_output(job, chunk, files, ledger)


def _checked_pair(
    job: Row, chunk: Row, files: JobFiles, ledger: Ledger
) -> tuple[pl.DataFrame, pl.DataFrame]:
    path = input_path(files.path, chunk["number"])
    files.fetch([path.name])
    try:
        rows = read_chunk(path, chunk["input_checksum"])
    except DamagedChunkError:
        ledger.undo_split(job["id"])
        raise
    return rows, _checked_output(job, chunk, files, ledger)


def _checked_output(job: Row, chunk: Row, files: JobFiles, ledger: Ledger) -> pl.DataFrame:
    path = output_path(files.path, chunk["number"])
    files.fetch([path.name])
    try:
        return read_chunk(path, chunk["checksum"])
    except DamagedChunkError:
        ledger.undo_chunk(job["id"], chunk["number"])
        raise
