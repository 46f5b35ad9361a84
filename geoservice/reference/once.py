"""Values computed once per reference snapshot."""

import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from geoservice.reference.snapshot import Reference

T = TypeVar("T")


class OncePerReference(Generic[T]):
    """A value per reference, computed by ``make`` at its first use.

    The value lives as long as the reference.
    """

    def __init__(self, make: Callable[[Reference], T]) -> None:
        self._make = make
        self._made: weakref.WeakKeyDictionary[Reference, T] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def __call__(self, reference: Reference) -> T:
        """Return the value of a reference."""
        with self._lock:
            value = self._made.get(reference)
            if value is None:
                value = self._made[reference] = self._make(reference)
            return value
