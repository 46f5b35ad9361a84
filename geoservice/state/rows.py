"""Where the rows of student data sets rest: files of the data folder, or PostgreSQL."""

import contextlib
import os
import threading
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from geoservice.errors import NotFoundError, StorageError
from geoservice.state.database import STUDENT_PARTS

_PART_BYTES = 32_000_000


class Rows(Protocol):
    """Rows of data sets as the bytes of a table, by region, name and version."""

    def write(self, region: str, name: str, version: str, content: bytes) -> None:
        """Keep the rows of a version."""

    def read(self, region: str, name: str, version: str) -> bytes:
        """The rows of a version."""

    def remove(self, region: str, name: str, keep: str = "") -> int:
        """Remove all versions but one, half written ones too; the answer is how many pieces went."""


class RowFiles:
    """One file per version below a folder: ``<region>/<name>.<version>.parquet``, mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, region: str, name: str, version: str, content: bytes) -> None:
        """Keep the rows of a version: beside first, then renamed."""
        path = self._path(region, name, version)
        beside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
        try:
            self._make_private(path.parent)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        except OSError as fault:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise StorageError("The data folder cannot be written.") from fault

    def read(self, region: str, name: str, version: str) -> bytes:
        """The rows of a version."""
        try:
            return self._path(region, name, version).read_bytes()
        except OSError as fault:
            raise NotFoundError("The rows of the data set are gone. Delete it, and add it again.") from fault  # fmt: skip

    def remove(self, region: str, name: str, keep: str = "") -> int:
        """Remove all versions but one, half written ones too; the answer is how many files went."""
        kept = f"{name}.{keep}.parquet"
        gone = [one for one in (self._folder / region).glob(f"{name}.*") if one.name != kept]
        for one in gone:
            one.unlink(missing_ok=True)
        return len(gone)

    def _path(self, region: str, name: str, version: str) -> Path:
        return self._folder / region / f"{name}.{version}.parquet"

    def _make_private(self, folder: Path) -> None:
        for one in (self._folder.parent, self._folder, folder):
            one.mkdir(parents=True, exist_ok=True, mode=0o700)


class RowTable:
    """Parts of at most `_PART_BYTES` in PostgreSQL, for services of several machines."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def write(self, region: str, name: str, version: str, content: bytes) -> None:
        """Keep the rows of a version."""
        starts = range(0, len(content), _PART_BYTES)
        with self._engine.begin() as connection:
            connection.execute(STUDENT_PARTS.delete().where(_at(region, name), STUDENT_PARTS.c.version == version))  # fmt: skip
            connection.execute(STUDENT_PARTS.insert(), [
                {"region": region, "name": name, "version": version, "part": part,
                 "content": content[start : start + _PART_BYTES]}
                for part, start in enumerate(starts)
            ])  # fmt: skip

    def read(self, region: str, name: str, version: str) -> bytes:
        """The rows of a version."""
        query = sa.select(STUDENT_PARTS.c.content).where(
            _at(region, name), STUDENT_PARTS.c.version == version
        )
        with self._engine.connect() as connection:
            parts = connection.execute(query.order_by(STUDENT_PARTS.c.part)).scalars().all()
        if not parts:
            raise NotFoundError("The rows of the data set are gone. Delete it, and add it again.")
        return b"".join(parts)

    def remove(self, region: str, name: str, keep: str = "") -> int:
        """Remove all versions but one, from the disk too; the answer is how many parts went."""
        gone = STUDENT_PARTS.delete().where(_at(region, name), STUDENT_PARTS.c.version != keep)
        with self._engine.begin() as connection:
            count = connection.execute(gone).rowcount
        if count:  # What is deleted stays in PostgreSQL's files until they are swept.
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as sweeper:
                sweeper.execute(sa.text(f"VACUUM {STUDENT_PARTS.name}"))
        return count


def _at(region: str, name: str) -> sa.ColumnElement[bool]:
    return (STUDENT_PARTS.c.region == region) & (STUDENT_PARTS.c.name == name)
