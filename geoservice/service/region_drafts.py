"""Regions that an administrator makes from uploaded files: files, manifest, build."""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from geoservice.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    ReferenceDataError,
    StorageError,
    TooLargeError,
)
from geoservice.model.layers import Finding
from geoservice.model.settings import Settings
from geoservice.region.known_fields import field_names
from geoservice.region.manifest import Dataset, Manifest, load_manifest, read_manifest
from geoservice.region.manifest_fields import with_field
from geoservice.region.reading import read_raw
from geoservice.region.rules import NAME
from geoservice.service.first_manifest import init_region
from geoservice.service.regions import Regions
from geoservice.tables.bombs import refuse_bomb

_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_FILE = re.compile(r"^[\w][\w .()+-]{0,99}$")
_ENDINGS = frozenset(
    (
        *(".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".zip", ".gpkg", ".geojson", ".json"),
        *(".fgb", ".kml", ".kmz", ".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".geoparquet"),
        ".gz",
    )
)
_MOST_FILES = 100
_LONGEST_MANIFEST = 200_000
_BLOCK_BYTES = 1 << 20


class RegionDrafts:
    """Folders of regions below the data folder; the caller's right is checked before."""

    def __init__(self, settings: Settings, regions: Regions) -> None:
        self._home = settings.home / "uploaded-regions"
        self._limits = settings.limits
        self._regions = regions
        self._lock = threading.Lock()

    def list(self) -> list[dict[str, Any]]:
        """Return the names and files of all drafts."""
        folders = sorted(self._home.iterdir()) if self._home.is_dir() else []
        return [self._summary(folder) for folder in folders if _ID.match(folder.name)]

    def show(self, draft: str) -> dict[str, Any]:
        """Return the files of a draft, its manifest, and the columns that its files have."""
        folder = self._folder(draft)
        path = folder / NAME
        if not path.is_file():
            return {**self._summary(folder), "manifest": None, "layers": []}
        manifest = load_manifest(folder)
        _refuse_outside(manifest, folder)
        layers = [_layer(dataset) for dataset in manifest.datasets]
        return {
            **self._summary(folder),
            "manifest": path.read_text("utf-8-sig"),
            "layers": layers,
        }

    def add_file(self, draft: str, name: str, stream: IO[bytes]) -> None:
        """Store a file of a region; a file of the same name is replaced.

        Raises
        ------
        InputError
            If the name or the kind of file is not allowed, or there are too many files.
        TooLargeError
            If the files of the draft are larger than one upload may be, or this file unpacks to
            more than an upload may.
        """
        if not _ID.match(draft):
            raise InputError(
                "The name of a region must consist of lowercase letters, digits and hyphens."
            )
        file = name.replace("\\", "/").rpartition("/")[2].strip()
        if not _FILE.match(file) or Path(file).suffix.lower() not in _ENDINGS:
            raise InputError("A region's file is a layer or a table, such as `streets.zip`.")
        folder = self._home / draft
        with self._lock, _storing():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            others = [path for path in _files(folder) if path.name != file]
            if len(others) >= _MOST_FILES:
                raise InputError(f"A region has at most {_MOST_FILES} files.")
            room = self._limits.max_upload_bytes - sum(path.stat().st_size for path in others)
            with _written(folder / file, stream, room) as part:
                refuse_bomb(
                    part, file, self._limits.max_unpacked_bytes, self._limits.max_unpacked_ratio
                )

    def init(self, draft: str) -> dict[str, Any]:
        """Draft ``region.toml`` from the files; return the draft and lines about it."""
        folder = self._folder(draft)
        lines = init_region(folder, replace=True)
        return {**self.show(draft), "lines": lines}

    def save(self, draft: str, text: str) -> dict[str, Any]:
        """Replace the manifest by a checked text."""
        folder = self._folder(draft)
        if len(text) > _LONGEST_MANIFEST:
            raise TooLargeError(f"`{NAME}` has at most {_LONGEST_MANIFEST:,} characters.")
        _refuse_outside(read_manifest(text, folder), folder)
        with _storing():
            (folder / NAME).write_text(text, "utf-8")
        return self.show(draft)

    def correct(self, draft: str, layer: int, field: str, column: str) -> dict[str, Any]:
        """Let a field of a layer have another column; without a column it has none."""
        folder = self._folder(draft)
        text = (folder / NAME).read_text("utf-8-sig") if (folder / NAME).is_file() else ""
        return self.save(draft, with_field(text, layer, field, column))

    def build(self, draft: str) -> dict[str, Any]:
        """Build and register the region; return its id, snapshot and numbers of findings.

        Raises
        ------
        ConflictError
            If another folder is registered as a region of that id.
        InputError
            If the files make no region: the caller sent them.
        """
        folder = self._folder(draft)
        manifest = load_manifest(folder)
        _refuse_outside(manifest, folder)
        region = manifest.info.id
        if region in self._regions.ids() and self._regions.folder(region) != folder:
            raise ConflictError(
                f"Another folder is the region `{region}`. Give this region another `id`."
            )
        try:
            reference = self._regions.open(str(folder))
        except ReferenceDataError as fault:
            raise InputError(fault.detail, **fault.extras) from fault
        return {
            "region": region,
            "snapshot": reference.snapshot,
            "findings": _counted(reference.findings()),
        }

    def built(self) -> tuple[str, ...]:
        """Return the ids of the registered regions that were built from drafts."""
        return tuple(region for region in self._regions.ids() if self._is_own(region))

    def remove(self, draft: str) -> None:
        """Delete the files of a draft that is not a registered region.

        Raises
        ------
        ConflictError
            If the region was built.
        """
        folder = self._folder(draft)
        registered = {self._regions.folder(region) for region in self._regions.ids()}
        if folder in registered:
            raise ConflictError("The region was built from these files, so they stay.")
        with _storing():
            shutil.rmtree(folder)

    def _is_own(self, region: str) -> bool:
        try:
            return self._regions.folder(region).parent == self._home
        except ReferenceDataError:  # A damaged registration.
            return False

    def _folder(self, draft: str) -> Path:
        folder = self._home / draft
        if not _ID.match(draft) or not folder.is_dir():
            raise NotFoundError("There is no uploaded region of that name.")
        return folder

    def _summary(self, folder: Path) -> dict[str, Any]:
        files = [{"name": path.name, "bytes": path.stat().st_size} for path in _files(folder)]
        return {
            "id": folder.name,
            "files": files,
            "has_manifest": (folder / NAME).is_file(),
        }


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != NAME)


@contextmanager
def _written(path: Path, stream: IO[bytes], room: int) -> Iterator[Path]:
    """Write a file beside its place, yield it to be checked, and put it there."""
    part = path.with_name(f".{os.getpid()}.{threading.get_ident()}.{path.name}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            while block := stream.read(_BLOCK_BYTES):
                room -= len(block)
                if room < 0:
                    raise TooLargeError("The files of the region are larger than an upload may be.")
                sink.write(block)
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StorageError("The data folder cannot be written.") from fault


def _refuse_outside(manifest: Manifest, folder: Path) -> None:
    """Raise if a manifest names a file outside of its folder, which the service must not read."""
    home = folder.resolve()
    links = [dataset.links for dataset in manifest.datasets if dataset.links is not None]
    for dataset in (*manifest.datasets, *links):
        if not dataset.path.resolve().is_relative_to(home):
            raise InputError(f"`{NAME}`: a `file` must lie in the folder of the region.")


def _layer(dataset: Dataset) -> dict[str, Any]:
    """Return a layer of a manifest with its fields and the columns of its file."""
    try:
        frame = read_raw(dataset).frame
        columns, rows = [name for name in frame.columns if name != "row"], len(frame)
        problem = None
    except InputError as fault:
        columns, rows, problem = [], 0, fault.detail
    return {
        "kind": dataset.kind,
        "id": dataset.id,
        "file": dataset.path.name,
        "fields": dict(dataset.fields),
        "known_fields": list(field_names().get(dataset.kind, ())),
        "columns": columns,
        "rows": rows,
        "problem": problem,
    }


def _counted(findings: tuple[Finding, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.severity] = counts.get(finding.severity, 0) + 1
    return counts
