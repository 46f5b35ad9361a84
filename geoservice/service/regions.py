"""Regions by id or by folder: registered, built when absent or stale, opened once."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

from geoservice.errors import (
    NotFoundError,
    ReferenceDataError,
    StorageError,
    UnknownRegionError,
)
from geoservice.geocode.learn import learn
from geoservice.model.layers import Finding, RegionLayers
from geoservice.model.settings import Settings
from geoservice.model.snapshot import MANIFEST
from geoservice.placing.accuracy import Accuracy, accuracy
from geoservice.reference.snapshot import Reference
from geoservice.region.build import build_snapshot, is_usable
from geoservice.region.check import check_layers
from geoservice.region.inventory import inventory
from geoservice.region.layers import read_layers, source_hash
from geoservice.region.manifest import load_manifest
from geoservice.region.rules import NAME
from geoservice.service.self_test import self_test

_REGISTRATION = "registered.json"
_SEVERITIES = ("error", "warning", "repair", "note")
Say = Callable[[str], None]


class Regions:
    """All registered regions of one data folder. Safe to share between threads.

    Parameters
    ----------
    settings
        Where the data folder is.
    say
        Told, in one sentence, what takes time.
    """

    def __init__(self, settings: Settings, say: Say = lambda _: None) -> None:
        self._home = settings.home / "regions"
        self._say = say
        self._lock = threading.Lock()
        self._open: dict[str, Reference] = {}

    def open(self, region: str) -> Reference:
        """The region of an id or folder, built first where it is absent or its files changed."""
        folder = self.folder(region)
        manifest = load_manifest(folder)
        snapshot = source_hash(manifest)
        self._make_private()
        with self._lock:
            held = self._open.get(manifest.info.id)
            if held is not None and held.snapshot == snapshot:
                return held
            target = self._home / manifest.info.id / snapshot
            if not (target / MANIFEST).is_file():
                self._say(f"Building region {manifest.info.id} (new or changed).")
                self._build(folder, target)
            self._register(manifest.info.id, folder, snapshot)
            reference = Reference(target)
            self._open[manifest.info.id] = reference
            return reference

    def registered(self, region: str) -> Reference:
        """The region of an id as it was last built, without a look at its files."""
        with self._lock:
            held = self._open.get(region)
            if held is None:
                target = self._home / region / self._registration(region)["snapshot"]
                held = self._open[region] = Reference(target)
            return held

    def at(self, region: str, snapshot: str) -> Reference:
        """A region as it was in one of its snapshots.

        Raises
        ------
        NotFoundError
            Where the snapshot is gone.
        """
        with self._lock:
            held = self._open.get(region)
            if held is not None and held.snapshot == snapshot:
                return held
            key = f"{region} {snapshot}"
            if key not in self._open:
                folder = self._home / region / snapshot
                if not (folder / MANIFEST).is_file():
                    raise NotFoundError(
                        "The region was built anew or removed, and the snapshot that the job began with is gone. Send the file again."
                    )
                self._open[key] = Reference(folder)
            return self._open[key]

    def ids(self) -> tuple[str, ...]:
        """Ids of all registered regions, sorted."""
        if not self._home.is_dir():
            return ()
        found = (one.name for one in self._home.iterdir() if (one / _REGISTRATION).is_file())
        return tuple(sorted(found))

    def snapshots(self) -> dict[str, str]:
        """The snapshot of every registered region, none opened."""
        return {one: self._registration(one)["snapshot"] for one in self.ids()}

    def folder(self, region: str) -> Path:
        """The folder of a region named by id or by path."""
        path = Path(region)
        if (path / NAME).is_file():
            return path.absolute()
        if path.is_dir():
            raise UnknownRegionError(
                f"The folder has no `{NAME}`. Write one with `geoservice region init FOLDER`."
            )
        return Path(self._registration(region)["folder"])

    def check(self, region: str) -> tuple[Finding, ...]:
        """The quality report of a region's files as they are now; the first finding says what was read.

        What the points teach is in it where the region is built from these files.
        """
        folder = self.folder(region)
        layers = read_layers(folder)
        read = Finding("read", "note", "region", f"Read {inventory(layers)}.")
        found = [*layers.findings, *check_layers(layers), *self_test(layers), *_useless(layers)]
        built = self._home / layers.info.id / source_hash(load_manifest(folder))
        if (built / MANIFEST).is_file():
            found += Reference(built).learnt.findings()
        return (read, *sorted(found, key=lambda finding: _SEVERITIES.index(finding.severity)))

    def accuracy(self, region: str) -> list[Accuracy]:
        """How accurate the region's ranges are, judged by its own address points."""
        return accuracy(self.open(region))

    def _make_private(self) -> None:
        """The data folder is for its owner alone, all of what it will hold."""
        try:
            self._home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as fault:
            raise StorageError("The data folder cannot be written.") from fault

    def _build(self, folder: Path, target: Path) -> None:
        layers: RegionLayers = read_layers(folder)
        build_snapshot(layers, target, target.name, check_layers(layers), learn)

    def _register(self, region: str, folder: Path, snapshot: str) -> None:
        path = self._home / region / _REGISTRATION
        content = json.dumps({"folder": str(folder), "snapshot": snapshot})
        beside = path.with_name(f"{_REGISTRATION}.{os.getpid()}.{threading.get_ident()}")
        try:
            if not path.is_file() or path.read_text("utf-8") != content:
                beside.write_text(content, "utf-8")
                beside.replace(path)
        except OSError as fault:
            raise StorageError("The data folder cannot be written.") from fault

    def _registration(self, region: str) -> dict[str, str]:
        known = self.ids()
        if region not in known:
            raise UnknownRegionError(
                f"There is no region of that name. Registered are: {', '.join(known) or 'none'}. "
                "Give the path of a region's folder, or register one with `geoservice region "
                "build FOLDER`."
            )
        try:
            found: dict[str, str] = json.loads(
                (self._home / region / _REGISTRATION).read_text("utf-8")
            )
        except (OSError, ValueError) as fault:
            raise ReferenceDataError(
                "The region's registration is damaged. Build it again."
            ) from fault
        return found


def _useless(layers: RegionLayers) -> tuple[Finding, ...]:
    """A finding for a region with nothing to geocode against: an error where it cannot be built."""
    if len(layers.streets) or len(layers.addresses):
        return ()
    text = "region has neither streets nor addresses, so nothing can be geocoded"
    severity = "warning" if is_usable(layers) else "error"
    return (Finding("nothing_to_geocode", severity, "region", text),)
