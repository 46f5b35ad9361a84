"""Numbered roads: US HIGHWAY 64, OLD STATE ROUTE 31 BYPASS, COUNTY ROAD BB."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from geoservice.address.vocabulary import Vocabulary

GENERIC = frozenset({"HIGHWAY", "ROUTE", "ROAD"})
"""Kinds that say no more than "road": any other kind may be meant."""
_LETTERED = frozenset({"COUNTY ROAD", "STATE ROUTE", "HIGHWAY", "ROUTE"})
"""Kinds with letters for numbers; FOREST RD S is a street with a direction."""
_NUMBER = re.compile(r"^(?:[0-9]+[A-Z]{0,2}|[A-Z][0-9]+[A-Z]?)$")
_ORDINAL = re.compile(r"^[0-9]+(?:ST|ND|RD|TH)$")
_GLUED = re.compile(r"^([A-Z]{1,7})([0-9]+[A-Z]?)$")
_FRACTION = re.compile(r"^[1-9]/[2-9]$")
_WITH_DIRECTION = re.compile(r"^([0-9]+)([NSEW])$")
_NUMBER_SIGNS = frozenset({"NO", "NUMBER", "#"})
_ROAD_WORDS = frozenset({"HWY", "HIGHWAY", "HWAY", "RD", "ROAD", "RT", "RTE", "ROUTE"})
_MAIN_ROADS = frozenset({"HWY", "HIGHWAY"})


@dataclass(frozen=True, slots=True)
class Route:
    """The parts of a numbered road, canonical and empty where there is none.

    ``modifiers`` are words such as OLD and BYPASS, sorted; ``end`` counts the words up to the
    number.
    """

    kind: str
    name: str
    modifiers: tuple[str, ...] = ()
    predir: str = ""
    postdir: str = ""
    end: int = 0


class _Head(NamedTuple):
    """What stands before a route's number; ``at`` is the index of the number."""

    words: list[str]
    at: int
    kind: str
    modifiers: tuple[str, ...]
    predir: str
    is_sure: bool


class _Tail(NamedTuple):
    """What stands behind a route's number.

    ``rest`` holds all the words where one of them is neither a direction nor a modifier.
    """

    suffix: str
    modifiers: tuple[str, ...]
    postdir: str
    rest: tuple[str, ...]


def read_route(words: list[str], vocab: Vocabulary) -> Route | None:
    """The numbered road that the words of a street name; None where they name another street.

    Directions and modifiers may stand before and behind it. Words that follow and are neither
    belong to the name, unless the head may as well be something else (IL 31, OLD 31).
    """
    head = _head(words, vocab) if _may_hold_route(words, vocab) else None
    if head is None:
        return None
    number = head.words[head.at]
    tail = _tail(head.words[head.at + 1 :], vocab)
    if tail.rest and not head.is_sure:
        return None
    name, direction = number.lstrip("0") or number, ""
    if glued := _WITH_DIRECTION.match(name):
        name, direction = glued[1], glued[2]
    modifiers = {*head.modifiers, *tail.modifiers}
    kind = head.kind
    if kind == "LOOP" and "BUSINESS" in modifiers:
        # BUSINESS LOOP 70 is the business loop of an interstate, as I 70 BUSINESS LOOP is.
        kind, modifiers = "INTERSTATE", modifiers | {"LOOP"}
    return Route(
        kind=kind,
        name=" ".join([name + tail.suffix, *tail.rest]),
        modifiers=tuple(sorted(modifiers)),
        predir=head.predir,
        postdir=tail.postdir or direction,
        end=head.at + 1 - (len(head.words) - len(words)),
    )


def route_end(words: list[str], vocab: Vocabulary) -> int:
    """How many words a route takes up to its number; 0 where the words name no route.

    A unit may follow: N RM 620 APT 5.
    """
    at = next((at for at, word in enumerate(words) if at > 1 and word in vocab.unit_words), None)
    route = read_route(words, vocab) or (read_route(words[:at], vocab) if at else None)
    return route.end if route else 0


def compatible(kind: str, other: str) -> bool:
    """True where two kinds may be names of the same road: one of them says no more than road."""
    return kind == other or kind in GENERIC or other in GENERIC


def _may_hold_route(words: list[str], vocab: Vocabulary) -> bool:
    """False for nearly all other streets: nothing follows a word that ends a kind of route."""
    before = ""
    for word in words:
        if before in vocab.route_ends or (word in _MAIN_ROADS and before.isdigit()):
            return True
        if word[-1].isdigit() and word[0].isalpha():
            return True
        before = word
    return False


def _head(words: list[str], vocab: Vocabulary) -> _Head | None:
    """Directions, modifiers and the kind before a number; None where no number follows."""
    at, predir, modifiers = 0, "", list[str]()
    while at < len(words):
        words = _with_kind_parted(words, at, vocab)
        if head := _kind_at(words, at, vocab):
            return head._replace(modifiers=(*modifiers, *head.modifiers), predir=predir)
        taken = 1
        if words[at] in vocab.route_modifiers:
            modifiers.append(vocab.route_modifiers[words[at]])
        elif not predir and (found := _direction(words[at:], vocab)):
            predir, taken = found
        else:
            break
        at += taken
    return _without_kind(words, at, tuple(modifiers), predir)


def _without_kind(
    words: list[str], at: int, modifiers: tuple[str, ...], predir: str
) -> _Head | None:
    """A highway by its number alone: OLD 31, BUS 64, E 40 HWY."""
    if at >= len(words) or not words[at].isdigit():
        return None
    is_highway = words[at + 1 : at + 2] != [] and words[at + 1] in _MAIN_ROADS
    if not is_highway and not modifiers:
        return None
    return _Head(words, at, "HIGHWAY", modifiers, predir, is_sure=False)


def _with_kind_parted(words: list[str], at: int, vocab: Vocabulary) -> list[str]:
    """The words with a kind and its number parted: FM1960, I35."""
    glued = _GLUED.match(words[at])
    if glued and (glued[1] in vocab.routes or glued[1] in vocab.short_routes):
        return [*words[:at], glued[1], glued[2], *words[at + 1 :]]
    return words


def _kind_at(words: list[str], at: int, vocab: Vocabulary) -> _Head | None:
    """The longest kind that begins at a word and that a number follows."""
    for count in range(min(vocab.longest_route, len(words) - at - 1), 0, -1):
        written = " ".join(words[at : at + count])
        kind, is_sure = vocab.routes.get(written, ""), True
        if not kind:
            kind, is_sure = vocab.short_routes.get(written, ""), False
        if kind and (head := _number_behind(words, at + count, kind, vocab, is_sure)):
            return head
    return None


def _number_behind(
    words: list[str], at: int, kind: str, vocab: Vocabulary, is_sure: bool
) -> _Head | None:
    modifiers = list[str]()
    while at < len(words) - 1 and (
        words[at] in vocab.route_modifiers or words[at] in _NUMBER_SIGNS
    ):
        if words[at] in vocab.route_modifiers:
            modifiers.append(vocab.route_modifiers[words[at]])
        at += 1
    number = words[at]
    is_letter = kind in _LETTERED and is_sure and not modifiers and _may_be_letters(number, vocab)
    if (_NUMBER.match(number) and not _ORDINAL.match(number)) or is_letter:
        return _Head(words, at, kind, tuple(modifiers), "", is_sure)
    return None


def _may_be_letters(word: str, vocab: Vocabulary) -> bool:
    """True for the letters of a lettered route: COUNTY ROAD BB."""
    if len(word) == 1:
        return word not in vocab.types
    return len(word) == 2 and word not in vocab.types and word not in vocab.directions


def _tail(words: list[str], vocab: Vocabulary) -> _Tail:
    tail = _Tail("", (), "", ())
    if words and _FRACTION.match(words[0]):
        tail, words = tail._replace(suffix=f" {words[0]}"), words[1:]
    elif words and len(words[0]) == 1 and words[0].isalpha() and words[0] not in vocab.directions:
        tail, words = tail._replace(suffix=words[0]), words[1:]
    at = 0
    while at < len(words):
        taken = 1
        if words[at] in vocab.route_modifiers:
            modifier = vocab.route_modifiers[words[at]]
            tail = tail._replace(modifiers=(*tail.modifiers, modifier))
        elif not tail.postdir and (found := _direction(words[at:], vocab)):
            tail, taken = tail._replace(postdir=found[0]), found[1]
        elif words[at] not in _ROAD_WORDS:
            return _Tail(tail.suffix, (), "", tuple(words))
        at += taken
    return tail


def _direction(words: list[str], vocab: Vocabulary) -> tuple[str, int] | None:
    """The direction that the words begin with, and the number of its words."""
    for count in (2, 1):
        direction = vocab.directions.get(" ".join(words[:count]))
        if direction and len(words) >= count:
            return direction, count
    return None
