"""Numbers of a scenario by area of the region's first regionalisation, and of the district."""

from collections.abc import Callable

import numpy as np

from geoservice.planning.cell_numbers import Pair, Units, distances, parts, takers, units_of
from geoservice.planning.comparison import Comparison
from geoservice.planning.counting import CellCounter
from geoservice.planning.ground import Bools, Floats, Ints
from geoservice.planning.school_numbers import seat_numbers, shown_pair, zone_numbers
from geoservice.planning.segregation import dissimilarity, exposure, isolation

OVER, UNDER = 0.95, 0.80
_INDICES = (("dissimilarity", dissimilarity), ("exposure", exposure), ("isolation", isolation))


def area_units(comparison: Comparison, counter: CellCounter) -> Units:
    """The areas as units, with the students who live there."""
    area = comparison.residents.area
    return units_of(counter, (area, area), comparison.area_count)


def area_numbers(comparison: Comparison, counter: CellCounter, units: Units) -> dict[str, Pair]:
    """Every number by area."""
    area, size = comparison.residents.area, comparison.area_count
    outcome, none = comparison.outcome, np.full(comparison.area_count, np.nan)
    moved = counter.cells(area, size, outcome.is_moved)
    stay = counter.cells(area, size, outcome.may_stay)
    stays = bool(outcome.scenario.stay.grades)
    return {
        "students": shown_pair(counter, units.totals),
        "moved": (none, counter.shown(moved, is_zero=~comparison.can_move)),
        "may_stay": (none, counter.shown(stay, is_zero=~(comparison.can_move & stays))),
        **parts("in_quality", counter, units, comparison.is_in_quality),
        **distances(comparison, counter, units),
        "schools": (
            takers(counter, area, comparison.before, size, comparison.size),
            takers(counter, area, comparison.after, size, comparison.size),
        ),
    }


def district_numbers(comparison: Comparison, counter: CellCounter) -> dict[str, Pair]:
    """Every number of the district, all grades together."""
    residents, size, areas = comparison.residents, comparison.size, comparison.area_count
    everybody = np.zeros(len(residents.count), dtype=np.int64)
    numbers = together(comparison, counter, everybody, 1)
    used = seat_numbers(comparison, counter)["utilisation"]
    numbers["schools_over_95"] = _numbered(used, lambda share: share > OVER)
    numbers["schools_under_80"] = _numbered(used, lambda share: share < UNDER)
    homes = [takers(counter, residents.area, right, areas, size) for right in comparison.right]
    numbers["split_areas"] = _numbered((homes[0], homes[1]), lambda schools: schools > 1)
    feeders = [
        takers(counter, right, residents.next_school, size, size) for right in comparison.right
    ]
    numbers["split_feeders"] = _numbered((feeders[0], feeders[1]), lambda schools: schools > 1)
    pieces = zone_numbers(comparison)["pieces"]
    numbers["zones_in_pieces"] = _numbered(pieces, lambda count: count > 1)
    return numbers | _segregation(comparison, counter)


def together(comparison: Comparison, counter: CellCounter, key: Ints, size: int) -> dict[str, Pair]:
    """Return numbers of the district by a key of its students: 0 for all, or the grade."""
    located = [np.where(right >= 0, key, -1) for right in comparison.right]
    students = units_of(counter, (located[0], located[1]), size)
    units, outcome = units_of(counter, (key, key), size), comparison.outcome
    moves = np.full(size, comparison.can_leave.any())
    stays = moves & bool(outcome.scenario.stay.grades)
    moved, stay = (counter.cells(key, size, mask) for mask in (outcome.is_moved, outcome.may_stay))
    none = np.full(size, np.nan)
    return {
        "students": shown_pair(counter, students.totals),
        "moved": (none, counter.shown(moved, is_zero=~moves)),
        "may_stay": (none, counter.shown(stay, is_zero=~stays)),
        **parts("in_quality", counter, units, comparison.is_in_quality),
        **distances(comparison, counter, units),
    }


def _numbered(pair: Pair, test: Callable[[Floats], Bools]) -> Pair:
    """How many units pass a test, before and after."""
    before, after = (np.array([float(np.sum(test(values)))]) for values in pair)
    return before, after


def _segregation(comparison: Comparison, counter: CellCounter) -> dict[str, Pair]:
    totals = [counter.cells(right, comparison.size) for right in comparison.right]
    numbers = {}
    for name in counter.groups:  # Over listed subgroups.
        members = comparison.residents.groups[name]
        cells = [counter.cells(right, comparison.size, members) for right in comparison.right]
        for measure, index in _INDICES:
            pair = [
                _index(index(group, np.maximum(total - group, 0)), counter)
                for group, total in zip(cells, totals, strict=True)
            ]
            numbers[f"{measure}_{name}"] = (pair[0], pair[1])
    return numbers


def _index(value: float, counter: CellCounter) -> Floats:
    """An index; in public with the two digits that noise leaves."""
    return np.array([value if counter.public is None else round(value, 2)])
