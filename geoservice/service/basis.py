"""For whom figures are made, and by which ratings and distances."""

from dataclasses import dataclass

from geoservice.errors import InputError
from geoservice.measures.facts import chosen_scheme
from geoservice.measures.standards import OWN, Standard
from geoservice.reference.snapshot import Reference
from geoservice.students.filters import PUBLIC_REFUSAL, Filters

PROFILES = ("public", "internal")
DISTANCES = ("straight", "network")
EVERYBODY = Filters()


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
    chosen_scheme(reference, scheme)
    first = chosen_scheme(reference)
    is_first = first is not None and scheme == first.id
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
