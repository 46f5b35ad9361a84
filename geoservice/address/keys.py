"""Street keys as hashes, and the spellings of a name with a letter removed."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SHORTEST_FUZZY = 4
"""Shorter names are never matched fuzzily: too many differ by a single letter."""

NO_KEY = 0
"""Value of `signed_key_hash` for the empty key."""


def key_hash(key: str) -> int:
    """Return the 64-bit hash of a key, equal on all machines and versions."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


def key_hashes(keys: Iterable[str]) -> NDArray[np.uint64]:
    """Return hashes of keys, in their order."""
    digests = b"".join(blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, dtype="<u8")


def signed_key_hash(key: str) -> int:
    """Return the hash of a key as a signed 64-bit number, `NO_KEY` for the empty key."""
    return key_hash(key) - (1 << 63) if key else NO_KEY


def slips(name: str) -> tuple[str, ...]:
    """Return the name and all texts with a letter of it removed.

    Two names with a common text differ by at most a letter, or by two swapped letters (symmetric
    deletion, as in W. Garbe's SymSpell).
    """
    if len(name) < SHORTEST_FUZZY or any(map(str.isdigit, name)):
        return (name,)
    return (name, *dict.fromkeys(shortened(name)))


def shortened(name: str) -> list[str]:
    """Return the name without its first letter, without its second, and so on."""
    return [name[:index] + name[index + 1 :] for index in range(len(name))]
