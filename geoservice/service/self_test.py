"""A region tried on its own addresses: how many of a sample are matched near the place they have."""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import shapely

from geoservice.geometry.projection import Projection
from geoservice.model.layers import (
    ADDRESSES,
    ALIASES,
    AREAS,
    STREETS,
    ZONES,
    Finding,
    RegionLayers,
)
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place_alone
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot

SAMPLE_ROWS = 400
LEAST_SHARE = 0.8
"""Below this share of right matches a region's streets or fields are wrong."""
_FEWEST_ASKED = 20
_MOST_LOOKED_AT = 4_000
_BESIDE_M = 500.0
_SEED = 20
_NEAR_M = 1_000.0
_METRES_PER_DEGREE = 111_320.0
_NO_SHAPES = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Outcome:
    """What came of a sample of addresses.

    Attributes
    ----------
    asked
        Number of addresses in the sample.
    right
        Those that were matched within 1 km of the place they have; of rows without a place, those
        that were matched.
    reasons
        Number of addresses by the reason for which they were not matched, most frequent first;
        ``elsewhere`` where the match lies farther away.
    """

    asked: int
    right: int
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of the sample that is right; 0 for an empty sample."""
        return self.right / self.asked if self.asked else 0.0

    def __str__(self) -> str:
        """The outcome in words: `391 of 400 (97.8%)`."""
        return f"{self.right:,} of {self.asked:,} ({self.share:.1%})"


def self_test(layers: RegionLayers) -> list[Finding]:
    """What a sample of the address points says of the streets; an error below 80%.

    Only points within 500 m of a street are asked for: a street file of a part of the region is
    judged by that part.
    """
    if not len(layers.streets) or not len(layers.addresses):
        return []
    outcome = asked_of(_beside_streets(layers), streets_alone(layers))
    if outcome.asked < _FEWEST_ASKED:
        return []
    reasons = ", ".join(f"{count} {reason}" for reason, count in outcome.reasons.items())
    text = (
        f"address points were tried on the streets alone: {outcome.share:.1%} were matched near "
        f"their place{f' (not: {reasons})' if reasons else ''}"
    )
    if outcome.share >= LEAST_SHARE:
        return [Finding("self_test", "note", "streets", text, outcome.asked)]
    remedy = (
        ". Look at the fields that name the streets, at `where`, and whether both files are of "
        "the same place and year"
    )
    return [Finding("self_test", "error", "streets", text + remedy, outcome.asked)]


def streets_alone(layers: RegionLayers) -> RegionLayers:
    """The centerlines of a region without its address points, zones and areas."""
    return replace(
        _without_polygons(layers),
        addresses=pl.DataFrame(schema=ADDRESSES),
    )


def points_alone(layers: RegionLayers) -> RegionLayers:
    """The address points of a region without its centerlines, zones and areas."""
    return replace(
        _without_polygons(layers),
        streets=pl.DataFrame(schema=STREETS),
        street_lines=_NO_SHAPES,
        aliases=pl.DataFrame(schema=ALIASES),
    )


def sample_of_points(addresses: pl.DataFrame, rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """A seeded sample of address points as texts to ask for, with the place of each."""
    line = pl.concat_str("number", "street", separator=" ")
    table = addresses.select(line.alias("line"), "city", "state", "zip", "lon", "lat")
    table = table.filter(pl.col("line").is_not_null())
    return table.sample(min(rows, len(table)), seed=_SEED)


def sample_of_schools(schools: pl.DataFrame, rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """The addresses of the schools as texts to ask for, with the place of each that has it."""
    table = schools.filter(pl.col("address").fill_null("").str.contains(r"\d")).head(rows)
    empty = (pl.lit(None, dtype=pl.String).alias(name) for name in ("city", "state", "zip"))
    return table.select(pl.col("address").alias("line"), *empty, "lon", "lat")


def _beside_streets(layers: RegionLayers) -> pl.DataFrame:
    """A sample of the address points that have a street within 500 m."""
    sample = sample_of_points(layers.addresses, _MOST_LOOKED_AT)
    projection = Projection(layers.info.metric_crs)
    x, y = projection.to_metres(sample["lon"].to_numpy(), sample["lat"].to_numpy())
    points = shapely.points(x, y)
    near, _ = shapely.STRtree(layers.street_lines).query_nearest(
        points, max_distance=_BESIDE_M, all_matches=False
    )
    return sample[np.sort(near)].head(SAMPLE_ROWS)


def asked_of(sample: pl.DataFrame, layers: RegionLayers) -> Outcome:
    """Geocode a sample against layers; those are built in a folder that is deleted afterwards.

    Parameters
    ----------
    sample
        ``line``, ``city``, ``state``, ``zip``, and ``lon`` and ``lat`` in WGS 84 degrees, null where
        a row has no place.
    layers
        What to geocode against.
    """
    if not len(sample) or not (len(layers.streets) or len(layers.addresses)):
        return Outcome(len(sample), 0)
    texts = sample.select(pl.col("line", "city", "state", "zip").fill_null(""))
    options = PlaceOptions(street="line", city="city", state="state", zip="zip")
    with tempfile.TemporaryDirectory(prefix="geoservice-") as folder:
        target = Path(folder) / "trial"
        build_snapshot(layers, target, "trial")
        placed = place_alone(texts, options, Reference(target))
    return _judged(sample, placed)


def _judged(sample: pl.DataFrame, placed: pl.DataFrame) -> Outcome:
    is_matched = (placed["geo_status"] == "matched").to_numpy()
    far = (_distance_m(sample, placed) > _NEAR_M) & is_matched
    reasons = placed["geo_reason"].fill_null("").to_numpy().astype(object)
    reasons[far] = "elsewhere"
    wrong = pl.Series(reasons[~is_matched | far], dtype=pl.String).value_counts(sort=True)
    counts = {str(reason): int(count) for reason, count in wrong.rows()}
    return Outcome(len(sample), int((is_matched & ~far).sum()), counts)


def _distance_m(sample: pl.DataFrame, placed: pl.DataFrame) -> np.ndarray:
    """Distance in metres between the place that each row has and the place that was found."""
    lon, lat = (sample[axis].cast(pl.Float64).to_numpy() for axis in ("lon", "lat"))
    found_lon, found_lat = (placed[axis].cast(pl.Float64).to_numpy() for axis in ("lon", "lat"))
    east = (found_lon - lon) * np.cos(np.radians(lat))
    return np.asarray(np.hypot(east, found_lat - lat) * _METRES_PER_DEGREE)


def _without_polygons(layers: RegionLayers) -> RegionLayers:
    return replace(
        layers,
        info=replace(layers.info, zone_sets=(), area_sets=()),
        zones=pl.DataFrame(schema=ZONES),
        zone_polygons=_NO_SHAPES,
        areas=pl.DataFrame(schema=AREAS),
        area_polygons=_NO_SHAPES,
        findings=(),
    )
