"""Units of an address: apartments, suites, floors, and other words behind a street type."""

import re
from typing import NamedTuple

from geoservice.address.clean import clean_text
from geoservice.address.lastline import STRONG_TYPES
from geoservice.address.routes import route_end
from geoservice.address.vocabulary import vocabulary

_ORDINAL = re.compile(r"^[0-9]+(?:ST|ND|RD|TH)(?![A-Z0-9])")
_FLOOR = re.compile(r"^([0-9]+)(?:ST|ND|RD|TH)?$")
_UNIT_ID = re.compile(r"^(?:[0-9][A-Z0-9/-]*|[A-Z](?:-?[0-9]+[A-Z]?)?)$")
_HIGHWAYS = frozenset({"HWY", "HIGHWAY", "ROUTE", "RTE", "RT", "OLD"})
_BEFORE_BARE_UNITS = frozenset(
    {
        "ST",
        "AVE",
        "BLVD",
        "DR",
        "CT",
        "PL",
        "LN",
        "WAY",
        "CIR",
        "TER",
        "PKWY",
        "RD",
        "PIKE",
        "SQ",
        "TRL",
        "TRCE",
        "ALY",
        "XING",
        "RUN",
        "LNDG",
        "EXT",
    }
)
_NUMBER_SIGNS = frozenset({"#", "NO", "NUM", "NUMBER"})
_HOMES = frozenset({"APT", "UNIT", "STE", "RM", "LOT"})
_MAX_NAME_LENGTH = 8
_MAX_SHORT_STREET_WORDS, _MAX_SHORT_WORD_LENGTH = 2, 4
_SHORT_NORTH = frozenset({"NO"})
_QUALIFIERS = frozenset(
    {
        "FL",
        "BLDG",
        "TOWER",
        "LEVEL",
        "TERMINAL",
        "CONCOURSE",
        "PH",
        "BSMT",
        "REAR",
        "FRNT",
        "UPPR",
        "LOWR",
        "SIDE",
        "LBBY",
        "MEZZANINE",
        "GARAGE",
    }
)
"""Designators of a location in a house, not of an apartment."""
_NAME_WORDS = frozenset({"SIDE", "FRNT", "REAR", "UPPR", "LOWR", "GARAGE"})
"""Units that belong to the street name without a type before them (FOREST SIDE AVE)."""
_PADDING = re.compile(r"(?<![0-9])0+(?=[0-9])")
_GLUED = re.compile(r"^([A-Z]{2,})-?([0-9]+-?[A-Z]?)$")


class SplitStreet(NamedTuple):
    """Words of a street, the canonical unit behind them, and words that are neither."""

    street: list[str]
    unit: str = ""
    leftover: list[str] = []  # noqa: RUF012 - never changed


def split_unit(words: list[str]) -> SplitStreet:
    """Split the words of a street from the unit or the building's name behind them."""
    if len(words) > 3 and words[0] == "#":
        return SplitStreet(words[2:], f"# {words[1]}")
    vocab = vocabulary()
    number_end = route_end(words, vocab)
    for index in range(max(1, number_end), len(words)):
        word = words[index]
        if word == "#" or word in vocab.unit_words or word in vocab.ordinals or _FLOOR.match(word):
            of_route = word in ("#", "NO", "NUMBER") and words[index - 1] in _HIGHWAYS
            unit, behind = ("", []) if of_route else read_unit(words[index:])
            if unit and (unit not in _NAME_WORDS or number_end or _is_whole(words[:index])):
                return SplitStreet(words[:index], unit, behind)
    if (
        len(words) > 2
        and (words[-1] == "#" or words[-1] in vocab.numbered_units - _SHORT_NORTH)
        and _ends_in_type(words[:-1])
    ):
        return SplitStreet(words[:-1])
    if number_end != len(words) > 1 and _is_bare_unit(words):
        return SplitStreet(words[:-1], f"# {words[-1]}")
    end = len(words) if number_end else _end_before_building(words)
    return SplitStreet(words[:end], "", words[end:])


def _is_whole(street: list[str]) -> bool:
    """Return whether a street is complete: it ends in a type or an ordinal."""
    return _ends_in_type(street) or bool(_ORDINAL.match(street[-1]))


def may_lack_its_number(street: str) -> bool:
    """Return whether a street's number may have been read as a unit (HCR 3239).

    That happens to short streets without a type.
    """
    words = street.split()
    is_short = len(words) <= _MAX_SHORT_STREET_WORDS and all(
        len(word) <= _MAX_SHORT_WORD_LENGTH for word in words
    )
    return is_short and bool(words) and words[-1] not in vocabulary().types


def whole_unit(words: list[str]) -> str:
    """Return the canonical unit that begins with the first word; empty for none."""
    return read_unit(words)[0]


def read_unit(words: list[str]) -> tuple[str, list[str]]:
    """Return the canonical unit that begins with the first word, and the words behind it."""
    vocab = vocabulary()
    first_word, following = words[0], words[1:]
    if first_word == "#":
        return (
            _with_identifier("#", following) if following and following[0] != "#" else ("", words)
        )
    if first_word[0].isdigit() or first_word in vocab.ordinals:
        floor = _FLOOR.match(first_word)
        level = floor[1] if floor else str(vocab.ordinals.get(first_word, ""))
        if level and following and vocab.units.get(following[0]) == "FL":
            return _with_more(f"FL {level}", following[1:])
        return "", words
    for count in (2, 1):
        unit = vocab.units.get(" ".join(words[:count])) if len(words) >= count else None
        if unit is None:
            continue
        behind = words[count:]
        if (len(behind) > 1 and behind[0] in _NUMBER_SIGNS) or behind[:1] == ["#"]:
            behind = behind[1:]
        is_numbered = " ".join(words[:count]) in vocab.numbered_units
        if is_numbered and behind and _UNIT_ID.match(behind[0]):
            return _with_identifier(unit, behind)
        if is_numbered and len(behind) == 1 and unit in _HOMES:
            return _named_home(unit, behind[0]), []
        if not behind and " ".join(words[:count]) in vocab.lone_units:
            return unit, []
    return "", words


def _with_identifier(designator: str, words: list[str]) -> tuple[str, list[str]]:
    """Return the unit with its identifier, including a separate letter (APT 2 B)."""
    identifier, *behind = words
    letter = behind[0] if behind and len(behind[0]) == 1 and behind[0].isalpha() else ""
    if letter and identifier.isdigit() and letter not in vocabulary().directions:
        identifier, behind = identifier + letter, behind[1:]
    return _with_more(f"{designator} {identifier}", behind)


def _with_more(unit: str, words: list[str]) -> tuple[str, list[str]]:
    """Return the unit with the units that follow it, and the words behind them."""
    next_unit, behind = read_unit(words) if words else ("", [])
    return join_words(unit, next_unit), behind


def _named_home(designator: str, word: str) -> str:
    """Return a unit named by a word: APT BSMT is BSMT, UNIT COTT stays; UNIT DR is no unit."""
    vocab = vocabulary()
    if word in vocab.lone_units:
        return vocab.units[word]
    is_word = word.isalpha() and len(word) <= _MAX_NAME_LENGTH
    is_street = word in vocab.types or word in vocab.directions
    return f"{designator} {word}" if is_word and not is_street else ""


def known_unit(text: str) -> str:
    """Return a file's unit in canonical form: 201 is # 201, 2nd Flr is FL 2."""
    words = clean_text(text).replace(",", " ").split()
    if not words:
        return ""
    unit_words = [part for word in words for part in _parted(word)]
    unit, behind = read_unit(unit_words)
    return join_words(unit, *behind) if unit else f"# {' '.join(words).removeprefix('# ')}"


def unit_key(unit: str) -> str:
    """Return the key of a canonical unit: # 0298 and APT 298 are 298, BLDG 3 APT 4 is BLDG3/4.

    Floors and buildings keep their designator, because FL 2 is not APT 2. A PO box is no unit.
    """
    qualifiers, identifier = _unit_parts(unit)
    return "/".join([*sorted(qualifiers), *([identifier] if identifier else [])])


def apartment_key(unit: str) -> str:
    """Return the key of a canonical unit without building or floor; may be empty."""
    return _unit_parts(unit)[1]


def _unit_parts(unit: str) -> tuple[list[str], str]:
    """Return the qualifiers of a unit (BLDG3, FL2, REAR), and its identifier."""
    qualifiers, identifier, qualifier = list[str](), "", ""
    for word in unit.partition("PO BOX")[0].split():
        designator = "APT" if word == "#" else vocabulary().units.get(word, "")
        if not designator and not qualifier:
            identifier += _plain_identifier(word)
            continue
        if qualifier:
            qualifiers.append(qualifier + ("" if designator else _plain_identifier(word)))
        qualifier = designator if designator in _QUALIFIERS else ""
    return ([*qualifiers, qualifier] if qualifier else qualifiers), identifier


def _plain_identifier(word: str) -> str:
    """Return an identifier without hyphens and zero padding: 04-B is 4B."""
    return _PADDING.sub("", word.replace("-", "").replace("/", ""))


def _parted(word: str) -> list[str]:
    """Split a glued unit and identifier: APT4, FL2."""
    glued = _GLUED.match(word)
    return [glued[1], glued[2]] if glued and glued[1] in vocabulary().units else [word]


def _is_bare_unit(words: list[str]) -> bool:
    """Return whether the last word is an identifier: W GRAND AVE 600, M ST C1S."""
    *street, identifier = words
    vocab = vocabulary()
    if identifier in vocab.directions or _ORDINAL.match(identifier) or "/" in identifier:
        return False
    if any(" ".join(street[-count:]) in vocab.routes for count in (1, 2, 3)):
        return False
    has_digit = any(map(str.isdigit, identifier))
    if _ends_in_type(street):
        return has_digit or (len(identifier) <= 2 and identifier not in vocab.types)
    names = [word for word in street if word.isalnum() and word not in vocab.directions]
    has_name = street[-1] not in vocab.types and street[-1] not in vocab.pretypes and bool(names)
    return has_name and has_digit and (not identifier.isdigit() or len(identifier) > 2)


def _end_before_building(words: list[str]) -> int:
    """Return the number of words of a street before a building's name."""
    vocab = vocabulary()
    if words[-1] in STRONG_TYPES:
        return len(words)
    for index in range(len(words) - 2, 0, -1):
        has_name = any(word not in vocab.directions for word in words[:index])
        if words[index] in STRONG_TYPES and has_name:
            end = index + 2 if words[index + 1] in vocab.directions else index + 1
            behind = words[end:]
            if len(words[index + 1]) == 1 or any(map(str.isdigit, "".join(behind[:1]))):
                return len(words)
            is_named = any(
                word not in vocab.types and word not in vocab.directions for word in behind
            )
            return end if is_named else len(words)
    return len(words)


def _ends_in_type(words: list[str]) -> bool:
    """Return whether the words end in a street type, perhaps with a direction behind it."""
    vocab = vocabulary()
    ends = words[:-1] if words[-1] in vocab.directions and len(words) > 1 else words
    has_name = any(word not in vocab.directions or len(word) > 2 for word in ends[:-1])
    return has_name and vocab.types.get(ends[-1]) in _BEFORE_BARE_UNITS


def join_words(*parts: str) -> str:
    """Return the nonempty parts, joined by spaces."""
    return " ".join(part for part in parts if part)
