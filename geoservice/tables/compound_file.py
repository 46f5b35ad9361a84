"""Compound files, the containers of old binary workbooks (.xls): checked before they are read.

The cell reader trusts their tables. A chain of sectors that runs in a circle never ends there, and
a number of a sector beyond the end takes memory until the process ends.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_BYTES = 512
_HEADER = struct.Struct("<4xHH")
"""Powers of two: bytes of a sector and of a small sector, from byte 26."""
_RESERVED, _END_OF_CHAIN, _NO_SECTOR = 0xFFFFFFFA, 0xFFFFFFFE, 0xFFFFFFFF
"""Numbers from the first on are no sectors."""
_SECTOR_POWERS, _SMALL_POWER = (9, 12), 6
_SMALL_STREAM_BYTES = 4_096
"""Streams below this size lie in small sectors."""
_ENTRY_BYTES, _NAME_BYTES = 128, 64


@dataclass(frozen=True)
class Entry:
    """An entry of the directory: its name, first sector and length."""

    name: str
    start: int
    size: int


class CompoundFile:
    """A compound file in memory. The chains of sectors that a reader follows are checked.

    Raises
    ------
    ValueError
        If the file is damaged.
    """

    def __init__(self, content: bytes) -> None:
        if content[: len(_SIGNATURE)] != _SIGNATURE or len(content) < _HEADER_BYTES:
            raise ValueError("no compound file")
        self._content = content
        power, small_power = _HEADER.unpack_from(content, 26)
        if power not in _SECTOR_POWERS or small_power != _SMALL_POWER:
            raise ValueError("sectors of another size")
        self._sector_bytes = 1 << power
        self._sectors = -(-len(content) // self._sector_bytes) - 1
        self._small = b""
        self._next = self._table()
        self._entries = self._directory()
        start, sectors = struct.unpack_from("<II", content, 60)
        table, root = b"", self._entries[0]
        if sectors:
            table = self._stream_of(start, sectors * self._sector_bytes)
            self._small = self._stream_of(root.start, root.size)
        self._small_next = _numbers(table)

    def stream(self, name: str) -> bytes | None:
        """Return the content of the first entry of a name, which readers take; None without one.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        entry = next((entry for entry in self._entries if entry.name == name), None)
        if entry is None:
            return None
        if entry.size >= _SMALL_STREAM_BYTES:
            return self._stream_of(entry.start, entry.size)
        size = 1 << _SMALL_POWER
        chain = _chain(entry.start, self._small_next, entry.size, size)
        small = (self._small[number * size : (number + 1) * size] for number in chain)
        return b"".join(small)[: entry.size]

    def _table(self) -> tuple[int, ...]:
        """Return the sector that follows each sector."""
        folders, table_sectors = struct.unpack_from("<II", self._content, 40)
        self._refuse_size(max(folders, table_sectors) * self._sector_bytes)
        listed = list(_numbers(self._content[76:_HEADER_BYTES]))
        (following,) = struct.unpack_from("<I", self._content, 68)
        seen: set[int] = set()
        while following < _RESERVED:
            if following in seen:
                raise ValueError("a chain in a circle")
            seen.add(following)
            *more, following = _numbers(self._sector(following))
            listed += more
        table = b"".join(self._sector(number) for number in listed if number != _NO_SECTOR)
        return _numbers(table)

    def _directory(self) -> list[Entry]:
        (start,) = struct.unpack_from("<I", self._content, 48)
        content = self._stream_of(start, len(self._content))
        is_short = self._sector_bytes == 1 << _SECTOR_POWERS[0]
        entries = []
        for at in range(0, len(content), _ENTRY_BYTES):
            name = content[at : at + _NAME_BYTES].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II" if is_short else "<IQ", content, at + 116)
            entries.append(Entry(name.partition("\0")[0], first, size))
        if not entries:
            raise ValueError("no directory")
        return entries

    def _stream_of(self, start: int, size: int) -> bytes:
        self._refuse_size(size)
        chain = _chain(start, self._next, size, self._sector_bytes)
        return b"".join(self._sector(number) for number in chain)[:size]

    def _sector(self, number: int) -> bytes:
        if number >= self._sectors:
            raise ValueError("a sector beyond the end")
        start = (number + 1) * self._sector_bytes
        return self._content[start : start + self._sector_bytes]

    def _refuse_size(self, size: int) -> None:
        if size > len(self._content):
            raise ValueError("a stream longer than the file")


def _numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def _chain(start: int, following: tuple[int, ...], size: int, sector_bytes: int) -> Iterator[int]:
    """Yield the sectors of a stream; a chain may be longer than its stream, as readers allow."""
    used: set[int] = set()
    while start != _END_OF_CHAIN and len(used) * sector_bytes < max(size, 1):
        if start >= len(following) or start in used:
            raise ValueError("a chain of sectors is damaged")
        used.add(start)
        yield start
        start = following[start]
