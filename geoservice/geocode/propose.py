"""Proposals for addresses that stayed unmatched: for people to choose from, never applied alone."""

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from geoservice.address.reading import Reading
from geoservice.address.readings import readings
from geoservice.geocode.resolve import Resolver
from geoservice.reference.snapshot import Reference

MOST = 5
_LEAST_LIKE = 0.6


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
        (resolution,) = self._resolver.resolve([read.street])
        known = [one.street for tier in resolution.tiers for one in tier]
        digits = "".join(filter(str.isdigit, read.number.split(" ")[0].split("-")[0]))
        if known and digits:
            ends = [end for street in known for end in self._nearest(street, int(digits[:9]))]
            return list(dict.fromkeys(ends))[:MOST]
        streets = known or self._alike(read.street)
        return [f"{read.number} {self._display[street]}".strip() for street in streets][:MOST]

    def _nearest(self, street: int, value: int) -> list[str]:
        """The ends of the street's ranges nearest to a number, of its parity first."""
        sides = np.flatnonzero(self._reference.array("range_street") == street)
        ends = np.concatenate(
            [self._reference.array(f"range_{end}")[sides] for end in ("from", "to")]
        ).astype(np.int64)
        points = self._reference.array("point_key")
        first, last = points.searchsorted([street << 32, (street + 1) << 32])
        ends = np.unique(np.concatenate([ends, points[first:last] & 0xFFFFFFFF]))
        order = np.lexsort((np.abs(ends - value), (ends - value) % 2))
        return [f"{number} {self._display[street]}" for number in ends[order][:2].tolist()]

    def _alike(self, text: str) -> list[int]:
        name = readings(text)[0].street.name.replace(" ", "")
        found = process.extract(
            name,
            self._names,
            scorer=OSA.normalized_similarity,
            score_cutoff=_LEAST_LIKE,
            limit=MOST,
        )
        return [int(place) for _, _, place in found]
