"""What is made once for each reference, as it is costly or remembers."""

import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from geoservice.reference.snapshot import Reference

T = TypeVar("T")


class OncePerReference(Generic[T]):
    """Calls ``make`` for a reference when first asked; lives as long as the reference does."""

    def __init__(self, make: Callable[[Reference], T]) -> None:
        self._make = make
        self._made: weakref.WeakKeyDictionary[Reference, T] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def __call__(self, reference: Reference) -> T:
        """The one of this reference."""
        with self._lock:
            found = self._made.get(reference)
            if found is None:
                found = self._made[reference] = self._make(reference)
            return found
