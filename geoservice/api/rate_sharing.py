"""The thread by which a service shares its rate limits with the other services of its database."""

import contextlib
import logging
import threading
import time
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from geoservice.api.rates import Rate
from geoservice.state.shared_rates import ALIVE_S, SharedRates
from geoservice.tables.presence import process_token

_LOG = logging.getLogger("geoservice")
_PAUSE_S = 0.5
_LIFE_SIGN_S = ALIVE_S / 3
_COUNT_S = 2.0


class RateSharing:
    """Sends the use of limits here to the database, and reads what all services have left.

    A single service sends nothing. While the database is unreachable, each service keeps to its
    part.
    """

    def __init__(self, shared: SharedRates, rates: Sequence[Rate]) -> None:
        self._shared = shared
        self._rates = [rate for rate in rates if rate.limit.per_s]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rates", daemon=True)
        self._entered = self._counted = float("-inf")
        self._services = 1

    def start(self) -> None:
        """Enter this service in the list of services, and start the thread."""
        self._step_or_wait()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and leave the list of services."""
        self._stopped.set()
        self._thread.join(timeout=1)
        with contextlib.suppress(SQLAlchemyError):
            self._shared.leave(process_token())

    def step(self) -> None:
        """Exchange levels once."""
        now = time.monotonic()
        if now - self._entered > _LIFE_SIGN_S:
            self._shared.enter(process_token())
            self._entered = now
        if now - self._counted > _COUNT_S:
            self._services = self._shared.services()
            self._counted = now
            for rate in self._rates:
                rate.share_with(self._services)
        for rate in self._rates if self._services > 1 else ():
            untold = rate.untold()
            if untold:
                rate.divide(self._shared.spend(rate.limit, untold))

    def _run(self) -> None:
        while not self._stopped.wait(_PAUSE_S):
            self._step_or_wait()

    def _step_or_wait(self) -> None:
        try:
            self.step()
        except SQLAlchemyError as fault:
            _LOG.warning("rates are not shared: %s", type(fault).__name__)
            self._stopped.wait(_COUNT_S)
