"""The stage that a figure's work is in, for the page that waits for the figure."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

STAGES = ("reading", "students", "hexagons", "numbers", "drawing", "page")
"""All stages of a figure, in order."""


@dataclass(frozen=True)
class Stage:
    """A stage of `STAGES`, with the number of its part where it has several parts."""

    name: str
    part: int = 0
    parts: int = 0

    @property
    def number(self) -> int:
        """Position among all stages, from 1."""
        return STAGES.index(self.name) + 1


@dataclass
class StageLog:
    """The present stage of one piece of work, which begins by reading what it needs."""

    present: Stage = Stage(STAGES[0])


_LOG: ContextVar[StageLog | None] = ContextVar("stage_log", default=None)


@contextmanager
def logged_to(log: StageLog) -> Iterator[None]:
    """Record the stages of the work inside the block in ``log``."""
    token = _LOG.set(log)
    try:
        yield
    finally:
        _LOG.reset(token)


@contextmanager
def stage(name: str, part: int = 0, parts: int = 0) -> Iterator[None]:
    """Record that the work inside the block is a stage, which ends with the block."""
    log = _LOG.get()
    if log is None:
        yield
        return
    outer, log.present = log.present, Stage(name, part, parts)
    try:
        yield
    finally:
        log.present = outer
