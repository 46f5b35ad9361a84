"""The part of the earth that a map of a picture shows: its box, its limits, its scale."""

from dataclasses import dataclass

import numpy as np

from geoservice.cartography.figure.figure import Drawing
from geoservice.cartography.picture.layout import INCHES_PER_PIXEL, Box, Layout
from geoservice.cartography.picture.orientation import beside
from geoservice.cartography.picture.shapes import projection_of


@dataclass(frozen=True)
class Sheet:
    """The metres that a box of the page shows.

    Attributes
    ----------
    left, right, bottom, top
        Limits in metres of the region's projection.
    inch
        Metres per inch of the page.
    marks
        Multiplies the size of marks.
    points
        Size of labels in points.
    spacing
        Multiplies the distance at which marks of one site stand side by side.
    least_points
        No type on the map is smaller.
    """

    box: Box
    left: float
    right: float
    bottom: float
    top: float
    inch: float
    marks: float
    points: float
    spacing: float = 1.0
    least_points: float = 0.0

    @property
    def pixel(self) -> float:
        """Inches per pixel of marks."""
        return INCHES_PER_PIXEL * self.marks


def sheet_of(drawing: Drawing, layout: Layout, box: Box, *, has_scale: bool = True) -> Sheet:
    """Return the sheet that shows the bounds of a drawing in a box."""
    west, south, east, north = drawing.bounds
    x, y = projection_of(drawing.metric_crs).to_metres(
        np.array([west, east, west, east]), np.array([south, south, north, north])
    )
    size = (float(np.ptp(x)), float(np.ptp(y)))
    inch, to_left, below = beside(box, *size, has_scale=has_scale, least_points=layout.least_points)
    left, bottom = float(x.min()) - to_left * inch, float(y.min()) - below * inch
    return Sheet(
        box,
        left,
        left + inch * box.width,
        bottom,
        bottom + inch * box.height,
        inch,
        layout.marks,
        layout.label_points,
        layout.spacing,
        layout.least_points,
    )
