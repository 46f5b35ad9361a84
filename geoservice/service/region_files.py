"""The files of a region's folder: built into a snapshot, and checked."""

from pathlib import Path

from geoservice.assign.point_places import keep_point_places
from geoservice.geocode.learn import learn
from geoservice.model.layers import Finding, RegionLayers
from geoservice.region.build import build_snapshot, is_usable
from geoservice.region.check import check_layers
from geoservice.region.inventory import inventory
from geoservice.region.layers import read_layers
from geoservice.service.self_test import self_test


def build_region(folder: Path, target: Path) -> None:
    """Write the snapshot of a folder into ``target``."""
    layers = read_layers(folder)
    build_snapshot(layers, target, target.name, check_layers(layers), _finish)


def file_findings(folder: Path) -> list[Finding]:
    """Return the findings of a folder's files; the first says what was read."""
    layers = read_layers(folder)
    read = Finding("read", "note", "region", f"Read {inventory(layers)}.")
    return [read, *layers.findings, *check_layers(layers), *self_test(layers), *_useless(layers)]


def _finish(folder: Path) -> None:
    """Add the facts learnt from address points to a snapshot, and the units of each point."""
    learn(folder)
    keep_point_places(folder)


def _useless(layers: RegionLayers) -> tuple[Finding, ...]:
    """Return a finding for a region without streets and addresses.

    It is an error if the region cannot be built.
    """
    if len(layers.streets) or len(layers.addresses):
        return ()
    text = "the region has neither streets nor addresses, so nothing can be geocoded"
    severity = "warning" if is_usable(layers) else "error"
    return (Finding("nothing_to_geocode", severity, "region", text),)
