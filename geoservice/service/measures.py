"""Measures of the students of a region, public unless the internal profile is asked for."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache

import numpy as np
import polars as pl

from geoservice.cohort.students import RECORD_KEY, cohort
from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.geometry.hexagons import HexagonShapes
from geoservice.measures.figures import figures
from geoservice.measures.ground import HEXAGONS, SCHOOL, Ground
from geoservice.measures.measure import DRAW, LIST
from geoservice.measures.registry import MEASURES, measure_by
from geoservice.model.settings import Settings
from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import told_years
from geoservice.release.hexagons import Hexagons, hexagons
from geoservice.release.protected_counts import Protection
from geoservice.release.publish import protect_with
from geoservice.release.record_keys import with_record_keys
from geoservice.release.rules import protection_of
from geoservice.service.audit import NO_PURPOSE, Disclosures, StudentSet, student_set
from geoservice.service.basis import EVERYBODY, Basis, Placed, basis_of, figures_id
from geoservice.service.students import Students
from geoservice.state.leftovers import remove_leftovers
from geoservice.state.secret import secret_for
from geoservice.students.filters import Filters

RECORD_KEYS = "record keys"
"""What the secret of record keys is derived for."""


class Measures:
    """All measures over the students of one data folder; answers are kept by snapshot and data set."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        remove_leftovers(settings.home)
        self._students = Students(settings)
        self._disclosures = Disclosures(settings)
        self._stamps: dict[tuple[str, str], str] = {}
        self._keyed = lru_cache(maxsize=4)(self._with_keys)
        self._ground = lru_cache(maxsize=8)(self._made_ground)
        self._hexagons = lru_cache(maxsize=4)(self._made_hexagons)
        self._figures = lru_cache(maxsize=256)(self._made_figures)
        self._touched = lru_cache(maxsize=16)(_touched)
        self._outdated = lru_cache(maxsize=16)(self._found_outdated)

    def table(
        self,
        measure: str,
        reference: Reference,
        areas: str = "",
        band: str = "",
        year: str = "",
        *,
        students: str = "",
        profile: str = "public",
        scheme: str = "",
        distance: str = "",
        purpose: str = "",
        filters: Filters = EVERYBODY,
    ) -> pl.DataFrame:
        """One measure for all units of a kind: `geoservice.measures.figures.COLUMNS`.

        Parameters
        ----------
        areas
            Id of a set of areas or zones, or ``school``; else the region's first set of areas.
        band, year
            One of the region's bands or ``all``, and one school year; else every one.
        profile
            ``public``: protected counts; ``internal``: true numbers, which is recorded as a disclosure.
        purpose
            For what internal numbers are wanted; they are not given without.
        scheme
            One of the region's rating schemes; else its first.
        distance
            ``straight`` or ``network``; else as the region's rules say.
        filters
            Which students count: of the public profile a listed subgroup alone.
        """
        wanted_year = _year(year)
        if band and band != "all" and band not in reference.info.bands:
            raise InputError(
                f"There is no such band. There are: {', '.join(reference.info.bands)}, all."
            )
        basis = basis_of(reference, profile, scheme, distance, filters)
        placed = self._placed_for(measure, reference, students, filters)
        unit = unit_of(reference, areas, measure)
        if profile == "internal" and not purpose.strip():
            raise InputError(NO_PURPOSE)
        ground = self._ground(reference, placed, basis)
        if wanted_year and wanted_year not in ground.cohort.years:
            whose = "schools known" if placed.is_nobody else "students"
            raise InputError(f"There are no {whose} of that school year.")
        found = self._figures(measure, unit, reference, placed, basis)
        if profile == "internal":
            grades = tuple(reference.info.bands.get(band, ()))
            self._disclosures.record(
                self._touched(placed, filters, wanted_year, grades),
                purpose=purpose,
                endpoint=f"measure {measure}",
                region=reference.info.id,
                data_version=f"{placed.stamp} {reference.snapshot}",
                filters={"by": unit, "band": band, "year": year, **_told(filters)},
            )
        asked = {name: one for name, one in (("band", band), ("year", wanted_year)) if one}
        return found.filter(**asked) if asked else found

    def unjoined(
        self,
        measure: str,
        reference: Reference,
        *,
        students: str,
        profile: str,
        scheme: str,
        distance: str,
        filters: Filters = EVERYBODY,
    ) -> int:
        """Number of students measured in a straight line where streets were asked for; 0 in public."""
        if profile == "public":
            return 0
        basis = basis_of(reference, profile, scheme, distance, filters)
        placed = self._placed_for(measure, reference, students, filters)
        return self._ground(reference, placed, basis).cohort.unjoined

    def years(self, reference: Reference, students: str = "") -> tuple[str, ...]:
        """The school years of some students, ascending; of a region without any those of its schools' tables."""
        try:
            placed = self._placed(reference, students)
        except NotFoundError:
            if students:
                raise
            return told_years(reference)
        return tuple(sorted(placed.frame["year"].unique().to_list()))

    def hexagons(self, reference: Reference, students: str = "") -> HexagonShapes:
        """Outlines of the hexagons that homes are counted by, in degrees."""
        return self._hexagons(reference, self._placed(reference, students)).shapes

    def stamp(
        self, measure: str, reference: Reference, scheme: str = "", distance: str = ""
    ) -> str:
        """Changes whenever a measure's public figure may."""
        basis = basis_of(reference, scheme=scheme, distance=distance)
        placed = self._placed_for(measure, reference, "", EVERYBODY)
        return f"{reference.info.id} {figures_id(reference, placed, basis)}"

    def ground(self, reference: Reference, students: str = "", profile: str = "public") -> Ground:
        """What figures of some students are computed from: for the audit of a release."""
        basis = basis_of(reference, profile)
        placed = self._placed(reference, students)
        return self._with_hexagons(self._ground(reference, placed, basis), reference, placed, basis)

    def _made_figures(
        self, measure: str, unit: str, reference: Reference, placed: Placed, basis: Basis
    ) -> pl.DataFrame:
        ground = self._ground(reference, placed, basis)
        if unit == HEXAGONS or measure_by(measure, unit).protection == DRAW:
            ground = self._with_hexagons(ground, reference, placed, basis)
        return figures(measure, unit, ground)

    def _placed_for(
        self, measure: str, reference: Reference, students: str, filters: Filters
    ) -> Placed:
        """The students of a measure: none where the region has no list of any, and the measure needs none."""
        try:
            return self._placed(reference, students)
        except NotFoundError:
            is_needed = measure not in MEASURES or LIST in MEASURES[measure].needs
            if is_needed or students or filters:
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
        return self._keyed(placed)

    def _with_keys(self, placed: Placed) -> Placed:
        secret = secret_for(RECORD_KEYS, self.settings)
        return Placed(with_record_keys(placed.frame, secret), placed.stamp)

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
        for kept in (
            self._keyed,
            self._ground,
            self._hexagons,
            self._figures,
            self._touched,
            self._outdated,
        ):
            kept.cache_clear()

    def _made_hexagons(self, reference: Reference, placed: Placed) -> Hexagons:
        protection = _protection(reference, placed)
        return hexagons(placed.frame, protection, reference.projection)

    def _made_ground(self, reference: Reference, placed: Placed, basis: Basis) -> Ground:
        counted, info = _counted(placed, basis.filters), reference.info
        years = told_years(reference) if placed.is_nobody else ()
        ready = cohort(counted, reference, basis.scheme, basis.distance, years=years)
        if basis.profile == "internal":
            return Ground(ready, info.bands)
        if placed.is_nobody:  # There is nobody to protect.
            return Ground(ready, info.bands, counts=info.release.counts)
        protection = _protection(reference, placed)
        return Ground(ready, info.bands, protect_with(protection), protection.counts)

    def _with_hexagons(
        self, ground: Ground, reference: Reference, placed: Placed, basis: Basis
    ) -> Ground:
        """The ground with the hexagon of each home; those of a subgroup are the hexagons of everybody."""
        units = self._hexagons(reference, placed).unit.alias(HEXAGONS)
        if basis.filters:
            units = units.filter(basis.filters.of(placed.frame))
        students = ground.cohort.students.with_columns(
            pl.when("is_matched").then(units).alias(HEXAGONS)
        )
        return replace(ground, cohort=replace(ground.cohort, students=students))


def _protection(reference: Reference, placed: Placed) -> Protection:
    """The region's protection; the number of all students of a year and band is public."""
    by_grade = placed.frame.group_by("year", "grade").agg(pl.col(RECORD_KEY).sum())
    bands = [None, *reference.info.bands.values()]
    sums = [
        (by_grade if grades is None else by_grade.filter(pl.col("grade").is_in(list(grades))))
        .group_by("year")
        .agg(pl.col(RECORD_KEY).sum())
        for grades in bands
    ]
    totals = np.concatenate([table[RECORD_KEY].to_numpy() for table in sums])
    return protection_of(reference.info, totals)


def unit_of(reference: Reference, areas: str, measure: str = "") -> str:
    """The column that students are counted by: of those named, else the first kind that the measure is counted by.

    Raises
    ------
    InputError
        Where the region has no such set.
    """
    info = reference.info
    kinds = {one.id: f"area_{one.id}" for one in info.area_sets}
    kinds |= {one.id: f"zone_{one.id}" for one in info.zone_sets}
    kinds |= {SCHOOL: SCHOOL, HEXAGONS: HEXAGONS}
    by = MEASURES[measure].by if measure in MEASURES else frozenset(["area"])
    fitting = [name for name, unit in kinds.items() if unit.partition("_")[0] in by]
    if not areas and not fitting:
        needed = " or ".join(f"[[{kind}s]]" for kind in ("area", "zone") if kind in by)
        raise InputError(f"The region has no {needed}: add them to `region.toml`.")
    chosen = areas or fitting[0]
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
    asked = [
        *([pl.col("year") == year] if year else []),
        *([pl.col("grade").is_in(list(grades))] if grades else []),
    ]
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
