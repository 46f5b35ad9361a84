"""Results of batch jobs as files: made once by one writer, recorded with their hash, checked before they are served."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from geoservice.batch.job_options import layout_of
from geoservice.batch.stages import placed_rows
from geoservice.state.ledger import Ledger, Row
from geoservice.tables.durable import sha256_of_stream, sync_folder
from geoservice.tables.reading import open_table
from geoservice.tables.writing import TableWriter

Make = Callable[[Path], None]
"""Writes a result to a path."""
ASSEMBLED = "csv"
"""The form that a worker makes at the end of a job; others are made when they are asked for."""


def assemble(job: Row, folder: Path, form: str, ledger: Ledger) -> None:
    """Make the result of a job in a form, unless it is there."""
    opened = open_result(
        job["id"], f"result.{form}", folder, ledger, table_maker(job, folder, ledger)
    )
    opened.close()


def table_maker(job: Row, folder: Path, ledger: Ledger) -> Make:
    """What writes the placed rows of a job as the ending of a path says."""

    def write(target: Path) -> None:
        with open_table(
            folder / job["file"], layout=layout_of(job["options"]), copies=folder
        ) as table:
            dialect = table.dialect
        with TableWriter(target, dialect) as writer:
            for placed in placed_rows(job, folder, ledger):
                writer.write(placed)

    return write


def open_result(job_id: str, name: str, folder: Path, ledger: Ledger, make: Make) -> IO[bytes]:
    """The file of a result, opened: made first where it is absent, and made anew where it is damaged.

    Its bytes have been compared with the recorded hash through the same open file, so that what is
    served is what was checked. One process at a time, and one thread of it, makes the files of a job.
    """
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
        size_bytes = os.fstat(stream.fileno()).st_size
        ledger.add_result(job_id, name, size_bytes, sha256_of_stream(stream))
        stream.seek(0)
        return stream


def _checked(job_id: str, name: str, folder: Path, ledger: Ledger) -> IO[bytes] | None:
    """The opened file of a result where it is what was recorded."""
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
    """A lock on a job's results; the system opens it again where its holder dies."""
    descriptor = os.open(folder / ".writing", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
