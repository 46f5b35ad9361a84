"""Alternative readings of a typed street, the most likely first.

A word may be a type or part of the name (LITTLE FALLS RD without its RD), a direction may stand
in an unusual place, and words behind a type may be a unit, a building or a misspelt town. A reading
records the words that it does not use.
"""

from typing import NamedTuple

from geoservice.address.lastline import STRONG_TYPES
from geoservice.address.street import Street, read_street
from geoservice.address.vocabulary import vocabulary

_STAND_IN_TYPE = "RD"
_COUNTY_ROADS = frozenset({"COUNTY", "CR"})
_BUILDINGS = frozenset({"ANX", "CTR", "MALL", "PLZ"})
"""Types that are buildings behind a complete street (1 FRONT ST ANNEX)."""


class StreetReading(NamedTuple):
    """A way to read a typed street.

    Attributes
    ----------
    street
        Parts of the street.
    left_out
        Typed words behind the street that this reading does not use.
    dropped_type
        An ignored second type: SOUTH PARK ST is SOUTH PARK.
    is_moved
        True if the reading moves a direction.
    """

    street: Street
    left_out: str = ""
    dropped_type: str = ""
    is_moved: bool = False

    @property
    def directions(self) -> frozenset[str]:
        """Return all typed directions, including those in the words left out."""
        if not self.left_out:
            return self.street.directions
        codes = vocabulary().directions
        left_out_directions = {codes[word] for word in self.left_out.split() if word in codes}
        return self.street.directions | left_out_directions


def readings(text: str, street: Street | None = None) -> tuple[StreetReading, ...]:
    """Return the readings of a street text; ``street`` is its plain reading, if already known.

    The order is: the plain reading; the last word as part of the name; without a second type; with
    a direction before the type moved behind it (12TH NW AVE); cut behind each type; without a unit
    at the end; with the initials of a county (HILL COUNTY ROAD 3239 is HCR 3239).
    """
    words = text.split()
    candidates = [
        StreetReading(street or read_street(text)),
        *_without_type(words),
        *_without_second_type(words),
        *_with_direction_behind_type(words),
        *_cut_behind_types(words),
        *_without_unit(words),
        *_with_initials_of_county(words),
    ]
    with_name = [reading for reading in candidates if reading.street.name]
    return tuple(dict.fromkeys(with_name)) if len(with_name) > 1 else tuple(with_name)


def _without_type(words: list[str]) -> list[StreetReading]:
    """Read the text as a street name whose type is missing.

    A stand-in type is added behind the name, or before the direction at the end; then the text is
    read like a street of the reference.
    """
    count = _directions_at_end(words)
    name_words = words[: len(words) - count]
    if not name_words or name_words[-1] in STRONG_TYPES:
        return []
    if not count and name_words[-1] not in vocabulary().types and not _directions_at_start(words):
        return []  # A type behind it would not change the name.
    ends = [len(words)] if not count else [len(words), len(name_words)]
    streets = [read_street(" ".join([*words[:end], _STAND_IN_TYPE, *words[end:]])) for end in ends]
    return [
        StreetReading(
            Street(street.predir, street.pretype, street.name, "", street.postdir, street.modifier)
        )
        for street in streets
        if street.type == _STAND_IN_TYPE
    ]


def _without_second_type(words: list[str]) -> list[StreetReading]:
    """Read the text without a general type (ST, RD) behind a more specific type."""
    vocab = vocabulary()
    count = _directions_at_end(words)
    *name_words, type_ = words[: len(words) - count] or [""]
    is_second = (
        len(name_words) > 1 and name_words[-1] in vocab.types and name_words[-1] not in STRONG_TYPES
    )
    if not is_second or vocab.types.get(type_) not in vocab.dropped:
        return []
    street = read_street(" ".join([*name_words, *words[len(words) - count :]]))
    return [StreetReading(street, dropped_type=vocab.types[type_])]


def _with_direction_behind_type(words: list[str]) -> list[StreetReading]:
    """Read the text with the direction before the type moved behind the type."""
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
    """Read the text up to each of its types, with a direction that follows the type.

    Words that name another street are never cut off: OAK ST CT is not OAK ST.
    """
    vocab = vocabulary()
    cut_readings = []
    for end in range(len(words) - 1, 1, -1):
        if words[end - 1] not in vocab.types:
            continue
        street_end = end + _directions_at_start(words[end:])
        behind = words[street_end:]
        if behind and not _is_street_of_its_own(behind, vocab.types[words[end - 1]]):
            street = read_street(" ".join(words[:street_end]))
            cut_readings.append(StreetReading(street, " ".join(behind)))
    return cut_readings


def _is_street_of_its_own(words: list[str], type_before: str) -> bool:
    """Return whether words name a street: a type alone, or words that end in a street type.

    A repeated type (MAIN ST STREET) and the type of a building are not a street.
    """
    types = vocabulary().types
    name_words = words[: len(words) - _directions_at_end(words)] or words
    if len(name_words) > 1:
        return name_words[-1] in STRONG_TYPES
    return name_words[0] in types and types[name_words[0]] not in _BUILDINGS | {type_before}


def _without_unit(words: list[str]) -> list[StreetReading]:
    """Read the text without a lone letter or number at its end, if a name remains."""
    *before, identifier = words
    is_unit = (
        len(identifier) == 1 or identifier.isdigit()
    ) and identifier not in vocabulary().directions
    if not is_unit or not any(len(word) > 1 and word.isalpha() for word in before):
        return []
    if _is_route_word(before) or any(map(str.isdigit, before[-1])):
        return []
    return [StreetReading(read_street(" ".join(before)), identifier)]


def _with_initials_of_county(words: list[str]) -> list[StreetReading]:
    """Read a county road by the county's initials: VAN ZANDT COUNTY ROAD is VZCR."""
    if _COUNTY_ROADS.isdisjoint(words):
        return []
    start = next((index for index, word in enumerate(words) if index and word in _COUNTY_ROADS), 0)
    behind = words[start + (2 if words[start : start + 1] == ["COUNTY"] else 1) :]
    is_road = words[start : start + 1] == ["CR"] or words[start + 1 : start + 2] in (
        ["RD"],
        ["ROAD"],
    )
    if not start or not is_road or not behind or not behind[0].isdigit():
        return []
    before = words[:start]
    initials = (
        before[0] if len(before) == 1 and len(before[0]) <= 2 else "".join(w[0] for w in before)
    )
    return [StreetReading(read_street(" ".join([f"{initials}CR", *behind])))]


def _is_route_word(words: list[str]) -> bool:
    """Return whether the words end in a kind of route (COUNTY ROAD)."""
    routes = vocabulary().routes
    return any(" ".join(words[-count:]) in routes for count in range(1, 5))


def _directions_at_end(words: list[str]) -> int:
    """Return the number of words of a direction at the end."""
    if not words or words[-1] not in vocabulary().direction_words:
        return 0
    return next((n for n in (2, 1) if " ".join(words[-n:]) in vocabulary().directions), 0)


def _directions_at_start(words: list[str]) -> int:
    if not words or words[0] not in vocabulary().direction_words:
        return 0
    return next((n for n in (2, 1) if " ".join(words[:n]) in vocabulary().directions), 0)
