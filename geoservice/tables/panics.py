"""Panics of compiled libraries as ordinary errors.

A panic of a library written in Rust is a `BaseException`: no `except Exception` catches it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

_PANIC = "PanicException"
"""Each library has a class of its own by this name."""


class PanicError(Exception):
    """A compiled library stopped at content that it did not expect."""


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Raise a panic of a compiled library as `PanicError`, without its text.

    The text may quote a cell of a file.
    """
    try:
        yield
    except BaseException as fault:
        if type(fault).__name__ != _PANIC:
            raise
        raise PanicError from None
