"""The canonical reading of a street's name, the same for reference and input.

A street text such as ``NORTH FIFTH AVENUE`` becomes the parts ``N | 5TH | AVE``. Both sides of
a match go through `read_street`, so that what one writes in full and the other abbreviates meet
in one key.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from geoservice.address.vocabulary import Vocabulary, vocabulary

_ORDINAL = re.compile(r"^0*(\d+)(?:ST|ND|RD|TH)?$")
_ORDINAL_SLIP = re.compile(r"^0*(\d{1,4})(?:HT|TS|DN|DR|T|H)$")
_SHORTEST_TYPE = 3
_ENDINGS = {1: "ST", 2: "ND", 3: "RD"}


@dataclass(frozen=True, slots=True)
class Street:
    """The parts of a street's name, each canonical and empty where there is none."""

    predir: str = ""
    pretype: str = ""
    name: str = ""
    type: str = ""
    postdir: str = ""

    @property
    def key(self) -> str:
        """All parts as one text: the same for all ways to write the same street."""
        return "|".join((self.predir, self.pretype, compact(self.name), self.type, self.postdir))

    @property
    def name_key(self) -> str:
        """The name alone without spaces (LA SALLE and LASALLE meet), with a route's kind."""
        return f"{self.pretype}|{compact(self.name)}" if self.is_route else compact(self.name)

    @property
    def is_route(self) -> bool:
        """True for a numbered road such as US HIGHWAY 64."""
        return bool(self.pretype) and any(digit in self.name for digit in "0123456789")

    @property
    def is_numbered(self) -> bool:
        """True where the name holds a digit: such a name never becomes another by spelling."""
        return not self.name.isalpha() and any(map(str.isdigit, self.name))

    def display(self) -> str:
        """The standardised text of the street."""
        parts = (self.predir, self.pretype, self.name, self.type, self.postdir)
        return " ".join(part for part in parts if part)


def compact(name: str) -> str:
    """The name without spaces and without a leading article."""
    return name.removeprefix("THE ").replace(" ", "")


def read_street(text: str) -> Street:
    """Parts of a cleaned street text (upper case, no punctuation but hyphens and slashes)."""
    words = text.replace("-", " ").replace("&", " AND ").split()
    vocab = vocabulary()
    words = _without_no(words, vocab)
    postdir, words = _take_postdir(words, vocab)
    predir, words = _take_predir(words, vocab)
    route, rest = _take_route(words, vocab)
    if route:
        return _route(predir, route, rest, postdir, vocab)
    pretype, words = _take_pretype(words, vocab)
    type_, words = ("", words) if pretype else _take_type(words, vocab)
    if type_ and len(words) > 1 and words[0] == "THE":
        words = words[1:]
    if not postdir and type_ == "" and not pretype:
        postdir, type_, words = _type_before_direction(words, vocab)
    is_grid = bool(postdir) and not type_
    return Street(predir, pretype, _name(words, vocab, is_grid=is_grid), type_, postdir)


def readings(text: str) -> tuple[Street, ...]:
    """The readings of an input's street text, the likeliest first.

    After the text as a whole: cut behind each street type in it (what follows may be a unit or
    a misspelt town), and without a lone last word.
    """
    words = text.split()
    found = [read_street(text)]
    types = vocabulary().types
    for end in range(len(words) - 1, 1, -1):
        if words[end - 1] in types:
            found.append(read_street(" ".join(words[:end])))
            if words[end] in vocabulary().directions:
                found.append(read_street(" ".join(words[: end + 1])))
    is_unit = len(words[-1]) == 1 or words[-1].isdigit()
    if len(words) > 1 and is_unit and words[-1] not in vocabulary().directions:
        found.append(read_street(" ".join(words[:-1])))
    return tuple(dict.fromkeys(one for one in found if one.name))


def ordinal(number: int) -> str:
    """The number as an ordinal: 1ST, 12TH, 22ND."""
    ending = "TH" if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, "TH")
    return f"{number}{ending}"


def mended_ordinal(name: str) -> str:
    """The ordinal that a slip in its ending hides (7HT is 7TH), never another number; else empty."""
    slip = _ORDINAL_SLIP.match(name)
    return ordinal(int(slip[1])) if slip else ""


@lru_cache(maxsize=10_000)
def types_alike(word: str) -> tuple[str, ...]:
    """The types of which a form of three letters or more is one slip away from the word, sorted."""
    types = vocabulary().types
    if len(word) < _SHORTEST_TYPE:
        return ()
    forms = [one for one in types if len(one) >= _SHORTEST_TYPE]
    alike = process.extract(word, forms, scorer=OSA.distance, score_cutoff=1, limit=None)
    return tuple(sorted({types[one] for one, _, _ in alike}))


def _without_no(words: list[str], vocab: Vocabulary) -> list[str]:
    """US HIGHWAY NO 202 without its NO."""
    for at in range(1, len(words) - 1):
        is_number = words[at] in ("NO", "NUMBER") and words[at + 1][0].isdigit()
        if is_number and words[at - 1] in vocab.routes:
            return [*words[:at], *words[at + 1 :]]
    return words


def _take_postdir(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    for count in (2, 1):
        direction = vocab.directions.get(" ".join(words[-count:]))
        before = words[:-count]
        if direction and before and before[-1] in vocab.types and len(before) > 1:
            return direction, before
        if direction and len(before) > 1 and _ends_in_route(before, vocab):
            return direction, before
    return "", words


def _ends_in_route(words: list[str], vocab: Vocabulary) -> bool:
    return words[-1][0].isdigit() and " ".join(words[:-1]) in vocab.routes


def _take_predir(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    for count in (2, 1):
        direction = vocab.directions.get(" ".join(words[:count]))
        rest = words[count:]
        if not direction or not rest:
            continue
        # Before nothing but a type, the direction word is the name (NORTH AVE, E ST).
        if len(rest) == 1 and rest[0] in vocab.types:
            continue
        if rest[0] in vocab.behind_direction and len(rest) == 2 and rest[1] in vocab.types:
            return "", [vocab.direction_names[direction], *rest]
        return direction, rest
    return "", words


def _take_route(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    for count in range(min(vocab.longest_route, len(words) - 1), 0, -1):
        route = vocab.routes.get(" ".join(words[:count]))
        number = words[count]
        is_letter = len(number) <= 2 and number not in vocab.types
        if route and (is_letter or any(map(str.isdigit, number))):
            return route, words[count:]
    return "", words


def _route(predir: str, route: str, rest: list[str], postdir: str, vocab: Vocabulary) -> Street:
    number, *after = rest
    if after and not postdir:
        postdir = vocab.directions.get(" ".join(after), "")
        after = [] if postdir else after
    name = " ".join([number.lstrip("0") or number, *after])
    return Street(predir, route, name, "", postdir)


def _take_pretype(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    pretype = vocab.pretypes.get(words[0]) if len(words) > 1 else None
    if pretype is None:
        return "", words
    if pretype == "AVENUE" and len(words[1]) != 1:
        return "", words
    return pretype, words[1:]


def _take_type(words: list[str], vocab: Vocabulary) -> tuple[str, list[str]]:
    if len(words) > 1 and words[-1] in vocab.types:
        return vocab.types[words[-1]], words[:-1]
    return "", words


def _type_before_direction(words: list[str], vocab: Vocabulary) -> tuple[str, str, list[str]]:
    """A direction behind a name without a type (BROADWAY E)."""
    if len(words) > 1 and words[-1] in vocab.directions and len(words[-1]) <= 2:
        return vocab.directions[words[-1]], "", words[:-1]
    return "", "", words


def _name(words: list[str], vocab: Vocabulary, *, is_grid: bool = False) -> str:
    """The canonical name; ``is_grid`` says that a bare number is a coordinate (850 W), no 850TH."""
    words = _join_ordinal_words(words, vocab)
    if len(words) == 1:
        return words[0] if is_grid and words[0].isdigit() else _ordinal_name(words[0])
    whole = " ".join(words)
    if whole in vocab.names:
        return vocab.names[whole]
    return " ".join(_name_word(word, vocab) for word in words)


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
