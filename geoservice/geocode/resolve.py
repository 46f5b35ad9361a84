"""Street texts to the streets of the reference they may mean, from strict to loose.

Runs once per distinct street text, so it is a loop over some thousand texts; everything after
it is arrays.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from geoservice.address.keys import SHORTEST_FUZZY, key_hash, key_hashes, slips
from geoservice.address.street import (
    Street,
    mended_ordinal,
    read_street,
    readings,
    types_alike,
)
from geoservice.address.vocabulary import vocabulary
from geoservice.geocode.compare import CHANGED_NAME, CHANGED_TYPE, Difference, difference, renamed
from geoservice.reference.snapshot import Reference

EXACT, RELAXED, FUZZY = 0, 1, 2
TIERS = (EXACT, RELAXED, FUZZY)
_REMEMBERED = 300_000
_SHORTEST_UNTYPED = 6
"""Names typed without a type need so many letters to be matched by likeness (FERRY BUILDING is no PERRY ST)."""
_GLUED = re.compile(r"^([1-9][0-9]{1,6})(?:ST|ND|RD|TH)(?= )")
_GLUED_NUMBER = Difference(2.0, ("number parted from the street",))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One street that a text may mean, and what had to change for it.

    ``number`` is the house number where the text itself held it, else -1.
    """

    street: int
    difference: Difference
    number: int = -1


@dataclass(frozen=True, slots=True)
class Resolution:
    """Candidates of one text by tier: ``tiers[EXACT]``, ``tiers[RELAXED]``, ``tiers[FUZZY]``."""

    tiers: tuple[tuple[Candidate, ...], tuple[Candidate, ...], tuple[Candidate, ...]]

    @property
    def is_known(self) -> bool:
        """True where some street of the reference bears the name."""
        return any(self.tiers)


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
        read = readings(text) if text else ()
        exact = self._exact(read) or self._split(text)
        relaxed = self._relaxed(read, known={one.street for one in exact})
        if exact:
            relaxed = tuple(one for one in relaxed if _may_stand_beside(one.difference))
        fuzzy = () if exact or relaxed else self._fuzzy(read)
        return Resolution((exact, relaxed, fuzzy))

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

    def _exact(self, read: tuple[Street, ...]) -> tuple[Candidate, ...]:
        for street in read:
            found = self._full.find(street.key)
            if len(found):
                return tuple(Candidate(int(one), Difference()) for one in found)
        return ()

    def _relaxed(self, read: tuple[Street, ...], known: set[int]) -> tuple[Candidate, ...]:
        for street in read:
            same_name = self._names.find(street.name_key)
            pairs = ((int(one), difference(street, self._streets[one])) for one in same_name)
            found = [
                Candidate(one, gap) for one, gap in pairs if gap is not None and one not in known
            ]
            if found:
                return _only_possible_type_change(found)
        return ()

    def _fuzzy(self, read: tuple[Street, ...]) -> tuple[Candidate, ...]:
        for street in read:
            found = self._alike(street)
            if not found and street.predir:
                found = self._alike(_direction_in_name(street))
            if found:
                return found
        return self._with_type_mended(read[0]) if read else ()

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

    def _alike(self, street: Street) -> tuple[Candidate, ...]:
        """Streets whose name is one letter or one swap away; never another number."""
        name = street.name_key
        if street.is_numbered:
            return self._with_ending_mended(street)
        if len(name) < SHORTEST_FUZZY - 1:
            return ()
        if not street.type and len(name) < _SHORTEST_UNTYPED:
            return ()
        if len(name) < SHORTEST_FUZZY:
            return self._one_letter_short(street)
        found = []
        for number in self._slips.find_all(slips(name)):
            known = self._streets[number]
            if known.is_numbered or OSA.distance(name, known.name_key, score_cutoff=1) > 1:
                continue
            gap = renamed(street, known).plus(difference(street, known))
            if gap is not None and not any(">" in one for one in gap.changes[1:]):
                found.append(Candidate(number, gap))
        return tuple(found)

    def _with_ending_mended(self, street: Street) -> tuple[Candidate, ...]:
        """The numbered streets that are meant where a slip is in the ordinal's ending alone."""
        mended = mended_ordinal(street.name)
        if not mended:
            return ()
        meant = replace(street, name=mended)
        found = []
        for number in self._names.find(meant.name_key).tolist():
            known = self._streets[number]
            gap = renamed(street, known).plus(difference(meant, known))
            if gap is not None and not any(">" in one for one in gap.changes[1:]):
                found.append(Candidate(number, gap))
        return tuple(found)

    def _one_letter_short(self, street: Street) -> tuple[Candidate, ...]:
        """The one street of the same type and directions whose name has one letter more (LAKE)."""
        numbers = {int(one) for one in self._slips.find(street.name_key)}
        found = []
        for number in sorted(numbers):
            known = self._streets[number]
            if len(known.name_key) == SHORTEST_FUZZY and difference(street, known) == Difference():
                found.append(Candidate(number, renamed(street, known)))
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


def _direction_in_name(street: Street) -> Street:
    """The street with its direction as part of the name (N POYNT is like NORTH POINT)."""
    word = vocabulary().direction_names[street.predir]
    return replace(street, predir="", name=f"{word} {street.name}")


def _may_stand_beside(gap: Difference) -> bool:
    """True where a street may still be meant although another one is named exactly so."""
    return gap.penalty < CHANGED_TYPE and not gap.is_last_resort


def _only_possible_type_change(found: list[Candidate]) -> tuple[Candidate, ...]:
    """Another type is a slip of the pen only where one street alone bears the name."""
    better = tuple(one for one in found if not one.difference.is_last_resort)
    if better and len(better) < len(found):
        return _only_possible_type_change(list(better))
    slips_of_type = [one for one in found if one.difference.penalty >= CHANGED_TYPE]
    if slips_of_type and len(found) > 1:
        return tuple(one for one in found if one.difference.penalty < CHANGED_TYPE)
    return tuple(found)
