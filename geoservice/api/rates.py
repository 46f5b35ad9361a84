"""Rates: how many requests a key or an address may send, and how many wrong keys an address may try."""

import threading
import time
from collections import OrderedDict

_MOST_NAMES = 20_000


class Rate:
    """A bucket of tokens for each name: ``per_s`` tokens flow in, ``burst`` fit. Safe to share between threads.

    0 tokens a second stand for no limit.
    """

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst = per_s, max(1.0, burst)
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str) -> float:
        """Seconds until a name has a token; 0 where it has one."""
        if not self._per_s:
            return 0.0
        with self._lock:
            level = self._level(name)
        return 0.0 if level >= 1.0 else (1.0 - level) / self._per_s

    def take(self, name: str) -> float:
        """Take a token of a name; the seconds to wait where it has none, else 0."""
        if not self._per_s:
            return 0.0
        with self._lock:
            level = self._level(name)
            if level < 1.0:
                return (1.0 - level) / self._per_s
            self._levels[name] = level - 1.0, time.monotonic()
            self._levels.move_to_end(name)
            while len(self._levels) > _MOST_NAMES:
                self._levels.popitem(last=False)
        return 0.0

    def _level(self, name: str) -> float:
        level, at = self._levels.get(name, (self._burst, time.monotonic()))
        return min(self._burst, level + (time.monotonic() - at) * self._per_s)
