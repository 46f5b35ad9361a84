"""The house number of a street line: where it stands, and how it is written."""

import re

from geoservice.address.lastline import STRONG_TYPES, Segments
from geoservice.address.number import with_fraction_apart
from geoservice.address.routes import read_route
from geoservice.address.street import read_street
from geoservice.address.vocabulary import vocabulary

_GRID = (
    r"[NSEW][0-9]+[NSEW]?[ -]?[NSEW] ?[0-9]+[A-Z]?|[NSEW] [0-9]{1,3} [NSEW] ?[0-9]{3,}"
    r"|[NSEW][0-9]+[A-Z]?|[0-9]{1,2}[NSEW][0-9]{2,5}[A-Z]?"
)
"""Grid numbers: N6W23001, W204 N11912 and W6150 in Wisconsin, 28W555 and 0N450 in Illinois."""
_FRACTION = r"(?:[ -]?[1-7]/[2348])"
_LETTER = r"[0-9]+-[A-DF-MO-RT-VX-Z](?= [^ ]+ [^ ])"
"""A number with a letter, 108-A W SOUTH ST; in 108-W SOUTH ST and 108-A ST it is the street's."""
_NUMBER = re.compile(
    rf"^({_GRID}|[0-9]+ ?- ?[0-9]+[A-Z]?{_FRACTION}?|[0-9]+?{_FRACTION}|{_LETTER}|[0-9]+[A-Z]?)"
    r"[ -]+(?=[^ -])(.*)$"
)
_GLUED = re.compile(r"^([0-9]+)([A-Z]{2,}.*)$")
_ORDINAL = re.compile(r"^[0-9]+(?:ST|ND|RD|TH)(?![A-Z0-9])")
_GRID_NUMBER = re.compile(rf"^(?:{_GRID})(?= )")
_INNER_NUMBER = re.compile(
    r"^(?:.*? )??([A-Z/&'@-]+) ([0-9]+(?:-[0-9]+)?[A-Z]? +(?:1/2 )?[A-Z0-9].*)$"
)
_PADDED = re.compile(r"^0+(?=[0-9])")
_SUFFIXES = frozenset("ABCFGH")
_NUMBERED_PLACES = frozenset({"PIER", "PIERS"})


def street_segment(line: Segments) -> int | None:
    """Return the index of the segment with the house number and its street; None for no number.

    A segment with a street type such as ST or AVE wins over an earlier segment without a type.
    """
    candidates = [index for index, words in enumerate(line) if _starts_with_number(words)]
    candidates = [index for index in candidates if not index or len(line[index]) > 1]
    if candidates:
        with_type = (index for index in candidates if not STRONG_TYPES.isdisjoint(line[index][2:]))
        return next(with_type, candidates[0])
    for index, words in enumerate(line):
        if not _is_route(words) and (_inner_number(words) or _units_first(words)):
            return index
    return None


def from_number(words: list[str]) -> list[str]:
    """Return the words from the house number on, without a building or a name before it.

    A unit before the number moves to the end.
    """
    if _starts_with_number(words):
        return words
    if unit_words := _units_first(words):
        return [*words[unit_words:], *words[:unit_words]]
    return _inner_number(words) or words


def take_number(text: str) -> tuple[str, list[str]]:
    """Return the house number that begins a text, and the words of the street behind it."""
    first_word, _, remainder = text.partition(" ")
    if first_word in vocabulary().number_words and " " in remainder:
        return vocabulary().number_words[first_word], remainder.split()
    number, street = _number_and_street(text)
    words = street.split()
    if _is_unit_before_number(words):
        return words[0], words[1:]
    if number.isdigit() and _begins_with_suffix(words):
        return number + words[0], words[1:]
    return number, words


def _is_unit_before_number(words: list[str]) -> bool:
    """Return whether the number already read is a unit: 17 7000 PEACHTREE RD."""
    return (
        len(words) > 2
        and words[0].isdigit()
        and len(words[0]) > 2
        and words[1].isalpha()
        and words[1] not in vocabulary().directions
        and words[1] not in vocabulary().types
        and words[-1] in STRONG_TYPES
    )


def _begins_with_suffix(words: list[str]) -> bool:
    """Return whether the first word is a letter of the number: 4922 B S CORNELL AVE.

    In O FARRELL ST and C ST the letter belongs to the street.
    """
    return (
        len(words) > 1
        and words[0] in _SUFFIXES
        and len(words[1]) > 1
        and words[1] != "AND"
        and _may_begin_a_street(words[1:])
    )


def _starts_with_number(words: list[str]) -> bool:
    first_word = words[0]
    if first_word in vocabulary().number_words:
        return len(words) > 2
    if first_word[0].isdigit():
        if _ORDINAL.match(first_word):
            return False
        return len(words) > 1 or bool(_GLUED.match(first_word))
    return len(words) > 1 and bool(_GRID_NUMBER.match(" ".join(words))) and not _is_route(words)


def _units_first(words: list[str]) -> int:
    """Return the number of unit words before the house number: 2 for APT 3 120 N 5TH AVE."""
    count = 0
    while len(words) > count + 3 and words[count] in vocabulary().numbered_units:
        count += 2
    is_number = words[count][0].isdigit() and not _ORDINAL.match(words[count])
    return count if is_number else 0


def _inner_number(words: list[str]) -> list[str]:
    """Return the words from an inner house number on; none for numbered places such as PIER 7.

    A direction before the number (N 120 MAIN ST) moves to the street.
    """
    text = " ".join(words)
    inner = _INNER_NUMBER.match(text)
    if inner is None or inner[1] in _NUMBERED_PLACES:
        return []
    before, numbered_words = text[: inner.start(2)].split(), inner[2].split()
    direction = vocabulary().directions.get(" ".join(before))
    if direction is None:
        return numbered_words
    number, street = _number_and_street(inner[2])
    has_direction = direction in read_street(street).directions
    return numbered_words if has_direction else [number, *before, *street.split()]


def _is_route(words: list[str]) -> bool:
    """Return whether the words begin with a route and its number, such as N US HIGHWAY 64."""
    route = read_route(words, vocabulary())
    return route is not None and any(map(str.isdigit, route.name))


def _may_begin_a_street(words: list[str]) -> bool:
    """Return False for a type, or a direction alone: in C ST the letter is the street."""
    vocab = vocabulary()
    if words[0] in vocab.directions:
        return len(words) > 1
    return words[0] not in vocab.types


def _number_and_street(text: str) -> tuple[str, str]:
    if _ORDINAL.match(text):
        return "", text
    if match := _NUMBER.match(text):
        return _unpadded(_without_spaces(match[1])), match[2]
    if glued := _GLUED.match(text):
        return _unpadded(glued[1]), glued[2]
    return "", text


def _without_spaces(written: str) -> str:
    """Return a number with a space only before its fraction: W204N11912, 44-44 1/2."""
    if "/" not in written:
        written = written.replace(" ", "")
        has_letter = written[0].isalpha() or (written[-2:-1] == "-" and written[-1].isalpha())
        return written.replace("-", "") if has_letter else written
    return with_fraction_apart(written.replace(" - ", "-"))


def _unpadded(number: str) -> str:
    """Return the number without leading zeros; a grid number such as 0N450 keeps them."""
    return _PADDED.sub("", number) if number[0] == "0" else number
