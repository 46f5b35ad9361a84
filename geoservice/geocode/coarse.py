"""Whole streets and ZIPs as places, for the option ``--allow``."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geoservice.geocode.hits import STREET, ZIP
from geoservice.geocode.resolve import FUZZY, Candidate, Resolution
from geoservice.geocode.spots import Spot
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_STREET_PENALTY, _ZIP_PENALTY = 30.0, 60.0
_LEVEL = 0.95


class CoarsePlaces:
    """Streets and ZIPs of a reference as places."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def street(self, resolution: Resolution, zip_: int, town: int) -> Spot | None:
        """Return the middle of the street that a text means, in the typed ZIP or town.

        The strictest tier with a street there decides. If two streets match equally well, there is
        no place.
        """
        for tier in map(resolution.tier, range(FUZZY)):
            placed = [
                (candidate, sides)
                for candidate in tier
                if candidate.number < 0 and len(sides := self._sides(candidate.street, zip_, town))
            ]
            if placed:
                smallest_penalty = min(candidate.difference.penalty for candidate, _ in placed)
                best = [
                    (candidate, sides)
                    for candidate, sides in placed
                    if candidate.difference.penalty == smallest_penalty
                ]
                return self._whole_street(*best[0]) if len(best) == 1 else None
        return None

    def _sides(self, street: int, zip_: int, town: int) -> Ints:
        """The range sides of a street in the typed ZIP and town."""
        sides = np.flatnonzero(self._reference.array("range_street") == street)
        for part, typed in (("zip", zip_), ("city", town)):
            if typed >= 0:
                sides = sides[self._reference.array(f"range_{part}")[sides] == typed]
        return sides

    def _whole_street(self, candidate: Candidate, sides: Ints) -> Spot | None:
        if len(np.unique(self._reference.array("range_city")[sides])) > 1:
            return None
        x, y = self._middles(sides)
        name = self._reference.street_table["display"][candidate.street]
        last_line = self._reference.last_lines[int(self._reference.array("range_last")[sides[0]])]
        source = self._reference.segment_text["source"]
        feature = str(source[int(self._reference.array("range_segment")[sides[0]])])
        changes = "; ".join((*candidate.difference.changes, "number left out"))
        penalty = _STREET_PENALTY + candidate.difference.penalty
        return self._spot(STREET, x, y, f"{name}{last_line}", feature, changes, penalty)

    def zip(self, zip_: int) -> Spot | None:
        """The middle of a ZIP's addresses."""
        if zip_ < 0:
            return None
        start, end = self._zips.searchsorted([zip_, zip_ + 1])
        if start == end:
            return None
        _, x, y = self._places
        order = self._order[start:end]
        text = f"{zip_:05d}"
        return self._spot(
            ZIP, x[order], y[order], text, f"zip:{text}", "street left out", _ZIP_PENALTY
        )

    def _spot(
        self,
        kind: int,
        x: Floats,
        y: Floats,
        address: str,
        source: str,
        changes: str,
        penalty: float,
    ) -> Spot:
        east, north = float(np.median(x)), float(np.median(y))
        radius = float(np.quantile(np.hypot(x - east, y - north), _LEVEL))
        return Spot(kind, east, north, address, source, changes, penalty, max(radius, 50.0))

    def _middles(self, sides: Ints) -> tuple[Floats, Floats]:
        segment = self._reference.array("range_segment")[sides].astype(np.int64)
        offset = self._reference.array("segment_offset").astype(np.int64)
        middle = (offset[segment] + offset[segment + 1] - 1) // 2
        return self._reference.array("vertex_x")[middle], self._reference.array("vertex_y")[middle]

    @cached_property
    def _places(self) -> tuple[Ints, Floats, Floats]:
        """ZIP and place of every address point and range side."""
        reference = self._reference
        x, y = self._middles(np.arange(len(reference.array("range_zip"))))
        zips = np.concatenate([reference.array("point_zip"), reference.array("range_zip")])
        east = np.concatenate([reference.array("point_x"), x])
        return zips.astype(np.int64), east, np.concatenate([reference.array("point_y"), y])

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(self._places[0], kind="stable")

    @cached_property
    def _zips(self) -> Ints:
        return np.asarray(self._places[0][self._order])
