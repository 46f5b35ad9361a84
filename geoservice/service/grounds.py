"""A cache of grounds, the joined data that figures are computed from, and of hexagons of homes."""

from dataclasses import replace
from functools import lru_cache

import polars as pl

from geoservice.cohort.students import cohort
from geoservice.measures.ground import HEXAGONS, Ground
from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import years_with_data
from geoservice.release.hexagons import Hexagons, hexagons
from geoservice.release.publish import protect_with
from geoservice.service.basis import Basis
from geoservice.service.placed_students import PlacedStudents
from geoservice.service.protection import protection_of_students
from geoservice.service.stages import stage


class Grounds:
    """Grounds and hexagons by snapshot, students and basis. Safe to share between threads."""

    def __init__(self) -> None:
        self._grounds = lru_cache(maxsize=8)(_new_ground)
        self._hexagons = lru_cache(maxsize=4)(_new_hexagons)

    def ground(self, reference: Reference, placed: PlacedStudents, basis: Basis) -> Ground:
        """Return the cohort of some students with its protection, without hexagons."""
        return self._grounds(reference, placed, basis)

    def with_hexagons(self, reference: Reference, placed: PlacedStudents, basis: Basis) -> Ground:
        """Return the ground with the hexagon of each home.

        A subgroup is counted by the hexagons of all students.
        """
        ground = self.ground(reference, placed, basis)
        units = self.hexagons(reference, placed).unit.alias(HEXAGONS)
        if basis.filters:
            units = units.filter(basis.filters.of(placed.frame))
        students = ground.cohort.students.with_columns(
            pl.when("is_matched").then(units).alias(HEXAGONS)
        )
        return replace(ground, cohort=replace(ground.cohort, students=students))

    def hexagons(self, reference: Reference, placed: PlacedStudents) -> Hexagons:
        """Return the hexagons that the homes of some students are counted by."""
        return self._hexagons(reference, placed)

    def forget(self) -> None:
        """Drop everything from memory."""
        self._grounds.cache_clear()
        self._hexagons.cache_clear()


def _new_hexagons(reference: Reference, placed: PlacedStudents) -> Hexagons:
    with stage("hexagons"):
        protection = protection_of_students(reference, placed.frame)
        return hexagons(placed.frame, protection, reference.projection)


def _new_ground(reference: Reference, placed: PlacedStudents, basis: Basis) -> Ground:
    info = reference.info
    years = years_with_data(reference) if placed.is_nobody else ()
    counted = placed.filtered(basis.filters)
    with stage("students"):
        students = cohort(counted, reference, basis.scheme, basis.distance, years=years)
    if basis.profile == "internal":
        return Ground(students, info.bands)
    if placed.is_nobody:  # There is nobody to protect.
        return Ground(students, info.bands, counts=info.release.counts)
    protection = protection_of_students(reference, placed.frame)
    return Ground(students, info.bands, protect_with(protection), protection.counts)
