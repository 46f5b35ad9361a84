"""Units of an address: apartments, suites, floors, and what stands behind a street's type."""

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
_BEFORE_BARE_UNITS = frozenset({
    "ST", "AVE", "BLVD", "DR", "CT", "PL", "LN", "WAY", "CIR", "TER", "PKWY", "RD", "PIKE", "SQ",
    "TRL", "TRCE", "ALY", "XING", "RUN", "LNDG", "EXT",
})  # fmt: skip
_NUMBER_SIGNS = frozenset({"#", "NO", "NUM", "NUMBER"})
_HOMES = frozenset({"APT", "UNIT", "STE", "RM", "LOT"})
_LONGEST_WORD = 8
_SHORT_NORTH = frozenset({"NO"})
_QUALIFIERS = frozenset({
    "FL", "BLDG", "TOWER", "LEVEL", "TERMINAL", "CONCOURSE", "PH", "BSMT", "REAR", "FRNT", "UPPR",
    "LOWR", "SIDE", "LBBY", "MEZZANINE", "GARAGE",
})  # fmt: skip
"""Designators that say where in a house, not which of its apartments."""
_NAME_WORDS = frozenset({"SIDE", "FRNT", "REAR", "UPPR", "LOWR", "GARAGE"})
"""Units that belong to the name where no type stands before them (FOREST SIDE AVE)."""
_PADDING = re.compile(r"(?<![0-9])0+(?=[0-9])")
_GLUED = re.compile(r"^([A-Z]{2,})-?([0-9]+-?[A-Z]?)$")


class SplitStreet(NamedTuple):
    """The words of a street, the unit behind them in canonical form, and words that are neither."""

    street: list[str]
    unit: str = ""
    rest: list[str] = []  # noqa: RUF012 - never changed


def split_unit(words: list[str]) -> SplitStreet:
    """Part the words of a street from the unit or the building's name behind them."""
    if len(words) > 3 and words[0] == "#":
        return SplitStreet(words[2:], f"# {words[1]}")
    vocab = vocabulary()
    number_end = route_end(words, vocab)
    for at in range(max(1, number_end), len(words)):
        word = words[at]
        if word == "#" or word in vocab.unit_words or word in vocab.ordinals or _FLOOR.match(word):
            of_route = word in ("#", "NO", "NUMBER") and words[at - 1] in _HIGHWAYS
            unit, rest = ("", []) if of_route else read_unit(words[at:])
            if unit and (unit not in _NAME_WORDS or number_end or _is_whole(words[:at])):
                return SplitStreet(words[:at], unit, rest)
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
    """True for a street that needs no more words: it ends in a type or an ordinal."""
    return _ends_in_type(street) or bool(_ORDINAL.match(street[-1]))


def whole_unit(words: list[str]) -> str:
    """Canonical text of a unit that begins with the first word, empty where it is none."""
    return read_unit(words)[0]


def read_unit(words: list[str]) -> tuple[str, list[str]]:
    """The unit that begins with the first word, canonical, and the words behind all units."""
    vocab = vocabulary()
    first, after = words[0], words[1:]
    if first == "#":
        return _with_identifier("#", after) if after and after[0] != "#" else ("", words)
    if first[0].isdigit() or first in vocab.ordinals:
        floor = _FLOOR.match(first)
        level = floor[1] if floor else str(vocab.ordinals.get(first, ""))
        if level and after and vocab.units.get(after[0]) == "FL":
            return _with_more(f"FL {level}", after[1:])
        return "", words
    for count in (2, 1):
        unit = vocab.units.get(" ".join(words[:count])) if len(words) >= count else None
        if unit is None:
            continue
        rest = words[count:]
        if (len(rest) > 1 and rest[0] in _NUMBER_SIGNS) or rest[:1] == ["#"]:
            rest = rest[1:]
        is_numbered = " ".join(words[:count]) in vocab.numbered_units
        if is_numbered and rest and _UNIT_ID.match(rest[0]):
            return _with_identifier(unit, rest)
        if is_numbered and len(rest) == 1 and unit in _HOMES:
            return _named_home(unit, rest[0]), []
        if not rest and " ".join(words[:count]) in vocab.lone_units:
            return unit, []
    return "", words


def _with_identifier(designator: str, words: list[str]) -> tuple[str, list[str]]:
    """The unit with the identifier that the words begin with, a letter apart included: APT 2 B."""
    identifier, *rest = words
    letter = rest[0] if rest and len(rest[0]) == 1 and rest[0].isalpha() else ""
    if letter and identifier.isdigit() and letter not in vocabulary().directions:
        identifier, rest = identifier + letter, rest[1:]
    return _with_more(f"{designator} {identifier}", rest)


def _with_more(unit: str, words: list[str]) -> tuple[str, list[str]]:
    """The unit with the units that follow it, and the words behind all of them."""
    more, rest = read_unit(words) if words else ("", [])
    return joined(unit, more), rest


def _named_home(designator: str, word: str) -> str:
    """A home by a word: APT BSMT is BSMT, UNIT COTT stays; empty for a street's type (UNIT DR)."""
    vocab = vocabulary()
    if word in vocab.lone_units:
        return vocab.units[word]
    is_word = word.isalpha() and len(word) <= _LONGEST_WORD
    is_street = word in vocab.types or word in vocab.directions
    return f"{designator} {word}" if is_word and not is_street else ""


def known_unit(text: str) -> str:
    """A unit from a file in the canonical form of a typed one: 201 is # 201, 2nd Flr is FL 2."""
    words = clean_text(text).replace(",", " ").split()
    if not words:
        return ""
    parted = [part for word in words for part in _parted(word)]
    unit, rest = read_unit(parted)
    return joined(unit, *rest) if unit else f"# {' '.join(words).removeprefix('# ')}"


def unit_key(unit: str) -> str:
    """The key of a canonical unit: # 0298, APT 298 and UNIT 2-98 are 298, BLDG 3 APT 4 is BLDG3/4.

    Floors, buildings and the like keep their designator, for FL 2 is not APT 2. A box is no unit.
    """
    qualifiers, identifier = _unit_parts(unit)
    return "/".join([*sorted(qualifiers), *([identifier] if identifier else [])])


def apartment_key(unit: str) -> str:
    """The key of a canonical unit without its building or floor; empty where it names no more."""
    return _unit_parts(unit)[1]


def _unit_parts(unit: str) -> tuple[list[str], str]:
    """What qualifies a unit (BLDG3, FL2, REAR), and its identifier."""
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
    """An identifier without hyphens and zero padding: 04-B is 4B."""
    return _PADDING.sub("", word.replace("-", "").replace("/", ""))


def _parted(word: str) -> list[str]:
    """A unit and its identifier parted where a file glues them: APT4, FL2."""
    glued = _GLUED.match(word)
    return [glued[1], glued[2]] if glued and glued[1] in vocabulary().units else [word]


def _is_bare_unit(words: list[str]) -> bool:
    """True where the last word is an identifier behind the street (W GRAND AVE 600, M ST C1S)."""
    *street, last = words
    vocab = vocabulary()
    if last in vocab.directions or _ORDINAL.match(last) or "/" in last:
        return False
    if any(" ".join(street[-count:]) in vocab.routes for count in (1, 2, 3)):
        return False
    has_digit = any(map(str.isdigit, last))
    if _ends_in_type(street):
        return has_digit or (len(last) <= 2 and last not in vocab.types)
    names = [word for word in street if word.isalnum() and word not in vocab.directions]
    named = street[-1] not in vocab.types and street[-1] not in vocab.pretypes and bool(names)
    return named and has_digit and (not last.isdigit() or len(last) > 2)


def _end_before_building(words: list[str]) -> int:
    """How many words a street has up to its type, where a building's name stands behind it."""
    vocab = vocabulary()
    if words[-1] in STRONG_TYPES:
        return len(words)
    for at in range(len(words) - 2, 0, -1):
        named = any(word not in vocab.directions for word in words[:at])
        if words[at] in STRONG_TYPES and named:
            end = at + 2 if words[at + 1] in vocab.directions else at + 1
            rest = words[end:]
            if len(words[at + 1]) == 1 or any(map(str.isdigit, "".join(rest[:1]))):
                return len(words)
            is_named = any(
                word not in vocab.types and word not in vocab.directions for word in rest
            )
            return end if is_named else len(words)
    return len(words)


def _ends_in_type(words: list[str]) -> bool:
    """True where the words end in a street type, with or without a direction behind it."""
    vocab = vocabulary()
    ends = words[:-1] if words[-1] in vocab.directions and len(words) > 1 else words
    named = any(word not in vocab.directions or len(word) > 2 for word in ends[:-1])
    return named and vocab.types.get(ends[-1]) in _BEFORE_BARE_UNITS


def joined(*parts: str) -> str:
    """The parts that are not empty, a space between them."""
    return " ".join(part for part in parts if part)
