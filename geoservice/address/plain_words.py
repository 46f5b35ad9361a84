"""Stand-ins for plain words, so that texts that differ in a name alone are read once.

A plain word, such as MAPLE or MAPEL, is in no table of the vocabulary and in no rule of the
readers. Nothing but its length matters to them, so another word of the same length in its place
gives the same reading with that word. A list of damaged addresses has tens of thousands of such
words and a few thousand texts around them.
"""

from dataclasses import fields
from functools import cache
from typing import NamedTuple

from geoservice.address.vocabulary import Vocabulary, vocabulary

_STAND_INS = ("QJ", "XJ", "ZJ")
"""A stand-in repeats one of these pairs of letters up to the length of its word."""
_SHORTEST = 3
"""Shorter words may be directions, initials, units and letters of routes."""
_OF_READERS = """
AND ANX APARTMENT APO APT APTS ATTENTION ATTN AVE AVENIDA AVENUE BASEMENT BETWEEN BLDG BLVD BOX
BSMT BTWN BUSINESS BYPASS CIR CIRCLE CMR CNR CONCOURSE CONTRACT CORNER COUNTY COURT CTR DEL
DELIVERY DOCTOR DPO DRAWER DRIVE DROP EAST FLR FPO FRNT GARAGE GEN GENERAL HCR HIGHWAY HISTORIC
HWAY HWY INTERSECTION INTERSTATE JUNIOR LANE LBBY LEVEL LOBBY LOOP LOT LOWR LVL MAIL MALL
MEZZANINE NEAR NORTH NUM NUMBER OBOX OBX ODRAWER OFFICE OLD PARKWAY PIER PIERS PIKE PKWY PLACE
PLZ POB POBOX POBX PODRAWER POST PRESIDENT PSC REAR REV REVEREND RFD ROAD ROOM ROUTE RTE RUN
RURAL SCENIC SIDE SOUTH SPC SPUR STAR STATE STE STOP STREET SUITE TER TERMINAL THE TOWER TRCE
TRL TRLR UNIT UPPR WAY WEST XING
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


def pattern_of(text: str) -> Pattern | None:
    """Return the pattern of a cleaned text; None without a plain word or with too many."""
    if "J" in text and any(pair in text for pair in _STAND_INS):
        return None
    words, known = text.split(" "), known_words()
    stand_ins: dict[str, str] = {}
    for index, word in enumerate(words):
        if word in known or len(word) < _SHORTEST or not (word.isalpha() and word.isascii()):
            continue
        stand_in = stand_ins.get(word)
        if stand_in is None:
            if len(stand_ins) == len(_STAND_INS):
                return None
            pair = _STAND_INS[len(stand_ins)]
            stand_in = stand_ins[word] = (pair * len(word))[: len(word)]
        words[index] = stand_in
    if not stand_ins or not _INITIALS_COUNT.isdisjoint(words):
        return None
    return Pattern(" ".join(words), tuple((stand_in, word) for word, stand_in in stand_ins.items()))


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
