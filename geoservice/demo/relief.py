"""A smooth deformation that turns the plan's grid of streets into a naturally grown town."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geoservice.demo.streets import Floats

_STEP_M = 70.0
"""Longest straight piece of a bent line."""
_OLD_TOWN = (6_000.0, 2_930.0)
_SECOND_TOWN = (6_300.0, 8_450.0)
_WAVES = (
    # Shift in metres, length of the wave in metres, its heading in degrees, its phase.
    (210.0, 9_500.0, 20.0, 0.4),
    (170.0, 7_200.0, 100.0, 2.1),
    (60.0, 3_100.0, 65.0, 4.0),
    (46.0, 2_300.0, 150.0, 1.2),
)


def lie(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return where a place of the plan lies, in metres from the origin."""
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    shift_x, shift_y = np.zeros_like(east), np.zeros_like(north)
    for shift, length, heading, phase in _WAVES:
        angle = np.radians(heading)
        along = np.cos(angle) * east + np.sin(angle) * north
        wave = shift * np.sin(2 * np.pi * along / length + phase)
        shift_x += -np.sin(angle) * wave
        shift_y += np.cos(angle) * wave
    for center, reach, turn, denser in (
        (_OLD_TOWN, 2_300.0, 0.30, 0.26),
        (_SECOND_TOWN, 1_700.0, -0.24, 0.20),
    ):
        off_x, off_y = east - center[0], north - center[1]
        near = np.exp(-(off_x**2 + off_y**2) / (2 * reach**2))
        shift_x += near * (-turn * off_y - denser * off_x)
        shift_y += near * (turn * off_x - denser * off_y)
    return east + shift_x, north + shift_y


def laid(shapes: NDArray[np.object_] | shapely.Geometry) -> NDArray[np.object_]:
    """Return shapes of the plan as they lie, with bends where the plan has straight lines."""
    fine = shapely.segmentize(shapes, _STEP_M)
    bent: NDArray[np.object_] = shapely.transform(
        fine, lambda xy: np.stack(lie(xy[:, 0], xy[:, 1]), axis=1)
    )
    return bent
