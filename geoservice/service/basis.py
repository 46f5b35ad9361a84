"""Of whom, for whom and by what figures are made."""

import hashlib
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError
from geoservice.measures.cohort import nobody
from geoservice.measures.facts import chosen_scheme
from geoservice.reference.snapshot import Reference
from geoservice.students.filters import PUBLIC_REFUSAL, Filters

PROFILES = ("public", "internal")
RULES_VERSION = "7"
"""Version of the rules of release: other rules make other releases."""
DISTANCES = ("straight", "network")
EVERYBODY = Filters()
_NOBODY = "nobody"
"""What identifies the students of a region that has no list of any; the stamp of a list has a colon."""


@dataclass(frozen=True)
class Basis:
    """For whom figures are made, by which ratings, how distances are measured, and who counts."""

    profile: str
    scheme: str
    distance: str
    filters: Filters = EVERYBODY

    def is_first(self, reference: Reference) -> bool:
        """True for the region's first scheme and its own distances."""
        own = reference.info.measures.distance
        return self.named(reference) == "" and self.distance == own

    def named(self, reference: Reference) -> str:
        """The scheme, empty for the region's first."""
        first = chosen_scheme(reference)
        return "" if first is not None and self.scheme == first.id else self.scheme

    def check(self, reference: Reference) -> None:
        """Raise where one is none that there is."""
        if self.profile not in PROFILES:
            raise InputError("A profile is `public` or `internal`.")
        if self.filters and self.profile == "public":
            raise InputError(PUBLIC_REFUSAL)
        if self.distance not in DISTANCES:
            raise InputError("Distances are measured `straight` or along the `network` of streets.")
        chosen_scheme(reference, self.scheme)


class Placed:
    """Students, alike where they come from the same files."""

    def __init__(self, frame: pl.DataFrame, stamp: str) -> None:
        self.frame, self.stamp = frame, stamp

    @classmethod
    def nobody(cls, reference: Reference) -> "Placed":
        """The students of a region that has no list of any."""
        return cls(nobody(reference), _NOBODY)

    @property
    def is_nobody(self) -> bool:
        """True where there is no list of them."""
        return self.stamp == _NOBODY

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Placed) and other.stamp == self.stamp

    def __hash__(self) -> int:
        return hash(self.stamp)


def release_id(reference: Reference, placed: Placed, basis: Basis) -> str:
    """What a release depends on, in a few characters."""
    info = reference.info
    parts = (RULES_VERSION, placed.stamp, reference.snapshot, str(info.min_n), str(dict(info.bands)),
             basis.named(reference), basis.distance)  # fmt: skip
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
