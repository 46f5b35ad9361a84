"""A cache of costly values: each value is computed once for all callers, within a budget."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by key; the least recently used are dropped. Safe to share between threads.

    Parameters
    ----------
    budget
        The most that all kept values may weigh together; a value that is heavier is not kept.
    weight
        What a value weighs, in the budget's unit: for bytes their number.
    """

    def __init__(self, budget: int, weight: Callable[[T], int]) -> None:
        self._budget, self._weight = budget, weight
        self._lock = threading.Lock()
        self._computing: dict[Hashable, Future[T]] = {}
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._total = 0
        self.hits = self.misses = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key; while one caller computes it, the others wait.

        An error of ``make`` reaches all waiting callers, and is not stored.
        """
        with self._lock:
            if key in self._values:
                self.hits += 1
                self._values.move_to_end(key)
                return self._values[key]
            waiting = self._computing.get(key)
            if waiting is None:
                self.misses += 1
                future = self._computing[key] = Future()
        return waiting.result() if waiting is not None else self._compute(key, make, future)

    @property
    def total(self) -> int:
        """The weight of all stored values."""
        return self._total

    def _compute(self, key: Hashable, make: Callable[[], T], future: "Future[T]") -> T:
        try:
            value = make()
        except BaseException as fault:
            with self._lock:
                del self._computing[key]
            future.set_exception(fault)
            raise
        with self._lock:
            self._keep(key, value)
            del self._computing[key]
        future.set_result(value)
        return value

    def _keep(self, key: Hashable, value: T) -> None:
        weight = self._weight(value)
        if weight > self._budget:
            return
        self._values[key] = value
        self._total += weight
        while self._total > self._budget:
            _, dropped = self._values.popitem(last=False)
            self._total -= self._weight(dropped)
