"""Proposals for addresses that stayed unmatched: for people to choose from, never applied alone."""

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from geoservice.address.reading import Reading
from geoservice.address.readings import readings
from geoservice.geocode.resolve import Resolver
from geoservice.geocode.typed_street import resolve_reading, street_text
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
MOST = 5
_LEAST_LIKE = 0.6
_NUMBERS_OF_STREET = 2
_LOOKED_AT = 10 * MOST
"""Streets alike that are looked at: some of them lie in another direction."""


class Proposer:
    """Proposes addresses of a reference for readings without a match."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._resolver = Resolver(reference)
        table = reference.street_table
        self._names = table["name"].str.replace_all(" ", "", literal=True).to_list()
        self._display = table["display"].to_list()

    def propose(self, read: Reading) -> list[str]:
        """Return up to `MOST` addresses: the nearest known numbers, else similar streets."""
        if not read.street or read.kind not in ("street", "dual"):
            return []
        resolution = resolve_reading(read, self._resolver)
        street_numbers = [candidate.street for tier in resolution.tiers for candidate in tier]
        digits = "".join(filter(str.isdigit, read.number.split(" ")[0].split("-")[0]))
        if street_numbers and digits:
            ends = [
                end for street in street_numbers for end in self._nearest(street, int(digits[:9]))
            ]
            return list(dict.fromkeys(ends))[:MOST]
        streets = street_numbers or self._alike(street_text(read))
        return [f"{read.number} {self._display[street]}".strip() for street in streets][:MOST]

    def _nearest(self, street: int, value: int) -> list[str]:
        """Return the known numbers of the street nearest to a number, the same parity first.

        If the street runs through several towns or ZIPs, they follow the address.
        """
        numbers, lasts = self._known_numbers(street)
        is_shared = len(np.unique(lasts)) > 1
        order = np.lexsort((lasts, np.abs(numbers - value), (numbers - value) % 2))
        texts = [
            f"{number} {self._display[street]}"
            + (self._reference.last_lines[last_line] if is_shared else "")
            for number, last_line in zip(
                numbers[order].tolist(), lasts[order].tolist(), strict=True
            )
        ]
        return list(dict.fromkeys(texts))[:_NUMBERS_OF_STREET]

    def _known_numbers(self, street: int) -> tuple[Ints, Ints]:
        """Ends of the street's ranges and numbers of its points, each with its last line."""
        reference = self._reference
        sides = np.flatnonzero(reference.array("range_street") == street)
        ends = [reference.array(f"range_{end}")[sides].astype(np.int64) for end in ("from", "to")]
        start, stop = reference.array("point_key").searchsorted([street << 32, (street + 1) << 32])
        points = reference.array("point_key")[start:stop] & 0xFFFFFFFF
        side_lasts = reference.array("range_last")[sides]
        lasts = [side_lasts, side_lasts, reference.array("point_last")[start:stop]]
        return np.concatenate([*ends, points]), np.concatenate(lasts).astype(np.int64)

    def _alike(self, text: str) -> list[int]:
        """Return the streets with the most similar names, except in another direction."""
        read = readings(text)
        alike = process.extract(
            read[0].street.name.replace(" ", ""),
            self._names,
            scorer=OSA.normalized_similarity,
            score_cutoff=_LEAST_LIKE,
            limit=_LOOKED_AT,
        )
        return [
            int(street)
            for _, _, street in alike
            if all(self._resolver.may_be(reading, int(street)) for reading in read)
        ][:MOST]
