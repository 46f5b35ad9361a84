"""Of whom and for whom figures are made, and by which ratings and distances."""

import hashlib
from dataclasses import dataclass

import polars as pl

from geoservice.errors import InputError
from geoservice.measures.cohort import nobody
from geoservice.measures.facts import chosen_scheme
from geoservice.measures.standards import OWN, Standard
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
    """For whom figures are made, by which ratings, how distances are measured, and who counts.

    ``scheme`` is empty for the region's first.
    """

    profile: str
    scheme: str
    distance: str
    filters: Filters = EVERYBODY

    def standard(self, reference: Reference) -> Standard:
        """The scheme and the distances, empty where they are the region's own."""
        own = reference.info.measures.distance
        return Standard(self.scheme, "" if self.distance == own else self.distance)


def basis_of(
    reference: Reference, profile: str = "public", scheme: str = "", distance: str = "",
    filters: Filters = EVERYBODY,
) -> Basis:  # fmt: skip
    """The basis asked for: by the region's first scheme and its own distances, where others are not.

    Raises
    ------
    InputError
        Where there is no such profile, scheme or distance, or the public asks for some students alone.
    """
    if profile not in PROFILES:
        raise InputError("A profile is `public` or `internal`.")
    if filters and profile == "public":
        raise InputError(PUBLIC_REFUSAL)
    chosen = distance or reference.info.measures.distance
    if chosen not in DISTANCES:
        raise InputError("Distances are measured `straight` or along the `network` of streets.")
    is_first = chosen_scheme(reference, scheme) == chosen_scheme(reference)
    return Basis(profile, "" if is_first else scheme, chosen, filters)


def public_standards(reference: Reference) -> list[Standard]:
    """All standards that may be public, in the order in which they are planned: those by the region's own distances first."""
    own, schemes = reference.info.measures.distance, reference.info.schemes
    names = ["", *(one.id for one in schemes[1:])]
    others = [one for one in DISTANCES if one != own]
    return [Standard(name, distance) for distance in ("", *others) for name in names]


def public_basis(reference: Reference, standard: Standard = OWN) -> Basis:
    """What the public gets by a standard."""
    return Basis("public", standard.scheme, standard.distance or reference.info.measures.distance)


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
             basis.scheme, basis.distance)  # fmt: skip
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
