"""The stages of a batch job: split the upload, place its chunks, assemble the result."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.chunk import (
    DamagedChunkError,
    input_path,
    output_path,
    read_chunk,
    write_chunk,
)
from geoservice.batch.job_options import layout_of, place_options
from geoservice.errors import DamagedError, TooLargeError
from geoservice.placing.options import PlaceOptions, resolve
from geoservice.state.ledger import Ledger, Row
from geoservice.tables.durable import sha256_of
from geoservice.tables.reading import open_table

Place = Callable[[str, int, str | None, dict[str, Any], str], dict[str, Any]]
"""`geoservice.batch.chunk.run_chunk`, here or on a cluster."""
_DAMAGED_UPLOAD = "The upload was damaged on the disk, or cut off. Send the file again."


def split_upload(job: Row, folder: Path, chunk_rows: int, most_rows: int, ledger: Ledger) -> None:
    """Write the rows of an upload as chunks and record them.

    Raises
    ------
    DamagedError
        Where the upload is not, byte for byte, what was accepted.
    TooLargeError
        Where it has more rows than the settings allow.
    """
    upload = folder / job["file"]
    check_upload(job, upload)
    rows: list[int] = []
    checksums: list[str] = []
    layout = layout_of(job["options"])
    with open_table(upload, name="the file", layout=layout, copies=folder) as table:
        for number, chunk in enumerate(table.chunks(chunk_rows)):
            rows.append(len(chunk))
            if sum(rows) > most_rows:
                raise TooLargeError(f"The file has more than {most_rows:,} rows. Send it in parts.")
            checksums.append(write_chunk(chunk, input_path(folder, number)))
    ledger.split(job["id"], rows, checksums)


def check_upload(job: Row, upload: Path) -> None:
    """Compare an upload's length and checksum with what was recorded; jobs of an earlier version have neither.

    Raises
    ------
    DamagedError
        Where they differ, or the upload is gone.
    """
    if not upload.is_file():
        raise DamagedError("The upload is gone from the disk. Send the file again.")
    if job["upload_sha256"] is None:
        return
    if upload.stat().st_size != job["upload_bytes"] or sha256_of(upload) != job["upload_sha256"]:
        raise DamagedError(_DAMAGED_UPLOAD)


def place_part(
    job: Row, folder: Path, number: int, reference: Path, place: Place, ledger: Ledger
) -> None:
    """Place one chunk and record its result; a damaged chunk is split off anew."""
    checksum = job["chunks"][number]["input_checksum"]
    try:
        result = place(str(folder), number, checksum, job["options"], str(reference))
    except DamagedChunkError:
        ledger.undo_split(job["id"])
        return
    ledger.finish_chunk(job["id"], number, **result)


def placed_chunks(
    job: Row, folder: Path, ledger: Ledger
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, PlaceOptions]]:
    """Rows and placed rows of each chunk, checked, and which columns were read.

    Raises
    ------
    DamagedChunkError
        Where a chunk is damaged; the ledger has noted then that it is made anew.
    """
    for chunk in job["chunks"]:
        given, placed = _checked_pair(job, chunk, folder, ledger)
        yield given, placed, resolve(place_options(job["options"]), given.columns)


def placed_rows(job: Row, folder: Path, ledger: Ledger) -> Iterator[pl.DataFrame]:
    """Placed rows of each chunk, checked; as `placed_chunks`."""
    for chunk in job["chunks"]:
        yield _checked_output(job, chunk, folder, ledger)


def _checked_pair(
    job: Row, chunk: Row, folder: Path, ledger: Ledger
) -> tuple[pl.DataFrame, pl.DataFrame]:
    try:
        given = read_chunk(input_path(folder, chunk["number"]), chunk["input_checksum"])
    except DamagedChunkError:
        ledger.undo_split(job["id"])
        raise
    return given, _checked_output(job, chunk, folder, ledger)


def _checked_output(job: Row, chunk: Row, folder: Path, ledger: Ledger) -> pl.DataFrame:
    try:
        return read_chunk(output_path(folder, chunk["number"]), chunk["checksum"])
    except DamagedChunkError:
        ledger.undo_chunk(job["id"], chunk["number"])
        raise
