"""A stage of a release planned in a process of its own, while the caller works on: both keep what they decide in one place."""

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

from geoservice.errors import InputError, NotFoundError
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.measures import Measures


class Ahead:
    """A stage of all years, planned beside the caller once `start` is called."""

    def __init__(
        self, pool: ProcessPoolExecutor, measures: Measures, reference: Reference, students: str, stage: str
    ) -> None:  # fmt: skip
        self._pool, self._measures = pool, measures
        self._reference, self._students, self._stage = reference, students, stage
        self._planning: Future[None] | None = None

    def start(self) -> None:
        """Begin, where anybody would have to wait for it."""
        try:
            release = self._measures.release(self._reference, self._students)
        except (InputError, NotFoundError):
            return  # No students, or none that can be counted: figures say so.
        if release.waits_for(self._stage):
            self._planning = self._pool.submit(
                _plan, self._measures.settings, self._reference.folder, self._students, self._stage
            )

    def wait(self) -> None:
        """Until it is planned, where it was begun; where the process is gone the caller plans it, as whoever finds nothing does."""
        if self._planning is not None:
            with suppress(BrokenExecutor):
                self._planning.result()


@contextmanager
def ahead(measures: Measures, reference: Reference, students: str, stage: str) -> Iterator[Ahead]:
    """A process for a stage; it starts with the work."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield Ahead(pool, measures, reference, students, stage)


def _plan(settings: Settings, snapshot: Path, students: str, stage: str) -> None:
    Measures(settings).release(Reference(snapshot), students).plan(stage)
