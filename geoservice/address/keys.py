"""Street keys as numbers: hashes to look up, and the spellings one slip away from a name."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SHORTEST_FUZZY = 4
"""Names below this length are never matched by likeness: too many are one letter apart."""

NO_KEY = 0
"""What `signed_key_hash` gives where there is no key."""


def key_hash(key: str) -> int:
    """64-bit hash of a key, the same on every machine and version."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


def key_hashes(keys: Iterable[str]) -> NDArray[np.uint64]:
    """Hashes of many keys, in their order."""
    return np.fromiter((key_hash(key) for key in keys), dtype=np.uint64)


def signed_key_hash(key: str) -> int:
    """The hash of a key as a signed 64-bit number, `NO_KEY` for the empty key."""
    return key_hash(key) - (1 << 63) if key else NO_KEY


def slips(name: str) -> tuple[str, ...]:
    """The name and all texts made by dropping one letter of it.

    Two names that share one of these are at most one letter apart, or two letters swapped
    (symmetric deletion, as in W. Garbe's SymSpell).
    """
    if len(name) < SHORTEST_FUZZY or any(map(str.isdigit, name)):
        return (name,)
    return (name, *dict.fromkeys(name[:at] + name[at + 1 :] for at in range(len(name))))
