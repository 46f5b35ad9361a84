"""Legends without looks that a figure does not have."""

from dataclasses import replace

from geoservice.cartography.figure import NOT_APPLICABLE, ZERO, Frame, Value
from geoservice.cartography.ground import Composed

_WHERE_USED = (ZERO, NOT_APPLICABLE)
"""Named only where they occur; what is hidden, and what has no data, is named under every figure."""


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


def _keys(composed: Composed, frame: str) -> set[str]:
    return {one.states[frame].key for layer in composed.layers for one in layer.features
            if frame in one.states}  # fmt: skip
