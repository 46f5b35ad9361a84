"""Trial of a drafted region on its own addresses: choose the better reading of street columns."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from geoservice.model.layers import RegionLayers
from geoservice.region.draft import LayerDraft, RegionDraft
from geoservice.region.field_list import STREET_NAME_FIELDS
from geoservice.region.init import layers_alone
from geoservice.service.self_test import (
    LEAST_SHARE,
    SAMPLE_ROWS,
    TrialOutcome,
    points_alone,
    sample_of_points,
    sample_of_ranges,
    sample_of_schools,
    streets_alone,
    trial_outcome,
)

_BETTER, _MUCH_BETTER = 0.01, 0.05
"""Another reading is taken where it is right for this share of the sample more.

More is asked of whole addresses that are judged by themselves.
"""
Ask = Callable[[LayerDraft], TrialOutcome]


@dataclass(frozen=True)
class Trial:
    """The draft with the better readings, and a line about each trial."""

    draft: RegionDraft
    remarks: tuple[str, ...]


def tried_draft(draft: RegionDraft) -> Trial:
    """Geocode samples of the region's addresses by each reading of its streets and points."""
    draft, street_lines = _with_better_streets(draft)
    draft, point_lines = _with_better_points(draft)
    return Trial(draft, (*street_lines, *point_lines, *_region_sentences(draft)))


def _with_better_streets(draft: RegionDraft) -> tuple[RegionDraft, list[str]]:
    """Return the draft with the reading of each street file that matches most addresses."""
    sample = _sample(draft)
    if sample is None:
        return draft, []

    def ask(layer: LayerDraft) -> TrialOutcome:
        return trial_outcome(sample, streets_alone(layers_alone(draft, layer)))

    return _with_best_readings(draft, "streets", ask)


def _with_better_points(draft: RegionDraft) -> tuple[RegionDraft, list[str]]:
    """Return the draft with the better readings of its address points.

    Points are matched against the streets, or against their own whole addresses without streets.
    """
    streets = draft.of("streets")
    reference = streets_alone(layers_alone(draft, *streets)) if streets else None

    def ask(layer: LayerDraft) -> TrialOutcome:
        points = layers_alone(draft, layer)
        if reference is None:
            return trial_outcome(_whole_addresses(layer), points_alone(points))
        outcome = trial_outcome(sample_of_points(points.addresses), reference)
        usable = len(points.addresses) / max(1, layer.rows)  # Rows left out count against it.
        return replace(outcome, right=round(outcome.right * usable))

    return _with_best_readings(draft, "addresses", ask)


def _with_best_readings(draft: RegionDraft, kind: str, ask: Ask) -> tuple[RegionDraft, list[str]]:
    layers, remarks = [], []
    for layer in draft.layers:
        if layer.kind == kind and len(layer.readings) > 1:
            better, lines = _with_best_reading(layer, ask)
            layers.append(better)
            remarks += lines
        else:
            layers.append(layer)
    return draft.with_layers(layers), remarks


def _with_best_reading(layer: LayerDraft, ask: Ask) -> tuple[LayerDraft, list[str]]:
    """Return the layer with its best reading, and a sentence on all readings if it has a sample."""
    readings = [replace(layer, chosen=place) for place in range(len(layer.readings))]
    outcomes = [ask(reading) for reading in readings]
    if not any(outcome.rows for outcome in outcomes):
        return layer, []
    best = max(range(len(readings)), key=lambda place: outcomes[place].share)
    is_whole = "full_address" in readings[best].fields
    if outcomes[best].share < outcomes[0].share + (_MUCH_BETTER if is_whole else _BETTER):
        best = 0
    results = "; ".join(
        f"{_named(reading)}: {outcome}" for reading, outcome in zip(readings, outcomes, strict=True)
    )
    remark = f"Tried {results}. Taken: {_named(readings[best])}."
    remarks = (*layer.remarks, remark)
    return replace(readings[best], remarks=remarks), [f"{layer.title}: {remark}"]


def _named(layer: LayerDraft) -> str:
    """Return the columns that a reading takes the street name from."""
    return " + ".join(layer.fields[name] for name in STREET_NAME_FIELDS if name in layer.fields)


def _sample(draft: RegionDraft) -> pl.DataFrame | None:
    """Return addresses of the region's points, else of its schools; None if it has neither."""
    points, schools = draft.of("addresses"), draft.of("schools")
    if points:
        return sample_of_points(layers_alone(draft, *points).addresses)
    if schools and "address" in schools[0].fields:
        return sample_of_schools(layers_alone(draft, *schools).schools)
    return None


def _whole_addresses(layer: LayerDraft) -> pl.DataFrame:
    """Return a sample of the column with whole addresses; empty if the file has none."""
    column = next(
        (reading["full_address"] for reading in layer.readings if "full_address" in reading), None
    )
    texts = ("city", "state", "zip")
    if column is None or layer.raw is None:
        schema = dict.fromkeys(("line", *texts), pl.String)
        return pl.DataFrame(schema=schema | dict.fromkeys(("lon", "lat"), pl.Float64))
    last_line = (
        (
            pl.col(layer.fields[name]) if name in layer.fields else pl.lit(None, dtype=pl.String)
        ).alias(name)
        for name in texts
    )
    nowhere = (pl.lit(None, dtype=pl.Float64).alias(axis) for axis in ("lon", "lat"))
    lines = layer.raw.frame.select(pl.col(column).alias("line"), *last_line, *nowhere)
    lines = lines.filter(pl.col("line").is_not_null())
    lines = lines.unique("line", keep="none", maintain_order=True)  # Units of a house would tie.
    return lines.sample(min(SAMPLE_ROWS, len(lines)), seed=1)


def _region_sentences(draft: RegionDraft) -> list[str]:
    """Return sentences on the drafted region: points against streets, schools against both."""
    kinds = ("streets", "addresses", "schools")
    layers = layers_alone(draft, *(layer for kind in kinds for layer in draft.of(kind)))
    sentences = []
    if len(layers.streets) and len(layers.addresses):
        outcome = trial_outcome(sample_of_points(layers.addresses), streets_alone(layers))
        sentences.append(_sentence("addresses against the streets", outcome))
    schools = sample_of_schools(layers.schools)
    if len(schools) and (len(layers.streets) or len(layers.addresses)):
        outcome = trial_outcome(schools, _geocodable(layers))
        sentences.append(_sentence("addresses of schools against the region", outcome))
    if len(layers.streets) and not sentences:
        outcome = trial_outcome(sample_of_ranges(layers), streets_alone(layers))
        return [_sentence("addresses of the streets' own ranges", outcome)]
    return sentences


def _geocodable(layers: RegionLayers) -> RegionLayers:
    return replace(streets_alone(layers), addresses=layers.addresses)


def _sentence(what: str, outcome: TrialOutcome) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in outcome.reasons.items())
    unmatched = f" Not: {reasons}." if reasons else ""
    low = (
        " That is low: look at the fields that name the street."
        if outcome.share < LEAST_SHARE
        else ""
    )
    return f"Tried {what}: {outcome} matched near their place.{unmatched}{low}"
