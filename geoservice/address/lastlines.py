"""Whole last lines of one region: the common form ``TOWN, ST 12345`` is read once for all addresses."""

import re
from typing import NamedTuple

from geoservice.address.lastline import (
    Gazetteer,
    Segments,
    segments_of,
    take_country,
    take_state,
    take_town,
    take_zip,
)
from geoservice.address.vocabulary import vocabulary

_REMEMBERED = 100_000
_STATE_ZIP = re.compile(r"([A-Z]{2}) [0-9]{5}")


class LastLine(NamedTuple):
    """What a last line says: the town's place key, the state's code, the ZIP; empty for none."""

    town: str
    state: str
    zip: str


class LastLines:
    """Parts lines into street and last line with what a region knows of its towns."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._known: dict[tuple[str, str], tuple[tuple[tuple[str, ...], ...], LastLine]] = {}

    def part(self, cleaned: str) -> tuple[Segments, LastLine]:
        """The segments that a cleaned line has before its last line, and the last line."""
        parts = cleaned.rsplit(" , ", 2)
        if len(parts) == 3 and _is_usual(*parts):
            line = segments_of(parts[0])
            rest, found = self._remembered(parts[1], parts[2])
            return [*line, *map(list, rest)], found
        line = segments_of(cleaned)
        return line, self._take(line)

    def _remembered(self, town: str, last: str) -> tuple[tuple[tuple[str, ...], ...], LastLine]:
        """Segments that are left of the town's, and the last line.

        Behind a street line of two words or more, which ones they are tells nothing about these.
        """
        known = self._known.get((town, last))
        if known is None:
            line = [["1", "A"], town.split(), last.split()]
            found = self._take(line)
            known = tuple(map(tuple, line[1:])), found
            if len(self._known) > _REMEMBERED:
                self._known = {}
            self._known[town, last] = known
        return known

    def _take(self, line: Segments) -> LastLine:
        """Take the last line from the end of a line."""
        take_country(line)
        zip_ = take_zip(line)
        state = take_state(line, self._gazetteer, with_zip=bool(zip_))
        if state and not zip_:
            zip_ = take_zip(line)
        return LastLine(take_town(line, self._gazetteer), state, zip_)


def _is_usual(street: str, town: str, last: str) -> bool:
    """True for two words or more, a town without a comma, a state's code and a ZIP."""
    written = _STATE_ZIP.fullmatch(last)
    if written is None or written[1] not in vocabulary().states or "," in town:
        return False
    return len(street.replace(",", " ").split(maxsplit=2)) > 1
