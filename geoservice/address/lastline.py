"""The last line of an address: country, ZIP, state and town, taken from its end.

A line is a list of segments (what commas part), a segment a list of words.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from geoservice.address.clean import place_key
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
STRONG_TYPES = frozenset({
    "ST", "STREET", "AVE", "AV", "AVENUE", "RD", "ROAD", "DR", "DRIVE", "BLVD", "BOULEVARD", "LN", "LANE",
    "CT", "COURT", "PL", "PLACE", "WAY", "PKWY", "PARKWAY", "TER", "CIR", "CIRCLE", "HWY", "HIGHWAY",
})  # fmt: skip
"""Street types that no town ends in."""
_MOST_TOWN_WORDS = 5
_INSIDE = frozenset({"BASEMENT", "BSMT", "LOBBY", "MEZZANINE"})
_LEVELS = frozenset({"FLOOR", "FLR", "LEVEL", "LVL"})
"""First and last words of what says where inside a house: no town begins or ends so."""


@dataclass(frozen=True)
class Gazetteer:
    """What a region knows about its places: helps to cut a line without commas.

    ``cities`` are cleaned names as a line may end with; ``states`` two-letter codes.
    """

    cities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    @cached_property
    def town_keys(self) -> frozenset[str]:
        """Keys of the cities (`geoservice.address.clean.place_key`)."""
        return frozenset(place_key(city) for city in self.cities) - {""}


def segments_of(cleaned: str) -> Segments:
    """Words of a cleaned text, parted at its commas; no segment is empty."""
    if "," not in cleaned:
        return [cleaned.split()] if cleaned else []
    return [words for part in cleaned.split(",") if (words := part.split())]


def take_country(line: Segments) -> None:
    """Drop the country's name from the end."""
    if line and line[-1][-1] in ("USA", "A", "STATES", "AMERICA", "US"):
        for words in _COUNTRIES:
            if line[-1][-len(words) :] == words and _count(line) > len(words):
                _drop(line, len(words))
                return


def take_zip(line: Segments) -> str:
    """Take a ZIP or ZIP+4 from the end, also one that lost its leading zero behind a state."""
    if not line or not line[-1][-1][0].isdigit() or _count(line) < 2:
        return ""
    last = line[-1]
    word, before = last[-1], _word_before(line)
    if len(word) == 4 and word.isdigit():
        if len(last) > 1 and _ZIP.match(last[-2]) and _count(line) > 2:
            _drop(line, 1)
            return take_zip(line)
        if before in vocabulary().states and _count(line) > 3:
            _drop(line, 1)
            return "0" + word
        return ""
    found = _ZIP.match(word)
    if not found or before == "#":
        return ""
    is_identifier = len(last) > 1 and before in vocabulary().numbered_units
    if is_identifier and before not in vocabulary().states:
        return ""
    if before in _HIGHWAYS and _count(line) <= 3:
        return ""
    _drop(line, 1)
    return found[1]


def take_state(line: Segments, gazetteer: Gazetteer, *, with_zip: bool) -> str:
    """Take the state from the end: one that a comma, a ZIP or a street type before it vouches for.

    ``CT``, ``NE``, ``LA`` and the like are also street types, directions or suffixes; without
    such a sign they stay with the street.
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
    """Take the town from the end: one of the region's, else what stands alone behind a comma.

    Where the region's towns are not known, the words behind the street's type count too.
    """
    if not line:
        return ""
    _part_direction(line, gazetteer)
    last = line[-1]
    letters = next((at for at, word in enumerate(reversed(last)) if not word.isalpha()), len(last))
    for count in range(min(_MOST_TOWN_WORDS, letters), 0, -1):
        key = place_key(" ".join(last[-count:]))
        if key in gazetteer.town_keys and (count == len(last) or last[-count - 1] != "#"):
            if not _leaves_a_street(line, count):
                return ""
            _drop(line, count)
            return key
    if len(line) > 1 and _count(line) > len(last) + 1 and (town := _foreign_town(last)):
        _drop(line, len(town))
        return place_key(" ".join(town))
    if len(line) == 1 and not gazetteer.cities:
        return _behind_the_type(last)
    return ""


def _part_direction(line: Segments, gazetteer: Gazetteer) -> None:
    """Part a direction behind a town from it: of 12TH AVE, HICKORY NW it is the street's."""
    last = line[-1]
    if len(line) < 2 or len(last) < 2 or last[-1] not in _SHORT_DIRECTIONS:
        return
    is_town = place_key(" ".join(last)) in gazetteer.town_keys
    if not is_town and last[-2].isalpha() and last[-2] not in vocabulary().directions:
        line.insert(-1, [last.pop()])


def _is_state(
    line: Segments, written: str, count: int, gazetteer: Gazetteer, with_zip: bool
) -> bool:
    towns, is_own = gazetteer.town_keys, vocabulary().states[written] in gazetteer.states
    last, vocab = line[-1], vocabulary()
    if (
        written == "FL"
        and len(last) > 1
        and (_ORDINAL.match(last[-2]) or last[-2] in vocab.ordinals)
    ):
        return False
    alone = count == len(last)
    is_behind_type = not alone and last[-2] in vocab.types
    is_elsewhere = bool(gazetteer.states) and not is_own
    if written in vocab.directions and (is_behind_type or is_elsewhere):
        return False
    risky = written in vocab.types or written in vocab.directions or written in _WORDS
    before = [word for words in line for word in words][: _count(line) - count]
    typed = any(word in vocab.types for word in before[2:-1])
    if alone and len(line) > 1:
        return not risky or with_zip or is_own
    if alone:
        return False
    if len(line) > 1 and not any(any(map(str.isdigit, word)) for word in last):
        return not risky or with_zip or is_own or len(line) > 2
    enough = len(before) >= 2
    if enough and any(place_key(" ".join(before[-few:])) in towns for few in (1, 2, 3)):
        return True
    if with_zip:
        return enough and (not risky or typed)
    short = len(written) == 2
    return enough and ((is_own and short and not risky) or (typed and (is_own or not risky)))


_SHORT_DIRECTIONS = frozenset({"N", "S", "E", "W", "NE", "NW", "SE", "SW"})
_WORDS = frozenset({"IN", "OR", "OK", "ME", "HI", "PA", "MA", "DE", "LA", "AL", "ID"})
"""Codes of states that are words of their own in names and texts."""


def _leaves_a_street(line: Segments, count: int) -> bool:
    """True where more than a number, or a number and a direction, stays before the town."""
    if len(line) > 1 and count == len(line[-1]):
        return True
    before = [word for words in line for word in words][: _count(line) - count]
    return len(before) > 2 or (len(before) == 2 and before[1] not in vocabulary().directions)


def _foreign_town(words: list[str]) -> list[str]:
    """The words of a town without a direction before it that belongs to the street; or none."""
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
    if not town or not _foreign_town(town):
        return ""
    del words[start:]
    return place_key(" ".join(town))


def _end_of_street(words: list[str]) -> int | None:
    """Where the words behind a street's type or a route's number begin; None for neither."""
    vocab = vocabulary()
    if words[-1] in STRONG_TYPES or len(words) < 4:
        return None
    for at in range(1, len(words) - 2):
        for count in (3, 2, 1):
            if " ".join(words[at : at + count]) in vocab.routes and at + count < len(words) - 1:
                return at + count + 1 if any(map(str.isdigit, words[at + count])) else None
    first = 3 if words[1] in vocab.directions else 2
    ends = [at for at in range(first, len(words) - 1) if words[at] in vocab.types]
    strong = [at for at in ends if words[at] in STRONG_TYPES]
    if not strong and words[-1] in vocab.types:
        return None
    return (strong or ends)[-1] + 1 if ends else None


def _direction_or_unit(words: list[str]) -> int:
    """How many words a direction or a unit before a town takes; 0 where it is neither."""
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
    """Drop words from the end of the last segment, and the segment where none is left."""
    del line[-1][-count:]
    if not line[-1]:
        line.pop()
