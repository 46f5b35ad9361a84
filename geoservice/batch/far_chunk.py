"""Place a chunk on a machine that shares only the object store of jobs."""

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from geoservice.batch.chunk import Part, run_chunk
from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_objects import JobObjects
from geoservice.errors import NotFoundError
from geoservice.model.settings import Settings
from geoservice.model.snapshot import MANIFEST
from geoservice.tables.presence import copy_prefix, remove_abandoned_copies

_FETCHING = threading.Lock()


def run_far_chunk(files: JobFiles, part: Part) -> dict[str, Any]:
    """Place a chunk like `geoservice.batch.chunk.run_chunk`, with copies of objects.

    The snapshot is copied once into this machine's data folder. Copies of rows are private files
    of the temporary folder; this function also removes copies that a killed process left there.
    """
    assert files.objects is not None
    remove_abandoned_copies()
    snapshot = _fetched_snapshot(files.objects, part)
    with tempfile.TemporaryDirectory(prefix=copy_prefix()) as copies:
        here = replace(files, path=Path(copies))
        return run_chunk(here, replace(part, snapshot=snapshot))


def _fetched_snapshot(objects: JobObjects, part: Part) -> Path:
    """Return this machine's copy of a snapshot; the threads of a process fetch it once."""
    target = Settings.read(os.environ).home / "regions" / part.region / part.snapshot.name
    with _FETCHING:
        if not (target / MANIFEST).is_file():
            objects.fetch_snapshot(part.region, target)
    if not (target / MANIFEST).is_file():
        raise NotFoundError(
            "The object store has no copy of the snapshot that the job began with. Send the file "
            "again."
        )
    return target
