"""Units and route numbers that are glued to another word: SUITE100, COURT-298, US-17."""

import re

from geoservice.address.vocabulary import vocabulary

_GLUED_UNIT = re.compile(
    r"^(APT|APTS|APARTMENT|STE|SUITE|UNIT|RM|ROOM|BLDG|LOT|TRLR|SPC|FL)-?([0-9]+-?[A-Z]?)$"
    r"|^(APT|APARTMENT|STE|SUITE|UNIT|BLDG)-([A-Z][0-9]*)$"
)
_BEHIND_TYPE = re.compile(
    r"^([A-Z]{2,})[-/]([0-9]+[A-Z]?|[A-Z][0-9]*|(?:APT|UNIT|STE|LOT)(?:-?[0-9]+[A-Z]?)?)$"
)
_HYPHENED_ROUTE = re.compile(r"^([A-Z]{1,7})-([0-9]+[A-Z]?)$")


def split_glued_words(words: list[str]) -> list[str]:
    """Return the words with glued units and route numbers split off.

    SUITE100 becomes SUITE 100, and COURT-298 becomes COURT # 298. A ``#`` before a house number is
    removed.
    """
    if words[0] == "#" and len(words) > 3:
        words = words[1:]
    if not any(_may_be_glued(word) for word in words):
        return words
    # 12 OAK - 4: the hyphen stands before a unit. 12 - 14 OAK: it belongs to the house number.
    words = [word for index, word in enumerate(words) if word != "-" or index < 2]
    return [part for index, word in enumerate(words) for part in _split_word(word, words[:index])]


def _may_be_glued(word: str) -> bool:
    return "-" in word or "/" in word or (word[-1].isdigit() and not word.isdigit())


def _split_word(word: str, before: list[str]) -> list[str]:
    """Return the parts of a word; ``before`` holds the words before it."""
    if unit := _GLUED_UNIT.match(word):
        return [unit[1] or unit[3], unit[2] or unit[4]]
    if before and (route := _HYPHENED_ROUTE.match(word)) and _begins_route(before[1:], route[1]):
        return [route[1], route[2]]
    behind_type = _BEHIND_TYPE.match(word) if len(before) > 1 else None
    if behind_type is None or behind_type[1] not in vocabulary().types:
        return [word]
    type_, identifier = behind_type[1], behind_type[2]
    if identifier in vocabulary().unit_words or _ends_in_route_kind([*before, type_]):
        return [type_, identifier]
    unit_words = _split_word(identifier, [])
    return [type_, *(unit_words if len(unit_words) > 1 else ["#", *unit_words])]


def _begins_route(before: list[str], kind: str) -> bool:
    """Return whether only directions and modifiers stand before a kind of route: N OLD US-17."""
    vocab = vocabulary()
    is_kind = kind in vocab.routes or kind in vocab.short_routes
    return is_kind and all(
        word in vocab.directions or word in vocab.route_modifiers for word in before
    )


def _ends_in_route_kind(words: list[str]) -> bool:
    """Return whether the words end in a kind of route: COUNTY RD of COUNTY RD-12."""
    return any(" ".join(words[-count:]) in vocabulary().routes for count in (1, 2, 3))
