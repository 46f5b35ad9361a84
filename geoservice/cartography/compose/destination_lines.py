"""Released lines with a destination; the shared parts of flows, destinations and draws."""

import math
from collections.abc import Mapping, Sequence

from geoservice.cartography.figure.cells import AT_LEAST, AT_MOST, Value
from geoservice.cartography.figure.frames import Frame, LegendEntry
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.layers import Layer
from geoservice.cartography.figure.released import DISTRICT_UNIT, Line
from geoservice.cartography.figure.shapes import Box, box_of

OTHER = "other"
"""Destination of all students of a unit whose destination is not shown by itself."""


def lines_of(ground: FigureGround, measure: str, units: str) -> list[Line]:
    """Return the lines of the chosen band and year, without the district's."""
    table = ground.released.table(measure, units)
    if table is None:
        return []
    chosen = table.filter(band=ground.choice.band, year=ground.choice.year)
    return [line for line in chosen.iter_rows(named=True) if line["unit"] != DISTRICT_UNIT]


def students_of(ground: FigureGround, line: Line) -> Value:
    """Return the number of students of a line."""
    return ground.printer.released(line["status"], line["value"], line["bound"], "students")


def whole_of(lines: Sequence[Line]) -> float | None:
    """Return the number of all students of the unit that the lines are about."""
    return next((line["denominator"] for line in lines if line["denominator"]), None)


def sum_of(values: Sequence[Value]) -> float:
    """Return the sum of the numbers that are shown."""
    return sum(value.number or 0.0 for value in values)


def share_of(ground: FigureGround, value: Value, total: float | None) -> Value:
    """Return a number of students as a share of the whole; never more than all.

    The share of a bound is a bound.
    """
    if value.number is None:
        return value
    share = min(value.number / total, 1.0) if total else None
    if share is not None and value.status in (AT_LEAST, AT_MOST):
        whole = math.floor if value.status == AT_LEAST else math.ceil
        return ground.printer.bound(whole(share * 100) / 100, "share", value.status)
    return ground.printer.share(share, total)


def students_frame(
    ground: FigureGround, frame_id: str, entries: Sequence[LegendEntry], sentence: str
) -> Frame:
    """Return the frame of a figure that counts students."""
    title = ground.definition.title.of(ground.choice.lang)
    legend_title = f"{title} ({ground.texts('unit_students')})"
    return Frame(frame_id, title, ground.choice.year, legend_title, tuple(entries), sentence)


def box_of_layers(*layers: Layer) -> Box | None:
    """Return the box around the shapes of some layers; None if they have none."""
    shapes = [shape for layer in layers if layer.features for shape in layer.shapes.array]
    return box_of(shapes) if shapes else None


def most_students(values: Mapping[str, Value]) -> float:
    """Return the largest number that is shown."""
    return max((value.number or 0.0 for value in values.values()), default=0.0)
