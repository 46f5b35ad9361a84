"""Stand-ins for plain words, so that texts that differ in a name alone are read once.

A plain word, such as MAPLE or MAPEL, is in no table of the vocabulary and in no rule of the
readers. Nothing but its length matters to them, so another word of the same length in its place
gives the same reading with that word. A list of damaged addresses has tens of thousands of such
words and a few thousand texts around them.

Of a damaged ordinal, such as 5E6TH or K7TH, the rules see which signs are digits and which are
letters. Of an ordinal too long for a street, such as 206420TH, they see the number of digits and
the ending.
"""

import re
from dataclasses import fields
from functools import cache
from string import ascii_uppercase, digits
from typing import NamedTuple

from geoservice.address.vocabulary import Vocabulary, vocabulary

_STAND_INS = ("QJ", "XJ", "ZJ")
"""A stand-in repeats one of these pairs of letters up to the length of its word."""
_DIGIT = "7"
"""Stand-in for a digit."""
_SHAPES = {
    pair: str.maketrans(digits + ascii_uppercase, _DIGIT * 10 + pair[0] * 26) for pair in _STAND_INS
}
_SHORTEST = 2
"""A letter may be a direction, an initial, a unit or a route."""
_DAMAGED_ORDINAL = re.compile(
    r"(?![0-9]+(?:ST|ND|RD|TH)$)(?:[A-Z]?[AC-WYZ](?=[0-9])|(?=[1-9]))"
    r"[0-9]+(?:[A-Z]{1,2}[0-9]+)*([A-Z]{2,})"
)
"""A word with digits and two or more letters at its end, which are the group.

Letters before the digits do not end in B or X: they may be the box of PO B5TH.
"""
_LONG_ORDINAL = re.compile(r"([1-9][0-9]{4,})(ST|ND|RD|TH)")
"""More digits than an ordinal of a street has."""
_OF_READERS = """
AND ANX APARTMENT APO APT APTS AT ATTENTION ATTN AVE AVENIDA AVENUE BASEMENT BETWEEN BLDG BLVD
BOX BSMT BTWN BUSINESS BX BYPASS CIR CIRCLE CMR CNR CONCOURSE CONTRACT CORNER COUNTY COURT CTR
DEL DELIVERY DN DOCTOR DPO DRAWER DRIVE DROP EAST EW FLR FPO FRNT GARAGE GEN GENERAL HC HCR
HIGHWAY HISTORIC HT HWAY HWY INTERSECTION INTERSTATE JUNIOR LANE LBBY LEVEL LOBBY LOOP LOT LOWR
LVL MAIL MALL MEZZANINE NEAR NORTH NS NUM NUMBER OB OBOX OBX ODRAWER OFFICE OLD PARKWAY PIER
PIERS PIKE PKWY PLACE PLZ PO POB POBOX POBX PODRAWER POST PRESIDENT PSC REAR REV REVEREND RFD
ROAD ROOM ROUTE RR RTE RUN RURAL SCENIC SIDE SOUTH SPC SPUR STAR STATE STE STOP STREET SUITE TER
TERMINAL TH THE TOWER TRCE TRL TRLR TS UNIT UPPR WAY WEST XING
"""
"""Words in rules outside the vocabulary's tables; a test compares them with the rules."""
_INITIALS_COUNT = frozenset({"COUNTY", "CR"})
"""Behind the name of a county its initials count, so such a text is read as it is."""


class Pattern(NamedTuple):
    """A text with stand-ins for its plain words, and the pairs of stand-in and word."""

    text: str
    words: tuple[tuple[str, str], ...]

    def put_back(self, read: str) -> str:
        """Return a part of the pattern's reading with the typed words."""
        for stand_in, word in self.words:
            read = read.replace(stand_in, word)
        return read


def pattern_of(text: str, *, is_street: bool = False) -> Pattern | None:
    """Return the pattern of a cleaned text; None without such a word or with too many.

    ``is_street`` is true for the text of a street. Other texts may hold a house number, which may
    be glued to the street.
    """
    if "J" in text and any(pair in text for pair in _STAND_INS):
        return None
    words, known = text.split(" "), known_words()
    stand_ins: dict[str, str] = {}
    pairs: tuple[tuple[str, str], ...] = ()
    for index, word in enumerate(words):
        if word in known or len(word) < _SHORTEST or not word.isascii():
            continue
        is_plain = word.isalpha()
        if not is_plain and not _is_ordinal(word, words, index, is_street):
            continue
        stand_in = stand_ins.get(word)
        if stand_in is None:
            if len(stand_ins) == len(_STAND_INS):
                return None
            pair = _STAND_INS[len(stand_ins)]
            stand_in = (pair * len(word))[: len(word)] if is_plain else _with_digits(word, pair)
            if not is_plain and stand_in in text:
                return None
            stand_ins[word] = stand_in
            pairs += ((stand_in, word),)
        words[index] = stand_in
    if not stand_ins or not _INITIALS_COUNT.isdisjoint(words):
        return None
    return Pattern(" ".join(words), pairs)


def _is_ordinal(word: str, words: list[str], index: int, is_street: bool) -> bool:
    """Return whether a word is a damaged or a long ordinal, and cannot be anything else here."""
    if is_street or (index and words[0].isdigit() and words[index - 1] != ","):
        damaged = _DAMAGED_ORDINAL.fullmatch(word)
        if damaged:
            return len(damaged[1]) == 2 or damaged[1] not in known_words()
    return not index and (is_street or "," not in words) and bool(_LONG_ORDINAL.fullmatch(word))


def _with_digits(word: str, pair: str) -> str:
    """Return the stand-in of an ordinal: with digits and letters where the word has them."""
    long = _LONG_ORDINAL.fullmatch(word)
    if long:
        return _DIGIT * len(long[1]) + long[2]
    return word.translate(_SHAPES[pair])[:-1] + pair[1]


@cache
def known_words() -> frozenset[str]:
    """Return all words of the vocabulary and of the readers' rules."""
    tables = (getattr(vocabulary(), field.name) for field in fields(Vocabulary))
    return frozenset(word for table in tables for word in _words_in(table)) | _words_in(_OF_READERS)


def _words_in(table: object) -> set[str]:
    if isinstance(table, str):
        return set(table.split())
    if isinstance(table, dict):
        return _words_in(tuple(table)) | _words_in(tuple(table.values()))
    if isinstance(table, tuple | frozenset):
        return set[str]().union(*map(_words_in, table))
    return set()
