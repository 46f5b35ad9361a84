"""A draft tried on the region's own addresses: of two ways to read a street the better is taken."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from geoservice.model.layers import RegionLayers
from geoservice.region.draft import LayerDraft, RegionDraft
from geoservice.region.init import layers_alone
from geoservice.service.self_test import (
    LEAST_SHARE,
    SAMPLE_ROWS,
    Outcome,
    asked_of,
    points_alone,
    sample_of_points,
    sample_of_schools,
    streets_alone,
)

_BETTER, _MUCH_BETTER = 0.01, 0.05
"""Another reading is taken where it is right for this share of the sample more.

More is asked of whole addresses that are judged by themselves.
"""
Ask = Callable[[LayerDraft], Outcome]
_NAMING = ("full_address", "full_name", "street", "premod", "predir", "pretype", "presep", "name",
           "type", "postdir", "postmod")  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """The draft with the better readings, and what was tried, line by line."""

    draft: RegionDraft
    told: tuple[str, ...]


def tried(draft: RegionDraft) -> Trial:
    """Geocode samples of the region's addresses by each reading of its streets and points."""
    draft, told = _with_better_streets(draft)
    draft, more = _with_better_points(draft)
    return Trial(draft, (*told, *more, *_whole(draft)))


def _with_better_streets(draft: RegionDraft) -> tuple[RegionDraft, list[str]]:
    """The draft with that reading of each file of streets which matches most addresses."""
    sample = _sample(draft)
    if sample is None:
        return draft, []

    def ask(layer: LayerDraft) -> Outcome:
        return asked_of(sample, streets_alone(layers_alone(draft, layer)))

    return _with_best(draft, "streets", ask)


def _with_better_points(draft: RegionDraft) -> tuple[RegionDraft, list[str]]:
    """The same for address points: against the streets, or against their own whole addresses."""
    streets = draft.of("streets")
    reference = streets_alone(layers_alone(draft, *streets)) if streets else None

    def ask(layer: LayerDraft) -> Outcome:
        points = layers_alone(draft, layer)
        if reference is None:
            return asked_of(_whole_addresses(layer), points_alone(points))
        outcome = asked_of(sample_of_points(points.addresses), reference)
        usable = len(points.addresses) / max(1, layer.rows)  # Rows left out count against it.
        return replace(outcome, right=round(outcome.right * usable))

    return _with_best(draft, "addresses", ask)


def _with_best(draft: RegionDraft, kind: str, ask: Ask) -> tuple[RegionDraft, list[str]]:
    layers, told = [], []
    for layer in draft.layers:
        if layer.kind == kind and len(layer.readings) > 1:
            better, lines = _best(layer, ask)
            layers.append(better)
            told += lines
        else:
            layers.append(layer)
    return draft.with_layers(layers), told


def _best(layer: LayerDraft, ask: Ask) -> tuple[LayerDraft, list[str]]:
    """The layer with its best reading, and a sentence on all of them where there was a sample."""
    readings = [replace(layer, chosen=place) for place in range(len(layer.readings))]
    outcomes = [ask(reading) for reading in readings]
    if not any(outcome.asked for outcome in outcomes):
        return layer, []
    best = max(range(len(readings)), key=lambda place: outcomes[place].share)
    is_whole = "full_address" in readings[best].fields
    if outcomes[best].share < outcomes[0].share + (_MUCH_BETTER if is_whole else _BETTER):
        best = 0
    results = "; ".join(
        f"{_named(reading)}: {outcome}" for reading, outcome in zip(readings, outcomes, strict=True)
    )
    told = f"Tried {results}. Taken: {_named(readings[best])}."
    remarks = (*layer.remarks, told)
    return replace(readings[best], remarks=remarks), [f"{layer.title}: {told}"]


def _named(layer: LayerDraft) -> str:
    """The columns that name the street by a reading."""
    return " + ".join(layer.fields[name] for name in _NAMING if name in layer.fields)


def _sample(draft: RegionDraft) -> pl.DataFrame | None:
    """Addresses of the region's points, else of its schools; None where it has neither."""
    points, schools = draft.of("addresses"), draft.of("schools")
    if points:
        return sample_of_points(layers_alone(draft, *points).addresses)
    if schools and "address" in schools[0].fields:
        return sample_of_schools(layers_alone(draft, *schools).schools)
    return None


def _whole_addresses(layer: LayerDraft) -> pl.DataFrame:
    """A sample of the column that holds whole addresses; empty where the file has none."""
    column = next(
        (reading["full_address"] for reading in layer.readings if "full_address" in reading), None
    )
    texts = ("city", "state", "zip")
    if column is None or layer.raw is None:
        schema = dict.fromkeys(("line", *texts), pl.String)
        return pl.DataFrame(schema=schema | dict.fromkeys(("lon", "lat"), pl.Float64))
    last = (
        (
            pl.col(layer.fields[name]) if name in layer.fields else pl.lit(None, dtype=pl.String)
        ).alias(name)
        for name in texts
    )
    nowhere = (pl.lit(None, dtype=pl.Float64).alias(axis) for axis in ("lon", "lat"))
    lines = layer.raw.frame.select(pl.col(column).alias("line"), *last, *nowhere)
    lines = lines.filter(pl.col("line").is_not_null())
    lines = lines.unique("line", keep="none", maintain_order=True)  # Units of a house would tie.
    return lines.sample(min(SAMPLE_ROWS, len(lines)), seed=1)


def _whole(draft: RegionDraft) -> list[str]:
    """How the region as drafted does: its points against its streets, its schools against both."""
    kinds = ("streets", "addresses", "schools")
    layers = layers_alone(draft, *(layer for kind in kinds for layer in draft.of(kind)))
    told = []
    if len(layers.streets) and len(layers.addresses):
        outcome = asked_of(sample_of_points(layers.addresses), streets_alone(layers))
        told.append(_sentence("addresses against the streets", outcome))
    schools = sample_of_schools(layers.schools)
    if len(schools) and (len(layers.streets) or len(layers.addresses)):
        outcome = asked_of(schools, _geocodable(layers))
        told.append(_sentence("addresses of schools against the region", outcome))
    if len(layers.streets) and not told:
        return ["Nothing to try the streets with: no address points and no addresses of schools."]
    return told


def _geocodable(layers: RegionLayers) -> RegionLayers:
    return replace(streets_alone(layers), addresses=layers.addresses)


def _sentence(what: str, outcome: Outcome) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in outcome.reasons.items())
    more = f" Not: {reasons}." if reasons else ""
    low = (
        " That is low: look at the fields that name the street."
        if outcome.share < LEAST_SHARE
        else ""
    )
    return f"Tried {what}: {outcome} matched near their place.{more}{low}"
