"""``region.toml`` for a folder: the draft, tested layer by layer, as a file."""

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from geoservice.errors import GeoserviceError, InputError, StorageError
from geoservice.model.layers import RegionLayers
from geoservice.region.draft import LayerDraft, RegionDraft
from geoservice.region.draft_copies import with_one_school_list
from geoservice.region.draft_text import manifest_text
from geoservice.region.layers import read_manifest_layers
from geoservice.region.manifest import read_manifest
from geoservice.region.rules import NAME

_MOSTLY = 0.8
_DISTRICT_COLUMN = re.compile(r"district|county|\b(?:lea|dist)\b|agency", re.IGNORECASE)
_ROWS: Mapping[str, str] = {
    "streets": "streets",
    "addresses": "addresses",
    "schools": "schools",
    "zones": "zones",
    "areas": "areas",
}


def refuse_second_manifest(folder: Path, *, replace: bool) -> None:
    """Raise if a folder has a manifest and ``replace`` is False."""
    if (folder / NAME).exists() and not replace:
        raise InputError(f"The folder already has a `{NAME}`. Use --replace to overwrite it.")


def usable(draft: RegionDraft) -> RegionDraft:
    """Return the draft with unreadable layers marked as left out."""
    layers = [_tried(layer, draft) for layer in draft.layers]
    return draft.with_layers(with_one_school_list(layers))


def layers_alone(draft: RegionDraft, *layers: LayerDraft) -> RegionLayers:
    """Return the data of some layers of a draft, read through its manifest."""
    text = manifest_text(draft.with_layers(layers))
    return read_manifest_layers(read_manifest(text, draft.folder))


def write_manifest(draft: RegionDraft) -> None:
    """Write the manifest into the folder.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    text = manifest_text(draft)
    read_manifest(text, draft.folder)  # Raises before a faulty manifest is written.
    try:
        (draft.folder / NAME).write_text(text, "utf-8")
    except OSError as fault:
        raise StorageError(f"`{NAME}` cannot be written: {fault.strerror}.") from fault


def _tried(layer: LayerDraft, draft: RegionDraft) -> LayerDraft:
    if layer.kind is None:
        return layer
    try:
        layers = layers_alone(draft, layer)
    except GeoserviceError as fault:
        return layer.left_out(fault.detail)
    if layer.kind in _ROWS and not len(getattr(layers, _ROWS[layer.kind])):
        problems = "; ".join(finding.sentence for finding in layers.findings)
        return layer.left_out(f"it has no usable row{': ' if problems else ''}{problems}")
    if layer.kind == "ratings" and _repeats(layers.ratings):
        return layer.left_out(
            "its school ids repeat within a year, perhaps because it covers several districts: "
            f"choose your district with `where`, for example `{_district_condition(layer)}`"
        )
    return layer


def _district_condition(layer: LayerDraft) -> str:
    """Return a condition that selects a district by the file's own column, if it has any."""
    for column in layer.columns:
        if layer.raw is not None and _DISTRICT_COLUMN.search(column):
            value = layer.raw.frame[column][0].replace("'", "''")
            return f"\"{column}\" = '{value}'"
    return "DISTRICT = '12'"


def _repeats(ratings: pl.DataFrame) -> bool:
    """Return whether many schools have several ratings in a year."""
    keys = ratings.select("school_id", "year")
    return len(keys) > 0 and keys.n_unique() < _MOSTLY * len(keys)
