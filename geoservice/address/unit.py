"""Units of an address: apartments, suites, floors, and what stands behind a street's type."""

import re

from geoservice.address.lastline import STRONG_TYPES
from geoservice.address.routes import route_end
from geoservice.address.vocabulary import vocabulary

_ORDINAL = re.compile(r"^[0-9]+(?:ST|ND|RD|TH)(?![A-Z0-9])")
_FLOOR = re.compile(r"^([0-9]+)(?:ST|ND|RD|TH)?$")
_UNIT_ID = re.compile(r"^(?:[0-9][A-Z0-9/-]*|[A-Z](?:-?[0-9]+[A-Z]?)?)$")
_HIGHWAYS = frozenset({"HWY", "HIGHWAY", "ROUTE", "RTE", "RT", "OLD"})
_BEFORE_BARE_UNITS = frozenset({"ST", "AVE", "BLVD", "DR", "CT", "PL", "LN", "WAY", "CIR", "TER", "PKWY"})  # fmt: skip
_SHORT_NORTH = frozenset({"NO"})


def split_unit(words: list[str]) -> tuple[list[str], str]:
    """The words of the street, and the unit behind them in canonical form."""
    if len(words) > 3 and words[0] == "#":
        return words[2:], f"# {words[1]}"
    vocab = vocabulary()
    number_end = route_end(words, vocab)
    for at in range(max(1, number_end), len(words)):
        word = words[at]
        if word == "#" or word in vocab.unit_words or word in vocab.ordinals or _FLOOR.match(word):
            of_route = word in ("#", "NO", "NUMBER") and words[at - 1] in _HIGHWAYS
            unit = "" if of_route else whole_unit(words[at:])
            if unit:
                return words[:at], unit
    if (
        len(words) > 2
        and words[-1] in vocab.numbered_units - _SHORT_NORTH
        and _ends_in_type(words[:-1])
    ):
        return words[:-1], ""
    if number_end != len(words) > 1 and _is_bare_unit(words):
        return words[:-1], f"# {words[-1]}"
    return (words if number_end else _without_building(words)), ""


def whole_unit(words: list[str]) -> str:
    """Canonical text of a unit that begins with the first word, empty where it is none."""
    vocab = vocabulary()
    first, after = words[0], words[1:]
    if first == "#":
        return joined("# " + after[0], _more(after[1:])) if after and after[0] != "#" else ""
    if first[0].isdigit() or first in vocab.ordinals:
        floor = _FLOOR.match(first)
        level = floor[1] if floor else str(vocab.ordinals.get(first, ""))
        if level and after and vocab.units.get(after[0]) == "FL":
            return joined(f"FL {level}", _more(after[1:]))
        return ""
    for count in (2, 1):
        unit = vocab.units.get(" ".join(words[:count])) if len(words) >= count else None
        if unit is None:
            continue
        rest = words[count:]
        if rest and rest[0] == "#":
            rest = rest[1:]
        if rest and _UNIT_ID.match(rest[0]) and " ".join(words[:count]) in vocab.numbered_units:
            return joined(f"{unit} {rest[0]}", _more(rest[1:]))
        if not rest and " ".join(words[:count]) in vocab.lone_units:
            return unit
    return ""


def _more(words: list[str]) -> str:
    """What follows a unit: a second unit in its canonical form; anything else is dropped."""
    return whole_unit(words) if words else ""


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


def _without_building(words: list[str]) -> list[str]:
    """The words up to the type, where a building's name stands behind it."""
    vocab = vocabulary()
    if words[-1] in STRONG_TYPES:
        return words
    for at in range(len(words) - 2, 0, -1):
        named = any(word not in vocab.directions for word in words[:at])
        if words[at] in STRONG_TYPES and named:
            end = at + 2 if words[at + 1] in vocab.directions else at + 1
            rest = words[end:]
            if len(words[at + 1]) == 1 or any(map(str.isdigit, "".join(rest[:1]))):
                return words
            others = [
                word for word in rest if word not in vocab.types and word not in vocab.directions
            ]
            return words[:end] if others else words
    return words


def _ends_in_type(words: list[str]) -> bool:
    """True where the words end in a street type, with or without a direction behind it."""
    vocab = vocabulary()
    ends = words[:-1] if words[-1] in vocab.directions and len(words) > 1 else words
    named = any(word not in vocab.directions for word in ends[:-1])
    return named and vocab.types.get(ends[-1]) in _BEFORE_BARE_UNITS


def joined(*parts: str) -> str:
    """The parts that are not empty, a space between them."""
    return " ".join(part for part in parts if part)
