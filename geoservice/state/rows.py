"""The store of the rows of student data sets: files of the data folder, or PostgreSQL."""

import contextlib
import os
import threading
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from geoservice.errors import NotFoundError, StorageError
from geoservice.state.erased_pages import erasing
from geoservice.state.schema import STUDENT_PARTS

_PART_BYTES = 32_000_000


class Rows(Protocol):
    """A store of data sets as bytes of Parquet tables, by region, name and version."""

    def write(self, region: str, name: str, version: str, content: bytes) -> None:
        """Store the rows of a version."""

    def read(self, region: str, name: str, version: str) -> bytes:
        """Return the rows of a version."""

    def remove(self, region: str, name: str, keep: str = "") -> int:
        """Remove all versions but ``keep``, including incomplete ones.

        Return the number of removed files or parts.
        """


class RowFiles:
    """A file per version below a folder: ``<region>/<name>.<version>.parquet``, mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, region: str, name: str, version: str, content: bytes) -> None:
        """Store the rows of a version: write a draft file, then rename it."""
        path = self._path(region, name, version)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
        try:
            self._make_private(path.parent)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        except OSError as fault:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise StorageError("The data folder cannot be written.") from fault

    def read(self, region: str, name: str, version: str) -> bytes:
        """Return the rows of a version."""
        try:
            return self._path(region, name, version).read_bytes()
        except OSError as fault:
            raise NotFoundError(
                "The rows of the data set are gone. Delete it, and add it again."
            ) from fault

    def remove(self, region: str, name: str, keep: str = "") -> int:
        """Remove all versions but ``keep``, including drafts; return the number of files."""
        kept_name = f"{name}.{keep}.parquet"
        old_files = [
            path for path in (self._folder / region).glob(f"{name}.*") if path.name != kept_name
        ]
        for old_file in old_files:
            old_file.unlink(missing_ok=True)
        return len(old_files)

    def _path(self, region: str, name: str, version: str) -> Path:
        return self._folder / region / f"{name}.{version}.parquet"

    def _make_private(self, folder: Path) -> None:
        for parent in (self._folder.parent, self._folder, folder):
            parent.mkdir(parents=True, exist_ok=True, mode=0o700)


class RowTable:
    """A table of parts of at most `_PART_BYTES` in PostgreSQL, shared by several machines."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def write(self, region: str, name: str, version: str, content: bytes) -> None:
        """Store the rows of a version."""
        starts = range(0, len(content), _PART_BYTES)
        with self._engine.begin() as connection:
            connection.execute(
                STUDENT_PARTS.delete().where(_at(region, name), STUDENT_PARTS.c.version == version)
            )
            connection.execute(
                STUDENT_PARTS.insert(),
                [
                    {
                        "region": region,
                        "name": name,
                        "version": version,
                        "part": part,
                        "content": content[start : start + _PART_BYTES],
                    }
                    for part, start in enumerate(starts)
                ],
            )

    def read(self, region: str, name: str, version: str) -> bytes:
        """Return the rows of a version."""
        query = sa.select(STUDENT_PARTS.c.content).where(
            _at(region, name), STUDENT_PARTS.c.version == version
        )
        with self._engine.connect() as connection:
            parts = connection.execute(query.order_by(STUDENT_PARTS.c.part)).scalars().all()
        if not parts:
            raise NotFoundError("The rows of the data set are gone. Delete it, and add it again.")
        return b"".join(parts)

    def remove(self, region: str, name: str, keep: str = "") -> int:
        """Remove all versions but ``keep``, from the disk too; return the number of parts."""
        old_parts = STUDENT_PARTS.delete().where(_at(region, name), STUDENT_PARTS.c.version != keep)
        with erasing(self._engine, STUDENT_PARTS) as connection:
            return connection.execute(old_parts).rowcount


def _at(region: str, name: str) -> sa.ColumnElement[bool]:
    return (STUDENT_PARTS.c.region == region) & (STUDENT_PARTS.c.name == name)
