"""Finds the streets of the reference that a street text may mean, from strict to loose.

Runs once for each distinct street text: a loop over some thousand texts. All later steps work on
arrays.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from geoservice.address.keys import SHORTEST_FUZZY
from geoservice.address.patterns import StreetPatterns
from geoservice.address.plain_words import pattern_of
from geoservice.address.readings import StreetReading
from geoservice.address.street import Street, mended_ordinal, read_street, similar_types
from geoservice.address.vocabulary import vocabulary
from geoservice.geocode.compare import (
    CHANGED_NAME,
    CHANGED_TYPE,
    NO_DIFFERENCE,
    Difference,
    difference,
    direction_change,
    renamed,
    type_change,
)
from geoservice.geocode.key_tables import KeyTable, NearNames
from geoservice.reference.snapshot import Reference

EXACT, NEAR, RELAXED, FUZZY = 0, 1, 2, 3
"""The street as typed; with parts added or moved; with words dropped or replaced; by likeness."""
TIERS = (EXACT, NEAR, RELAXED, FUZZY)
_REMEMBERED = 300_000
_SHORTEST_UNTYPED = 6
"""A name without a type needs so many letters to match by likeness.

FERRY BUILDING is not PERRY ST.
"""
_GLUED = re.compile(r"^([1-9][0-9]{1,6})(?:ST|ND|RD|TH)(?= )")
_GLUED_NUMBER = Difference(2.0, ("number parted from the street",))
_NEVER = Difference(np.inf)


class Candidate(NamedTuple):
    """A street that a text may mean, and the changes that lead to it.

    ``number`` is the house number if the text itself contained it, otherwise -1.
    """

    street: int
    difference: Difference
    number: int = -1

    def with_change(self, change: Difference) -> "Candidate":
        """Return the candidate with the penalty of a further change."""
        return self._replace(difference=self.difference.and_also(change))


Tier = tuple[Candidate, ...]
Streets = tuple[int, ...]


class Resolution:
    """Candidates of a text by tier. Looser tiers are computed at first use."""

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
        """True if some street of the reference bears the name."""
        return any(map(self.tier, TIERS))

    def with_change(self, change: Difference) -> "Resolution":
        """Return the same candidates with the penalty of a further change."""
        exact, *looser = (_with_change(tier, change) for tier in self.tiers)
        return Resolution(exact, lambda: tuple(looser))


class Resolver:
    """Resolves street texts with a reference and caches the results."""

    def __init__(self, reference: Reference) -> None:
        self._full = KeyTable(reference.array("full_hash"), reference.array("full_street"))
        self._names = KeyTable(reference.array("name_hash"), reference.array("name_street"))
        self._streets = [Street(*row[:6]) for row in reference.street_table.iter_rows()]
        self._near = NearNames(reference, [street.name_key for street in self._streets])
        self._patterns = StreetPatterns()
        self._known: dict[str, Resolution] = {}

    def resolve(self, texts: Iterable[str]) -> list[Resolution]:
        """A resolution for each text, in order."""
        if len(self._known) > _REMEMBERED:
            self._known = {}
        cached = self._known
        return [cached.get(text) or self._remember(text) for text in texts]

    def _remember(self, text: str) -> Resolution:
        resolution = self._resolve(text)
        self._known[text] = resolution
        return resolution

    def _resolve(self, text: str) -> Resolution:
        if not text:
            return Resolution((), lambda: ((), (), ()))
        pattern = pattern_of(text)
        street = self._patterns.street(text, pattern)
        exact = self._exact((StreetReading(street),))
        if exact and not street.is_route:
            return Resolution(
                exact,
                lambda: self._looser(self._patterns.readings(text, street, pattern), exact)[1:],
            )
        read = self._patterns.readings(text, street, pattern)
        # The first reading is the whole text, which is known not to be exact.
        exact = exact or self._exact(read[1:]) or self._split(text)
        same, *looser = self._looser(read, exact)
        return Resolution(exact + same, lambda: tuple(looser))

    def _looser(self, read: tuple[StreetReading, ...], exact: Tier) -> tuple[Tier, ...]:
        """Return the same road with another kind, then candidates `NEAR`, `RELAXED`, `FUZZY`."""
        named = [self._names.find(reading.street.name_key) for reading in read]
        others = self._others(read, named, {candidate.street for candidate in exact})
        if not others:
            return (), (), (), () if exact else self._fuzzy(read, named)
        if exact:
            others = [candidate for candidate in others if _may_stand_beside(candidate.difference)]
        same = tuple(candidate for candidate in others if _is_same_road(candidate.difference))
        near = tuple(
            candidate
            for candidate in others
            if not candidate.difference.loses and candidate not in same
        )
        relaxed = tuple(candidate for candidate in others if candidate.difference.loses)
        return same, near, relaxed, () if exact or others else self._fuzzy(read, named)

    def may_be(self, read: StreetReading, street: int) -> bool:
        """False if a typed direction speaks against a street of the reference."""
        return direction_change(read, self._streets[street]) is not None

    def directions(self, street: int) -> frozenset[str]:
        """The directions of a street of the reference."""
        return self._streets[street].directions

    def _split(self, text: str) -> tuple[Candidate, ...]:
        """Return streets for a text that begins with a number glued to an ordinal.

        28319TH AVE may be 283 19TH AVE, 2831 9TH AVE or 28 319TH AVE; the known streets count.
        """
        glued = _GLUED.match(text)
        if not glued:
            return ()
        digits, name_text = glued[1], text[glued.end(1) :]
        candidates = []
        for cut in range(1, len(digits)):
            if digits[cut] == "0":
                continue
            street = read_street(digits[cut:] + name_text)
            number = int(digits[:cut])
            street_numbers = self._full.find(street.key)
            candidates += [
                Candidate(int(street_number), _GLUED_NUMBER, number)
                for street_number in street_numbers
            ]
        return tuple(candidates)

    def _exact(self, read: tuple[StreetReading, ...]) -> tuple[Candidate, ...]:
        """Return the streets of the first known reading that uses every word as typed."""
        for reading in read:
            if reading.left_out or reading.dropped_type or reading.is_moved:
                continue
            street_numbers = self._full.find(reading.street.key)
            if len(street_numbers):
                return tuple(Candidate(street, NO_DIFFERENCE) for street in street_numbers)
        return ()

    def _others(
        self, read: tuple[StreetReading, ...], named: list[Streets], known_streets: set[int]
    ) -> list[Candidate]:
        """All streets that bear a reading's name (``named``), each with its least difference."""
        smallest: dict[int, Difference] = {}
        for reading, streets in zip(read, named, strict=True):
            for street, gap in self._same_name(reading, streets) if streets else ():
                if (
                    street not in known_streets
                    and gap.penalty < smallest.get(street, _NEVER).penalty
                ):
                    smallest[street] = gap
        is_sure = any(not gap.is_last_resort for gap in smallest.values())
        return [
            Candidate(street, gap)
            for street, gap in smallest.items()
            if not (is_sure and gap.is_last_resort)
        ]

    def _same_name(self, read: StreetReading, named: Streets) -> list[tuple[int, Difference]]:
        """Return how the streets with the name of the reading (``named``) differ from it.

        Another type counts as a slip only if a single street has the name.
        """
        gaps = [
            (street, gap)
            for street in named
            if (gap := difference(read, self._streets[street])) is not None
        ]
        if not any(_changes_type(gap) for _, gap in gaps):
            return gaps
        bearers = [
            bearer for bearer in named if direction_change(read, self._streets[bearer]) is not None
        ]
        return gaps if len(bearers) == 1 else [pair for pair in gaps if not _changes_type(pair[1])]

    def _fuzzy(
        self, read: tuple[StreetReading, ...], named: list[Streets]
    ) -> tuple[Candidate, ...]:
        if not read or (read[0].directions and self._is_known_elsewhere(read[0], named[0])):
            return ()
        for reading in read:
            alike = self._alike(reading)
            if not alike and reading.street.predir and not reading.street.is_numbered:
                alike = self._alike(_with_direction_in_name(reading))
            if alike:
                return alike
        return self._with_type_mended(read[0].street)

    def _is_known_elsewhere(self, read: StreetReading, named: Streets) -> bool:
        """Return True if the street exists only with another direction, so its name is right."""
        streets = (self._streets[number] for number in named)
        return any(type_change(read.street, street) is not None for street in streets)

    def _with_type_mended(self, street: Street) -> tuple[Candidate, ...]:
        """Return streets whose type is a slip away: 38TH ARVE is 38TH AVE if that street exists."""
        name, _, last_word = street.name.rpartition(" ")
        if not name or street.type or street.pretype or not last_word.isalpha():
            return ()
        candidates = []
        for type_ in similar_types(last_word):
            meant = read_street(f"{street.predir} {name} {type_} {street.postdir}")
            gap = Difference(CHANGED_NAME, (f"type {last_word}>{type_}",))
            candidates += [
                Candidate(int(street_number), gap) for street_number in self._full.find(meant.key)
            ]
        return tuple(candidates)

    def _alike(self, read: StreetReading) -> tuple[Candidate, ...]:
        """Return streets whose name is a letter or a swap away, with the same number."""
        street, name = read.street, read.street.name_key
        if street.is_numbered:
            return self._with_ending_mended(read)
        if len(name) < SHORTEST_FUZZY - 1:
            return ()
        if not street.type and len(name) < _SHORTEST_UNTYPED:
            return ()
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

    def _with_ending_mended(self, read: StreetReading) -> tuple[Candidate, ...]:
        """The numbered streets that are meant where a slip is in the ordinal's ending alone."""
        mended = mended_ordinal(read.street.name)
        if not mended:
            return ()
        meant = read._replace(street=read.street._replace(name=mended))
        return self._renamed(read, meant, self._names.find(meant.street.name_key))

    def _renamed(
        self, read: StreetReading, meant: StreetReading, streets: Sequence[int]
    ) -> tuple[Candidate, ...]:
        """The streets as candidates for a misspelt name: nothing but the name may be replaced."""
        candidates = []
        for number in streets:
            reference_street = self._streets[number]
            others = difference(meant, reference_street)
            if others is not None and not any(">" in change for change in others.changes):
                gap = renamed(read.street, reference_street).and_also(others)
                candidates.append(Candidate(number, gap))
        return tuple(candidates)

    def _one_letter_short(self, read: StreetReading) -> tuple[Candidate, ...]:
        """Return the street of the same type and directions whose name has a letter more (LAKE)."""
        candidates = []
        for number in self._near.one_letter_more(read.street.name_key):
            reference_street = self._streets[number]
            if (
                len(reference_street.name_key) == SHORTEST_FUZZY
                and difference(read, reference_street) == Difference()
            ):
                candidates.append(Candidate(number, renamed(read.street, reference_street)))
        return tuple(candidates) if len(candidates) == 1 else ()


def _with_change(tier: Tier, change: Difference) -> Tier:
    return tuple(candidate.with_change(change) for candidate in tier)


def _with_direction_in_name(read: StreetReading) -> StreetReading:
    """The reading with its direction as part of the name (N POYNT is like NORTH POINT)."""
    street = read.street
    name = f"{vocabulary().direction_names[street.predir]} {street.name}"
    named = Street("", street.pretype, name, street.type, street.postdir, street.modifier)
    return StreetReading(named, read.left_out, read.dropped_type, read.is_moved)


def _directions_in(name: str) -> set[str]:
    """The words of a name that are directions."""
    return {word for word in name.split() if word in vocabulary().directions}


def _may_stand_beside(gap: Difference) -> bool:
    """Return True if a street may be meant although another street has exactly the name."""
    return gap.penalty < CHANGED_TYPE and not gap.is_last_resort


def _is_same_road(gap: Difference) -> bool:
    """Return True if only the kind of route differs: HWY 31 and STATE ROUTE 31."""
    return not gap.loses and len(gap.changes) == 1 and gap.changes[0].startswith("route ")


def _changes_type(gap: Difference) -> bool:
    return any(change.startswith("type ") and ">" in change for change in gap.changes)
