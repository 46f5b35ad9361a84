"""What the street of a whole address may mean: its text, a direction at its number, words beside it."""

import re

from geoservice.address.reading import Reading
from geoservice.geocode.compare import Difference, words_unused
from geoservice.geocode.resolve import EXACT, Candidate, Resolution, Resolver

_DIRECTION = re.compile(r"^[0-9]+([NSEW])$")


def resolve_reading(read: Reading, resolver: Resolver) -> Resolution:
    """What the street may mean; of 1805S 1ST AVE also S 1ST AVE, its direction glued to the number."""
    (resolution,) = resolver.resolve([read.street])
    glued = _DIRECTION.match(read.number)
    if glued and read.street:
        resolution = _with_direction(read.street, glued[1], resolution, resolver)
    return resolution.with_change(words_unused(read.rest)) if read.rest else resolution


def street_text(read: Reading) -> str:
    """The typed street with a direction that is glued to the number."""
    glued = _DIRECTION.match(read.number)
    return f"{glued[1]} {read.street}" if glued else read.street


def _with_direction(
    street: str, direction: str, plain: Resolution, resolver: Resolver
) -> Resolution:
    """The plain resolution and the streets that bear a direction glued to the number.

    Where the direction is not that of a street, it is taken for a letter of the number: but only
    on streets that bear no other.
    """
    (directed,) = resolver.resolve([f"{direction} {street}"])
    known = {one.street for one in plain.tier(EXACT)}
    parted = Difference(0.0, (f"direction +{direction}",))
    more = tuple(
        Candidate(one.street, parted) for one in directed.tier(EXACT) if one.street not in known
    )
    first, *others = (
        tuple(one for one in tier if resolver.directions(one.street) <= {direction})
        for tier in plain.tiers
    )
    return Resolution(first + more, lambda: tuple(others))
