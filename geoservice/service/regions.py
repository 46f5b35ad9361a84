"""Regions by id or folder: registered, built if absent or outdated, and opened once."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from geoservice.errors import (
    NotFoundError,
    ReferenceDataError,
    StorageError,
    UnknownRegionError,
)
from geoservice.model.layers import Finding
from geoservice.model.settings import Settings
from geoservice.model.snapshot import MANIFEST
from geoservice.reference.snapshot import Reference
from geoservice.region.manifest import load_manifest
from geoservice.region.rules import NAME
from geoservice.region.source_hash import source_hash

if TYPE_CHECKING:
    from geoservice.placing.accuracy import Accuracy

# What reads a region's files and geocodes takes half a second to load, and is loaded only where
# a region is built or checked.

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
        """Return the region of an id or folder, built before if absent or outdated."""
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
                from geoservice.service.region_files import build_region

                build_region(folder, target)
            self._register(manifest.info.id, folder, snapshot)
            reference = Reference(target)
            self._open[manifest.info.id] = reference
            return reference

    def registered(self, region: str) -> Reference:
        """Return the region of an id as last built, without reading its files.

        Another process may have built the region since it was opened here.
        """
        with self._lock:
            snapshot = self._registration(region)["snapshot"]
            held = self._open.get(region)
            if held is None or held.snapshot != snapshot:
                held = self._open[region] = Reference(self._home / region / snapshot)
            return held

    def at(self, region: str, snapshot: str) -> Reference:
        """Return a region in one of its snapshots.

        Raises
        ------
        NotFoundError
            If the snapshot is gone.
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
                        "The region was built anew or removed, and the snapshot that the job "
                        "began with is gone. Send the file again."
                    )
                self._open[key] = Reference(folder)
            return self._open[key]

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all registered regions, sorted."""
        if not self._home.is_dir():
            return ()
        names = (
            folder.name for folder in self._home.iterdir() if (folder / _REGISTRATION).is_file()
        )
        return tuple(sorted(names))

    def snapshots(self) -> dict[str, str]:
        """Return the snapshot of every registered region without opening it."""
        return {region: self._registration(region)["snapshot"] for region in self.ids()}

    def folder(self, region: str) -> Path:
        """Return the folder of a region by its id or path."""
        path = Path(region)
        if (path / NAME).is_file():
            return path.absolute()
        if path.is_dir():
            raise UnknownRegionError(
                f"The folder has no `{NAME}`. Write one with `geoservice region init FOLDER`."
            )
        return Path(self._registration(region)["folder"])

    def check(self, region: str) -> tuple[Finding, ...]:
        """Return the quality report of a region's current files.

        The report begins with the files that were read. If the region is built from these files, it
        includes the findings that its address points allow.
        """
        from geoservice.service.region_files import file_findings

        folder = self.folder(region)
        read, *findings = file_findings(folder)
        manifest = load_manifest(folder)
        built = self._home / manifest.info.id / source_hash(manifest)
        if (built / MANIFEST).is_file():
            findings += Reference(built).learnt.findings()
        return (read, *sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity)))

    def accuracy(self, region: str) -> "list[Accuracy]":
        """Return the accuracy of the region's ranges, measured by its own address points."""
        from geoservice.placing.accuracy import accuracy

        return accuracy(self.open(region))

    def _make_private(self) -> None:
        """Create the data folder for its owner alone."""
        try:
            self._home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as fault:
            raise StorageError("The data folder cannot be written.") from fault

    def _register(self, region: str, folder: Path, snapshot: str) -> None:
        path = self._home / region / _REGISTRATION
        content = json.dumps({"folder": str(folder), "snapshot": snapshot})
        part = path.with_name(f"{_REGISTRATION}.{os.getpid()}.{threading.get_ident()}")
        try:
            if not path.is_file() or path.read_text("utf-8") != content:
                part.write_text(content, "utf-8")
                part.replace(path)
        except OSError as fault:
            raise StorageError("The data folder cannot be written.") from fault

    def _registration(self, region: str) -> dict[str, str]:
        if region not in self._open:  # Look-ups do not list the folder of regions.
            self._refuse_unknown(region)
        try:
            registration: dict[str, str] = json.loads(
                (self._home / region / _REGISTRATION).read_text("utf-8")
            )
        except (OSError, ValueError) as fault:
            self._refuse_unknown(region)
            raise ReferenceDataError(
                "The region's registration is damaged. Build it again."
            ) from fault
        return registration

    def _refuse_unknown(self, region: str) -> None:
        registered = self.ids()
        if region not in registered:
            raise UnknownRegionError(
                "There is no region of that name. Registered regions are: "
                f"{', '.join(registered) or 'none'}. "
                "Give the path of a region's folder, or register one with `geoservice region "
                "build FOLDER`."
            )
