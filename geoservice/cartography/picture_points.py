"""Points of a picture that would lie on each other, such as schools of one site: moved side by side."""

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 40
_CLOSE = 0.92
"""Points may touch, and overlap by so little that letters stay to be read."""


def side_by_side(places: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places (metres) at which points of these radii cover no other's letter; most do not move."""
    moved = places.astype(float)
    wanted = _CLOSE * (radii[:, None] + radii[None, :])
    np.fill_diagonal(wanted, 0.0)
    for _ in range(_ROUNDS):
        apart = moved[:, None, :] - moved[None, :, :]
        distance = np.hypot(apart[..., 0], apart[..., 1])
        short = np.maximum(wanted - distance, 0.0)
        if not short.any():
            break
        ways = _ways(apart, distance)
        moved = moved + (ways * (short / 2)[..., None]).sum(axis=1)
    return moved


def _ways(apart: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors from one point to another; points at one place part to the east and west."""
    order = np.sign(np.subtract.outer(np.arange(len(apart)), np.arange(len(apart))))
    aside = np.stack([order, np.zeros_like(order)], axis=-1).astype(float)
    is_known = distance > 0
    unit = apart / np.where(is_known, distance, 1.0)[..., None]
    return np.where(is_known[..., None], unit, aside)
