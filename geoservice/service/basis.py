"""The population, audience, rating scheme and distance type that a figure is based on."""

import hashlib
from dataclasses import dataclass

from geoservice.cohort.facts import chosen_scheme
from geoservice.errors import InputError
from geoservice.reference.snapshot import Reference
from geoservice.students.filters import PUBLIC_REFUSAL, Filters

PROFILES = ("public", "internal")
METHOD_VERSION = "8"
"""Version of the methods: raise it when figures of the same data change."""
DISTANCES = ("straight", "network")
EVERYBODY = Filters()


@dataclass(frozen=True)
class Basis:
    """The audience, rating scheme, distance type and population of figures.

    ``scheme`` is empty for the region's first scheme.
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
    """Return a basis; defaults are the region's first scheme and its own distance type.

    Raises
    ------
    InputError
        If there is no such profile, scheme or distance, or the public profile filters students
        by anything but a public subgroup.
    """
    if profile not in PROFILES:
        raise InputError("The profile must be `public` or `internal`.")
    if profile == "public" and not filters.is_public(reference.info.release.subgroups):
        raise InputError(PUBLIC_REFUSAL)
    chosen = distance or reference.info.measures.distance
    if chosen not in DISTANCES:
        raise InputError("Distances must be `straight` or `network` (along the streets).")
    is_first = chosen_scheme(reference, scheme) == chosen_scheme(reference)
    return Basis(profile, "" if is_first else scheme, chosen, filters)


def figures_id(reference: Reference, students_stamp: str, basis: Basis) -> str:
    """Return a hash of everything that figures depend on."""
    parts = (METHOD_VERSION, students_stamp, reference.snapshot, basis.scheme, basis.distance)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
