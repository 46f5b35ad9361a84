"""How far a street as typed is from a street of the reference: penalties and vetoes.

The score of a match is 100 minus its penalties, and each penalty is named in ``geo_changes``.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Difference:
    """Penalty and named changes from a typed street to one of the reference.

    ``loses`` is True where a typed word is left out or replaced: a street that keeps them all
    is meant before one that does not. ``is_last_resort`` marks a street that counts only where no
    other one bears the name.
    """

    penalty: float = 0.0
    changes: tuple[str, ...] = ()
    loses: bool = False
    is_last_resort: bool = False

    def plus(self, other: "Difference | None") -> "Difference | None":
        """Both differences together; None (a veto) where either is one."""
        if other is None or other is NO_DIFFERENCE:
            return None if other is None else self
        return self.and_also(other)

    def and_also(self, other: "Difference") -> "Difference":
        """Both differences together."""
        if other is NO_DIFFERENCE or self is NO_DIFFERENCE:
            return self if other is NO_DIFFERENCE else other
        return Difference(
            self.penalty + other.penalty,
            self.changes + other.changes,
            self.loses or other.loses,
            self.is_last_resort or other.is_last_resort,
        )


NO_DIFFERENCE = Difference()


def difference(typed: StreetReading, known: Street) -> Difference | None:
    """What must change in ``typed`` to become ``known``; None where they can't be one street.

    N FOLSOM is no FOLSOM ST: where neither direction nor type agrees, the name says too little.
    """
    if not typed.street.type and known.type and typed.directions - known.directions:
        return None
    total = NO_DIFFERENCE
    for part in (
        direction_change(typed, known),
        type_change(typed.street, known),
        _pretype_change(typed.street, known),
        _modifier_change(typed.street, known),
        _second_type_dropped(typed.dropped_type),
        words_left_out(typed.left_out),
    ):
        if part is None:
            return None
        total = total.and_also(part)
    return total


def renamed(typed: Street, known: Street) -> Difference:
    """The change of the name itself, where spelling brought the two together."""
    return Difference(CHANGED_NAME, (f"name {typed.name}>{known.name}",))


def words_left_out(words: str) -> Difference:
    """What typed words cost that a reading does not use."""
    return Difference(LEFT_OUT, (f"words -{words}",), loses=True) if words else NO_DIFFERENCE


def words_unused(words: str) -> Difference:
    """What words beside the street cost that are no unit: most often a building's name."""
    return Difference(UNUSED, (f"words -{words}",)) if words else NO_DIFFERENCE


def direction_change(typed: StreetReading, known: Street) -> Difference | None:
    """Directions added, dropped or moved; None where a typed direction speaks against the street.

    A typed direction never becomes another: neither by replacing it, nor by dropping it while an
    opposite direction or another quadrant stays. On a grid (850 N) the direction is the street, so
    none may be added behind it or change its place.
    """
    street = typed.street
    is_same = (street.predir, street.postdir) == (known.predir, known.postdir)
    if is_same and not typed.left_out and not typed.is_moved:
        return NO_DIFFERENCE
    said, is_ = typed.directions, known.directions
    dropped, added = said - is_, is_ - said
    if (dropped and added) or any(_opposed(one, kept) for one in dropped for kept in is_):
        return None
    if known.is_grid and known.postdir != street.postdir:
        return None
    if dropped:
        cost = DROPPED_DIRECTION * len(dropped)
        return Difference(cost, (f"direction -{' '.join(sorted(dropped))}",), loses=True)
    if added:
        cost = ADDED_DIRECTION * len(added)
        return Difference(cost, (f"direction +{' '.join(sorted(added))}",))
    if street.predir == known.predir and not typed.is_moved:
        return NO_DIFFERENCE
    # N MAIN ST E is not E MAIN ST N.
    return None if len(is_) > 1 else Difference(MOVED_DIRECTION, ("direction moved",))


def _opposed(one: str, other: str) -> bool:
    """True for opposite directions, and for a quadrant and any other direction."""
    return len(one + other) > 2 or {one, other} in ({"N", "S"}, {"E", "W"})


def type_change(typed: Street, known: Street) -> Difference | None:
    """A type added, dropped or taken for another; None where the types are two streets'."""
    if typed.type == known.type:
        return NO_DIFFERENCE
    if not typed.type:
        return Difference(ADDED_TYPE, (f"type +{known.type}",))
    if not known.type:
        if typed.type not in vocabulary().dropped:
            return None
        return Difference(DROPPED_TYPE, (f"type -{typed.type}",))
    if any({typed.type, known.type} <= types for types in vocabulary().confusable):
        return Difference(CHANGED_TYPE, (f"type {typed.type}>{known.type}",), loses=True)
    return None


def _second_type_dropped(type_: str) -> Difference:
    return Difference(DROPPED_TYPE, (f"type -{type_}",)) if type_ else NO_DIFFERENCE


def _pretype_change(typed: Street, known: Street) -> Difference | None:
    if typed.pretype == known.pretype:
        return NO_DIFFERENCE
    if typed.is_route and known.is_route:
        return _kind_change(typed, known)
    if typed.is_grid or known.is_grid:
        return _grid_change(typed, known)
    change = f"type {typed.pretype}>{known.pretype}"
    return Difference(CHANGED_PRETYPE, (change,), loses=True)


def _kind_change(typed: Street, known: Street) -> Difference | None:
    """HWY 31 is STATE ROUTE 31; COUNTY ROAD 31 is it only where no other road has the number."""
    changes = (f"route {typed.pretype}>{known.pretype}",)
    if compatible(typed.pretype, known.pretype):
        return Difference(CHANGED_KIND, changes)
    if "INTERSTATE" in (typed.pretype, known.pretype):
        return None
    return Difference(OTHER_KIND, changes, loses=True, is_last_resort=True)


def _grid_change(typed: Street, known: Street) -> Difference | None:
    """E 500 S is E COUNTY ROAD 500 S, with the same directions; no other route is a grid's street."""
    is_same = typed.directions == known.directions and typed.postdir == known.postdir
    if not is_same or (typed.pretype or known.pretype) not in _GRID_ROADS:
        return None
    change = f"route +{known.pretype}" if known.pretype else f"route -{typed.pretype}"
    return Difference(CHANGED_KIND, (change,))


def _modifier_change(typed: Street, known: Street) -> Difference | None:
    """OLD HWY 31 never becomes HWY 31; the other way round where that road alone has the number."""
    if typed.modifier == known.modifier:
        return NO_DIFFERENCE
    dropped = set(typed.modifier.split()) - set(known.modifier.split())
    added = set(known.modifier.split()) - set(typed.modifier.split())
    if dropped:
        return None
    if added:
        changes = (f"route +{' '.join(sorted(added))}",)
        return Difference(ADDED_MODIFIER, changes, loses=True, is_last_resort=True)
    return NO_DIFFERENCE
