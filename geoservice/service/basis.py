"""Of whom and for whom figures are made, and by which ratings and distances."""

import hashlib
from dataclasses import dataclass

import polars as pl

from geoservice.cohort.facts import chosen_scheme
from geoservice.cohort.students import nobody
from geoservice.errors import InputError
from geoservice.reference.snapshot import Reference
from geoservice.students.filters import PUBLIC_REFUSAL, Filters

PROFILES = ("public", "internal")
METHOD_VERSION = "8"
"""Version of how figures are computed: another version makes other figures."""
DISTANCES = ("straight", "network")
EVERYBODY = Filters()
_NOBODY = "nobody"
"""What identifies the students of a region that has no list of any; the stamp of a list has a colon."""


@dataclass(frozen=True)
class Basis:
    """For whom figures are made, by which ratings, how distances are measured, and who counts.

    ``scheme`` is empty for the region's first.
    """

    profile: str
    scheme: str
    distance: str
    filters: Filters = EVERYBODY


def basis_of(
    reference: Reference,
    profile: str = "public",
    scheme: str = "",
    distance: str = "",
    filters: Filters = EVERYBODY,
) -> Basis:
    """Return the basis asked for: by the region's first scheme and its own distances, where no others are named.

    Raises
    ------
    InputError
        Where there is no such profile, scheme or distance, or the public asks for students who are no public subgroup.
    """
    if profile not in PROFILES:
        raise InputError("A profile is `public` or `internal`.")
    if profile == "public" and not filters.is_public(reference.info.release.subgroups):
        raise InputError(PUBLIC_REFUSAL)
    chosen = distance or reference.info.measures.distance
    if chosen not in DISTANCES:
        raise InputError("Distances are measured `straight` or along the `network` of streets.")
    is_first = chosen_scheme(reference, scheme) == chosen_scheme(reference)
    return Basis(profile, "" if is_first else scheme, chosen, filters)


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


def figures_id(reference: Reference, placed: Placed, basis: Basis) -> str:
    """Return what figures depend on, in a few characters."""
    parts = (METHOD_VERSION, placed.stamp, reference.snapshot, basis.scheme, basis.distance)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
