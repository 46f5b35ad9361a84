"""Legends that name the looks of a figure, and no other."""

import math
from collections.abc import Sequence
from dataclasses import replace

from geoservice.cartography.figure.cells import Value
from geoservice.cartography.figure.context import radius
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import Composed
from geoservice.cartography.figure.layers import Layer
from geoservice.cartography.figure.values import number_text
from geoservice.cartography.texts import Texts

SEATS = "seats"
"""Family of keys of the entries that tell how large so many seats are drawn."""
_HOLLOW = "#ffffff00"
_STEPS = (5, 2, 1)


def with_used_looks(composed: Composed) -> tuple[Frame, ...]:
    """Return the frames; their legends name the looks that occur in a frame of the view.

    Classes between two that occur stay, so that the scale has no gap.
    """
    used: dict[str, set[str]] = {}
    for frame in composed.frames:
        used.setdefault(frame.view, set()).update(_keys(composed, frame.id))
    in_table = {cell.key for row in composed.rows for cell in row.cells if isinstance(cell, Value)}
    return tuple(
        replace(frame, legend=_occurring(frame.legend, used[frame.view] | in_table))
        for frame in composed.frames
    )


def _occurring(legend: Sequence[LegendEntry], used: set[str]) -> tuple[LegendEntry, ...]:
    """Return the entries from the first class that occurs to the last, and the other used looks."""
    occurs = [entry.key in used or bool(entry.district) for entry in legend]
    classes = [
        place
        for place, entry in enumerate(legend)
        if occurs[place] and entry.key.startswith("c") and entry.key[1:].isdigit()
    ]
    between = range(min(classes), max(classes) + 1) if classes else ()
    return tuple(entry for place, entry in enumerate(legend) if occurs[place] or place in between)


def seat_entries(layers: tuple[Layer, ...], texts: Texts) -> tuple[LegendEntry, ...]:
    """How large two round numbers of seats are drawn; nothing if no point is sized by seats."""
    largest_seats = max((layer.most_seats for layer in layers), default=0.0)
    sizes = dict.fromkeys(
        _round(seats) for seats in (largest_seats / 4, largest_seats) if seats >= 1
    )
    return tuple(
        LegendEntry(
            f"{SEATS}-{n}",
            _HOLLOW,
            texts("seats_entry", n=number_text(n, "seats")),
            "point",
            size=radius(n, largest_seats),
        )
        for n in sizes
    )


def _round(most_seats: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 ... that is not more."""
    unit: int = 10 ** int(math.log10(most_seats))
    return next(rounded for step in _STEPS if (rounded := step * unit) <= most_seats)


def context_legend_title(composed: Composed, texts: Texts) -> str:
    """Return the title of the legend of layers without frames; it explains dashed marks."""
    dashed = any(feature.is_dashed for layer in composed.layers for feature in layer.features)
    return composed.legend_title + (f" ({texts('dashed_entry')})" if dashed else "")


def _keys(composed: Composed, frame: str) -> set[str]:
    return {
        feature.states[frame].key
        for layer in composed.layers
        for feature in layer.features
        if frame in feature.states
    }
