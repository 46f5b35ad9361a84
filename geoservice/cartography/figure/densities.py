"""Students per square mile: raw counts of shapes of different sizes cannot be compared."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from geoservice.cartography.figure.cells import SHOWN, Value
from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.shapes import Geometries, land
from geoservice.cartography.figure.values import WHOLE_DENSITY, number_text
from geoservice.model.miles import METRES_PER_MILE

DENSITY = "density"
_LEAST = 0.1
"""The smallest density of a shape where somebody lives: 0 means that nobody does."""
_SIDES = 4
"""Standard deviations of noise in an interval that holds 95 of 100 counts."""


def densities(ground: FigureGround, shapes: Geometries, values: Sequence[Value]) -> list[Value]:
    """Return the number per square mile of each shape; a bound stays a bound."""
    return [
        _density(value, square_miles)
        for value, square_miles in zip(values, square_miles_of(ground, shapes), strict=True)
    ]


def district_density(ground: FigureGround, district_value: Value) -> Value:
    """Return the number per square mile of the whole district."""
    district = land(ground.reference)
    if district is None:
        return ground.printer.not_applicable()
    return densities(ground, np.array([district], dtype=object), [district_value])[0]


def density_noise(ground: FigureGround, shapes: Geometries) -> float:
    """Return the width of the noise of a protected count per square mile of a typical shape."""
    if not len(shapes):
        return 0.0
    typical = float(np.median(square_miles_of(ground, shapes)))
    return _SIDES * ground.released.noise_sd / max(typical, 1e-6)


def square_miles_of(ground: FigureGround, shapes: Geometries) -> np.ndarray:
    """Return the area of each shape."""
    areas: np.ndarray = shapely.area(ground.reference.projection.shapes_to_metres(shapes))
    return areas / METRES_PER_MILE**2


def _density(value: Value, square_miles: float) -> Value:
    if not value.number or not square_miles:
        return value
    number = max(float(value.number / square_miles), _LEAST)
    number = float(round(number)) if number >= WHOLE_DENSITY else round(number, 1)
    text = number_text(number, DENSITY)
    sign = value.text[:2] if value.status != SHOWN else ""
    return replace(value, number=number, text=f"{sign}{text}")
