"""Numbers of streets under hashed keys: a table, or sorted arrays where a table is too large."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geoservice.address.keys import key_hash, key_hashes
from geoservice.reference.snapshot import Reference

_MOST_IN_TABLE = 100_000
"""So many slips take 15 MB as a table."""


class KeyTable:
    """The numbers under each key: as a table, which answers faster than a search."""

    def __init__(self, hashes: NDArray[np.uint64], numbers: NDArray[np.int32]) -> None:
        table: dict[int, tuple[int, ...]] = {}
        for hashed, number in zip(hashes.tolist(), numbers.tolist(), strict=True):
            table[hashed] = (*table.get(hashed, ()), number)
        self._table = table

    def find(self, key: str) -> tuple[int, ...]:
        """All numbers under a key."""
        return self._table.get(key_hash(key), ())

    def find_all(self, keys: Sequence[str]) -> list[int]:
        """All numbers under some keys, each once, ascending."""
        return sorted({number for key in keys for number in self.find(key)})


class KeyArrays:
    """Sorted hashes and the number that goes with each: too many for a table."""

    def __init__(self, hashes: NDArray[np.uint64], numbers: NDArray[np.int32]) -> None:
        self._hashes = hashes
        self._numbers = numbers

    def find(self, key: str) -> NDArray[np.int32]:
        """All numbers under a key."""
        hashed = np.uint64(key_hash(key))
        start = int(self._hashes.searchsorted(hashed, side="left"))
        if start == len(self._hashes) or self._hashes[start] != hashed:
            return self._numbers[:0]
        end = int(self._hashes.searchsorted(hashed, side="right"))
        return self._numbers[start:end]

    def find_all(self, keys: Sequence[str]) -> list[int]:
        """All numbers under some keys, each once, ascending."""
        if not len(self._hashes):
            return []
        hashed = key_hashes(keys)
        lowest = self._hashes.searchsorted(hashed, side="left")
        is_known = self._hashes[np.minimum(lowest, len(self._hashes) - 1)] == hashed
        if not is_known.any():
            return []
        highest = self._hashes.searchsorted(hashed[is_known], side="right")
        spans = zip(lowest[is_known].tolist(), highest.tolist(), strict=True)
        return sorted(
            {number for start, end in spans for number in self._numbers[start:end].tolist()}
        )


def slips_of(reference: Reference) -> KeyTable | KeyArrays:
    """The names one slip away: as a table, but of a large region in its arrays, to save memory."""
    arrays = reference.array("delete_hash"), reference.array("delete_name")
    return KeyTable(*arrays) if len(arrays[0]) <= _MOST_IN_TABLE else KeyArrays(*arrays)
