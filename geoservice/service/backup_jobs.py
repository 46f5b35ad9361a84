"""Files of jobs on an object store: their way into a backup, and from a backup to a service."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from geoservice.batch.folders import JobFolders
from geoservice.batch.job_objects import JobObjects
from geoservice.batch.job_options import SELF_WRITTEN
from geoservice.errors import ConflictError, StorageError
from geoservice.model.settings import Settings
from geoservice.model.snapshot import MANIFEST
from geoservice.service.job_store import job_folders, job_objects
from geoservice.state.database import database_id
from geoservice.state.ledger import OPEN, Ledger, Row

JOBS = "jobs"
"""The folder of jobs in the data folder; in a backup it holds the files of all jobs."""


def copied_objects(
    objects: JobObjects, state: sa.Engine, folder: Path
) -> Iterator[tuple[str, Path]]:
    """Return each object of the jobs in a copied database: its path in a backup, and a file.

    The file is a private copy in a folder. It is removed before the next object is copied.
    """
    job_ids = [job["id"] for job in Ledger(state).of_stores([objects.name])]
    return _copies(objects, job_ids, folder)


def _copies(objects: JobObjects, job_ids: list[str], folder: Path) -> Iterator[tuple[str, Path]]:
    for job_id in job_ids:
        for name in objects.names(job_id):
            objects.fetch(job_id, folder, [name])
            path = folder / name
            try:
                yield f"{JOBS}/{job_id}/{name}", path
            finally:
                path.unlink(missing_ok=True)


def settle_jobs(settings: Settings, state: sa.Engine, earlier_store: str) -> None:
    """Give restored jobs to the store of the settings; ``state`` is a database to be restored.

    The data folder has the files of all jobs. If the settings name an object store, they are sent
    there, with the snapshots of jobs that are not over.

    Parameters
    ----------
    earlier_store
        The name of the object store that the jobs had; empty for none.

    Raises
    ------
    ConflictError
        If the object store already has jobs of this database.
    """
    home = settings.home / JOBS
    local = JobFolders(home, database_id(state)).store
    jobs = [
        job
        for job in Ledger(state).of_stores([local, earlier_store])
        # A run of `geoservice geocode` keeps its files on its machine.
        if job["store"] == earlier_store or not job["options"].get(SELF_WRITTEN)
    ]
    objects = job_objects(settings, state)
    if objects is not None:
        _refuse_filled(objects)
        _send(objects, jobs, settings)
    Ledger(state).move([job["id"] for job in jobs], job_folders(settings, state).store)


def withdraw_jobs(settings: Settings, state: sa.Engine) -> None:
    """Erase what `settle_jobs` sent, because the restore failed."""
    objects = job_objects(settings, state)
    if objects is not None:
        _erase(objects, [job["id"] for job in Ledger(state).of_stores([objects.name])])


def _refuse_filled(objects: JobObjects) -> None:
    if objects.job_ids():
        raise ConflictError(
            "The object store has files of jobs of this database. Restore into another folder: "
            "set GEOSERVICE_JOB_STORE. Erase the folder of the lost service."
        )


def _send(objects: JobObjects, jobs: list[Row], settings: Settings) -> None:
    sent: list[str] = []
    try:
        for job in jobs:
            folder = settings.home / JOBS / job["id"]
            if folder.is_dir():
                sent.append(job["id"])
                objects.send(job["id"], folder, sorted(path.name for path in folder.iterdir()))
            _publish(objects, job, settings)
    except BaseException:
        _erase(objects, sent)
        raise
    for job_id in sent:
        shutil.rmtree(settings.home / JOBS / job_id)


def _erase(objects: JobObjects, job_ids: list[str]) -> None:
    for job_id in job_ids:
        with contextlib.suppress(StorageError):
            objects.erase(job_id)


def _publish(objects: JobObjects, job: dict[str, Any], settings: Settings) -> None:
    snapshot = settings.home / "regions" / job["region"] / job["snapshot"]
    if job["state"] in OPEN and (snapshot / MANIFEST).is_file():
        objects.publish(job["region"], snapshot)
