"""Readings of addresses as numbers: what each row asks of the reference."""

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
from geoservice.geocode.crossing import Crossings
from geoservice.geocode.hits import NO_TOWN, NO_ZIP, UNKNOWN_TOWN, Wanted
from geoservice.geocode.resolve import EXACT, Resolution, Resolver
from geoservice.geocode.spots import Spot
from geoservice.geocode.street_places import StreetPlaces
from geoservice.geocode.town_kinds import bare_towns, keys_without_kind
from geoservice.geocode.typed_street import resolve_reading
from geoservice.model.columns import at
from geoservice.reference.snapshot import Reference

OTHER_PATTERN = -1
_NO_STREET, _NO_NUMBER = "unknown_street", "out_of_range"
_SHORTEST_TOWN = 6
_REMEMBERED = 300_000
_DOUBLE = re.compile(r"^([0-9]+)-[0-9]+")
_LETTERED = re.compile(r"^([0-9]+)-([A-Z])$")
_REASONS = {
    "empty": "empty", "po_box": "po_box", "general_delivery": "po_box",
    "rural_route": "rural_route", "military": "military", "non_address": "unreadable",
}  # fmt: skip


@dataclass(frozen=True)
class Queries(Wanted):
    """One entry per row, besides those of `Wanted`.

    Attributes
    ----------
    resolutions
        What each reading's street text may mean; ``text`` is each row's index into them.
    number, unit, town_text
        Texts as read, for the standard address and the changes.
    value
        House number, -1 where there is none.
    crossings
        The intersection that each reading means, where it means one; ``text`` is the index.
    reason
        Why the row stays unmatched, should no tier decide it; `with_reasons` tells which streets of
        such rows are known.
    is_open
        True where there is a street and a number to look for in this region.
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
    """What one reading asks, as in `Queries`."""

    value: int
    pattern: int
    zip: int
    town: int
    zip_known: bool
    is_open: bool
    reason: str
    resolution: Resolution
    crossing: Spot | None


class Asker:
    """Turns readings into queries of one reference, and remembers what it resolved."""

    def __init__(self, reference: Reference, resolver: Resolver, places: StreetPlaces) -> None:
        self._resolver = resolver
        self._crossings = Crossings(reference, resolver, places)
        self._known: dict[Reading, _Query] = {}
        self._patterns = reference.patterns
        self._has_double = any(one.startswith("#-#") for one in reference.patterns)
        self._towns = {key: number for number, key in enumerate(reference.town_keys)}
        self._other_names = _initials(reference.town_names) | bare_towns(reference.town_names)
        self._states = frozenset(reference.gazetteer.states)
        self._zips = frozenset(reference.known_zips.tolist())
        self._regions = frozenset((reference.known_zips // 100).tolist())

    def ask(self, read: ReadAddresses) -> Queries:
        """Queries of addresses read, in their order."""
        if len(self._known) > _REMEMBERED:
            self._known = {}
        known = self._known
        asked = [known.get(one) or known.setdefault(one, self._query(one)) for one in read.readings]
        code = read.code
        value, pattern, zip_, town, zip_known, is_open = (
            np.array([one[field] for one in asked], dtype=np.int64)[code] for field in range(6)
        )
        return Queries(
            resolutions=[one.resolution for one in asked],
            text=code,
            number=self._number_texts(read),
            unit=read.unit,
            town_text=at(pl.Series([one.town for one in read.readings], dtype=pl.String), code),
            value=np.where(read.value >= 0, read.value, value),
            pattern=pattern,
            zip=zip_,
            town=town,
            zip_known=zip_known.astype(bool),
            crossings=[one.crossing for one in asked],
            reason=at(pl.Series([one.reason for one in asked], dtype=pl.String), code),
            is_open=is_open.astype(bool),
        )

    def _query(self, read: Reading) -> "_Query":
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
        )

    def _single(self, number: str) -> str:
        """Where the region has no hyphenated numbers, ``123-125`` means the first of the two."""
        if "-" not in number:
            return number
        number = _LETTERED.sub(r"\1\2", number)
        return number if self._has_double else _DOUBLE.sub(r"\1", number)

    def _number_texts(self, read: ReadAddresses) -> pl.Series:
        double = [at for at, one in enumerate(read.readings) if "-" in one.number]
        if not double:
            return read.number
        rows = np.flatnonzero(np.isin(read.code, double))
        return read.number.clone().scatter(rows, [self._single(one) for one in read.number[rows]])

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
        alike = [known for known in self._towns
                 if known.startswith(key) or OSA.distance(key, known, score_cutoff=2) <= 2]  # fmt: skip
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
        if number.value < 0 and not any(one.number >= 0 for one in resolution.tier(EXACT)):
            return "no_number"
        return _NO_STREET

    def _is_foreign(self, state: str, zip_: int, town: int) -> bool:
        """True where state, town or ZIP say that the place is not in the region.

        A town that the region does not know says it only together with a foreign ZIP: post towns
        and the towns of a file differ.
        """
        if state and self._states and state not in self._states:
            return True
        if zip_ >= 0 and self._regions and zip_ // 100 not in self._regions and town < 0:
            return True
        return town == UNKNOWN_TOWN and zip_ >= 0 and zip_ not in self._zips and bool(self._towns)


def with_reasons(queries: Queries, is_left: NDArray[np.bool_]) -> Queries:
    """The queries with the reason of rows that are left: their street is known, or it is not."""
    rows = np.flatnonzero(queries.is_open & is_left)
    if not len(rows):
        return queries
    texts, row_text = np.unique(queries.text[rows], return_inverse=True)
    is_known = np.array([queries.resolutions[text].is_known for text in texts.tolist()])
    known = rows[is_known[row_text]]
    return replace(queries, reason=queries.reason.clone().scatter(known, _NO_NUMBER))


def _initials(names: tuple[str, ...]) -> dict[str, int]:
    """Initials of towns of several words (SF) to the town, where only one has them."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        words = name.split()
        if len(words) > 1:
            found.setdefault("".join(word[0] for word in words), []).append(number)
    return {initials: towns[0] for initials, towns in found.items() if len(towns) == 1}
