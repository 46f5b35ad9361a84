"""Measures of the students of a region, public unless the internal profile is asked for."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache

import polars as pl

from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.measures.catalogue import MEASURES
from geoservice.measures.cohort import cohort
from geoservice.measures.figures import figures
from geoservice.measures.hexagons import Hexagons, hexagons
from geoservice.measures.publish import Publication, Shelf
from geoservice.measures.release_tables import HEXAGONS, SCHOOL
from geoservice.measures.standards import Standard
from geoservice.measures.student_lines import Ground
from geoservice.model.settings import Settings
from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import told_years
from geoservice.service.audit import NO_PURPOSE, Disclosures, StudentSet, student_set
from geoservice.service.basis import (
    EVERYBODY,
    Basis,
    Placed,
    basis_of,
    public_basis,
    public_standards,
    release_id,
)
from geoservice.service.students import Students
from geoservice.state.releases import ReleaseStore
from geoservice.students.filters import Filters


class Measures:
    """All measures over the students of one data folder; answers are kept by snapshot and data set."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._students = Students(settings)
        self._store = ReleaseStore(settings.home)
        self._disclosures = Disclosures(settings)
        self._stamps: dict[tuple[str, str], str] = {}
        self._ground = lru_cache(maxsize=8)(self._made_ground)
        self._hexagons = lru_cache(maxsize=4)(self._made_hexagons)
        self._figures = lru_cache(maxsize=256)(self._made_figures)
        self._touched = lru_cache(maxsize=16)(_touched)
        self._outdated = lru_cache(maxsize=16)(self._found_outdated)

    def table(
        self, measure: str, reference: Reference, areas: str = "", band: str = "", year: str = "",
        *, students: str = "", profile: str = "public", scheme: str = "", distance: str = "",
        purpose: str = "", filters: Filters = EVERYBODY, only: Sequence[str] | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        """One measure for all units of a kind: `geoservice.measures.figures.COLUMNS`.

        Parameters
        ----------
        areas
            Id of a set of areas or zones, or ``school``; else the region's first set of areas.
        band, year
            One of the region's bands or ``all``, and one school year; else every one.
        profile
            ``public``: only what may be published; ``internal``: every number, which is recorded as a disclosure.
        purpose
            For what internal numbers are wanted; they are not given without.
        scheme
            One of the region's rating schemes; else its first.
        distance
            ``straight`` or ``network``; else as the region's rules say.
        filters
            Which students count, of the internal profile alone.
        only
            Years that are looked at, where only some are: others are not waited for, and may be without numbers.
        """
        wanted_year = _year(year)
        if band and band != "all" and band not in reference.info.bands:
            raise InputError(
                f"There is no such band. There are: {', '.join(reference.info.bands)}, all."
            )
        basis = basis_of(reference, profile, scheme, distance, filters)
        placed = self._placed_for(measure, reference, students, filters)
        unit = unit_of(reference, areas)
        if profile == "internal" and not purpose.strip():
            raise InputError(NO_PURPOSE)
        ground = self._ground(reference, placed, basis)
        if wanted_year and wanted_year not in ground.cohort.years:
            whose = "schools known" if placed.is_nobody else "students"
            raise InputError(f"There are no {whose} of that school year.")
        years = _waited_for(ground, [wanted_year] if wanted_year else only)
        found = self._figures(measure, unit, reference, placed, basis, years)
        if profile == "internal":
            grades = tuple(reference.info.bands.get(band, ()))
            self._disclosures.record(
                self._touched(placed, filters, wanted_year, grades), purpose=purpose,
                endpoint=f"measure {measure}", region=reference.info.id,
                data_version=f"{placed.stamp} {reference.snapshot}",
                filters={"by": unit, "band": band, "year": year, **_told(filters)},
            )  # fmt: skip
        asked = {name: one for name, one in (("band", band), ("year", wanted_year)) if one}
        return found.filter(**asked) if asked else found

    def unjoined(
        self, measure: str, reference: Reference, *, students: str, profile: str, scheme: str, distance: str,
        filters: Filters = EVERYBODY,
    ) -> int:  # fmt: skip
        """Number of students measured in a straight line where streets were asked for; 0 in public."""
        if profile == "public":
            return 0
        basis = basis_of(reference, profile, scheme, distance, filters)
        placed = self._placed_for(measure, reference, students, filters)
        return self._ground(reference, placed, basis).cohort.unjoined

    def years(self, reference: Reference, students: str = "") -> tuple[str, ...]:
        """The school years of some students, ascending; of a region without any those of which its schools' tables tell."""
        try:
            placed = self._placed(reference, students)
        except NotFoundError:
            if students:
                raise
            return told_years(reference)
        return self._ground(reference, placed, public_basis(reference)).cohort.years

    def _made_figures(
        self, measure: str, unit: str, reference: Reference, placed: Placed, basis: Basis,
        years: tuple[str, ...] | None,
    ) -> pl.DataFrame:  # fmt: skip
        ground = self._ground(reference, placed, basis)
        if years is not None and ground.publication is not None:
            ground = replace(ground, publication=ground.publication.during(years))
        return figures(measure, unit, ground)

    def hexagons(self, reference: Reference, students: str = "") -> pl.DataFrame:
        """Outlines of the hexagons that residents are counted by: ``unit``, ``geometry`` (WKB, WGS 84)."""
        placed = self._placed(reference, students)
        return self._hexagons(reference, placed).shapes

    def release(self, reference: Reference, students: str = "") -> Publication:
        """The release that every public figure of some students comes from."""
        return self._publication(reference, self._placed(reference, students), public_basis(reference))  # fmt: skip

    def _earlier(
        self, reference: Reference, placed: Placed, standard: Standard
    ) -> Publication | None:
        """What a release is planned beside: that by the standard before it, which rests on all before; of the first nothing."""
        every = public_standards(reference)
        at = every.index(standard)
        return self._publication(reference, placed, public_basis(reference, every[at - 1])) if at else None  # fmt: skip

    def _publication(self, reference: Reference, placed: Placed, basis: Basis) -> Publication:
        made = self._ground(reference, placed, basis).publication
        if made is None:
            raise TypeError("a public ground has a publication")
        return made

    def stamp(self, measure: str, reference: Reference, scheme: str = "") -> str:
        """Changes whenever a measure's public figure may."""
        basis = basis_of(reference, scheme=scheme)
        placed = self._placed_for(measure, reference, "", EVERYBODY)
        return f"{reference.info.id} {release_id(reference, placed, basis)}"

    def _placed_for(
        self, measure: str, reference: Reference, students: str, filters: Filters
    ) -> Placed:
        """The students of a measure: none where the region has no list of any, and the measure tells of schools without them."""
        try:
            return self._placed(reference, students)
        except NotFoundError:
            needed = measure not in MEASURES or MEASURES[measure].of_students
            if needed or students or filters:
                raise
            return Placed.nobody(reference)

    def _placed(self, reference: Reference, students: str) -> Placed:
        """The students of one data set or all; where they changed or are gone, nothing of the former is kept in memory."""
        key = (reference.info.id, students)
        try:
            placed = Placed(*self._students.years(*key))
        except NotFoundError:
            self._forget_region(reference.info.id)
            raise
        if self._stamps.setdefault(key, placed.stamp) != placed.stamp:
            self._forget()
            self._stamps[key] = placed.stamp
        self._refuse_outdated(reference, students, placed.stamp)
        return placed

    def _refuse_outdated(self, reference: Reference, students: str, stamp: str) -> None:
        """Raise where students are assigned to a region that is no longer: they would be counted in units that they left."""
        outdated = self._outdated(reference, students, stamp)
        if outdated:
            raise ConflictError(
                f"The region has changed since students were assigned to it: {', '.join(outdated)}. Assign them anew: "
                f"`geoservice students refresh --region {reference.info.id} --name {outdated[0]}`, "
                "then start again a service that runs."
            )

    def _found_outdated(self, reference: Reference, students: str, _: str) -> Sequence[str]:
        return self._students.outdated(reference, students)

    def _forget_region(self, region: str) -> None:
        """Keep nothing in memory of students of a region that are gone; figures of other regions stay where there was none."""
        held = [one for one in list(self._stamps) if one[0] == region]
        for one in held:
            self._stamps.pop(one, None)
        if held:
            self._forget()

    def _forget(self) -> None:
        for kept in (self._ground, self._hexagons, self._figures, self._touched, self._outdated):
            kept.cache_clear()

    def _made_hexagons(self, reference: Reference, placed: Placed) -> Hexagons:
        return hexagons(placed.frame, reference.info.min_n, reference.projection)

    def _made_ground(self, reference: Reference, placed: Placed, basis: Basis) -> Ground:
        counted, info = _counted(placed, basis.filters), reference.info
        years = told_years(reference) if placed.is_nobody else ()
        ready = cohort(counted, reference, basis.scheme, basis.distance, years=years)
        units = self._hexagons(reference, placed).unit.alias(HEXAGONS)
        if basis.filters:  # The hexagons are those of everybody.
            units = units.filter(basis.filters.of(placed.frame))
        students = ready.students.with_columns(pl.when("is_matched").then(units).alias(HEXAGONS))
        ready = replace(ready, students=students)
        public = None
        if basis.profile == "public" and not placed.is_nobody:  # Else there is nothing to hide.
            shelf = Shelf(self._store, info.id, release_id(reference, placed, basis))
            standard = basis.standard(reference)
            earlier = self._earlier(reference, placed, standard)
            public = Publication(ready, info.bands, info.min_n, shelf, earlier, standard)
        return Ground(ready, info.bands, ready.labels, info.min_n, public)


def _waited_for(ground: Ground, years: Sequence[str] | None) -> tuple[str, ...] | None:
    """The years that a public figure waits for; None for every one, as where nobody need wait: then one table serves all."""
    if years is None or ground.publication is None or ground.publication.is_made:
        return None
    # Where none of them has students, others say so.
    return tuple(one for one in ground.cohort.years if one in years) or ground.cohort.years[-1:]


def unit_of(reference: Reference, areas: str) -> str:
    """The column that students are counted by.

    Raises
    ------
    InputError
        Where the region has no such set.
    """
    info = reference.info
    kinds = {one.id: f"area_{one.id}" for one in info.area_sets}
    kinds |= {one.id: f"zone_{one.id}" for one in info.zone_sets}
    kinds |= {SCHOOL: SCHOOL, HEXAGONS: HEXAGONS}
    chosen = areas or next(iter(kinds))
    if chosen not in kinds:
        raise InputError(
            f"There are no areas or zones of that name. There are: {', '.join(kinds)}."
        )
    return kinds[chosen]


def _counted(placed: Placed, filters: Filters) -> pl.DataFrame:
    """The students who count."""
    return placed.frame.filter(filters.of(placed.frame)) if filters else placed.frame


def _touched(placed: Placed, filters: Filters, year: str, grades: Sequence[str]) -> StudentSet:
    """The students that internal figures are about, of one year or of some grades where these are said."""
    asked = [*([pl.col("year") == year] if year else []),
             *([pl.col("grade").is_in(list(grades))] if grades else [])]  # fmt: skip
    counted = _counted(placed, filters)
    return student_set((counted.filter(*asked) if asked else counted)["student"])


def _told(filters: Filters) -> dict[str, str]:
    """The filters that were asked for."""
    return {name: text for name, text in asdict(filters).items() if text}


def _year(year: str) -> str:
    found = read_year(year) if year else ""
    if found is None:
        raise InputError("A school year is written such as 2025-26.")
    return found
