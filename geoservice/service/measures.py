"""Measures of the students of a region: public figures, or internal figures for a purpose."""

from dataclasses import replace
from functools import lru_cache

import polars as pl

from geoservice.errors import InputError, NotFoundError
from geoservice.geometry.hexagons import HexagonShapes
from geoservice.measures.figures import figures
from geoservice.measures.ground import HEXAGONS, Ground
from geoservice.measures.measure import DRAW, LIST
from geoservice.measures.registry import MEASURES, measure_by
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import years_with_data
from geoservice.service.basis import Basis, basis_of, figures_id
from geoservice.service.grounds import Grounds
from geoservice.service.measure_choice import MeasureChoice, unit_of
from geoservice.service.measure_disclosures import MeasureDisclosures
from geoservice.service.placed_students import CurrentStudents, PlacedStudents
from geoservice.state.leftovers import remove_leftovers

_WHOLE_PUBLIC = MeasureChoice()


class Measures:
    """All measures over the students of one data folder.

    Tables are kept in memory by snapshot and data set.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        remove_leftovers(settings.home)
        self._grounds = Grounds()
        self._disclosures = MeasureDisclosures(settings)
        self._students = CurrentStudents(settings, self._forget)
        self._figures = lru_cache(maxsize=256)(self._new_figures)

    def table(
        self, measure: str, reference: Reference, choice: MeasureChoice = _WHOLE_PUBLIC
    ) -> pl.DataFrame:
        """Return one measure for all units of a kind: `geoservice.measures.figures.COLUMNS`.

        Internal figures are recorded as a disclosure.

        Raises
        ------
        NotFoundError
            If the region has no such measure or no students.
        InputError
            If a choice does not fit the measure or the region, or an internal table has no purpose.
        ConflictError
            If students are assigned to an earlier state of the region.
        """
        year = choice.school_year
        choice.check_band(reference)
        basis = choice.basis(reference)
        placed = self._placed_for(measure, reference, choice)
        unit = unit_of(reference, choice.areas, measure)
        choice.check_purpose()
        self._check_year(year, reference, placed, basis)
        table = self._figures(measure, unit, reference, placed, basis)
        if choice.is_internal:
            self._disclosures.record(measure, unit, reference, placed, choice)
        conditions = {name: text for name, text in (("band", choice.band), ("year", year)) if text}
        return table.filter(**conditions) if conditions else table

    def unjoined(self, measure: str, reference: Reference, choice: MeasureChoice) -> int:
        """Return how many students have a straight distance although streets were chosen.

        The public profile always returns 0.
        """
        if choice.profile == "public":
            return 0
        placed = self._placed_for(measure, reference, choice)
        return self._grounds.ground(reference, placed, choice.basis(reference)).cohort.unjoined

    def years(self, reference: Reference, students: str = "") -> tuple[str, ...]:
        """Return the school years of some students, ascending.

        In a region without students, these are the years of the tables of its schools.
        """
        try:
            placed = self._students.placed(reference, students)
        except NotFoundError:
            if students:
                raise
            return years_with_data(reference)
        return tuple(sorted(placed.frame["year"].unique().to_list()))

    def hexagons(self, reference: Reference, students: str = "") -> HexagonShapes:
        """Return the outlines of the hexagons that homes are counted by, in degrees."""
        placed = self._students.placed(reference, students)
        return self._grounds.hexagons(reference, placed).shapes

    def stamp(
        self,
        measure: str,
        reference: Reference,
        scheme: str = "",
        distance: str = "",
        students: str = "",
    ) -> str:
        """Return a text that changes whenever a public figure of the measure may change."""
        basis = basis_of(reference, scheme=scheme, distance=distance)
        placed = self._placed_for(measure, reference, replace(_WHOLE_PUBLIC, students=students))
        return f"{reference.info.id} {figures_id(reference, placed.stamp, basis)}"

    def ground(self, reference: Reference, students: str = "", profile: str = "public") -> Ground:
        """Return the ground of all figures of some students, for the audit of a release."""
        basis = basis_of(reference, profile)
        placed = self._students.placed(reference, students)
        return self._grounds.with_hexagons(reference, placed, basis)

    def _new_figures(
        self, measure: str, unit: str, reference: Reference, placed: PlacedStudents, basis: Basis
    ) -> pl.DataFrame:
        ground = self._grounds.ground(reference, placed, basis)
        if unit == HEXAGONS or measure_by(measure, unit).protection == DRAW:
            ground = self._grounds.with_hexagons(reference, placed, basis)
        return figures(measure, unit, ground)

    def _placed_for(
        self, measure: str, reference: Reference, choice: MeasureChoice
    ) -> PlacedStudents:
        """Return the students of a measure.

        Measures of seats alone need no students, so a region without any has an empty table.
        """
        try:
            return self._students.placed(reference, choice.students)
        except NotFoundError:
            needs_students = measure not in MEASURES or LIST in MEASURES[measure].needs
            if needs_students or choice.students or choice.filters:
                raise
            return PlacedStudents.nobody(reference)

    def _check_year(
        self, year: str, reference: Reference, placed: PlacedStudents, basis: Basis
    ) -> None:
        if year and year not in self._grounds.ground(reference, placed, basis).cohort.years:
            whose = "schools known" if placed.is_nobody else "students"
            raise InputError(f"There are no {whose} of that school year.")

    def _forget(self) -> None:
        self._figures.cache_clear()
        self._grounds.forget()
        self._disclosures.forget()
