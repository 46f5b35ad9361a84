"""The street of a whole address: its text, a glued direction, and words beside it."""

import re

from geoservice.address.reading import Reading
from geoservice.address.unit import may_lack_its_number
from geoservice.geocode.compare import Difference, words_unused
from geoservice.geocode.resolve import EXACT, Candidate, Resolution, Resolver

_NUMBER_AS_UNIT = re.compile(r"^# ([0-9][0-9A-Z]*)$")
_DIRECTION = re.compile(r"^[0-9]+([NSEW])$")


def with_number_of_street(read: Reading, resolver: Resolver) -> Reading:
    """The reading with its unit in the street where that is a street: HCR 3239 has no unit 3239."""
    unit = _NUMBER_AS_UNIT.match(read.unit)
    if unit and may_lack_its_number(read.street):
        alone, numbered = resolver.resolve([read.street, f"{read.street} {unit[1]}"])
        if numbered.tier(EXACT) and not alone.tier(EXACT):
            return read._replace(street=f"{read.street} {unit[1]}", unit="")
    return read


def resolve_reading(read: Reading, resolver: Resolver) -> Resolution:
    """Return the streets that a reading may mean.

    1805S 1ST AVE may also be S 1ST AVE, whose direction is glued to the number.
    """
    (resolution,) = resolver.resolve([read.street])
    glued = _DIRECTION.match(read.number)
    if glued and read.street:
        resolution = _with_direction(read.street, glued[1], resolution, resolver)
    return resolution.with_change(words_unused(read.leftover)) if read.leftover else resolution


def street_text(read: Reading) -> str:
    """The typed street with a direction that is glued to the number."""
    glued = _DIRECTION.match(read.number)
    return f"{glued[1]} {read.street}" if glued else read.street


def _with_direction(
    street: str, direction: str, plain: Resolution, resolver: Resolver
) -> Resolution:
    """Add the streets with the direction that is glued to the number.

    If no street has the direction, it counts as a letter of the number, but only on streets without
    another direction.
    """
    (directed,) = resolver.resolve([f"{direction} {street}"])
    plain_streets = {candidate.street for candidate in plain.tier(EXACT)}
    parted = Difference(0.0, (f"direction +{direction}",))
    further = tuple(
        Candidate(candidate.street, parted)
        for candidate in directed.tier(EXACT)
        if candidate.street not in plain_streets
    )
    exact_tier, *others = (
        tuple(
            candidate for candidate in tier if resolver.directions(candidate.street) <= {direction}
        )
        for tier in plain.tiers
    )
    return Resolution(exact_tier + further, lambda: tuple(others))
