"""The placed students that figures count: read with record keys, refused where outdated."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import polars as pl

from geoservice.cohort.students import nobody
from geoservice.errors import NotFoundError
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.list_choice import outdated_lists
from geoservice.service.protection import with_keys
from geoservice.service.students import Students
from geoservice.students.filters import Filters

_NOBODY = "nobody"
"""Stamp of a region without data sets of students. Stamps of data sets contain a colon."""


class PlacedStudents:
    """A table of placed students; two are equal if they come from the same data sets.

    Attributes
    ----------
    frame
        One row per student and year, schema `geoservice.model.students`.
    stamp
        Names and versions of the data sets.
    """

    def __init__(self, frame: pl.DataFrame, stamp: str) -> None:
        self.frame, self.stamp = frame, stamp

    @classmethod
    def nobody(cls, reference: Reference) -> "PlacedStudents":
        """Return the empty table of a region without data sets of students."""
        return cls(nobody(reference), _NOBODY)

    @property
    def is_nobody(self) -> bool:
        """True if the region has no data set of students."""
        return self.stamp == _NOBODY

    def filtered(self, filters: Filters) -> pl.DataFrame:
        """Return the rows of the students that the filters choose."""
        return self.frame.filter(filters.of(self.frame)) if filters else self.frame

    def __eq__(self, value: object) -> bool:
        return isinstance(value, PlacedStudents) and value.stamp == self.stamp

    def __hash__(self) -> int:
        return hash(self.stamp)


class CurrentStudents:
    """The placed students of a data folder as they are now.

    Parameters
    ----------
    forget
        Called when students changed or are gone: it drops all results computed from them.
    """

    def __init__(self, settings: Settings, forget: Callable[[], None]) -> None:
        self._settings = settings
        self._forget_results = forget
        self._data_sets = Students(settings)
        self._stamps: dict[tuple[str, str], str] = {}
        self._keyed = lru_cache(maxsize=4)(self._with_keys)
        self._outdated = lru_cache(maxsize=16)(self._outdated_names)

    def placed(self, reference: Reference, students: str) -> PlacedStudents:
        """Return the students of one data set, or of all data sets of the region.

        Results computed from changed or deleted students are dropped from memory.

        Raises
        ------
        NotFoundError
            If there is no such data set.
        ConflictError
            If students are assigned to an earlier state of the region.
        """
        key = (reference.info.id, students)
        try:
            placed = PlacedStudents(*self._data_sets.years(*key))
        except NotFoundError:
            self._forget_region(reference.info.id)
            raise
        if self._stamps.setdefault(key, placed.stamp) != placed.stamp:
            self._forget()
            self._stamps[key] = placed.stamp
        self._refuse_outdated(reference, students, placed.stamp)
        return self._keyed(placed)

    def _with_keys(self, placed: PlacedStudents) -> PlacedStudents:
        return PlacedStudents(with_keys(placed.frame, self._settings), placed.stamp)

    def _refuse_outdated(self, reference: Reference, students: str, stamp: str) -> None:
        """Raise where students are assigned to an earlier state of the region.

        Figures would count them in units that they no longer live in.
        """
        outdated = self._outdated(reference, students, stamp)
        if outdated:
            raise outdated_lists(outdated, reference.info.id)

    def _outdated_names(self, reference: Reference, students: str, _: str) -> Sequence[str]:
        return self._data_sets.outdated(reference, students)

    def _forget_region(self, region: str) -> None:
        """Drop all results if students of this region were in memory.

        Results of other regions stay if there were none.
        """
        stale_keys = [key for key in list(self._stamps) if key[0] == region]
        for key in stale_keys:
            self._stamps.pop(key, None)
        if stale_keys:
            self._forget()

    def _forget(self) -> None:
        self._keyed.cache_clear()
        self._outdated.cache_clear()
        self._forget_results()
