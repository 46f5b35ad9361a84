"""A hash of a region's files, which shows whether its snapshot is outdated."""

import hashlib
from pathlib import Path

from geoservice.errors import InputError
from geoservice.model.snapshot import FORMAT
from geoservice.region.manifest import Manifest
from geoservice.region.rules import NAME


def source_hash(manifest: Manifest) -> str:
    """Return a hash (16 hex digits) of the manifest, all its files and the build format."""
    digest = hashlib.sha256(f"geoservice {FORMAT}".encode())
    files = [*manifest.datasets, *(dataset.links for dataset in manifest.datasets if dataset.links)]
    paths = [file.path for file in files]
    for path in [manifest.folder / NAME, *paths]:
        for part in _with_side_files(path):
            digest.update(hashlib.sha256(part.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _with_side_files(path: Path) -> list[Path]:
    if path.suffix.lower() == ".gdb" and path.is_dir():
        return sorted(part for part in path.iterdir() if part.is_file())
    if not path.is_file():
        raise InputError(
            f"There is no file `{path.name}` in the region's folder. Copy it into the folder, or "
            "remove its section from `region.toml`."
        )
    if path.suffix.lower() != ".shp":
        return [path]
    return sorted(part for part in path.parent.glob(f"{path.stem}.*") if part.is_file())
