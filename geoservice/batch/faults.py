"""Which faults of a job pass by themselves and which end it; each with a code and a remedy."""

import time
from dataclasses import dataclass

import polars as pl
from sqlalchemy.exc import SQLAlchemyError

from geoservice.errors import DamagedError, GeoserviceError, StorageError, TemporaryError
from geoservice.tables.writing import NO_ROOM

_LONGEST_PAUSE_S = 60.0
_PROGRAM_TRIES = 3
"""Attempts at what fails by a fault of the program, or of a library."""


@dataclass(frozen=True)
class Trouble:
    """What a fault means for its job.

    Attributes
    ----------
    passes
        True where trying again later may help.
    tries
        Attempts before it is final; None: as long as the settings say.
    """

    code: str
    detail: str
    passes: bool
    tries: int | None = None


def trouble_of(fault: Exception) -> Trouble:
    """What a fault means; its text is used only where it is ours, as a cell may stand in another."""
    if isinstance(fault, DamagedError):
        return Trouble(fault.code, fault.detail, passes=False)
    if isinstance(fault, StorageError | TemporaryError):
        return Trouble(fault.code, fault.detail, passes=True)
    if isinstance(fault, GeoserviceError):
        return Trouble(fault.code, fault.detail, passes=False)
    if isinstance(fault, SQLAlchemyError):
        return Trouble(
            "database", "The database does not answer. The job goes on when it does.", passes=True
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
            "There is too little memory. Set GEOSERVICE_CHUNK_ROWS lower.",
            passes=True,
            tries=_PROGRAM_TRIES,
        )
    detail = f"The program failed ({type(fault).__name__}). Send the file again after an update."
    return Trouble("internal", detail, passes=True, tries=_PROGRAM_TRIES)


def next_try(attempts: int) -> float:
    """When to try again after so many attempts, in seconds since 1970: twice the pause each time."""
    return time.time() + min(_LONGEST_PAUSE_S, 2.0 ** min(attempts, 10))


def _is_full(fault: Exception) -> bool:
    number = getattr(fault, "errno", None)
    # Polars passes the number on in its text alone.
    return number in NO_ROOM or any(f"os error {code})" in str(fault) for code in NO_ROOM)
