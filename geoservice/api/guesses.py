"""Wrong keys, tokens and sign-ins of an address: counted in the database, over all services."""

import threading
import time
from collections import OrderedDict

from geoservice.state.shared_rates import RateLimit, SharedRates

_MOST_ADDRESSES = 20_000


class Guesses:
    """Counts wrong guesses by address.

    Each wrong guess is written at once: without the database, no guess is answered.
    """

    def __init__(self, shared: SharedRates, per_minute: float) -> None:
        self._limit = RateLimit("guesses", per_minute / 60.0, max(1.0, per_minute))
        self._shared = shared
        self._lock = threading.Lock()
        self._free_from: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Return the seconds until an address may guess again; 0 if it may now."""
        with self._lock:
            return max(0.0, self._free_from.get(address, 0.0) - time.monotonic())

    def count(self, address: str) -> float:
        """Count a wrong guess; return the seconds to wait if all services had too many before.

        Raises
        ------
        SQLAlchemyError
            If the database does not answer.
        """
        if not self._limit.per_s:
            return 0.0
        level = self._shared.spend(self._limit, {address: 1.0})[address]
        if level >= 1.0:
            return 0.0
        wait_s = (1.0 - level) / self._limit.per_s
        with self._lock:
            self._free_from[address] = time.monotonic() + wait_s
            self._free_from.move_to_end(address)
            while len(self._free_from) > _MOST_ADDRESSES:
                self._free_from.popitem(last=False)
        return wait_s if level < 0.0 else 0.0
