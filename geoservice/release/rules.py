"""The protection of public figures by the rules of a region."""

import numpy as np
from numpy.typing import NDArray

from geoservice.model.region import RegionInfo
from geoservice.release.perturbation import Noise, default_noise
from geoservice.release.protected_counts import Protection


def protection_of(info: RegionInfo, public_totals: NDArray[np.uint64] | None = None) -> Protection:
    """Return the protection of a region's public figures.

    ``public_totals`` are sums of the record keys of all students of a school year and band, whose
    numbers are public.
    """
    totals = np.zeros(0, dtype=np.uint64) if public_totals is None else public_totals
    return Protection(info.min_n, noise_of(info), totals)


def noise_of(info: RegionInfo) -> Noise | None:
    """Return the noise of a region's counts; None if the region publishes exact counts."""
    rules = info.release
    if rules.counts == "exact":
        return None
    if rules.noise_sd is None or rules.noise_bound is None:
        return default_noise(info.min_n)
    return Noise(rules.noise_bound, rules.noise_sd)
