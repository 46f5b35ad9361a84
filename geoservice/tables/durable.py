"""Atomic, durable writing of files, with their hash.

Content goes to a temporary file, which is synced and then renamed.
"""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

import polars as pl

from geoservice.tables.presence import part_path

_BLOCK_BYTES = 1 << 20


def write_durably(target: Path, write: Callable[[IO[bytes]], object]) -> str:
    """Write a file (mode 0600) that is complete or absent after a crash or a power cut.

    Return its SHA-256.

    Parameters
    ----------
    write
        Writes the content to its argument, a stream.
    """
    part = part_path(target)
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
            stream.seek(0)
            checksum = sha256_of_stream(stream)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)
    return checksum


def write_parquet_durably(target: Path, frame: pl.DataFrame) -> str:
    """Write a table as a Parquet file like `write_durably`; return its SHA-256.

    The file is made in memory: on a full disk Polars raises errors of its own, of which some do not
    tell the reason.
    """
    content = io.BytesIO()
    frame.write_parquet(content)
    return write_durably(target, lambda stream: stream.write(content.getbuffer()))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; otherwise a power cut may undo a rename."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return sha256_of_stream(stream)


def sha256_of_stream(stream: IO[bytes]) -> str:
    """Return the SHA-256 of a stream from its current position."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()
