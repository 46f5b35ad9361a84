"""The canonical reading of a street name, equal for reference and input.

A street text such as ``NORTH FIFTH AVENUE`` becomes the parts ``N | 5TH | AVE``. `read_street`
reads both sides of a match, so that full and abbreviated forms share a key.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from geoservice.address.routes import Route, read_route
from geoservice.address.vocabulary import Vocabulary, vocabulary

_ORDINAL = re.compile(r"^0*(\d+)(?:ST|ND|RD|TH)?$")
_ORDINAL_SLIP = re.compile(r"^0*(\d{1,4})(?:HT|TS|DN|DR|T|H)$")
_SHORTEST_TYPE = 3
_ENDINGS = {1: "ST", 2: "ND", 3: "RD"}
_BEFORE_ROUTE = frozenset({"OLD", "HISTORIC", "SCENIC"})
_TITLES = frozenset({"DR", "DOCTOR", "REV", "REVEREND", "PRESIDENT"})
_JUNIOR = frozenset({"JR", "JUNIOR"})
_NO_DIRECTIONS = frozenset[str]()


class Street(NamedTuple):
    """Canonical parts of a street name; missing parts are empty.

    ``modifier`` distinguishes roads with the same route number: OLD, BYPASS, BUSINESS.
    """

    predir: str = ""
    pretype: str = ""
    name: str = ""
    type: str = ""
    postdir: str = ""
    modifier: str = ""

    @property
    def key(self) -> str:
        """Return all parts as one text, equal for all spellings of the same street."""
        predir, pretype, name, type_, postdir, modifier = self
        key = f"{predir}|{pretype}|{compact(name)}|{type_}|{postdir}"
        return f"{key}|{modifier}" if modifier else key

    @property
    def name_key(self) -> str:
        """Return the name without spaces: LA SALLE and LASALLE share a key.

        All kinds of a route share a key, too, as do E 500 S and E COUNTY ROAD 500 S.
        """
        is_code = (self.pretype or self.postdir) and (self.is_route or self.is_grid)
        return f"ROUTE|{compact(self.name)}" if is_code else compact(self.name)

    @property
    def is_route(self) -> bool:
        """Return whether this is a numbered or lettered road such as US HIGHWAY 64."""
        return bool(self.pretype) and self.pretype in vocabulary().route_kinds

    @property
    def is_grid(self) -> bool:
        """Return whether the name is a grid coordinate, such as 850 N."""
        return self.name.isdigit() and bool(self.postdir) and not self.type and not self.pretype

    @property
    def directions(self) -> frozenset[str]:
        """Return the directions before and behind the name."""
        if not self.postdir:
            return frozenset((self.predir,)) if self.predir else _NO_DIRECTIONS
        return frozenset((self.predir, self.postdir)) - {""}

    @property
    def is_numbered(self) -> bool:
        """Return whether the name is a route or has a digit: then spelling is never corrected."""
        if self.name.isalpha():
            return self.is_route
        return self.is_route or any(map(str.isdigit, self.name))

    def display(self) -> str:
        """Return the standardised text of the street."""
        before = [word for word in self.modifier.split() if word in _BEFORE_ROUTE]
        behind = [word for word in self.modifier.split() if word not in _BEFORE_ROUTE]
        parts = (self.predir, *before, self.pretype, self.name, *behind, self.type, self.postdir)
        return " ".join(part for part in parts if part)


def compact(name: str) -> str:
    """Return the name without spaces and without a leading article."""
    return name.removeprefix("THE ").replace(" ", "")


def read_street(text: str) -> Street:
    """Return the parts of a cleaned street text (upper case, only hyphens and slashes)."""
    words = text.replace("-", " ").replace("&", " AND ").split()
    vocab = vocabulary()
    route = read_route(words, vocab)
    if route is not None:
        return _route(route)
    postdir, words = _take_postdir(words, vocab)
    predir, words = _take_predir(words, vocab)
    pretype, words = _take_pretype(words, vocab)
    type_, words = ("", words) if pretype else _take_type(words, vocab)
    if type_ and len(words) > 1 and words[0] == "THE":
        words = words[1:]
    if not postdir and type_ == "" and not pretype:
        postdir, type_, words = _type_before_direction(words, vocab)
    is_grid = bool(postdir) and not type_
    return Street(predir, pretype, _name(words, vocab, is_grid=is_grid), type_, postdir)


def ordinal(number: int) -> str:
    """Return the number as an ordinal: 1ST, 12TH, 22ND."""
    ending = "TH" if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, "TH")
    return f"{number}{ending}"


def mended_ordinal(name: str) -> str:
    """Return the ordinal for a typing error in its ending (7HT is 7TH); empty for other names."""
    slip = _ORDINAL_SLIP.match(name)
    return ordinal(int(slip[1])) if slip else ""


@lru_cache(maxsize=10_000)
def similar_types(word: str) -> tuple[str, ...]:
    """Return types with a form of three letters or more within one typing error of the word.

    The types are sorted.
    """
    types = vocabulary().types
    if len(word) < _SHORTEST_TYPE:
        return ()
    matches = process.extract(word, _long_forms(), scorer=OSA.distance, score_cutoff=1, limit=None)
    return tuple(sorted({types[form] for form, _, _ in matches}))


@cache
def _long_forms() -> tuple[str, ...]:
    return tuple(form for form in vocabulary().types if len(form) >= _SHORTEST_TYPE)


def _take_postdir(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    if words[-1:] == [] or words[-1] not in vocab.direction_words:
        return "", words
    for count in (2, 1):
        direction = vocab.directions.get(" ".join(words[-count:]))
        before = words[:-count]
        if direction and before and before[-1] in vocab.types and len(before) > 1:
            return direction, before
    return "", words


def _take_predir(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    if words[:1] == [] or words[0] not in vocab.direction_words:
        return "", words
    for count in (2, 1):
        direction = vocab.directions.get(" ".join(words[:count]))
        behind = words[count:]
        if not direction or not behind:
            continue
        # A direction directly before a type is the name (NORTH AVE, E ST).
        if len(behind) == 1 and behind[0] in vocab.types:
            continue
        if behind[0] in vocab.behind_direction and len(behind) == 2 and behind[1] in vocab.types:
            return "", [vocab.direction_names[direction], *behind]
        return direction, behind
    return "", words


def _route(route: Route) -> Street:
    modifier = " ".join(route.modifiers)
    return Street(route.predir, route.kind, route.name, "", route.postdir, modifier)


def _take_pretype(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    pretype = vocab.pretypes.get(words[0]) if len(words) > 1 else None
    if pretype is None:
        return "", words
    if pretype == "AVENUE" and len(words[1]) != 1:
        return ("AVENIDA", words[1:]) if _is_avenida(words, vocab) else ("", words)
    return pretype, words[1:]


def _is_avenida(words: list[str], vocab: Vocabulary) -> bool:
    """Return True for AVE PONCE DE LEON; False for AVE OF THE OAKS, AVE MARIA BLVD, AVENUE 12."""
    pretype, *name = words
    if pretype == "AVENUE" or name[0] == "OF" or any(map(str.isdigit, name[0])):
        return False
    return name[-1] not in vocab.types


def _take_type(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    if len(words) > 1 and words[-1] in vocab.types:
        return vocab.types[words[-1]], words[:-1]
    return "", words


def _type_before_direction(words: list[str], vocab: Vocabulary) -> tuple[str, str, list[str]]:
    """Take a direction behind a name without a type (BROADWAY E, 850 NORTH)."""
    if len(words) < 2 or words[-1] not in vocab.directions:
        return "", "", words
    if len(words[-1]) <= 2 or words[-2].isdigit():
        return vocab.directions[words[-1]], "", words[:-1]
    return "", "", words


def _name(words: list[str], vocab: Vocabulary, *, is_grid: bool = False) -> str:
    """Return the canonical name; with ``is_grid`` a number is a coordinate (850 W), not 850TH."""
    words = _join_ordinal_words(words, vocab)
    text = " ".join(_without_title(words, vocab))
    if text in vocab.names:
        return vocab.names[text]
    if len(words) == 1:
        return words[0] if is_grid and words[0].isdigit() else _ordinal_name(words[0])
    return " ".join(_name_word(word, vocab) for word in words)


def _without_title(words: list[str], vocab: Vocabulary) -> list[str]:
    """Return a person's name without DR, REV and JR, if the table lists the name (DR MLK JR)."""
    if not words:
        return words
    start = 0
    while start < len(words) - 1 and words[start] in _TITLES:
        start += 1
    end = len(words) - 1 if words[-1] in _JUNIOR and start < len(words) - 1 else len(words)
    untitled = words[start:end]
    return untitled if vocab.names.get(" ".join(untitled)) in vocab.people else words


def _name_word(word: str, vocab: Vocabulary) -> str:
    if word in vocab.names:
        return vocab.names[word]
    return _ordinal_name(word) if word[0].isdigit() and not word.isdigit() else word


def _ordinal_name(word: str) -> str:
    match = _ORDINAL.match(word)
    return ordinal(int(match[1])) if match and len(match[1]) <= 4 else word


def _join_ordinal_words(words: list[str], vocab: Vocabulary) -> list[str]:
    joined: list[str] = []
    for word in words:
        number = vocab.ordinals.get(word)
        if number is None:
            joined.append(word)
        elif joined and joined[-1] in vocab.tens and number < 10:
            joined[-1] = ordinal(vocab.tens[joined[-1]] + number)
        else:
            joined.append(ordinal(number))
    return joined
