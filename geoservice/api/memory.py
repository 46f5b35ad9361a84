"""Memory of a service that runs for months."""

import ctypes
import threading
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of glibc's `mallopt` for its settings."""
_HEAPS = 2
_OWN_PAGES_BYTES = 64 * 1024
_TRIM_S = 60.0


def bound_heaps() -> None:
    """Make malloc give memory back that the threads of this process no longer need.

    By default glibc gives most threads a heap of their own. Each heap keeps the most that its
    thread ever needed, so the memory of a service with many threads grows for hours. Here all
    threads share two heaps.

    By default glibc also puts ever larger blocks into heaps, once a large block was freed. A kept
    answer above the gap of a drawing then holds the gap for ever. Here blocks from 64 KiB on have
    pages of their own, which go back to the system at once. On systems without glibc nothing
    changes.
    """
    with suppress(AttributeError, OSError):
        set_option = ctypes.CDLL(None).mallopt
        set_option(_ARENA_MAX, _HEAPS)
        set_option(_MMAP_THRESHOLD, _OWN_PAGES_BYTES)
        set_option(_TRIM_THRESHOLD, _OWN_PAGES_BYTES)


def trim_heaps() -> None:
    """Give the empty pages between the blocks of the heaps back; takes some milliseconds."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))


class Trimming:
    """The thread that trims the heaps once a minute."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trimming", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(_TRIM_S):
            trim_heaps()
