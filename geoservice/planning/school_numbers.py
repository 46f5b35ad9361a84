"""Numbers of a scenario by school."""

import numpy as np

from geoservice.planning.cell_numbers import Pair, Units, distances, parts, takers, units_of
from geoservice.planning.comparison import Comparison
from geoservice.planning.counting import CellCounter, ratio
from geoservice.planning.ground import NO_SCHOOL, Bools


def school_units(comparison: Comparison, counter: CellCounter) -> Units:
    """The schools as units, with the students of their zones."""
    return units_of(counter, comparison.right, comparison.size)


def school_numbers(comparison: Comparison, counter: CellCounter, units: Units) -> dict[str, Pair]:
    """Every number by school: an array over all schools."""
    size, none = comparison.size, np.full(comparison.size, np.nan)
    outcome, next_school = comparison.outcome, comparison.residents.next_school
    zones = comparison.has_zone
    moved_out = counter.cells(comparison.before, size, outcome.is_moved)
    moved_in = counter.cells(comparison.after, size, outcome.is_moved)
    stay = counter.cells(comparison.before, size, outcome.may_stay)
    stays = bool(outcome.scenario.stay.grades)
    return {
        "students": shown_pair(counter, units.totals, (~zones[0], ~zones[1])),
        "moved_out": (none, counter.shown(moved_out, is_zero=~comparison.can_leave)),
        "moved_in": (none, counter.shown(moved_in, is_zero=~comparison.can_join)),
        "may_stay": (none, counter.shown(stay, is_zero=~(comparison.can_leave & stays))),
        **seat_numbers(comparison, counter),
        **_in_quality(comparison, counter, units),
        **distances(comparison, counter, units),
        **_groups(comparison, counter, units),
        "next_schools": (
            takers(counter, comparison.before, next_school, size, size),
            takers(counter, comparison.after, next_school, size, size),
        ),
        **zone_numbers(comparison),
    }


def shown_pair(
    counter: CellCounter, counts: Pair, is_zero: tuple[Bools, Bools] | None = None
) -> Pair:
    """Counts that may be shown, before and after."""
    zero = is_zero or (None, None)
    return counter.shown(counts[0], is_zero=zero[0]), counter.shown(counts[1], is_zero=zero[1])


def seat_numbers(comparison: Comparison, counter: CellCounter) -> dict[str, Pair]:
    """Students who attend beside seats."""
    residents, outcome, size = comparison.residents, comparison.outcome, comparison.size
    closed = ~comparison.schools.is_open
    today = np.where(residents.attends == NO_SCHOOL, residents.right, residents.attends)
    before = counter.shown(counter.cells(today, size))
    after = counter.shown(counter.cells(outcome.enrolled(), size), is_zero=closed)
    start = counter.cells(outcome.enrolled(first_year=True), size)
    seats_before = np.full(size, np.nan)
    seats_before[: len(outcome.ground.schools.ids)] = outcome.ground.schools.seats
    seats_after = np.where(closed, np.nan, comparison.schools.seats)
    return {
        "enrolled": (before, after),
        "enrolled_first_year": (np.full(size, np.nan), counter.shown(start, is_zero=closed)),
        "seats": (seats_before, seats_after),
        "utilisation": (before / seats_before, after / seats_after),
    }


def zone_numbers(comparison: Comparison) -> dict[str, Pair]:
    """Pieces and compactness of the zones."""
    numbers = {}
    for name in ("pieces", "compactness"):
        pair = (np.full(comparison.size, np.nan), np.full(comparison.size, np.nan))
        for values, shapes in zip(pair, comparison.zones, strict=True):
            is_named = shapes.school != NO_SCHOOL
            values[shapes.school[is_named]] = getattr(shapes, name)[is_named]
        numbers[name] = pair
    return numbers


def _in_quality(comparison: Comparison, counter: CellCounter, units: Units) -> dict[str, Pair]:
    """All students of a zone, or none: whether its school is a quality school is public."""
    quality = comparison.schools.is_quality.astype(np.float64)
    pairs = [
        (counter.shown(total) * quality, ratio(total * quality, total)) for total in units.totals
    ]
    return {
        "in_quality": (pairs[0][0], pairs[1][0]),
        "in_quality_share": (pairs[0][1], pairs[1][1]),
    }


def _groups(comparison: Comparison, counter: CellCounter, units: Units) -> dict[str, Pair]:
    numbers = {}
    for name in counter.groups:  # Over listed subgroups.
        members = comparison.residents.groups[name]
        shares = parts(name, counter, units, (members, members))
        numbers[f"share_{name}"] = shares[f"{name}_share"]
    return numbers
