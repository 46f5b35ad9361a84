"""The last line of an address: country, ZIP, state and town, taken from the end.

A line is a list of segments, separated by commas; a segment is a list of words.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from geoservice.address.clean import place_key
from geoservice.address.town_kinds import bare_keys, keys_without_kind
from geoservice.address.vocabulary import vocabulary

Segments = list[list[str]]
_COUNTRIES = (
    ["USA"],
    ["U", "S", "A"],
    ["UNITED", "STATES"],
    ["UNITED", "STATES", "OF", "AMERICA"],
    ["UNITED", "STATES", "US"],
)
_ZIP = re.compile(r"^([0-9]{5})(?:-?[0-9]{4})?$")
_ORDINAL = re.compile(r"^[0-9]+(?:ST|ND|RD|TH)$")
_LETTERS = re.compile(r"^[A-Z][A-Z -]*$")
_HIGHWAYS = frozenset({"HWY", "HIGHWAY", "ROUTE", "RT", "RTE", "SR", "CR", "FM", "US"})
STRONG_TYPES = frozenset(
    {
        "ST",
        "STREET",
        "AVE",
        "AV",
        "AVENUE",
        "RD",
        "ROAD",
        "DR",
        "DRIVE",
        "BLVD",
        "BOULEVARD",
        "LN",
        "LANE",
        "CT",
        "COURT",
        "PL",
        "PLACE",
        "WAY",
        "PKWY",
        "PARKWAY",
        "TER",
        "CIR",
        "CIRCLE",
        "HWY",
        "HIGHWAY",
    }
)
"""Street types that end no town name."""
_BEHIND_TYPES = frozenset({"EXT", "LOOP", "SPUR"})
"""Types that may follow another type (VALLEY ROAD EXT); they begin no town name."""
_MAX_TOWN_WORDS = 5
_INSIDE = frozenset({"BASEMENT", "BSMT", "LOBBY", "MEZZANINE"})
_LEVELS = frozenset({"FLOOR", "FLR", "LEVEL", "LVL"})
"""First and last words of locations inside a house; they begin or end no town name."""


@dataclass(frozen=True)
class Gazetteer:
    """Towns and states of a region, used to split a line without commas.

    ``cities`` are cleaned names of towns; ``states`` are two-letter codes.
    """

    cities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    @cached_property
    def town_keys(self) -> frozenset[str]:
        """Return keys of the cities (`geoservice.address.clean.place_key`)."""
        return frozenset(place_key(city) for city in self.cities) - {""}

    @cached_property
    def bare_keys(self) -> frozenset[str]:
        """Return keys of the cities without the word for their kind: LOGAN for LOGAN CITY."""
        return bare_keys(self.cities)


def segments_of(cleaned: str) -> Segments:
    """Return the words of a cleaned text, split at commas; no segment is empty."""
    if "," not in cleaned:
        return [cleaned.split()] if cleaned else []
    return [words for part in cleaned.split(",") if (words := part.split())]


def take_country(line: Segments) -> None:
    """Remove the country's name from the end."""
    if line and line[-1][-1] in ("USA", "A", "STATES", "AMERICA", "US"):
        for words in _COUNTRIES:
            if line[-1][-len(words) :] == words and _count(line) > len(words):
                _drop(line, len(words))
                return


def take_zip(line: Segments) -> str:
    """Take a ZIP or ZIP+4 from the end; behind a state the ZIP may lack its leading zero."""
    if not line or not line[-1][-1][0].isdigit() or _count(line) < 2:
        return ""
    segment = line[-1]
    word, before = segment[-1], _word_before(line)
    if len(word) == 4 and word.isdigit():
        if len(segment) > 1 and _ZIP.match(segment[-2]) and _count(line) > 2:
            _drop(line, 1)
            return take_zip(line)
        if before in vocabulary().states and _count(line) > 3:
            _drop(line, 1)
            return "0" + word
        return ""
    match = _ZIP.match(word)
    if not match or before == "#":
        return ""
    is_identifier = len(segment) > 1 and before in vocabulary().numbered_units
    if is_identifier and before not in vocabulary().states:
        return ""
    if before in _HIGHWAYS and _count(line) <= 3:
        return ""
    _drop(line, 1)
    return match[1]


def take_state(line: Segments, gazetteer: Gazetteer, *, with_zip: bool) -> str:
    """Take the state from the end, if a comma, a ZIP or a street type shows that it is a state.

    ``CT``, ``NE`` and ``LA`` are also a street type, a direction or a name; without such evidence
    they stay with the street.
    """
    if not line:
        return ""
    for count in (1, 2, 3):
        if count > len(line[-1]):
            return ""
        written = " ".join(line[-1][-count:])
        code = vocabulary().states.get(written)
        # WEST VIRGINIA ends in VIRGINIA: the longer name wins.
        longer = " ".join(line[-1][-count - 1 :])
        if code and not (len(line[-1]) > count and longer in vocabulary().states):
            if _is_state(line, written, count, gazetteer, with_zip):
                _drop(line, count)
                return code
            return ""
    return ""


def take_town(line: Segments, gazetteer: Gazetteer) -> str:
    """Take the town from the end: a town of the region, else a segment of its own.

    If the region's towns are unknown, the words behind the street type count, too.
    """
    if not line:
        return ""
    _part_direction(line, gazetteer)
    segment = line[-1]
    letters = next(
        (count for count, word in enumerate(reversed(segment)) if not word.isalpha()), len(segment)
    )
    for count in range(min(_MAX_TOWN_WORDS, letters), 0, -1):
        key = place_key(" ".join(segment[-count:]))
        is_town = key in gazetteer.town_keys or _is_town_by_kind(key, segment[:-count], gazetteer)
        if is_town and (count == len(segment) or segment[-count - 1] != "#"):
            if not _leaves_a_street(line, count):
                return ""
            _drop(line, count)
            return key
    if len(line) > 1 and _count(line) > len(segment) + 1 and (town := _foreign_town(segment)):
        _drop(line, len(town))
        return place_key(" ".join(town))
    if len(line) == 1 and not gazetteer.cities:
        return _behind_the_type(segment)
    return ""


def _is_town_by_kind(key: str, before: list[str], gazetteer: Gazetteer) -> bool:
    """Return whether a key is a town with or without the word for its kind.

    The words before must end a street: LOGAN CITY behind N 500 E is LOGAN; behind OLD it is not.
    """
    is_town = key in gazetteer.bare_keys or any(
        key_without_kind in gazetteer.town_keys for key_without_kind in keys_without_kind(key)
    )
    if not is_town or not before:
        return is_town
    previous_word, vocab = before[-1], vocabulary()
    return (
        previous_word in vocab.types
        or previous_word in vocab.directions
        or any(map(str.isdigit, previous_word))
    )


def _part_direction(line: Segments, gazetteer: Gazetteer) -> None:
    """Move a direction behind a town to the street: NW of 12TH AVE, HICKORY NW."""
    segment = line[-1]
    if len(line) < 2 or len(segment) < 2 or segment[-1] not in _SHORT_DIRECTIONS:
        return
    is_town = place_key(" ".join(segment)) in gazetteer.town_keys
    if not is_town and segment[-2].isalpha() and segment[-2] not in vocabulary().directions:
        line.insert(-1, [segment.pop()])


def _is_state(
    line: Segments, written: str, count: int, gazetteer: Gazetteer, with_zip: bool
) -> bool:
    towns, is_own = gazetteer.town_keys, vocabulary().states[written] in gazetteer.states
    segment, vocab = line[-1], vocabulary()
    if (
        written == "FL"
        and len(segment) > 1
        and (_ORDINAL.match(segment[-2]) or segment[-2] in vocab.ordinals)
    ):
        return False
    is_alone = count == len(segment)
    is_behind_type = not is_alone and segment[-2] in vocab.types
    is_elsewhere = bool(gazetteer.states) and not is_own
    if written in vocab.directions and (is_behind_type or is_elsewhere):
        return False
    is_ambiguous = written in vocab.types or written in vocab.directions or written in _WORDS
    before = [word for words in line for word in words][: _count(line) - count]
    has_street_type = any(word in vocab.types for word in before[2:-1])
    if is_alone and len(line) > 1:
        return not is_ambiguous or with_zip or is_own
    if is_alone:
        return False
    if len(line) > 1 and not any(any(map(str.isdigit, word)) for word in segment):
        return not is_ambiguous or with_zip or is_own or len(line) > 2
    has_two_words = len(before) >= 2
    if has_two_words and any(
        place_key(" ".join(before[-word_count:])) in towns for word_count in (1, 2, 3)
    ):
        return True
    if with_zip:
        return has_two_words and (not is_ambiguous or has_street_type)
    is_code = len(written) == 2
    return has_two_words and (
        (is_own and is_code and not is_ambiguous)
        or (has_street_type and (is_own or not is_ambiguous))
    )


_SHORT_DIRECTIONS = frozenset({"N", "S", "E", "W", "NE", "NW", "SE", "SW"})
_WORDS = frozenset({"IN", "OR", "OK", "ME", "HI", "PA", "MA", "DE", "LA", "AL", "ID"})
"""State codes that are also words in names and texts."""


def _leaves_a_street(line: Segments, count: int) -> bool:
    """Return whether more than a number, or a number and a direction, stays before the town."""
    if len(line) > 1 and count == len(line[-1]):
        return True
    before = [word for words in line for word in words][: _count(line) - count]
    return len(before) > 2 or (len(before) == 2 and before[1] not in vocabulary().directions)


def _foreign_town(words: list[str]) -> list[str]:
    """Return the words of a town without a direction of the street before it; may be empty."""
    vocab = vocabulary()
    if words[0] in vocab.directions and len(words[0]) <= 2:
        words = words[2:] if " ".join(words[:2]) in vocab.directions else words[1:]
    text = " ".join(words)
    if (
        len(text) < 2
        or not _LETTERS.match(text)
        or text in vocab.lone_units
        or text in vocab.directions
    ):
        return []
    is_inside = words[0] in _INSIDE or words[-1] in _LEVELS
    return [] if is_inside or words[0] in vocab.numbered_units else list(words)


def _behind_the_type(words: list[str]) -> str:
    start = _end_of_street(words)
    if start is None:
        return ""
    while start < len(words) - 1 and (skipped := _direction_or_unit(words[start:])):
        start += skipped
    town = words[start:]
    if not town or not _foreign_town(town) or vocabulary().types.get(town[0]) in _BEHIND_TYPES:
        return ""
    del words[start:]
    return place_key(" ".join(town))


def _end_of_street(words: list[str]) -> int | None:
    """Return the index behind a street type or a route number; None for neither."""
    vocab = vocabulary()
    if words[-1] in STRONG_TYPES or len(words) < 4:
        return None
    for index in range(1, len(words) - 2):
        for count in (3, 2, 1):
            if (
                " ".join(words[index : index + count]) in vocab.routes
                and index + count < len(words) - 1
            ):
                return index + count + 1 if any(map(str.isdigit, words[index + count])) else None
    for index in range(1, len(words) - 2):
        if words[index].isdigit() and words[index + 1] in vocab.directions:
            return index + 2  # A coordinate of a grid: 500 E.
    first_type_index = 3 if words[1] in vocab.directions else 2
    ends = [
        index for index in range(first_type_index, len(words) - 1) if words[index] in vocab.types
    ]
    strong = [index for index in ends if words[index] in STRONG_TYPES]
    if not strong and words[-1] in vocab.types:
        return None
    return (strong or ends)[-1] + 1 if ends else None


def _direction_or_unit(words: list[str]) -> int:
    """Return the number of words of a direction or a unit before a town; 0 for neither."""
    for count in (2, 1):
        direction = vocabulary().directions.get(" ".join(words[:count]))
        if direction and count < len(words) and (len(words[0]) <= 2 or len(direction) == 2):
            return count
    if (words[0] in vocabulary().numbered_units or words[0] == "#") and words[1][0].isdigit():
        return 2
    return int(words[0] in vocabulary().lone_units)


def _word_before(line: Segments) -> str:
    if len(line[-1]) > 1:
        return line[-1][-2]
    return line[-2][-1]


def _count(line: Segments) -> int:
    return sum(map(len, line))


def _drop(line: Segments, count: int) -> None:
    """Remove words from the end of the last segment, and an empty last segment."""
    del line[-1][-count:]
    if not line[-1]:
        line.pop()
