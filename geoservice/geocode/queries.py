"""Readings of addresses as numbers, ready for look-ups in the reference."""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from geoservice.address.number import Number, split_number
from geoservice.address.reading import Reading
from geoservice.address.templates import ReadAddresses
from geoservice.address.town_kinds import bare_towns, keys_without_kind
from geoservice.geocode.crossing import Crossings
from geoservice.geocode.hits import NO_TOWN, NO_ZIP, UNKNOWN_TOWN, RowDetails
from geoservice.geocode.resolve import EXACT, Resolution, Resolver
from geoservice.geocode.spots import Spot
from geoservice.geocode.street_places import StreetPlaces
from geoservice.geocode.typed_street import resolve_reading, with_number_of_street
from geoservice.model.columns import rows_at
from geoservice.reference.snapshot import Reference

OTHER_PATTERN = -1
_NO_STREET, _NO_NUMBER = "unknown_street", "out_of_range"
_SHORTEST_TOWN = 6
_REMEMBERED = 300_000
_DOUBLE = re.compile(r"^([0-9]+)-[0-9]+")
_LETTERED = re.compile(r"^([0-9]+)-([A-Z])$")
_REASONS = {
    "empty": "empty",
    "po_box": "po_box",
    "general_delivery": "po_box",
    "rural_route": "rural_route",
    "military": "military",
    "non_address": "unreadable",
}


@dataclass(frozen=True)
class Queries(RowDetails):
    """An entry for each row, in addition to `RowDetails`.

    Attributes
    ----------
    resolutions
        Streets that each text may mean; ``text`` is the index for each row.
    number, unit, town_text
        Texts as read, for the standard address and the changes.
    value
        House number; -1 without a number.
    crossings
        Intersection of each reading, or None; ``text`` is the index.
    reason
        Reason of the row if no tier decides it; `with_reasons` adds whether its street is known.
    is_open
        True if the row has a street and a number to look up in this region.
    """

    resolutions: list[Resolution]
    text: NDArray[np.int64]
    number: pl.Series
    unit: pl.Series
    town_text: pl.Series
    value: NDArray[np.int64]
    crossings: list[Spot | None]
    reason: pl.Series
    is_open: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.text)


class _Query(NamedTuple):
    """The look-up of a reading; fields as in `Queries`."""

    value: int
    pattern: int
    zip: int
    town: int
    zip_known: bool
    is_open: bool
    reason: str
    resolution: Resolution
    crossing: Spot | None
    is_unit_of_street: bool


class Asker:
    """Turns readings into queries of a reference, and caches resolved texts."""

    def __init__(self, reference: Reference, resolver: Resolver, places: StreetPlaces) -> None:
        self._resolver = resolver
        self._crossings = Crossings(reference, resolver, places)
        self._known: dict[Reading, _Query] = {}
        self._patterns = reference.patterns
        self._has_double = any(pattern.startswith("#-#") for pattern in reference.patterns)
        self._towns = {key: number for number, key in enumerate(reference.town_keys)}
        self._other_names = _initials(reference.town_names) | bare_towns(reference.town_names)
        self._states = frozenset(reference.gazetteer.states)
        self._zips = frozenset(reference.known_zips.tolist())
        self._regions = frozenset((reference.known_zips // 100).tolist())

    def ask(self, read: ReadAddresses) -> Queries:
        """Queries of addresses read, in their order."""
        if len(self._known) > _REMEMBERED:
            self._known = {}
        cached = self._known
        row_queries = [
            cached.get(reading) or cached.setdefault(reading, self._query(reading))
            for reading in read.readings
        ]
        code = read.code
        value, pattern, zip_, town, zip_known, is_open = (
            np.array([query[field] for query in row_queries], dtype=np.int64)[code]
            for field in range(6)
        )
        return Queries(
            resolutions=[query.resolution for query in row_queries],
            text=code,
            number=self._number_texts(read),
            unit=_units(read, row_queries),
            town_text=rows_at(
                pl.Series([reading.town for reading in read.readings], dtype=pl.String), code
            ),
            value=np.where(read.value >= 0, read.value, value),
            pattern=pattern,
            zip=zip_,
            town=town,
            zip_known=zip_known.astype(bool),
            crossings=[query.crossing for query in row_queries],
            reason=rows_at(
                pl.Series([query.reason for query in row_queries], dtype=pl.String), code
            ),
            is_open=is_open.astype(bool),
        )

    def _query(self, typed: Reading) -> "_Query":
        read = with_number_of_street(typed, self._resolver)
        resolution = resolve_reading(read, self._resolver)
        number = split_number(self._single(read.number))
        zip_ = int(read.zip) if read.zip.isdigit() else NO_ZIP
        town = self._town(read.town)
        reason = self._reason(read, number, zip_, town, resolution)
        crossing = None
        if read.kind == "intersection" and reason != "outside_region":
            crossing = self._crossings.find(read, zip_, town)
        return _Query(
            number.value,
            self._patterns.get(number.pattern, OTHER_PATTERN),
            zip_,
            town,
            zip_ in self._zips,
            reason == _NO_STREET and read.kind != "intersection",
            reason,
            resolution,
            crossing,
            read.unit != typed.unit,
        )

    def _single(self, number: str) -> str:
        """Return the first number of ``123-125``, unless the region has hyphenated numbers."""
        if "-" not in number:
            return number
        number = _LETTERED.sub(r"\1\2", number)
        return number if self._has_double else _DOUBLE.sub(r"\1", number)

    def _number_texts(self, read: ReadAddresses) -> pl.Series:
        double = [index for index, reading in enumerate(read.readings) if "-" in reading.number]
        if not double:
            return read.number
        rows = np.flatnonzero(np.isin(read.code, double))
        return read.number.clone().scatter(
            rows, [self._single(number_text) for number_text in read.number[rows]]
        )

    def _town(self, key: str) -> int:
        if not key:
            return NO_TOWN
        if key in self._towns:
            return self._towns[key]
        if key in self._other_names:
            return self._other_names[key]
        for bare in keys_without_kind(key):
            if bare in self._towns:
                return self._towns[bare]
        if len(key) < _SHORTEST_TOWN:
            return UNKNOWN_TOWN
        alike = [
            known_town
            for known_town in self._towns
            if known_town.startswith(key) or OSA.distance(key, known_town, score_cutoff=2) <= 2
        ]
        return self._towns[alike[0]] if len(alike) == 1 else UNKNOWN_TOWN

    def _reason(
        self, read: Reading, number: Number, zip_: int, town: int, resolution: Resolution
    ) -> str:
        reason = _REASONS.get(read.kind)
        if reason:
            return reason
        if not read.street:
            return "unreadable"
        if self._is_foreign(read.state, zip_, town):
            return "outside_region"
        if read.kind == "intersection":
            return _NO_STREET
        if number.value < 0 and not any(
            candidate.number >= 0 for candidate in resolution.tier(EXACT)
        ):
            return "no_number"
        return _NO_STREET

    def _is_foreign(self, state: str, zip_: int, town: int) -> bool:
        """Return True if state, town or ZIP show that the place is outside the region.

        An unknown town counts only together with a foreign ZIP, because post towns differ from the
        towns of a file.
        """
        if state and self._states and state not in self._states:
            return True
        if zip_ >= 0 and self._regions and zip_ // 100 not in self._regions and town < 0:
            return True
        return town == UNKNOWN_TOWN and zip_ >= 0 and zip_ not in self._zips and bool(self._towns)


def _units(read: ReadAddresses, row_queries: list[_Query]) -> pl.Series:
    """The unit of each row, empty if its text is the number of the street."""
    codes = [code for code, query in enumerate(row_queries) if query.is_unit_of_street]
    if not codes:
        return read.unit
    return read.unit.clone().scatter(np.flatnonzero(np.isin(read.code, codes)), "")


def with_reasons(queries: Queries, is_left: NDArray[np.bool_]) -> Queries:
    """Return the queries with the reason of unmatched rows: known or unknown street."""
    rows = np.flatnonzero(queries.is_open & is_left)
    if not len(rows):
        return queries
    texts, row_text = np.unique(queries.text[rows], return_inverse=True)
    is_known = np.array([queries.resolutions[text].is_known for text in texts.tolist()])
    known_rows = rows[is_known[row_text]]
    return replace(queries, reason=queries.reason.clone().scatter(known_rows, _NO_NUMBER))


def _initials(names: tuple[str, ...]) -> dict[str, int]:
    """Map initials of towns with several words (SF) to the town, if they are unique."""
    towns_by_initials: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        words = name.split()
        if len(words) > 1:
            towns_by_initials.setdefault("".join(word[0] for word in words), []).append(number)
    return {initials: towns[0] for initials, towns in towns_by_initials.items() if len(towns) == 1}
