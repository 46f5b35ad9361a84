"""The record of internal figures: the students that each answer is about."""

from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import Disclosures, StudentSet, student_set
from geoservice.service.measure_choice import MeasureChoice
from geoservice.service.placed_students import PlacedStudents
from geoservice.students.filters import Filters


class MeasureDisclosures:
    """Enters internal figures in the record of disclosures of a data folder."""

    def __init__(self, settings: Settings) -> None:
        self._disclosures = Disclosures(settings)
        self._student_sets = lru_cache(maxsize=16)(_counted_students)

    def record(
        self,
        measure: str,
        unit: str,
        reference: Reference,
        placed: PlacedStudents,
        choice: MeasureChoice,
    ) -> None:
        """Enter a table of internal figures before it is returned."""
        grades = tuple(reference.info.bands.get(choice.band, ()))
        self._disclosures.record(
            self._student_sets(placed, choice.filters, choice.school_year, grades),
            purpose=choice.purpose,
            endpoint=f"measure {measure}",
            region=reference.info.id,
            data_version=f"{placed.stamp} {reference.snapshot}",
            filters=choice.recorded(unit),
        )

    def forget(self) -> None:
        """Drop the keys of students from memory."""
        self._student_sets.cache_clear()


def _counted_students(
    placed: PlacedStudents, filters: Filters, year: str, grades: Sequence[str]
) -> StudentSet:
    """Return the students that figures count, limited to a year or to grades if there are any."""
    conditions = [
        *([pl.col("year") == year] if year else []),
        *([pl.col("grade").is_in(list(grades))] if grades else []),
    ]
    counted = placed.filtered(filters)
    return student_set((counted.filter(*conditions) if conditions else counted)["student"])
