"""Self-test of a region: the share of its own addresses that match near their place."""

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
from geoservice.region.check_ranges import sides_of

SAMPLE_ROWS = 400
LEAST_SHARE = 0.8
"""Below this share of right matches a region's streets or fields are wrong."""
_MIN_SAMPLE = 20
_CANDIDATE_ROWS = 4_000
_BESIDE_M = 500.0
_SEED = 20
_SHOWN = 10
_NEAR_M = 1_000.0
_METRES_PER_DEGREE = 111_320.0
_NO_SHAPES = np.empty(0, dtype=object)


@dataclass(frozen=True)
class TrialOutcome:
    """The result of geocoding a sample of addresses.

    Attributes
    ----------
    rows
        Number of addresses in the sample.
    right
        Those that were matched within 1 km of the place they have; of rows without a place, those
        that were matched.
    reasons
        Number of addresses by the reason for which they were not matched, most frequent first;
        ``elsewhere`` where the match lies farther away.
    unmatched_streets
        The first streets with such a row, where the sample names streets.
    """

    rows: int
    right: int
    reasons: dict[str, int] = field(default_factory=dict)
    unmatched_streets: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Share of the sample that is right; 0 for an empty sample."""
        return self.right / self.rows if self.rows else 0.0

    def __str__(self) -> str:
        """Return the outcome in words, such as `391 of 400 (97.8%)`."""
        return f"{self.right:,} of {self.rows:,} ({self.share:.1%})"


def self_test(layers: RegionLayers) -> list[Finding]:
    """Return a finding on the streets from a sample of the address points; an error below 80%.

    Only points within 500 m of a street are in the sample, because a street file may cover a part
    of the region.
    """
    if not len(layers.streets):
        return []
    if not len(layers.addresses):
        return _own_ranges(layers)
    outcome = trial_outcome(_beside_streets(layers), streets_alone(layers))
    if outcome.rows < _MIN_SAMPLE:
        return []
    remedy = (
        "Look at the fields that name the streets, at `where`, and whether both files are of "
        "the same place and year"
    )
    return [_tested("address [point was|points were] tried on the streets alone", outcome, remedy)]


def _own_ranges(layers: RegionLayers) -> list[Finding]:
    """Return a finding on addresses built from the streets' own ranges."""
    sample = sample_of_ranges(layers)
    if not len(sample):
        return []
    outcome = trial_outcome(sample, streets_alone(layers))
    remedy = (
        "Look at the fields that name the streets and their ranges, and at the streets listed here"
    )
    return [
        _tested("[address|addresses] of the streets' own ranges [was|were] tried", outcome, remedy)
    ]


def _tested(what: str, outcome: TrialOutcome, remedy: str) -> Finding:
    reasons = ", ".join(f"{count} {reason}" for reason, count in outcome.reasons.items())
    text = (
        f"{what}: {outcome.share:.1%} were matched near "
        f"their place{f' (not: {reasons})' if reasons else ''}"
    )
    if outcome.share >= LEAST_SHARE:
        return Finding(
            "self_test", "note", "streets", text, outcome.rows, outcome.unmatched_streets
        )
    error = f"{text}. {remedy}"
    return Finding("self_test", "error", "streets", error, outcome.rows, outcome.unmatched_streets)


def streets_alone(layers: RegionLayers) -> RegionLayers:
    """Return the centerlines of a region without address points, zones and areas."""
    return replace(
        _without_polygons(layers),
        addresses=pl.DataFrame(schema=ADDRESSES),
    )


def points_alone(layers: RegionLayers) -> RegionLayers:
    """Return the address points of a region without centerlines, zones and areas."""
    return replace(
        _without_polygons(layers),
        streets=pl.DataFrame(schema=STREETS),
        street_lines=_NO_SHAPES,
        aliases=pl.DataFrame(schema=ALIASES),
    )


def sample_of_points(addresses: pl.DataFrame, rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """Return a seeded sample of address points as texts, with the place of each."""
    line = pl.concat_str("number", "street", separator=" ")
    table = addresses.select(line.alias("line"), "city", "state", "zip", "lon", "lat")
    table = table.filter(pl.col("line").is_not_null())
    return table.sample(min(rows, len(table)), seed=_SEED)


def sample_of_ranges(layers: RegionLayers, rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """Return a seeded sample of range sides: the middle number at the middle of its street.

    The column ``street`` names the street.
    """
    sides = sides_of(layers.streets.with_row_index("street_row"))
    sides = sides.sample(min(rows, len(sides)), seed=_SEED)
    middles = shapely.line_interpolate_point(
        layers.street_lines[sides["street_row"].to_numpy()], 0.5, normalized=True
    )
    to_degrees = Projection(layers.info.metric_crs).to_degrees
    lon, lat = to_degrees(shapely.get_x(middles), shapely.get_y(middles))
    number = pl.col("from") + (pl.col("to") - pl.col("from")) // 4 * 2
    line = pl.format("{} {}", number, "street")
    columns = ("street", line.alias("line"), "city", "state", "zip")
    return sides.select(*columns, lon=pl.lit(pl.Series(lon)), lat=pl.lit(pl.Series(lat)))


def sample_of_schools(schools: pl.DataFrame, rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """Return the addresses of the schools as texts, with the place of each if it has a place."""
    table = schools.filter(pl.col("address").fill_null("").str.contains(r"\d")).head(rows)
    empty = (pl.lit(None, dtype=pl.String).alias(name) for name in ("city", "state", "zip"))
    return table.select(pl.col("address").alias("line"), *empty, "lon", "lat")


def _beside_streets(layers: RegionLayers) -> pl.DataFrame:
    """Return a sample of the address points within 500 m of a street."""
    sample = sample_of_points(layers.addresses, _CANDIDATE_ROWS)
    projection = Projection(layers.info.metric_crs)
    x, y = projection.to_metres(sample["lon"].to_numpy(), sample["lat"].to_numpy())
    points = shapely.points(x, y)
    near, _ = shapely.STRtree(layers.street_lines).query_nearest(
        points, max_distance=_BESIDE_M, all_matches=False
    )
    return sample[np.sort(near)].head(SAMPLE_ROWS)


def trial_outcome(sample: pl.DataFrame, layers: RegionLayers) -> TrialOutcome:
    """Geocode a sample against layers, which are built in a temporary folder.

    Parameters
    ----------
    sample
        ``line``, ``city``, ``state``, ``zip``, and ``lon`` and ``lat`` in WGS 84 degrees, null
        where
        a row has no place.
    layers
        What to geocode against.
    """
    if not len(sample) or not (len(layers.streets) or len(layers.addresses)):
        return TrialOutcome(len(sample), 0)
    texts = sample.select(pl.col("line", "city", "state", "zip").fill_null(""))
    options = PlaceOptions(street="line", city="city", state="state", zip="zip")
    with tempfile.TemporaryDirectory(prefix="geoservice-") as folder:
        target = Path(folder) / "trial"
        build_snapshot(layers, target, "trial")
        placed = place_alone(texts, options, Reference(target))
    return _judged(sample, placed)


def _judged(sample: pl.DataFrame, placed: pl.DataFrame) -> TrialOutcome:
    is_matched = (placed["geo_status"] == "matched").to_numpy()
    far = (_distance_m(sample, placed) > _NEAR_M) & is_matched
    reasons = placed["geo_reason"].fill_null("").to_numpy().astype(object)
    reasons[far] = "elsewhere"
    wrong = pl.Series(reasons[~is_matched | far], dtype=pl.String).value_counts(sort=True)
    counts = {str(reason): int(count) for reason, count in wrong.rows()}
    unmatched = sample.filter(~is_matched | far).get_column("street", default=pl.Series())
    streets = tuple(unmatched.unique().sort().head(_SHOWN))
    return TrialOutcome(len(sample), int((is_matched & ~far).sum()), counts, streets)


def _distance_m(sample: pl.DataFrame, placed: pl.DataFrame) -> np.ndarray:
    """Return the distance in metres between the stated and the matched place of each row."""
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
