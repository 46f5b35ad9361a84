"""Growth of today's students in future years, for the numbers of scenarios."""

import numpy as np
import polars as pl

from geoservice.forecast.history import Floats, History, first_calendar_year, school_year_from
from geoservice.planning.counting import Growth
from geoservice.planning.ground import NO_SCHOOL, PlanningGround
from geoservice.reference.snapshot import Reference


def growth_of(
    ground: PlanningGround, reference: Reference, history: History, ahead: Floats
) -> dict[str, Growth]:
    """Return the future students per student of today, by school year, zone and grade.

    New homes are assumed to be spread over a zone like those of today's students.

    Parameters
    ----------
    history
        Residents by zone of the ground's set of zones.
    ahead
        Zones x years x grades.
    """
    residents, schools = ground.residents, len(ground.schools.ids)
    zone_school = _schools_of_zones(ground, reference, history)
    grades = [history.grades.index(grade) for grade in residents.grade_names]
    # The last school stands for homes outside all zones: they grow as the district does.
    right = np.where(residents.right == NO_SCHOOL, schools, residents.right)
    stratum = right * len(grades) + residents.grade
    today = _by_school(history.students[:, -1, grades], zone_school, schools)
    first_year = first_calendar_year(history.years[-1])
    growth = {}
    for step in range(ahead.shape[1]):  # Over years: five.
        coming = _by_school(ahead[:, step, grades], zone_school, schools)
        factor = np.divide(coming, today, out=np.ones_like(today), where=today > 0)
        growth[school_year_from(first_year + step + 1)] = Growth(stratum, factor.reshape(-1))
    return growth


def _schools_of_zones(ground: PlanningGround, reference: Reference, history: History) -> np.ndarray:
    zones = reference.zones().filter(set_id=ground.zones).unique("zone_id", keep="first")
    school = dict(zones.select("zone_id", pl.col("school_id").fill_null("")).iter_rows())
    numbers = ground.schools.numbers
    return np.array([numbers.get(school.get(zone, ""), NO_SCHOOL) for zone in history.units])


def _by_school(students: Floats, zone_school: np.ndarray, schools: int) -> Floats:
    """Return students by school and grade; the last row holds the district."""
    sums = np.zeros((schools + 1, students.shape[1]))
    np.add.at(sums, zone_school[zone_school >= 0], students[zone_school >= 0])
    sums[-1] = students.sum(axis=0)
    return sums
