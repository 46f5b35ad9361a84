"""Files that unpack to far more than they say: told before anything of them is unpacked in memory."""

import zipfile
import zlib
from pathlib import Path
from typing import IO

from geoservice.errors import InputError, TooLargeError

_BLOCK_BYTES = 1 << 16
_HARMLESS_BYTES = 50_000_000
"""Below this size no ratio is suspicious: a table of equal rows packs well."""
_LOCAL_HEADER_BYTES = 30
_SHEET_BYTES = 600_000_000
"""Of an XLSX file, which is read as a whole."""


def refuse_bomb(path: Path, name: str, most_bytes: int, most_ratio: int) -> None:
    """Refuse a gzip file or a workbook that unpacks to too much, whatever its headers say.

    The content is unpacked block by block and thrown away.

    Raises
    ------
    InputError
        Where it unpacks to more, or cannot be unpacked.
    """
    ending, packed_bytes = path.suffix.lower(), path.stat().st_size
    try:
        if ending == ".gz":
            most = _most(packed_bytes, most_bytes, most_ratio)
            with path.open("rb") as stream:
                unpacked = _unpacked_bytes(stream, packed_bytes, 16 + zlib.MAX_WBITS, most)
        elif ending in (".xlsx", ".xlsm", ".xlsb", ".ods"):
            most = _most(packed_bytes, min(most_bytes, _SHEET_BYTES), most_ratio)
            unpacked = _unpacked_members(path, most)
        else:
            return
    except (zlib.error, zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as fault:
        raise InputError(f"`{name}` cannot be unpacked: it is cut off or damaged.") from fault
    if unpacked > most:
        raise TooLargeError(
            f"`{name}` unpacks to more than {most:,} bytes, which is more than is read. Send it in parts."
        )


def _most(packed_bytes: int, most_bytes: int, most_ratio: int) -> int:
    return min(most_bytes, max(_HARMLESS_BYTES, packed_bytes * most_ratio))


def _unpacked_members(path: Path, most: int) -> int:
    """Bytes of all members of a zip together, counted until they are too many."""
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
                    stream, member.compress_size, -zlib.MAX_WBITS, most - total
                )
            if total > most:
                break
    return total


def _unpacked_bytes(stream: IO[bytes], packed_bytes: int, window: int, most: int) -> int:
    """Bytes that a compressed stream unpacks to, counted until they are too many."""
    unpacker, total, left = zlib.decompressobj(window), 0, packed_bytes
    pending = b""
    while total <= most:
        if not pending:
            pending = stream.read(min(_BLOCK_BYTES, left))
            left -= len(pending)
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
            if not pending and not left:
                return total
    if total <= most and window >= 0 and not unpacker.eof:
        raise EOFError
    return total
