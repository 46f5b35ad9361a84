"""How much a typed street differs from a street of the reference: penalties and vetoes.

The score of a match is 100 minus its penalties. Each penalty is named in ``geo_changes``.
"""

from typing import NamedTuple

from geoservice.address.readings import StreetReading
from geoservice.address.routes import compatible
from geoservice.address.street import Street
from geoservice.address.vocabulary import vocabulary

ADDED_DIRECTION = 4.0
DROPPED_DIRECTION = 5.0
MOVED_DIRECTION = 2.0
ADDED_TYPE = 3.0
DROPPED_TYPE = 4.0
CHANGED_TYPE = 10.0
CHANGED_PRETYPE = 5.0
CHANGED_NAME = 12.0
CHANGED_KIND = 2.0
OTHER_KIND = 8.0
ADDED_MODIFIER = 10.0
LEFT_OUT = 4.0
UNUSED = 2.0
_GRID_ROADS = frozenset({"COUNTY ROAD", "TOWNSHIP ROAD", "ROAD"})


class Difference(NamedTuple):
    """Penalty and named changes from a typed street to a street of the reference.

    ``loses`` is True if a typed word is dropped or replaced; a street that keeps all words comes
    first. ``is_last_resort`` marks a street that counts only if no other street has the name.
    """

    penalty: float = 0.0
    changes: tuple[str, ...] = ()
    loses: bool = False
    is_last_resort: bool = False

    def plus(self, difference: "Difference | None") -> "Difference | None":
        """Add two differences; None (a veto) if either is None."""
        if difference is None or difference is NO_DIFFERENCE:
            return None if difference is None else self
        return self.and_also(difference)

    def and_also(self, difference: "Difference") -> "Difference":
        """Both differences together."""
        if difference is NO_DIFFERENCE or self is NO_DIFFERENCE:
            return self if difference is NO_DIFFERENCE else difference
        return Difference(
            self.penalty + difference.penalty,
            self.changes + difference.changes,
            self.loses or difference.loses,
            self.is_last_resort or difference.is_last_resort,
        )


NO_DIFFERENCE = Difference()


def difference(typed: StreetReading, reference_street: Street) -> Difference | None:
    """Return the changes from ``typed`` to ``known``; None if they cannot be the same street.

    N FOLSOM does not match FOLSOM ST: if both direction and type differ, the name is not enough.
    """
    if (
        not typed.street.type
        and reference_street.type
        and typed.directions - reference_street.directions
    ):
        return None
    total = direction_change(typed, reference_street)
    for change_of in (type_change, _pretype_change, _modifier_change):
        if total is None:
            return None
        total = total.plus(change_of(typed.street, reference_street))
    if total is None or not (typed.dropped_type or typed.left_out):
        return total
    total = total.and_also(_second_type_dropped(typed.dropped_type))
    return total.and_also(words_left_out(typed.left_out))


def renamed(typed: Street, reference_street: Street) -> Difference:
    """The change of the name itself, where spelling brought the two together."""
    return Difference(CHANGED_NAME, (f"name {typed.name}>{reference_street.name}",))


def words_left_out(words: str) -> Difference:
    """Return the penalty for typed words that a reading does not use."""
    return Difference(LEFT_OUT, (f"words -{words}",), loses=True) if words else NO_DIFFERENCE


def words_unused(words: str) -> Difference:
    """Return the penalty for words beside the street that are not a unit, such as a building."""
    return Difference(UNUSED, (f"words -{words}",)) if words else NO_DIFFERENCE


def direction_change(typed: StreetReading, reference_street: Street) -> Difference | None:
    """Return the change of directions; None if a typed direction excludes the street.

    Directions may be added, dropped or moved. A typed direction never becomes another direction: it
    is not replaced, and it is not dropped if an opposite direction or another quadrant remains. On
    a grid (850 N) the direction is the street, so no direction may be added behind it or moved.
    """
    street = typed.street
    is_same = (street.predir, street.postdir) == (reference_street.predir, reference_street.postdir)
    if is_same and not typed.left_out and not typed.is_moved:
        return NO_DIFFERENCE
    typed_directions, is_ = typed.directions, reference_street.directions
    dropped, added = typed_directions - is_, is_ - typed_directions
    if (dropped and added) or any(
        _opposed(dropped_direction, reference_direction)
        for dropped_direction in dropped
        for reference_direction in is_
    ):
        return None
    if reference_street.is_grid and reference_street.postdir != street.postdir:
        return None
    if dropped:
        cost = DROPPED_DIRECTION * len(dropped)
        return Difference(cost, (f"direction -{' '.join(sorted(dropped))}",), loses=True)
    if added:
        cost = ADDED_DIRECTION * len(added)
        return Difference(cost, (f"direction +{' '.join(sorted(added))}",))
    if street.predir == reference_street.predir and not typed.is_moved:
        return NO_DIFFERENCE
    # N MAIN ST E is not E MAIN ST N.
    return None if len(is_) > 1 else Difference(MOVED_DIRECTION, ("direction moved",))


def _opposed(direction: str, reference_direction: str) -> bool:
    """True for opposite directions, and for a quadrant and any other direction."""
    return len(direction + reference_direction) > 2 or {direction, reference_direction} in (
        {"N", "S"},
        {"E", "W"},
    )


def type_change(typed: Street, reference_street: Street) -> Difference | None:
    """A type added, dropped or taken for another; None if the types are two streets'."""
    if typed.type == reference_street.type:
        return NO_DIFFERENCE
    if not typed.type:
        return Difference(ADDED_TYPE, (f"type +{reference_street.type}",))
    if not reference_street.type:
        if typed.type not in vocabulary().dropped:
            return None
        return Difference(DROPPED_TYPE, (f"type -{typed.type}",))
    if any({typed.type, reference_street.type} <= types for types in vocabulary().confusable):
        return Difference(CHANGED_TYPE, (f"type {typed.type}>{reference_street.type}",), loses=True)
    return None


def _second_type_dropped(type_: str) -> Difference:
    return Difference(DROPPED_TYPE, (f"type -{type_}",)) if type_ else NO_DIFFERENCE


def _pretype_change(typed: Street, reference_street: Street) -> Difference | None:
    if typed.pretype == reference_street.pretype:
        return NO_DIFFERENCE
    if typed.is_route and reference_street.is_route:
        return _kind_change(typed, reference_street)
    if typed.is_grid or reference_street.is_grid:
        return _grid_change(typed, reference_street)
    change = f"type {typed.pretype}>{reference_street.pretype}"
    return Difference(CHANGED_PRETYPE, (change,), loses=True)


def _kind_change(typed: Street, reference_street: Street) -> Difference | None:
    """Compare kinds of numbered roads: HWY 31 may be STATE ROUTE 31.

    HWY 31 is COUNTY ROAD 31 only if no other road has the number.
    """
    changes = (f"route {typed.pretype}>{reference_street.pretype}",)
    if compatible(typed.pretype, reference_street.pretype):
        return Difference(CHANGED_KIND, changes)
    if "INTERSTATE" in (typed.pretype, reference_street.pretype):
        return None
    return Difference(OTHER_KIND, changes, loses=True, is_last_resort=True)


def _grid_change(typed: Street, reference_street: Street) -> Difference | None:
    """E 500 S is E COUNTY ROAD 500 S, with the same directions.

    No other route is a grid's street.
    """
    is_same = (
        typed.directions == reference_street.directions
        and typed.postdir == reference_street.postdir
    )
    if not is_same or (typed.pretype or reference_street.pretype) not in _GRID_ROADS:
        return None
    change = (
        f"route +{reference_street.pretype}"
        if reference_street.pretype
        else f"route -{typed.pretype}"
    )
    return Difference(CHANGED_KIND, (change,))


def _modifier_change(typed: Street, reference_street: Street) -> Difference | None:
    """OLD HWY 31 never becomes HWY 31; the other way round where that road alone has the number."""
    if typed.modifier == reference_street.modifier:
        return NO_DIFFERENCE
    dropped = set(typed.modifier.split()) - set(reference_street.modifier.split())
    added = set(reference_street.modifier.split()) - set(typed.modifier.split())
    if dropped:
        return None
    if added:
        changes = (f"route +{' '.join(sorted(added))}",)
        return Difference(ADDED_MODIFIER, changes, loses=True, is_last_resort=True)
    return NO_DIFFERENCE
