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


class LastLines:
    """Splits lines into street and last line by the towns of a region."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._cached: dict[tuple[str, str], tuple[tuple[tuple[str, ...], ...], LastLine]] = {}

    def part(self, cleaned: str) -> tuple[Segments, LastLine]:
        """Return the segments of a cleaned line before its last line, and the last line."""
        parts = cleaned.rsplit(" , ", 2)
        if len(parts) == 3 and _is_usual(*parts):
            line = segments_of(parts[0])
            segments, last_line = self._read_usual(parts[1], parts[2])
            return [*line, *map(list, segments)], last_line
        line = segments_of(cleaned)
        return line, self._take(line)

    def _read_usual(
        self, town: str, state_zip: str
    ) -> tuple[tuple[tuple[str, ...], ...], LastLine]:
        """Return the segments between the street and the last line, and the last line.

        The words of the street do not change the result, if there are two or more.
        """
        parted = self._cached.get((town, state_zip))
        if parted is None:
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


def _is_usual(street: str, town: str, state_zip: str) -> bool:
    """Return whether a line has a street of two words or more, a town, a state code and a ZIP."""
    match = _STATE_ZIP.fullmatch(state_zip)
    if match is None or match[1] not in vocabulary().states or "," in town:
        return False
    return len(street.replace(",", " ").split(maxsplit=2)) > 1
