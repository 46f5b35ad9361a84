"""Numbered roads: US HIGHWAY 64, OLD STATE ROUTE 31 BYPASS, COUNTY ROAD BB."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from geoservice.address.vocabulary import Vocabulary

GENERIC = frozenset({"HIGHWAY", "ROUTE", "ROAD"})
"""General kinds: any other kind may be meant."""
_LETTERED = frozenset({"COUNTY ROAD", "STATE ROUTE", "HIGHWAY", "ROUTE"})
"""Kinds with letters instead of numbers; FOREST RD S is a street with a direction."""
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
    """Canonical parts of a numbered road; missing parts are empty.

    ``modifiers`` are words such as OLD and BYPASS, sorted. ``end`` is the number of words up to and
    with the number.
    """

    kind: str
    name: str
    modifiers: tuple[str, ...] = ()
    predir: str = ""
    postdir: str = ""
    end: int = 0


class _Head(NamedTuple):
    """Words up to a route's number; ``number_index`` is the index of the number."""

    words: list[str]
    number_index: int
    kind: str
    modifiers: tuple[str, ...]
    predir: str
    is_sure: bool


class _Tail(NamedTuple):
    """Words behind a route's number.

    ``extra_words`` holds all words if any of them is neither a direction nor a modifier.
    """

    suffix: str
    modifiers: tuple[str, ...]
    postdir: str
    extra_words: tuple[str, ...]


def read_route(words: list[str], vocab: Vocabulary) -> Route | None:
    """Return the numbered road of a street's words; None for another kind of street.

    Directions and modifiers may stand before and behind the road. Other words behind it belong to
    the name, unless the beginning is ambiguous (IL 31, OLD 31).
    """
    head = _head(words, vocab) if _may_hold_route(words, vocab) else None
    if head is None:
        return None
    number = head.words[head.number_index]
    tail = _tail(head.words[head.number_index + 1 :], vocab)
    if tail.extra_words and not head.is_sure:
        return None
    name, direction = number.lstrip("0") or number, ""
    if glued := _WITH_DIRECTION.match(name):
        name, direction = glued[1], glued[2]
    modifiers = {*head.modifiers, *tail.modifiers}
    kind = head.kind
    if kind == "LOOP" and "BUSINESS" in modifiers:
        # BUSINESS LOOP 70 and I 70 BUSINESS LOOP are the same road.
        kind, modifiers = "INTERSTATE", modifiers | {"LOOP"}
    return Route(
        kind=kind,
        name=" ".join([name + tail.suffix, *tail.extra_words]),
        modifiers=tuple(sorted(modifiers)),
        predir=head.predir,
        postdir=tail.postdir or direction,
        end=head.number_index + 1 - (len(head.words) - len(words)),
    )


def route_end(words: list[str], vocab: Vocabulary) -> int:
    """Return the number of words up to a route's number; 0 for no route.

    A unit may follow: N RM 620 APT 5.
    """
    unit_start = next(
        (index for index, word in enumerate(words) if index > 1 and word in vocab.unit_words), None
    )
    route = read_route(words, vocab) or (
        read_route(words[:unit_start], vocab) if unit_start else None
    )
    return route.end if route else 0


def compatible(kind: str, other_kind: str) -> bool:
    """Return whether two kinds may name the same road: they are equal, or one is general."""
    return kind == other_kind or kind in GENERIC or other_kind in GENERIC


def _may_hold_route(words: list[str], vocab: Vocabulary) -> bool:
    """Return False quickly for nearly all streets that are no route."""
    before = ""
    for word in words:
        if before in vocab.route_ends or (word in _MAIN_ROADS and before.isdigit()):
            return True
        if word[-1].isdigit() and word[0].isalpha():
            return True
        before = word
    return False


def _head(words: list[str], vocab: Vocabulary) -> _Head | None:
    """Return directions, modifiers and kind before a number; None without a number."""
    index, predir, modifiers = 0, "", list[str]()
    while index < len(words):
        words = _with_kind_parted(words, index, vocab)
        if head := _kind_at(words, index, vocab):
            return head._replace(modifiers=(*modifiers, *head.modifiers), predir=predir)
        word_count = 1
        if words[index] in vocab.route_modifiers:
            modifiers.append(vocab.route_modifiers[words[index]])
        elif not predir and (direction := _direction(words[index:], vocab)):
            predir, word_count = direction
        else:
            break
        index += word_count
    return _without_kind(words, index, tuple(modifiers), predir)


def _without_kind(
    words: list[str], index: int, modifiers: tuple[str, ...], predir: str
) -> _Head | None:
    """Return a highway named by its number alone: OLD 31, BUS 64, E 40 HWY."""
    if index >= len(words) or not words[index].isdigit():
        return None
    is_highway = words[index + 1 : index + 2] != [] and words[index + 1] in _MAIN_ROADS
    if not is_highway and not modifiers:
        return None
    return _Head(words, index, "HIGHWAY", modifiers, predir, is_sure=False)


def _with_kind_parted(words: list[str], index: int, vocab: Vocabulary) -> list[str]:
    """Return the words with a glued kind and number split: FM1960, I35."""
    glued = _GLUED.match(words[index])
    if glued and (glued[1] in vocab.routes or glued[1] in vocab.short_routes):
        return [*words[:index], glued[1], glued[2], *words[index + 1 :]]
    return words


def _kind_at(words: list[str], index: int, vocab: Vocabulary) -> _Head | None:
    """Return the longest kind at an index that a number follows."""
    for count in range(min(vocab.longest_route, len(words) - index - 1), 0, -1):
        written = " ".join(words[index : index + count])
        kind, is_sure = vocab.routes.get(written, ""), True
        if not kind:
            kind, is_sure = vocab.short_routes.get(written, ""), False
        if kind and (head := _number_behind(words, index + count, kind, vocab, is_sure)):
            return head
    return None


def _number_behind(
    words: list[str], index: int, kind: str, vocab: Vocabulary, is_sure: bool
) -> _Head | None:
    modifiers = list[str]()
    while index < len(words) - 1 and (
        words[index] in vocab.route_modifiers or words[index] in _NUMBER_SIGNS
    ):
        if words[index] in vocab.route_modifiers:
            modifiers.append(vocab.route_modifiers[words[index]])
        index += 1
    number = words[index]
    is_letter = kind in _LETTERED and is_sure and not modifiers and _may_be_letters(number, vocab)
    if (_NUMBER.match(number) and not _ORDINAL.match(number)) or is_letter:
        return _Head(words, index, kind, tuple(modifiers), "", is_sure)
    return None


def _may_be_letters(word: str, vocab: Vocabulary) -> bool:
    """Return whether a word may be the letters of a lettered route: COUNTY ROAD BB."""
    if len(word) == 1:
        return word not in vocab.types
    return len(word) == 2 and word not in vocab.types and word not in vocab.directions


def _tail(words: list[str], vocab: Vocabulary) -> _Tail:
    tail = _Tail("", (), "", ())
    if words and _FRACTION.match(words[0]):
        tail, words = tail._replace(suffix=f" {words[0]}"), words[1:]
    elif words and len(words[0]) == 1 and words[0].isalpha() and words[0] not in vocab.directions:
        tail, words = tail._replace(suffix=words[0]), words[1:]
    index = 0
    while index < len(words):
        word_count = 1
        if words[index] in vocab.route_modifiers:
            modifier = vocab.route_modifiers[words[index]]
            tail = tail._replace(modifiers=(*tail.modifiers, modifier))
        elif not tail.postdir and (direction := _direction(words[index:], vocab)):
            tail, word_count = tail._replace(postdir=direction[0]), direction[1]
        elif words[index] not in _ROAD_WORDS:
            return _Tail(tail.suffix, (), "", tuple(words))
        index += word_count
    return tail


def _direction(words: list[str], vocab: Vocabulary) -> tuple[str, int] | None:
    """Return the direction at the beginning, and the number of its words."""
    for count in (2, 1):
        direction = vocab.directions.get(" ".join(words[:count]))
        if direction and len(words) >= count:
            return direction, count
    return None
