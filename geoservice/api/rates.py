"""Rate limits for requests by key or address; services of one database share them."""

import threading
import time
from collections import OrderedDict

from geoservice.state.shared_rates import RateLimit

_MOST_NAMES = 20_000
_UNTOLD = 0.05
"""Share of a bucket that a name may take before the other services are told."""


class Rate:
    """A token bucket for each name. Safe to share between threads.

    A service that is alone holds the whole bucket. Of several services each holds an equal part
    of the tokens, and `geoservice.api.rate_sharing.RateSharing` divides them anew twice a second.
    No request waits for the database.
    """

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._services = 1
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._spent: dict[str, float] = {}

    def take(self, name: str) -> float:
        """Take a token of a name and return 0; without a token, return the seconds to wait."""
        if not self.limit.per_s:
            return 0.0
        with self._lock:
            level = self._level(name)
            if level < 1.0:
                return (1.0 - level) * self._services / self.limit.per_s
            self._put(name, level - 1.0)
            if self._services > 1:
                self._spent[name] = self._spent.get(name, 0.0) + 1.0
        return 0.0

    def untold(self) -> dict[str, float]:
        """Return the tokens that names took and other services do not know of, and forget them.

        Names with few tokens stay out, because most callers never come near their limit.
        """
        threshold = max(1.0, _UNTOLD * self.limit.burst)
        with self._lock:
            spent = {name: count for name, count in self._spent.items() if count >= threshold}
            for name in spent:
                del self._spent[name]
            if len(self._spent) > _MOST_NAMES:
                self._spent.clear()
        return spent

    def divide(self, levels: dict[str, float]) -> None:
        """Take this service's part of the levels that all services have left.

        Tokens of requests since `untold` are taken off.
        """
        with self._lock:
            for name, level in levels.items():
                part = level / self._services if level > 0 else level
                self._put(name, part - self._spent.get(name, 0.0))

    def share_with(self, services: int) -> None:
        """Set the number of services, this service included, that share the buckets."""
        with self._lock:
            self._services = max(1, services)
            if self._services == 1:
                self._spent.clear()

    def _put(self, name: str, level: float) -> None:
        self._levels[name] = level, time.monotonic()
        self._levels.move_to_end(name)
        while len(self._levels) > _MOST_NAMES:
            self._levels.popitem(last=False)

    def _level(self, name: str) -> float:
        capacity = max(1.0, self.limit.burst / self._services)
        level, updated_at = self._levels.get(name, (capacity, time.monotonic()))
        refilled = (time.monotonic() - updated_at) * self.limit.per_s / self._services
        return min(capacity, level + refilled)
