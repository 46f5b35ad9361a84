"""The place of the files of jobs that the settings name: the data folder, or an object store."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from geoservice.batch.folders import JobFolders
from geoservice.batch.job_objects import JobObjects
from geoservice.model.settings import Settings
from geoservice.model.snapshot import MANIFEST
from geoservice.service.regions import Regions
from geoservice.state.database import database_id


def job_objects(settings: Settings, engine: sa.Engine) -> JobObjects | None:
    """Return the object store that holds the files of jobs; None if the data folder does."""
    root = settings.operations.job_store
    return JobObjects(root, database_id(engine)) if root else None


def job_folders(settings: Settings, engine: sa.Engine) -> JobFolders:
    """Return the files of all jobs of the services and workers of a database."""
    return JobFolders(settings.home / "jobs", database_id(engine), job_objects(settings, engine))


def snapshot_finder(
    settings: Settings, regions: Regions, engine: sa.Engine
) -> Callable[[str, str], Path]:
    """Return a function that gives the folder of a snapshot by region and snapshot name.

    A snapshot that this machine lacks is copied from the object store, if the settings name it.
    """
    objects = job_objects(settings, engine)

    def folder(region: str, snapshot: str) -> Path:
        target = settings.home / "regions" / region / snapshot
        if objects is not None and not (target / MANIFEST).is_file():
            objects.fetch_snapshot(region, target)
        return regions.at(region, snapshot).folder

    return folder
