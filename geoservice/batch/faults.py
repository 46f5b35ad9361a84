"""Decide for each fault of a job whether to retry or to end it, with a code and a remedy."""

import time
from dataclasses import dataclass

import polars as pl
from sqlalchemy.exc import SQLAlchemyError

from geoservice.errors import DamagedError, GeoserviceError, StorageError, TemporaryError
from geoservice.tables.writing import NO_ROOM

_LONGEST_PAUSE_S = 60.0
_PROGRAM_TRIES = 3
"""Attempts if the program or a library has a fault: another attempt rarely helps."""


@dataclass(frozen=True)
class Trouble:
    """The consequence of a fault for its job.

    Attributes
    ----------
    passes
        True if a later attempt may succeed.
    tries
        Attempts before the job fails; None for the time limit of the settings.
    """

    code: str
    detail: str
    passes: bool
    tries: int | None = None


def trouble_of(fault: Exception) -> Trouble:
    """Return the consequence of a fault.

    Only the texts of our own errors are shown: other texts may quote a cell of the file.
    """
    if isinstance(fault, DamagedError):
        return Trouble(fault.code, fault.detail, passes=False)
    if isinstance(fault, StorageError | TemporaryError):
        return Trouble(fault.code, fault.detail, passes=True)
    if isinstance(fault, GeoserviceError):
        return Trouble(fault.code, fault.detail, passes=False)
    if isinstance(fault, SQLAlchemyError):
        return Trouble(
            "database", "The database does not answer. The job continues when it does.", passes=True
        )
    if isinstance(fault, OSError | pl.exceptions.ComputeError) and _is_full(fault):
        return Trouble(
            "disk_full", "The disk is full. Make room: the job goes on by itself.", passes=True
        )
    if isinstance(fault, OSError):
        return Trouble(
            "storage", "The disk or a connection failed. The job tries again.", passes=True
        )
    if isinstance(fault, MemoryError):
        return Trouble(
            "memory",
            "There is too little memory. Set GEOSERVICE_CHUNK_ROWS lower, or give workers more.",
            passes=True,
            tries=_PROGRAM_TRIES,
        )
    detail = f"The program failed ({type(fault).__name__}). Send the file again after an update."
    return Trouble("internal", detail, passes=True, tries=_PROGRAM_TRIES)


def next_try(attempts: int) -> float:
    """Return the time of the next attempt in seconds since 1970; the pause doubles each time."""
    return time.time() + min(_LONGEST_PAUSE_S, 2.0 ** min(attempts, 10))


def _is_full(fault: Exception) -> bool:
    number = getattr(fault, "errno", None)
    # Polars gives the error number only in its text.
    return number in NO_ROOM or any(f"os error {code})" in str(fault) for code in NO_ROOM)
