"""Keeps what is costly to make: made once however many ask at the same time, within a budget."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by key, the least used forgotten first. Safe to share between threads.

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
        self._making: dict[Hashable, Future[T]] = {}
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._total = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key; while one caller makes it, the others wait for that one.

        An error of ``make`` reaches all who waited, and is not kept.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            waiting = self._making.get(key)
            if waiting is None:
                mine = self._making[key] = Future()
        return waiting.result() if waiting is not None else self._made(key, make, mine)

    @property
    def total(self) -> int:
        """What is kept now weighs this much."""
        return self._total

    def _made(self, key: Hashable, make: Callable[[], T], mine: "Future[T]") -> T:
        try:
            value = make()
        except BaseException as fault:
            with self._lock:
                del self._making[key]
            mine.set_exception(fault)
            raise
        with self._lock:
            self._keep(key, value)
            del self._making[key]
        mine.set_result(value)
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
