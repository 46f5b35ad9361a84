"""Released lines with a destination, and what the figures of flows, destinations and draws share."""

from collections.abc import Mapping, Sequence

from geoservice.cartography.figure import Frame, Layer, LegendEntry, Value
from geoservice.cartography.ground import Ground
from geoservice.cartography.released import DISTRICT_UNIT, Line
from geoservice.cartography.shapes import Box, box_of

OTHER = "other"
"""Destination of all students of a unit whose destination is not shown by itself."""


def lines_of(ground: Ground, measure: str, units: str) -> list[Line]:
    """Return the lines of the chosen band and year, without the district's."""
    table = ground.released.table(measure, units)
    if table is None:
        return []
    chosen = table.filter(band=ground.choice.band, year=ground.choice.year)
    return [line for line in chosen.iter_rows(named=True) if line["unit"] != DISTRICT_UNIT]


def students_of(ground: Ground, line: Line) -> Value:
    """Return the number of students of a line."""
    return ground.printer.released(line["status"], line["value"], line["bound"], "students")


def whole_of(lines: Sequence[Line]) -> float | None:
    """Return the number of all students of the unit that the lines are about."""
    return next((line["denominator"] for line in lines if line["denominator"]), None)


def sum_of(values: Sequence[Value]) -> float:
    """Return the sum of the numbers that are shown."""
    return sum(value.number or 0.0 for value in values)


def share_of(ground: Ground, value: Value, whole: float | None) -> Value:
    """Return a number of students as a share of the whole; never more than all."""
    if value.number is None:
        return value
    share = min(value.number / whole, 1.0) if whole else None
    return ground.printer.share(share, whole)


def students_frame(
    ground: Ground, frame_id: str, entries: Sequence[LegendEntry], sentence: str
) -> Frame:
    """Return the frame of a figure that counts students."""
    title = ground.definition.title.of(ground.choice.lang)
    legend_title = f"{title} ({ground.texts('unit_students')})"
    return Frame(frame_id, title, ground.choice.year, legend_title, tuple(entries), sentence)


def box_of_layers(*layers: Layer) -> Box | None:
    """Return the box around the shapes of some layers; None where they have none."""
    shapes = [shape for layer in layers if layer.features for shape in layer.shapes.array]
    return box_of(shapes) if shapes else None


def most_students(values: Mapping[str, Value]) -> float:
    """Return the largest number that is shown."""
    return max((value.number or 0.0 for value in values.values()), default=0.0)
