"""Pastel tints of zones; neighbors differ, so that each zone is visible as a unit."""

from collections.abc import Sequence
from functools import lru_cache

from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.shapes import zone_shapes
from geoservice.geometry.colouring import coloured, neighbours
from geoservice.reference.snapshot import Reference

ZONE = "zone"
_LIGHT = ("#d9e8e2", "#f3e3cf", "#dfdff0", "#f1dbe2", "#e9ebcf", "#d5e6f2")
_DARK = ("#2b423b", "#463a2a", "#34364f", "#452f3a", "#3d402a", "#294253")
"""Four tints; two more for zones in pieces, whose map may need them."""


@lru_cache(maxsize=32)
def zone_tints(reference: Reference, set_id: str) -> tuple[int, ...]:
    """Return the number of each zone's tint, in the order of `zone_table`."""
    return tuple(coloured(neighbours(zone_shapes(reference, set_id))))


def tint_keys(numbers: Sequence[int]) -> list[str]:
    """Return the legend keys of tints; all are of the family of the zones."""
    return [f"{ZONE}-{number % len(_LIGHT)}" if number else ZONE for number in numbers]


def tint_entries(text: str, theme: str) -> tuple[LegendEntry, ...]:
    """Return the looks of the tints; the legend lists the first alone."""
    colours = _DARK if theme == "dark" else _LIGHT
    return tuple(
        LegendEntry(key, colour, "" if number else text)
        for number, (key, colour) in enumerate(
            zip(tint_keys(range(len(colours))), colours, strict=True)
        )
    )
