"""Streets of the reference whose name or type is a typing error away from what was typed."""

from collections.abc import Sequence

from geoservice.address.keys import SHORTEST_FUZZY
from geoservice.address.readings import StreetReading
from geoservice.address.street import Street, mended_ordinal, read_street, similar_types
from geoservice.address.vocabulary import vocabulary
from geoservice.geocode.compare import CHANGED_NAME, Difference, difference, renamed
from geoservice.geocode.key_tables import KeyTable, NearNames

_SHORTEST_UNTYPED = 6
"""A name without a type needs so many letters to match by likeness.

FERRY BUILDING is not PERRY ST.
"""
_REMEMBERED = 100_000
Alike = list[tuple[int, Difference]]
"""Numbers of streets, and what differs from them."""


class WrittenStreets:
    """The streets of a written text, read once for each text."""

    def __init__(self, full: KeyTable) -> None:
        self._full = full
        self._known: dict[str, tuple[int, ...]] = {}

    def find(self, text: str) -> tuple[int, ...]:
        """Return the numbers of the streets with exactly this text."""
        numbers = self._known.get(text)
        if numbers is None:
            self._known = {} if len(self._known) > _REMEMBERED else self._known
            numbers = self._known[text] = self._full.find(read_street(text).key)
        return numbers


class Likeness:
    """Finds streets that are alike to a reading."""

    def __init__(
        self,
        streets: Sequence[Street],
        names: KeyTable,
        near: NearNames,
        written: WrittenStreets,
    ) -> None:
        self._streets = streets
        self._names = names
        self._near = near
        self._written = written
        self._differences: dict[tuple[object, ...], Difference | None] = {}

    def find(self, read: tuple[StreetReading, ...]) -> Alike:
        """Return the streets alike to the first reading that has such streets."""
        for reading in read:
            alike = self._alike(reading)
            if not alike and reading.street.predir and not reading.street.is_numbered:
                alike = self._alike(_with_direction_in_name(reading))
            if alike:
                return alike
        return self._with_type_mended(read[0].street) if read else []

    def _with_type_mended(self, street: Street) -> Alike:
        """Return streets whose type is a slip away: 38TH ARVE is 38TH AVE if that street exists."""
        if street.type or street.pretype:
            return []
        name, _, last_word = street.name.rpartition(" ")
        if not name or not last_word.isalpha():
            return []
        return [
            (number, Difference(CHANGED_NAME, (f"type {last_word}>{type_}",)))
            for type_ in similar_types(last_word)
            for number in self._written.find(f"{street.predir} {name} {type_} {street.postdir}")
        ]

    def _alike(self, read: StreetReading) -> Alike:
        """Return streets whose name is a letter or a swap away, with the same number."""
        street = read.street
        if street.is_numbered:
            return self._with_ending_mended(read)
        name = street.name_key
        if len(name) < (SHORTEST_FUZZY - 1 if street.type else _SHORTEST_UNTYPED):
            return []
        if len(name) < SHORTEST_FUZZY:
            return self._one_letter_short(read)
        near = self._near.find(name)
        if near:
            typed_directions = _directions_in(street.name)
            near = [number for number in near if self._is_a_slip(typed_directions, number)]
        return self._renamed(read, read, near)

    def _is_a_slip(self, typed_directions: set[str], number: int) -> bool:
        """True for a name alike that has no number and keeps the typed directions (EAST ST)."""
        reference_street = self._streets[number]
        if reference_street.is_numbered:
            return False
        return not typed_directions or typed_directions <= _directions_in(reference_street.name)

    def _with_ending_mended(self, read: StreetReading) -> Alike:
        """The numbered streets that are meant where a slip is in the ordinal's ending alone."""
        mended = mended_ordinal(read.street.name)
        if not mended:
            return []
        meant = read._replace(street=read.street._replace(name=mended))
        return self._renamed(read, meant, self._names.find(meant.street.name_key))

    def _renamed(self, read: StreetReading, meant: StreetReading, streets: Sequence[int]) -> Alike:
        """The streets that are meant by a misspelt name: nothing but the name may be replaced."""
        return [
            (number, renamed(read.street, self._streets[number]).and_also(others))
            for number in streets
            if (others := self._beside_the_name(meant, number)) is not None
        ]

    def _beside_the_name(self, meant: StreetReading, number: int) -> Difference | None:
        """Return what differs besides the name; None if that is replaced, or another street's.

        It is remembered, because it depends on the name only where the name is a number.
        """
        predir, pretype, name, *others = meant.street
        shape = (number, predir, pretype, name.isdigit(), *others, *meant[1:])
        known = self._differences
        if shape not in known:
            if len(known) > _REMEMBERED:
                known = self._differences = {}
            gap = difference(meant, self._streets[number])
            is_replaced = gap is not None and any(">" in change for change in gap.changes)
            known[shape] = None if is_replaced else gap
        return known[shape]

    def _one_letter_short(self, read: StreetReading) -> Alike:
        """Return the street of the same type and directions whose name has a letter more (LAKE)."""
        alike = []
        for number in self._near.one_letter_more(read.street.name_key):
            reference_street = self._streets[number]
            if (
                len(reference_street.name_key) == SHORTEST_FUZZY
                and difference(read, reference_street) == Difference()
            ):
                alike.append((number, renamed(read.street, reference_street)))
        return alike if len(alike) == 1 else []


def _with_direction_in_name(read: StreetReading) -> StreetReading:
    """The reading with its direction as part of the name (N POYNT is like NORTH POINT)."""
    street = read.street
    name = f"{vocabulary().direction_names[street.predir]} {street.name}"
    named = Street("", street.pretype, name, street.type, street.postdir, street.modifier)
    return StreetReading(named, read.left_out, read.dropped_type, read.is_moved)


def _directions_in(name: str) -> set[str]:
    """The words of a name that are directions."""
    return {word for word in name.split() if word in vocabulary().directions}
