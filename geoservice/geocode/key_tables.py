"""Numbers of streets under hashed keys: a table, or sorted arrays where a table is too large."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from geoservice.address.keys import key_hash, key_hashes, shortened, slips
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


class NearNames:
    """The streets whose names are a letter or a swap of letters away from a typed name."""

    def __init__(self, reference: Reference, names: Sequence[str]) -> None:
        self._slips = KeyArrays(reference.array("delete_hash"), reference.array("delete_name"))
        self._names = names
        self._table: dict[str, list[str]] | None = None
        self._numbers: dict[str, list[int]] = {}
        self._is_small = len(reference.array("delete_hash")) <= _MOST_IN_TABLE

    def one_letter_more(self, name: str) -> list[int]:
        """Return the streets under a name to which a letter was added, ascending."""
        return sorted({*self._slips.find(name).tolist()})

    def find(self, name: str) -> list[int]:
        """Return the streets at most a slip away from a name of four letters or more, ascending."""
        if not self._is_small:
            return [
                number
                for number in self._slips.find_all(slips(name))
                if OSA.distance(name, self._names[number], score_cutoff=1) <= 1
            ]
        table = self._table or self._filled()
        alike = set(table.get(name, ()))
        for slip in shortened(name) if name.isalpha() else slips(name):
            if slip in table:
                alike.update(table[slip])
        if not alike:
            return []
        numbers = [
            number
            for other in alike
            if OSA.distance(name, other, score_cutoff=1) <= 1
            for number in self._numbers[other]
        ]
        return sorted(numbers)

    def _filled(self) -> dict[str, list[str]]:
        """Return the names by slip, filled at first use; texts are found faster than hashes."""
        numbers: dict[str, list[int]] = {}
        for number, name in enumerate(self._names):
            numbers.setdefault(name, []).append(number)
        table: dict[str, list[str]] = {}
        for name in numbers:
            for slip in slips(name):
                table.setdefault(slip, []).append(name)
        self._numbers, self._table = numbers, table
        return table
