"""Memory of a service that runs for months."""

import ctypes
from contextlib import suppress

_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's `mallopt`."""
_HEAPS = 2


def share_heaps() -> None:
    """Let all threads of this process share two heaps of malloc.

    By default glibc gives most threads a heap of their own. Each heap keeps the most that its
    thread ever needed, so the memory of a service with many threads grows for hours. On systems
    without glibc nothing changes.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _HEAPS)
