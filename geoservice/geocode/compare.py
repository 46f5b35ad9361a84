"""How far a street as typed is from a street of the reference: penalties and vetoes.

The score of a match is 100 minus its penalties, and each penalty is named in ``geo_changes``.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Difference:
    """Penalty and named changes from a typed street to one of the reference.

    ``is_last_resort`` marks a street that counts only where no other one bears the name.
    """

    penalty: float = 0.0
    changes: tuple[str, ...] = ()
    is_last_resort: bool = False

    def plus(self, other: "Difference | None") -> "Difference | None":
        """Both differences together; None (a veto) where either is one."""
        if other is None:
            return None
        return Difference(
            self.penalty + other.penalty,
            self.changes + other.changes,
            self.is_last_resort or other.is_last_resort,
        )


def difference(typed: Street, known: Street) -> Difference | None:
    """What must change in ``typed`` to become ``known``; None where they can't be one street."""
    total: Difference | None = Difference()
    for compare in (_directions, _types, _pretypes, _modifiers):
        total = None if total is None else total.plus(compare(typed, known))
    return total


def renamed(typed: Street, known: Street) -> Difference:
    """The change of the name itself, where spelling brought the two together."""
    return Difference(CHANGED_NAME, (f"name {typed.name}>{known.name}",))


def _directions(typed: Street, known: Street) -> Difference | None:
    said, is_ = {typed.predir, typed.postdir} - {""}, {known.predir, known.postdir} - {""}
    dropped, added = said - is_, is_ - said
    if dropped and added:
        return None
    if dropped:
        return Difference(DROPPED_DIRECTION, (f"direction -{' '.join(sorted(dropped))}",))
    if added:
        return Difference(ADDED_DIRECTION, (f"direction +{' '.join(sorted(added))}",))
    if typed.predir != known.predir:
        return Difference(MOVED_DIRECTION, ("direction moved",))
    return Difference()


def _types(typed: Street, known: Street) -> Difference | None:
    if typed.type == known.type:
        return Difference()
    if not typed.type:
        return Difference(ADDED_TYPE, (f"type +{known.type}",))
    if not known.type:
        if typed.type not in vocabulary().dropped:
            return None
        return Difference(DROPPED_TYPE, (f"type -{typed.type}",))
    if any({typed.type, known.type} <= types for types in vocabulary().confusable):
        return Difference(CHANGED_TYPE, (f"type {typed.type}>{known.type}",))
    return None


def _pretypes(typed: Street, known: Street) -> Difference | None:
    if typed.pretype == known.pretype:
        return Difference()
    if typed.is_route and known.is_route:
        return _kinds(typed, known)
    return Difference(CHANGED_PRETYPE, (f"type {typed.pretype}>{known.pretype}",))


def _kinds(typed: Street, known: Street) -> Difference | None:
    """HWY 31 is STATE ROUTE 31; COUNTY ROAD 31 is it only where no other road has the number."""
    changes = (f"route {typed.pretype}>{known.pretype}",)
    if compatible(typed.pretype, known.pretype):
        return Difference(CHANGED_KIND, changes)
    if "INTERSTATE" in (typed.pretype, known.pretype):
        return None
    return Difference(OTHER_KIND, changes, is_last_resort=True)


def _modifiers(typed: Street, known: Street) -> Difference | None:
    """OLD HWY 31 never becomes HWY 31; the other way round where that road alone has the number."""
    dropped = set(typed.modifier.split()) - set(known.modifier.split())
    added = set(known.modifier.split()) - set(typed.modifier.split())
    if dropped:
        return None
    if added:
        changes = (f"route +{' '.join(sorted(added))}",)
        return Difference(ADDED_MODIFIER, changes, is_last_resort=True)
    return Difference()
