"""Legends without looks that a figure does not have, and with those that every figure names."""

import math
from dataclasses import replace

from geoservice.cartography.classes import special_entries
from geoservice.cartography.context import radius
from geoservice.cartography.figure import (
    NO_DATA,
    NOT_APPLICABLE,
    SUPPRESSED,
    ZERO,
    Frame,
    Layer,
    LegendEntry,
    Value,
)
from geoservice.cartography.ground import Composed
from geoservice.cartography.texts import Texts
from geoservice.cartography.values import Printer, number_text

_WHERE_USED = (ZERO, NOT_APPLICABLE)
"""Named only where they occur; suppressed numbers and missing data are named under every figure."""
ALWAYS = (NO_DATA, SUPPRESSED)
"""Keys of legend entries that are shown although nothing on the map may have them."""
SEATS = "seats"
"""Family of keys of the entries that tell how large so many seats are drawn."""
_HOLLOW = "#ffffff00"
_STEPS = (5, 2, 1)


def with_used_looks(composed: Composed) -> tuple[Frame, ...]:
    """The frames of a figure, whose legends name zero and "not applicable" only where their view has any."""
    used: dict[str, set[str]] = {}
    for frame in composed.frames:
        used.setdefault(frame.view, set()).update(_keys(composed, frame.id))
    in_table = {cell.key for row in composed.rows for cell in row.cells if isinstance(cell, Value)}
    return tuple(
        replace(frame, legend=tuple(
            one for one in frame.legend
            if one.key not in _WHERE_USED or one.key in used[frame.view] | in_table
        ))
        for frame in composed.frames
    )  # fmt: skip


def with_named_looks(composed: Composed, printer: Printer) -> tuple[LegendEntry, ...]:
    """The legend of the layers without frames, which names suppressed numbers and missing data where the frames' do not.

    Figures of the district's files alone suppress nothing, and say so.
    """
    named = {one.hatch for one in (*composed.frames[0].legend, *composed.legend)}
    looks = {one.key: one for one in special_entries(printer, "students")}
    nothing = printer.texts("suppressed_nothing", n=printer.suppressed_text)
    more = {NO_DATA: looks[NO_DATA], SUPPRESSED: replace(looks[SUPPRESSED], text=nothing)}
    return (*composed.legend, *(more[one] for one in ALWAYS if one not in named))


def seat_entries(layers: tuple[Layer, ...], texts: Texts) -> tuple[LegendEntry, ...]:
    """How large two round numbers of seats are drawn; nothing where no point is sized by seats."""
    most = max((one.most_seats for one in layers), default=0.0)
    sizes = dict.fromkeys(_round(one) for one in (most / 4, most) if one >= 1)
    return tuple(
        LegendEntry(f"{SEATS}-{n}", _HOLLOW, texts("seats_entry", n=number_text(n, "seats")), "point", size=radius(n, most))
        for n in sizes
    )  # fmt: skip


def _round(most: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 ... that is not more."""
    unit: int = 10 ** int(math.log10(most))
    return next(one for step in _STEPS if (one := step * unit) <= most)


def context_legend_title(composed: Composed, texts: Texts) -> str:
    """Title of the legend of the layers without frames, which tells dashed marks where there are any."""
    dashed = any(one.is_dashed for layer in composed.layers for one in layer.features)
    return composed.legend_title + (f" ({texts('dashed_entry')})" if dashed else "")


def _keys(composed: Composed, frame: str) -> set[str]:
    return {one.states[frame].key for layer in composed.layers for one in layer.features
            if frame in one.states}  # fmt: skip
