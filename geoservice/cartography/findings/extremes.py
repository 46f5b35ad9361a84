"""The unit with the lowest or highest value, if the published values leave no doubt.

A rounded value, or a bound such as "at least 95%", covers a range of true values. A unit is the
lowest only if no other unit with a value can equal it. Withheld values are not compared.
"""

import math
from collections.abc import Sequence

from geoservice.cartography.figure.cells import AT_LEAST, AT_MOST, SHOWN, Value

Named = tuple[str, Value]
"""Name and value of a unit."""


def with_number(named: Sequence[Named]) -> list[Named]:
    """Return the units whose value, or a bound of it, is published."""
    return [(name, value) for name, value in named if value.number is not None]


def lowest(named: Sequence[Named]) -> Named | None:
    """Return the unit whose exact value is certainly the lowest; None if uncertain."""
    return _alone(named, is_highest=False)


def highest(named: Sequence[Named]) -> Named | None:
    """Return the unit whose exact value is certainly the highest; None if uncertain."""
    return _alone(named, is_highest=True)


def sharing_lowest(named: Sequence[Named]) -> list[Named]:
    """Return the units that share the lowest value; none if a bound may be lower."""
    return _sharing(named, is_highest=False)


def sharing_highest(named: Sequence[Named]) -> list[Named]:
    """Return the units that share the highest value; none if a bound may be higher."""
    return _sharing(named, is_highest=True)


def ends(named: Sequence[Named]) -> tuple[Value, Value] | None:
    """Return the lowest and the highest exact value; None without exact values."""
    exact = [value for _, value in named if value.status == SHOWN and value.number is not None]
    if not exact:
        return None
    return min(exact, key=_number), max(exact, key=_number)


def below(named: Sequence[Named], limit: float) -> int:
    """Return how many units are below a limit for sure."""
    return sum(_range(value)[1] < limit for _, value in with_number(named))


def all_at_least(named: Sequence[Named], limit: float) -> bool:
    """Return True if every unit with a value has the limit or more for sure."""
    return all(_range(value)[0] >= limit for _, value in with_number(named))


def _alone(named: Sequence[Named], *, is_highest: bool) -> Named | None:
    sign = -1.0 if is_highest else 1.0
    units = with_number(named)
    exact = [(name, value) for name, value in units if value.status == SHOWN]
    if len(units) < 2 or not exact:
        return None
    ranked = sorted(exact, key=lambda unit: sign * _number(unit[1]))
    own = sign * _number(ranked[0][1])
    bounds = [value for _, value in units if value.status != SHOWN]
    others = [sign * _number(value) for _, value in ranked[1:]]
    others += [min(sign * end for end in _range(value)) for value in bounds]
    return ranked[0] if own < min(others) else None


def _sharing(named: Sequence[Named], *, is_highest: bool) -> list[Named]:
    """Return the units at an end; none if all have the same value or a bound may exceed it."""
    sign = -1.0 if is_highest else 1.0
    units = with_number(named)
    exact = [unit for unit in units if unit[1].status == SHOWN]
    if len(units) < 2 or not exact:
        return []
    end = min(sign * _number(value) for _, value in exact)
    bounds = [value for _, value in units if value.status != SHOWN]
    if any(min(sign * limit for limit in _range(value)) <= end for value in bounds):
        return []
    sharing = [unit for unit in exact if sign * _number(unit[1]) == end]
    return sharing if len(sharing) < len(units) else []


def _range(value: Value) -> tuple[float, float]:
    number = _number(value)
    if value.status == AT_MOST:
        return -math.inf, number
    if value.status == AT_LEAST:
        return number, math.inf
    return number, number


def _number(value: Value) -> float:
    return value.number or 0.0
