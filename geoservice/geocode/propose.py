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
    """Proposes addresses of one reference for readings that were not matched."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._resolver = Resolver(reference)
        table = reference.street_table
        self._names = table["name"].str.replace_all(" ", "", literal=True).to_list()
        self._display = table["display"].to_list()

    def propose(self, read: Reading) -> list[str]:
        """Up to `MOST` addresses: known numbers nearest to the typed one, or streets named alike."""
        if not read.street or read.kind not in ("street", "dual"):
            return []
        resolution = resolve_reading(read, self._resolver)
        known = [one.street for tier in resolution.tiers for one in tier]
        digits = "".join(filter(str.isdigit, read.number.split(" ")[0].split("-")[0]))
        if known and digits:
            ends = [end for street in known for end in self._nearest(street, int(digits[:9]))]
            return list(dict.fromkeys(ends))[:MOST]
        streets = known or self._alike(street_text(read))
        return [f"{read.number} {self._display[street]}".strip() for street in streets][:MOST]

    def _nearest(self, street: int, value: int) -> list[str]:
        """The known numbers of the street nearest to a number, of its parity first.

        Town and ZIP stand behind them where the street runs through several.
        """
        numbers, lasts = self._known_numbers(street)
        is_shared = len(np.unique(lasts)) > 1
        order = np.lexsort((lasts, np.abs(numbers - value), (numbers - value) % 2))
        texts = [
            f"{number} {self._display[street]}"
            + (self._reference.last_lines[last] if is_shared else "")
            for number, last in zip(numbers[order].tolist(), lasts[order].tolist(), strict=True)
        ]
        return list(dict.fromkeys(texts))[:_NUMBERS_OF_STREET]

    def _known_numbers(self, street: int) -> tuple[Ints, Ints]:
        """Ends of the street's ranges and numbers of its points, each with its last line."""
        reference = self._reference
        sides = np.flatnonzero(reference.array("range_street") == street)
        ends = [reference.array(f"range_{end}")[sides].astype(np.int64) for end in ("from", "to")]
        first, last = reference.array("point_key").searchsorted([street << 32, (street + 1) << 32])
        points = reference.array("point_key")[first:last] & 0xFFFFFFFF
        side_lasts = reference.array("range_last")[sides]
        lasts = [side_lasts, side_lasts, reference.array("point_last")[first:last]]
        return np.concatenate([*ends, points]), np.concatenate(lasts).astype(np.int64)

    def _alike(self, text: str) -> list[int]:
        """The streets of the likeliest names, but none in another direction than the typed one."""
        read = readings(text)
        found = process.extract(
            read[0].street.name.replace(" ", ""),
            self._names,
            scorer=OSA.normalized_similarity,
            score_cutoff=_LEAST_LIKE,
            limit=_LOOKED_AT,
        )
        return [
            int(street) for _, _, street in found
            if all(self._resolver.may_be(one, int(street)) for one in read)
        ][:MOST]  # fmt: skip
