"""Refusal of decompression bombs before they are unpacked in memory."""

import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from geoservice.errors import InputError, TooLargeError

ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""Exceptions of damaged archives. A lie about the version of a zip is a `RuntimeError`."""
_BLOCK_BYTES = 1 << 16
_HARMLESS_BYTES = 50_000_000
"""Below this size any ratio is harmless: a table of equal rows compresses well."""
_LOCAL_HEADER_BYTES = 30
_SHEET_BYTES = 600_000_000
"""Limit for a workbook, which is read completely into memory."""


def refuse_bomb(path: Path, name: str, max_bytes: int, max_ratio: int) -> None:
    """Refuse a gzip or Parquet file, a workbook or a zip of layers that unpacks to too many bytes.

    The content is unpacked block by block and discarded; headers are not trusted.

    Raises
    ------
    InputError
        If the file unpacks to more, or cannot be unpacked.
    """
    ending, packed_bytes = path.suffix.lower(), path.stat().st_size
    try:
        if ending == ".gz":
            limit_bytes = _limit(packed_bytes, max_bytes, max_ratio)
            with path.open("rb") as stream:
                unpacked = _unpacked_bytes(stream, packed_bytes, 16 + zlib.MAX_WBITS, limit_bytes)
        elif ending in (".xlsx", ".xlsm", ".xlsb", ".ods"):
            limit_bytes = _limit(packed_bytes, min(max_bytes, _SHEET_BYTES), max_ratio)
            unpacked = _unpacked_members(path, limit_bytes)
        elif ending in (".parquet", ".geoparquet"):
            limit_bytes = _limit(packed_bytes, max_bytes, max_ratio)
            unpacked = _parquet_bytes(path, limit_bytes)
        elif ending in (".zip", ".kmz"):
            limit_bytes = _limit(packed_bytes, max_bytes, max_ratio)
            unpacked = _unpacked_members(path, limit_bytes)
        else:
            return
    except ARCHIVE_FAULTS as fault:
        raise InputError(
            f"`{name}` cannot be unpacked: it is cut off or damaged, or its ending is wrong. Save "
            "it again, or give it the ending of its format."
        ) from fault
    if unpacked > limit_bytes:
        raise TooLargeError(
            f"`{name}` unpacks to more than {limit_bytes:,} bytes, which is more than is read. "
            "Send it in parts."
        )


def _parquet_bytes(path: Path, limit_bytes: int) -> int:
    """Return the bytes of a Parquet file in memory; 0 if its reader will refuse it."""
    from geoservice.tables.parquet import PARQUET_FAULTS  # Arrow takes long to load.
    from geoservice.tables.parquet_size import unpacked_bytes

    try:
        return unpacked_bytes(path, limit_bytes)
    except PARQUET_FAULTS:
        return 0


def _limit(packed_bytes: int, max_bytes: int, max_ratio: int) -> int:
    return min(max_bytes, max(_HARMLESS_BYTES, packed_bytes * max_ratio))


def _unpacked_members(path: Path, limit_bytes: int) -> int:
    """Return the unpacked bytes of all members of a zip; stop counting above the limit."""
    total = 0
    with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
        for member in archive.infolist():
            if member.compress_type == zipfile.ZIP_STORED:
                total += member.compress_size
            else:
                stream.seek(member.header_offset)
                header = stream.read(_LOCAL_HEADER_BYTES)
                skipped = int.from_bytes(header[26:28], "little") + int.from_bytes(
                    header[28:30], "little"
                )
                stream.seek(skipped, 1)
                total += _unpacked_bytes(
                    stream, member.compress_size, -zlib.MAX_WBITS, limit_bytes - total
                )
            if total > limit_bytes:
                break
    return total


def _unpacked_bytes(stream: IO[bytes], packed_bytes: int, window: int, limit_bytes: int) -> int:
    """Return the unpacked bytes of a compressed stream; stop counting above the limit."""
    unpacker, total, unread_bytes = zlib.decompressobj(window), 0, packed_bytes
    pending = b""
    while total <= limit_bytes:
        if not pending:
            pending = stream.read(min(_BLOCK_BYTES, unread_bytes))
            unread_bytes -= len(pending)
            if not pending:
                break
        total += len(unpacker.decompress(pending, 16 * _BLOCK_BYTES))
        pending = unpacker.unconsumed_tail
        if unpacker.eof:
            if window < 0:
                return total
            # Another gzip may follow in the same file.
            pending = unpacker.unused_data.lstrip(b"\x00")
            unpacker = zlib.decompressobj(window)
            if not pending and not unread_bytes:
                return total
    if total <= limit_bytes and window >= 0 and not unpacker.eof:
        raise EOFError
    return total
