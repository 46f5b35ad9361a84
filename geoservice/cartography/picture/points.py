"""Moves points that would cover each other, such as schools of a site, side by side."""

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 40
_CLOSE = 0.92
"""Points may touch, and overlap by so little that letters stay to be read."""


def side_by_side(places: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places (metres) at which points of these radii cover no other's letter; most do not move."""
    moved = places.astype(float)
    required = _CLOSE * (radii[:, None] + radii[None, :])
    np.fill_diagonal(required, 0.0)
    for _ in range(_ROUNDS):
        apart = moved[:, None, :] - moved[None, :, :]
        distance = np.hypot(apart[..., 0], apart[..., 1])
        short = np.maximum(required - distance, 0.0)
        if not short.any():
            break
        directions = _ways(apart, distance)
        moved = moved + (directions * (short / 2)[..., None]).sum(axis=1)
    return moved


def _ways(apart: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit vectors from point to point; equal points move to the east and west."""
    order = np.sign(np.subtract.outer(np.arange(len(apart)), np.arange(len(apart))))
    aside = np.stack([order, np.zeros_like(order)], axis=-1).astype(float)
    is_known = distance > 0
    unit = apart / np.where(is_known, distance, 1.0)[..., None]
    return np.where(is_known[..., None], unit, aside)
