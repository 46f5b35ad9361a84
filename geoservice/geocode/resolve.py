"""Finds the streets of the reference that a street text may mean, from strict to loose.

Runs once for each distinct street text: a loop over some thousand texts. All later steps work on
arrays.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from geoservice.address.patterns import StreetPatterns
from geoservice.address.plain_words import Pattern, pattern_of
from geoservice.address.readings import StreetReading
from geoservice.address.street import Street
from geoservice.geocode.compare import (
    CHANGED_TYPE,
    NO_DIFFERENCE,
    Difference,
    difference,
    direction_change,
    type_change,
)
from geoservice.geocode.key_tables import KeyTable, NearNames
from geoservice.geocode.likeness import Likeness, WrittenStreets
from geoservice.reference.snapshot import Reference

EXACT, NEAR, RELAXED, FUZZY = 0, 1, 2, 3
"""The street as typed; with parts added or moved; with words dropped or replaced; by likeness."""
TIERS = (EXACT, NEAR, RELAXED, FUZZY)
_REMEMBERED = 300_000
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
        self._written = WrittenStreets(self._full)
        near = NearNames(reference, [street.name_key for street in self._streets])
        self._likeness = Likeness(self._streets, self._names, near, self._written)
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
        pattern = pattern_of(text, is_street=True)
        if pattern and not any(map(self._names.find, self._patterns.name_keys(pattern))):
            return self._unknown(text, pattern)
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

    def _unknown(self, text: str, pattern: Pattern) -> Resolution:
        """Resolve a text none of whose readings is the name of a street, as most damaged texts."""
        exact = self._split(text)
        if exact:
            return Resolution(exact, lambda: ((), (), ()))
        alike = self._alike_to(self._patterns.readings_of(pattern))
        return Resolution((), lambda: ((), (), alike))

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
            number = int(digits[:cut])
            candidates += [
                Candidate(street, _GLUED_NUMBER, number)
                for street in self._written.find(digits[cut:] + name_text)
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
        if read and read[0].directions and self._is_known_elsewhere(read[0], named[0]):
            return ()
        return self._alike_to(read)

    def _alike_to(self, read: tuple[StreetReading, ...]) -> tuple[Candidate, ...]:
        return tuple([Candidate(number, gap) for number, gap in self._likeness.find(read)])

    def _is_known_elsewhere(self, read: StreetReading, named: Streets) -> bool:
        """Return True if the street exists only with another direction, so its name is right."""
        streets = (self._streets[number] for number in named)
        return any(type_change(read.street, street) is not None for street in streets)


def _with_change(tier: Tier, change: Difference) -> Tier:
    return tuple(candidate.with_change(change) for candidate in tier)


def _may_stand_beside(gap: Difference) -> bool:
    """Return True if a street may be meant although another street has exactly the name."""
    return gap.penalty < CHANGED_TYPE and not gap.is_last_resort


def _is_same_road(gap: Difference) -> bool:
    """Return True if only the kind of route differs: HWY 31 and STATE ROUTE 31."""
    return not gap.loses and len(gap.changes) == 1 and gap.changes[0].startswith("route ")


def _changes_type(gap: Difference) -> bool:
    return any(change.startswith("type ") and ">" in change for change in gap.changes)
