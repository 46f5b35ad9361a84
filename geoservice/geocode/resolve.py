"""Street texts to the streets of the reference they may mean, from strict to loose.

Runs once per distinct street text, so it is a loop over some thousand texts; everything after
it is arrays.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from geoservice.address.keys import SHORTEST_FUZZY, key_hash, key_hashes, slips
from geoservice.address.readings import StreetReading, readings
from geoservice.address.street import Street, mended_ordinal, read_street, types_alike
from geoservice.address.vocabulary import vocabulary
from geoservice.geocode.compare import (
    CHANGED_NAME,
    CHANGED_TYPE,
    Difference,
    difference,
    direction_change,
    renamed,
    type_change,
)
from geoservice.reference.snapshot import Reference

EXACT, NEAR, RELAXED, FUZZY = 0, 1, 2, 3
"""The street as typed; with parts added or moved; with words dropped or replaced; by likeness."""
TIERS = (EXACT, NEAR, RELAXED, FUZZY)
_REMEMBERED = 300_000
_SHORTEST_UNTYPED = 6
"""Names typed without a type need so many letters to be matched by likeness (FERRY BUILDING is no PERRY ST)."""
_GLUED = re.compile(r"^([1-9][0-9]{1,6})(?:ST|ND|RD|TH)(?= )")
_GLUED_NUMBER = Difference(2.0, ("number parted from the street",))
_NEVER = Difference(np.inf)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One street that a text may mean, and what had to change for it.

    ``number`` is the house number where the text itself held it, else -1.
    """

    street: int
    difference: Difference
    number: int = -1

    def with_change(self, change: Difference) -> "Candidate":
        """The candidate at the cost of one more change."""
        return replace(self, difference=self.difference.and_also(change))


Tier = tuple[Candidate, ...]


class Resolution:
    """Candidates of one text by tier. The looser tiers are looked for when they are asked for."""

    def __init__(self, exact: Tier, looser: Callable[[], tuple[Tier, ...]]) -> None:
        self._exact = exact
        self._find_looser = looser
        self._looser: tuple[Tier, ...] | None = None

    def tier(self, number: int) -> Tier:
        """The candidates of `EXACT`, `NEAR`, `RELAXED` or `FUZZY`."""
        if number == EXACT:
            return self._exact
        if self._looser is None:
            self._looser = self._find_looser()
        return self._looser[number - 1]

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The candidates of all tiers."""
        return tuple(map(self.tier, TIERS))

    @property
    def is_known(self) -> bool:
        """True where some street of the reference bears the name."""
        return any(map(self.tier, TIERS))

    def with_change(self, change: Difference) -> "Resolution":
        """The same candidates at the cost of one more change."""
        exact, *looser = (_with_change(tier, change) for tier in self.tiers)
        return Resolution(exact, lambda: tuple(looser))


class Resolver:
    """Resolves street texts against one reference and remembers what it found."""

    def __init__(self, reference: Reference) -> None:
        self._full = _Lookup(reference.array("full_hash"), reference.array("full_street"))
        self._names = _Lookup(reference.array("name_hash"), reference.array("name_street"))
        self._slips = _Lookup(reference.array("delete_hash"), reference.array("delete_name"))
        self._streets = [Street(*row[:6]) for row in reference.street_table.iter_rows()]
        self._known: dict[str, Resolution] = {}

    def resolve(self, texts: Iterable[str]) -> list[Resolution]:
        """A resolution for each text, in order."""
        if len(self._known) > _REMEMBERED:
            self._known = {}
        known = self._known
        return [known.get(text) or self._remember(text) for text in texts]

    def _remember(self, text: str) -> Resolution:
        resolution = self._resolve(text)
        self._known[text] = resolution
        return resolution

    def _resolve(self, text: str) -> Resolution:
        if not text:
            return Resolution((), lambda: ((), (), ()))
        whole = StreetReading(read_street(text))
        exact = self._exact((whole,))
        if exact and not whole.street.is_route:
            return Resolution(exact, lambda: self._looser(readings(text, whole.street), exact)[1:])
        read = readings(text, whole.street)
        exact = exact or self._exact(read) or self._split(text)
        same, *looser = self._looser(read, exact)
        return Resolution(exact + same, lambda: tuple(looser))

    def _looser(self, read: tuple[StreetReading, ...], exact: Tier) -> tuple[Tier, ...]:
        """The same road under another kind, then the candidates `NEAR`, `RELAXED`, `FUZZY`."""
        others = self._others(read, known={one.street for one in exact})
        if exact:
            others = [one for one in others if _may_stand_beside(one.difference)]
        same = tuple(one for one in others if _is_same_road(one.difference))
        near = tuple(one for one in others if not one.difference.loses and one not in same)
        relaxed = tuple(one for one in others if one.difference.loses)
        return same, near, relaxed, () if exact or others else self._fuzzy(read)

    def may_be(self, read: StreetReading, street: int) -> bool:
        """False where a typed direction speaks against a street of the reference."""
        return direction_change(read, self._streets[street]) is not None

    def directions(self, street: int) -> frozenset[str]:
        """The directions of a street of the reference."""
        return self._streets[street].directions

    def _split(self, text: str) -> tuple[Candidate, ...]:
        """Streets of the reference in a text that begins with a number glued to an ordinal.

        28319TH AVE is 283 19TH AVE, 2831 9TH AVE or 28 319TH AVE: those that exist.
        """
        glued = _GLUED.match(text)
        if not glued:
            return ()
        digits, rest = glued[1], text[glued.end(1) :]
        found = []
        for at in range(1, len(digits)):
            if digits[at] == "0":
                continue
            street = read_street(digits[at:] + rest)
            number = int(digits[:at])
            known = self._full.find(street.key)
            found += [Candidate(int(one), _GLUED_NUMBER, number) for one in known]
        return tuple(found)

    def _exact(self, read: tuple[StreetReading, ...]) -> tuple[Candidate, ...]:
        """The streets of the first reading that uses every word as it stands and is known."""
        for one in read:
            if one.left_out or one.dropped_type or one.is_moved:
                continue
            found = self._full.find(one.street.key)
            if len(found):
                return tuple(Candidate(int(street), Difference()) for street in found)
        return ()

    def _others(self, read: tuple[StreetReading, ...], known: set[int]) -> list[Candidate]:
        """All streets that bear a reading's name, each with its least difference."""
        least: dict[int, Difference] = {}
        for one in read:
            for street, gap in self._same_name(one):
                if street not in known and gap.penalty < least.get(street, _NEVER).penalty:
                    least[street] = gap
        is_sure = any(not gap.is_last_resort for gap in least.values())
        return [
            Candidate(street, gap) for street, gap in least.items()
            if not (is_sure and gap.is_last_resort)
        ]  # fmt: skip

    def _same_name(self, read: StreetReading) -> list[tuple[int, Difference]]:
        """The streets of the reading's name and how they differ from it.

        Another type is a slip of the pen only where one street alone bears the name.
        """
        named = self._names.find(read.street.name_key).tolist()
        gaps = [(street, difference(read, self._streets[street])) for street in named]
        bearers = [one for one in named if direction_change(read, self._streets[one]) is not None]
        return [
            (street, gap) for street, gap in gaps
            if gap is not None and (len(bearers) == 1 or not _changes_type(gap))
        ]  # fmt: skip

    def _fuzzy(self, read: tuple[StreetReading, ...]) -> tuple[Candidate, ...]:
        if not read or (read[0].directions and self._is_known_elsewhere(read[0])):
            return ()
        for one in read:
            found = self._alike(one)
            if not found and one.street.predir:
                found = self._alike(_with_direction_in_name(one))
            if found:
                return found
        return self._with_type_mended(read[0].street)

    def _is_known_elsewhere(self, read: StreetReading) -> bool:
        """True where the street exists in another direction alone: then its name is no slip."""
        named = (self._streets[one] for one in self._names.find(read.street.name_key))
        return any(type_change(read.street, one) is not None for one in named)

    def _with_type_mended(self, street: Street) -> tuple[Candidate, ...]:
        """Streets whose type alone is a slip away: 38TH ARVE is 38TH AVE where that exists."""
        name, _, last = street.name.rpartition(" ")
        if not name or street.type or street.pretype or not last.isalpha():
            return ()
        found = []
        for type_ in types_alike(last):
            meant = read_street(f"{street.predir} {name} {type_} {street.postdir}")
            gap = Difference(CHANGED_NAME, (f"type {last}>{type_}",))
            found += [Candidate(int(one), gap) for one in self._full.find(meant.key)]
        return tuple(found)

    def _alike(self, read: StreetReading) -> tuple[Candidate, ...]:
        """Streets whose name is one letter or one swap away; never another number or direction."""
        street, name = read.street, read.street.name_key
        if street.is_numbered:
            return self._with_ending_mended(read)
        if len(name) < SHORTEST_FUZZY - 1:
            return ()
        if not street.type and len(name) < _SHORTEST_UNTYPED:
            return ()
        if len(name) < SHORTEST_FUZZY:
            return self._one_letter_short(read)
        known = self._slips.find_all(slips(name))
        return self._renamed(read, read, [one for one in known if self._is_a_slip(street, one)])

    def _is_a_slip(self, typed: Street, number: int) -> bool:
        """True for a name one slip away that keeps the directions in the typed name (EAST ST)."""
        known = self._streets[number]
        if known.is_numbered:
            return False
        if OSA.distance(typed.name_key, known.name_key, score_cutoff=1) > 1:
            return False
        return not _directions_in(typed.name) - _directions_in(known.name)

    def _with_ending_mended(self, read: StreetReading) -> tuple[Candidate, ...]:
        """The numbered streets that are meant where a slip is in the ordinal's ending alone."""
        mended = mended_ordinal(read.street.name)
        if not mended:
            return ()
        meant = replace(read, street=replace(read.street, name=mended))
        return self._renamed(read, meant, self._names.find(meant.street.name_key).tolist())

    def _renamed(
        self, read: StreetReading, meant: StreetReading, streets: list[int]
    ) -> tuple[Candidate, ...]:
        """The streets as candidates for a misspelt name: nothing but the name may be replaced."""
        found = []
        for number in streets:
            known = self._streets[number]
            gap = renamed(read.street, known).plus(difference(meant, known))
            if gap is not None and not any(">" in one for one in gap.changes[1:]):
                found.append(Candidate(number, gap))
        return tuple(found)

    def _one_letter_short(self, read: StreetReading) -> tuple[Candidate, ...]:
        """The one street of the same type and directions whose name has one letter more (LAKE)."""
        numbers = {int(one) for one in self._slips.find(read.street.name_key)}
        found = []
        for number in sorted(numbers):
            known = self._streets[number]
            if len(known.name_key) == SHORTEST_FUZZY and difference(read, known) == Difference():
                found.append(Candidate(number, renamed(read.street, known)))
        return tuple(found) if len(found) == 1 else ()


class _Lookup:
    """Sorted hashes and the number that goes with each."""

    def __init__(self, hashes: NDArray[np.uint64], numbers: NDArray[np.int32]) -> None:
        self._hashes = hashes
        self._numbers = numbers

    def find(self, key: str) -> NDArray[np.int32]:
        """All numbers under a key."""
        hashed = np.uint64(key_hash(key))
        first = int(self._hashes.searchsorted(hashed, side="left"))
        if first == len(self._hashes) or self._hashes[first] != hashed:
            return self._numbers[:0]
        last = int(self._hashes.searchsorted(hashed, side="right"))
        return self._numbers[first:last]

    def find_all(self, keys: Sequence[str]) -> list[int]:
        """All numbers under some keys, each once, ascending."""
        if not len(self._hashes):
            return []
        hashed = key_hashes(keys)
        first = self._hashes.searchsorted(hashed, side="left")
        known = self._hashes[np.minimum(first, len(self._hashes) - 1)] == hashed
        if not known.any():
            return []
        last = self._hashes.searchsorted(hashed[known], side="right")
        spans = zip(first[known].tolist(), last.tolist(), strict=True)
        return sorted({one for start, end in spans for one in self._numbers[start:end].tolist()})


def _with_change(tier: Tier, change: Difference) -> Tier:
    return tuple(one.with_change(change) for one in tier)


def _with_direction_in_name(read: StreetReading) -> StreetReading:
    """The reading with its direction as part of the name (N POYNT is like NORTH POINT)."""
    street = read.street
    name = f"{vocabulary().direction_names[street.predir]} {street.name}"
    return replace(read, street=replace(street, predir="", name=name))


def _directions_in(name: str) -> set[str]:
    """The words of a name that are directions."""
    return {word for word in name.split() if word in vocabulary().directions}


def _may_stand_beside(gap: Difference) -> bool:
    """True where a street may still be meant although another one is named exactly so."""
    return gap.penalty < CHANGED_TYPE and not gap.is_last_resort


def _is_same_road(gap: Difference) -> bool:
    """True where nothing but a route's kind differs: HWY 31 and STATE ROUTE 31 are one road."""
    return not gap.loses and len(gap.changes) == 1 and gap.changes[0].startswith("route ")


def _changes_type(gap: Difference) -> bool:
    return any(change.startswith("type ") and ">" in change for change in gap.changes)
