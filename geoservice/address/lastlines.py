"""Last lines of a region; each line of the common form ``TOWN, ST 12345`` is read once."""

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

_MAX_CACHED = 100_000
"""Last lines in the cache before it is emptied, which limits memory."""
_STATE_ZIP = re.compile(r"([A-Z]{2}) [0-9]{5}")


class LastLine(NamedTuple):
    """Parts of a last line: the town's place key, the state code, the ZIP; empty for none."""

    town: str
    state: str
    zip: str


_Parted = tuple[tuple[tuple[str, ...], ...], LastLine]


class LastLines:
    """Splits lines into street and last line by the towns of a region."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._cached: dict[tuple[str, str], _Parted] = {}

    def part(self, cleaned: str) -> tuple[Segments, LastLine]:
        """Return the segments of a cleaned line before its last line, and the last line."""
        street, *tail = cleaned.rsplit(" , ", 2)
        # The words of the street do not change the last line, if there are two or more.
        if len(tail) == 2 and len(street.replace(",", " ").split(maxsplit=2)) > 1:
            parted = self._read_usual(*tail)
            if parted is not None:
                return [*segments_of(street), *map(list, parted[0])], parted[1]
        line = segments_of(cleaned)
        return line, self._take(line)

    def _read_usual(self, town: str, state_zip: str) -> _Parted | None:
        """Return the segments between the street and the last line, and the last line.

        Return None for a last line of another form.
        """
        parted = self._cached.get((town, state_zip))
        if parted is None and _is_usual(town, state_zip):
            line = [["1", "A"], town.split(), state_zip.split()]
            last_line = self._take(line)
            parted = tuple(map(tuple, line[1:])), last_line
            if len(self._cached) > _MAX_CACHED:
                self._cached = {}
            self._cached[town, state_zip] = parted
        return parted

    def _take(self, line: Segments) -> LastLine:
        """Remove the last line from the end of a line and return it."""
        take_country(line)
        zip_ = take_zip(line)
        state = take_state(line, self._gazetteer, with_zip=bool(zip_))
        if state and not zip_:
            zip_ = take_zip(line)
        return LastLine(take_town(line, self._gazetteer), state, zip_)


def _is_usual(town: str, state_zip: str) -> bool:
    """Return whether a last line is a town, a state code and a ZIP."""
    match = _STATE_ZIP.fullmatch(state_zip)
    return match is not None and match[1] in vocabulary().states and "," not in town
