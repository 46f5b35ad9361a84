"""Result files of batch jobs: a single writer makes each file, and readers verify its hash."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import open_upload
from geoservice.batch.stages import placed_rows
from geoservice.state.ledger import Ledger, Row
from geoservice.tables.durable import sha256_of_stream, sync_folder
from geoservice.tables.writing import TableWriter

Make = Callable[[Path], None]
"""Writes a result to a path."""
ASSEMBLED = "csv"
"""The format that a worker writes at the end of a job; others are written on request."""


def assemble(job: Row, files: JobFiles, form: str, ledger: Ledger) -> None:
    """Write the result of a job in a format, unless the file exists."""
    opened = open_result(
        job["id"], f"result.{form}", files, ledger, table_maker(job, files, ledger)
    )
    opened.close()


def table_maker(job: Row, files: JobFiles, ledger: Ledger, *, excel: bool = False) -> Make:
    """Return a function that writes a job's placed rows in the format of a path's ending."""

    def write(target: Path) -> None:
        files.fetch([job["file"]])
        with open_upload(job, files.path) as table:
            dialect = table.dialect
        with TableWriter(target, dialect, excel=excel) as writer:
            for placed in placed_rows(job, files, ledger):
                writer.write(placed)

    return write


def open_result(job_id: str, name: str, files: JobFiles, ledger: Ledger, make: Make) -> IO[bytes]:
    """Return the opened file of a result; write it first if it is absent or damaged.

    The hash is checked through the returned file, so the service sends the bytes that it checked.
    A lock allows a single process and thread to write the files of a job.
    """
    folder = files.path
    files.fetch([name])
    opened = _checked(job_id, name, folder, ledger)
    if opened is not None:
        return opened
    with _only_writer(folder):
        opened = _checked(job_id, name, folder, ledger)
        if opened is not None:
            return opened
        make(folder / name)
        stream = (folder / name).open("rb")
        sync_folder(folder)
        files.keep(name)
        size_bytes = os.fstat(stream.fileno()).st_size
        ledger.add_result(job_id, name, size_bytes, sha256_of_stream(stream))
        stream.seek(0)
        return stream


def _checked(job_id: str, name: str, folder: Path, ledger: Ledger) -> IO[bytes] | None:
    """Return the opened file of a result if its hash matches the record."""
    recorded = ledger.result(job_id, name)
    path = folder / name
    if recorded is None or not path.is_file():
        return None
    stream = path.open("rb")
    is_as_long = os.fstat(stream.fileno()).st_size == recorded["bytes"]
    if is_as_long and sha256_of_stream(stream) == recorded["sha256"]:
        stream.seek(0)
        return stream
    stream.close()
    return None


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Lock a job's results; the system releases the lock if its holder dies."""
    descriptor = os.open(folder / ".writing", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
