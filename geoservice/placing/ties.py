"""Ties that only the zones can tell: two places as good, near each other, in different zones."""

import numpy as np
import polars as pl

from geoservice.assign.schools import in_zones, same_zones
from geoservice.reference.snapshot import Reference

_PLACED = (
    "geo_match", "lon", "lat", "geo_uncertainty_m", "geo_address", "geo_source", "geo_side",
    "x", "y",
)  # fmt: skip


def settle_ties(geocoded: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Make rows ambiguous whose second place, as good as the first, lies in another zone."""
    rows = np.flatnonzero(geocoded["other_x"].is_not_null().to_numpy())
    if not len(rows):
        return geocoded
    some = geocoded[rows]
    here = in_zones(some["x"].to_numpy(), some["y"].to_numpy(), reference)
    there = in_zones(some["other_x"].to_numpy(), some["other_y"].to_numpy(), reference)
    tied = np.zeros(len(geocoded), dtype=bool)
    if here.layers:
        tied[rows] = ~same_zones(here, there)
    is_tied = pl.Series(tied)
    return geocoded.with_columns(
        geo_status=pl.when(is_tied).then(pl.lit("ambiguous")).otherwise("geo_status"),
        geo_reason=pl.when(is_tied).then(pl.lit("tie")).otherwise("geo_reason"),
        geo_changes=pl.when(is_tied).then("geo_address").otherwise("geo_changes"),
    ).with_columns(pl.when(~is_tied).then(name).alias(name) for name in _PLACED)
