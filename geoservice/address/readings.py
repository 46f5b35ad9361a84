"""The ways to read the text of a typed street, the likeliest first.

A word may be a type or part of the name (LITTLE FALLS RD without its RD), a direction may stand
in an unusual place, and words behind a type may be a unit, a building or a misspelt town. No
reading forgets a word: what it does not use is kept beside it.
"""

from dataclasses import dataclass, replace

from geoservice.address.lastline import STRONG_TYPES
from geoservice.address.street import Street, read_street
from geoservice.address.vocabulary import vocabulary

_STAND_IN_TYPE = "RD"
_BUILDINGS = frozenset({"ANX", "CTR", "MALL", "PLZ"})
"""Types that are buildings where they stand behind a whole street (1 FRONT ST ANNEX)."""


@dataclass(frozen=True, slots=True)
class StreetReading:
    """One way to read a typed street.

    Attributes
    ----------
    street
        The parts that are read.
    left_out
        Typed words behind the street that the reading does not use.
    dropped_type
        A type behind a street that has its own: SOUTH PARK ST is SOUTH PARK.
    is_moved
        True where a direction was typed in another place than the reading has it.
    """

    street: Street
    left_out: str = ""
    dropped_type: str = ""
    is_moved: bool = False

    @property
    def directions(self) -> frozenset[str]:
        """All directions that were typed, those of the words left out among them."""
        if not self.left_out:
            return self.street.directions
        known = vocabulary().directions
        beside = {known[word] for word in self.left_out.split() if word in known}
        return self.street.directions | beside


def readings(text: str, whole: Street | None = None) -> tuple[StreetReading, ...]:
    """The readings of a typed street's text; ``whole`` is the text as a whole, where it is read.

    First the text as a whole, then with its last word as part of the name, without a type too many,
    with the direction before its type (12TH NW AVE), cut behind each type in it, and without a unit
    at its end.
    """
    words = text.split()
    found = [
        StreetReading(whole or read_street(text)),
        *_without_type(words),
        *_without_second_type(words),
        *_with_direction_behind_type(words),
        *_cut_behind_types(words),
        *_without_unit(words),
    ]
    return tuple(dict.fromkeys(one for one in found if one.street.name))


def _without_type(words: list[str]) -> list[StreetReading]:
    """The text as the name of a street whose type was not typed.

    It is read as such a street of the reference is: with a type put behind the name, or before
    the direction that ends the text.
    """
    count = _directions_at_end(words)
    named = words[: len(words) - count]
    if not named or named[-1] in STRONG_TYPES:
        return []
    if not count and named[-1] not in vocabulary().types and not _directions_at_start(words):
        return []  # Read with a type behind it, the name is the same.
    ends = [len(words)] if not count else [len(words), len(named)]
    read = [read_street(" ".join([*words[:end], _STAND_IN_TYPE, *words[end:]])) for end in ends]
    return [StreetReading(replace(one, type="")) for one in read if one.type == _STAND_IN_TYPE]


def _without_second_type(words: list[str]) -> list[StreetReading]:
    """The text without a type that says no more than "street" behind one that names a kind."""
    vocab = vocabulary()
    count = _directions_at_end(words)
    *named, type_ = words[: len(words) - count] or [""]
    is_second = len(named) > 1 and named[-1] in vocab.types and named[-1] not in STRONG_TYPES
    if not is_second or vocab.types.get(type_) not in vocab.dropped:
        return []
    street = read_street(" ".join([*named, *words[len(words) - count :]]))
    return [StreetReading(street, dropped_type=vocab.types[type_])]


def _with_direction_behind_type(words: list[str]) -> list[StreetReading]:
    """The text with a direction that was typed before the type put behind it."""
    *before, type_ = words
    if type_ not in vocabulary().types:
        return []
    count = _directions_at_end(before)
    if not count or count == len(before):
        return []
    direction = before[-count:]
    return [
        StreetReading(read_street(" ".join([*before[:-count], type_, *direction])), is_moved=True)
    ]


def _cut_behind_types(words: list[str]) -> list[StreetReading]:
    """The text up to each type in it, with the direction that follows.

    Words that name a street themselves are never cut off: OAK ST CT is no OAK ST.
    """
    vocab = vocabulary()
    found = []
    for end in range(len(words) - 1, 1, -1):
        if words[end - 1] not in vocab.types:
            continue
        street_end = end + _directions_at_start(words[end:])
        rest = words[street_end:]
        if rest and not _is_street_of_its_own(rest, vocab.types[words[end - 1]]):
            street = read_street(" ".join(words[:street_end]))
            found.append(StreetReading(street, " ".join(rest)))
    return found


def _is_street_of_its_own(rest: list[str], type_before: str) -> bool:
    """True for words that name a street: a type alone, or words that end in a street's type.

    The same type once more (MAIN ST STREET) and what is rather a building are none.
    """
    types = vocabulary().types
    named = rest[: len(rest) - _directions_at_end(rest)] or rest
    if len(named) > 1:
        return named[-1] in STRONG_TYPES
    return named[0] in types and types[named[0]] not in _BUILDINGS | {type_before}


def _without_unit(words: list[str]) -> list[StreetReading]:
    """The text without a lone letter or number at its end, where a name of letters is left."""
    *before, last = words
    is_unit = (len(last) == 1 or last.isdigit()) and last not in vocabulary().directions
    if not is_unit or not any(len(word) > 1 and word.isalpha() for word in before):
        return []
    if _is_route_word(before) or any(map(str.isdigit, before[-1])):
        return []
    return [StreetReading(read_street(" ".join(before)), last)]


def _is_route_word(words: list[str]) -> bool:
    """True where the words end in what a route's number follows (COUNTY ROAD)."""
    routes = vocabulary().routes
    return any(" ".join(words[-count:]) in routes for count in range(1, 5))


def _directions_at_end(words: list[str]) -> int:
    """How many words of a direction end the words."""
    return next((n for n in (2, 1) if " ".join(words[-n:]) in vocabulary().directions), 0)


def _directions_at_start(words: list[str]) -> int:
    return next((n for n in (2, 1) if " ".join(words[:n]) in vocabulary().directions), 0)
