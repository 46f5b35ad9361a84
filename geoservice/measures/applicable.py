"""Which lines a figure has, and which lines are zero by public facts.

Results are arrays of bands x years x units. The last unit of every array is the district.
"""

import numpy as np
from numpy.typing import NDArray

from geoservice.cohort.facts import serves
from geoservice.measures.ground import DISTRICT, HEXAGONS, SCHOOL, Ground
from geoservice.model.grades import GRADES

Bools = NDArray[np.bool_]


def unit_names(ground: Ground, unit: str) -> tuple[str, ...]:
    """Return the ids of a kind of units, sorted."""
    if unit == SCHOOL:
        return ground.cohort.schools.ids
    if unit == DISTRICT:
        return ()
    if unit == HEXAGONS:
        return tuple(ground.cohort.students[HEXAGONS].drop_nulls().unique().sort().to_list())
    return ground.cohort.schools.unit_ids[unit]


def applicable(ground: Ground, unit: str) -> Bools:
    """Return True for lines that a figure has.

    Bands with a grade that the unit serves, years in which a school was open.
    """
    return ground.cohort.once(
        ("applicable", unit, *ground.bands), lambda: _applicable(ground, unit)
    )


def has_open_school(ground: Ground, unit: str) -> Bools:
    """Return True if a school that is open in the year stands in the unit.

    For zones, the school must stand in the zone of its grade.
    """
    return ground.cohort.once(("open", unit, *ground.bands), lambda: _has_open_school(ground, unit))


def has_served_grade(ground: Ground, unit: str) -> Bools:
    """Return True for bands with a grade that some zone serves."""
    served = {
        grade for zone_set in ground.cohort.reference.info.zone_sets for grade in zone_set.grades
    }
    return _bands_with(served, ground, unit)


def has_zone(ground: Ground, unit: str) -> Bools:
    """Return True for schools that have a zone for a grade of the band."""
    schools = ground.cohort.schools
    zoned = np.zeros((len(GRADES), max(len(schools.ids), 1)), dtype=bool)
    for rights in schools.zone_right.values():
        number, zone, grade = np.nonzero(rights >= 0)
        zoned[grade, rights[number, zone, grade]] = True
    by_band = np.stack([np.any(zoned[chosen], axis=0) for chosen in _grades(ground)])
    return _with_district(by_band[:, None, : len(schools.ids)], ground, unit)


def _shape(ground: Ground, unit: str) -> tuple[int, int, int]:
    return len(ground.bands) + 1, len(ground.cohort.years), len(unit_names(ground, unit)) + 1


def _grades(ground: Ground) -> list[list[int]]:
    """By band the indexes of its grades."""
    bands = ground.every_band.values()
    return [
        [GRADES.index(grade) for grade in (GRADES if grades is None else grades)]
        for grades in bands
    ]


def _bands_with(served: set[str], ground: Ground, unit: str) -> Bools:
    """True for bands with a served grade."""
    bands = ground.every_band.values()
    by_band = [grades is None or bool(served & set(grades)) for grades in bands]
    return np.broadcast_to(np.array(by_band)[:, None, None], _shape(ground, unit))


def _with_district(by_unit: Bools, ground: Ground, unit: str) -> Bools:
    """Add the district, which is True if any unit is True; a single year stands for all years."""
    bands, years, units = _shape(ground, unit)
    with_district = np.zeros((bands, years, units), dtype=bool)
    with_district[:, :, :-1] = by_unit
    with_district[:, :, -1] = by_unit.any(axis=2)
    return with_district


def _applicable(ground: Ground, unit: str) -> Bools:
    zone_grades = {
        f"zone_{zone_set.id}": zone_set.grades
        for zone_set in ground.cohort.reference.info.zone_sets
    }
    if unit in zone_grades:
        return _bands_with(set(zone_grades[unit]), ground, unit)
    if unit != SCHOOL:
        return np.ones(_shape(ground, unit), dtype=bool)
    by_school = serves(ground.cohort.facts)
    served_bands = np.stack([np.any(by_school[:, chosen], axis=1) for chosen in _grades(ground)])
    served_bands[-1] = True
    is_open = ground.cohort.schools.is_open[:, : len(by_school)]
    rows = _with_district(served_bands[:, None] & is_open[None], ground, unit)
    rows[:, :, -1] = np.any(served_bands, axis=1, keepdims=True)
    return rows


def _has_open_school(ground: Ground, unit: str) -> Bools:
    schools, units = ground.cohort.schools, len(unit_names(ground, unit))
    is_open = schools.is_open
    by_unit = np.zeros((len(ground.bands) + 1, len(ground.cohort.years), units), dtype=bool)
    if unit in schools.areas:
        stands = schools.areas[unit]
        for year in range(len(is_open)):  # Over years: a handful.
            open_units = stands[is_open[year] & (stands >= 0)]
            by_unit[:, year, open_units] = True
        return _with_district(by_unit, ground, unit)
    for band, chosen in enumerate(_grades(ground)):
        for year in range(len(is_open)):
            stands = schools.zones[unit][chosen][:, is_open[year]]
            by_unit[band, year, stands[stands >= 0]] = True
    return _with_district(by_unit, ground, unit)
