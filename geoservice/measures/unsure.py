"""In which years some students are left out of what needs seats: a public fact, as the tables of schools say which seats are known."""

import polars as pl

from geoservice.measures.cohort import Cohort
from geoservice.measures.facts import zone_schools


def unsure_families(cohort: Cohort, year: str) -> frozenset[str]:
    """Families some parts of which say nothing of some students of a year.

    None where no school's seats and enrolment are known: then these parts have no data.
    """
    now = cohort.by_year.filter(year=year)
    is_known = pl.col("capacity").is_not_null() & pl.col("enrollment").is_not_null()
    unknown = now.filter(~is_known)
    if unknown.is_empty() or len(unknown) == len(now):
        return frozenset()
    near = not unknown.filter("is_open", "quality").is_empty()
    of_right = not _schools_of_right(cohort).isdisjoint(unknown["school_id"])
    return frozenset(name for name, found in (("access", near), ("leaving", of_right)) if found)


def _schools_of_right(cohort: Cohort) -> frozenset[str]:
    layers, sets = cohort.reference.zone_layers, cohort.reference.info.zone_sets
    return frozenset(school for one in sets for school in zone_schools(layers, one.id).values())
