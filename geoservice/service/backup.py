"""Backup of a data folder and its database into one file during service, and its restore."""

import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

import sqlalchemy as sa

from geoservice.errors import ConflictError, InputError, StorageError
from geoservice.model.settings import Settings
from geoservice.service.backup_jobs import copied_objects, settle_jobs, withdraw_jobs
from geoservice.service.job_store import job_objects
from geoservice.state.copying import copy_state, is_in_use
from geoservice.state.database import connect
from geoservice.tables.durable import sha256_of, sync_folder, write_durably
from geoservice.tables.presence import copy_prefix, part_path, token_in

_STATE, _CONTENT = "state.db", "content.json"
_FILES = "home"
_KIND = "geoservice backup 1"
_DATABASE_FILES = ("geoservice.db", "geoservice.db-wal", "geoservice.db-shm")
_DAMAGED = "The backup is cut off or damaged. Use another copy of it."


def back_up(settings: Settings, target: Path) -> dict[str, int]:
    """Write a backup (mode 0600): rows of the database, then the files that they name.

    Files of jobs on an object store are copied too.

    Files are on the disk before the database names them. So a copy of the database taken before the
    files names only files that the backup has, except files purged meanwhile.

    Returns
    -------
    dict
        ``rows`` of the database, ``files`` and their ``bytes``.
    """
    if target.absolute().is_relative_to(settings.home):
        raise InputError("The backup would lie in the data folder. Name a file elsewhere.")
    with tempfile.TemporaryDirectory(prefix=copy_prefix()) as name:
        state = Path(name) / _STATE
        copy, database = connect(f"sqlite:///{state}"), connect(settings.database_url)
        rows = copy_state(database, copy)
        objects = job_objects(settings, database)
        sent = [] if objects is None else copied_objects(objects, copy, Path(name))
        copy.dispose()  # Its log is then part of the file.
        store = "" if objects is None else objects.name
        files = chain(_files(settings.home), sent)
        packed: dict[str, int] = {}
        try:
            write_durably(
                target, lambda stream: packed.update(_packed(stream, state, files, store))
            )
        except OSError as fault:
            raise StorageError(
                f"`{target.name}` cannot be written. Make room, or name another folder."
            ) from fault
    return {"rows": rows, **packed}


def restore(settings: Settings, source: Path) -> dict[str, int]:
    """Restore a backup into an empty data folder and an empty database.

    The whole backup is checked before anything is written to its place.

    Raises
    ------
    InputError
        If the file is no backup, or not as it was written.
    ConflictError
        If the data folder or the database is in use.
    """
    if not source.is_file():
        raise InputError(f"There is no file `{source.name}`.")
    if settings.home.exists() and any(settings.home.iterdir()):
        raise ConflictError(
            "The data folder is not empty. Restore into a new one: set GEOSERVICE_HOME."
        )
    part_folder = part_path(settings.home)
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    part_folder.mkdir(mode=0o700)
    try:
        content = _unpacked(source, part_folder)
        # It is brought up to date as it is opened, or refused where a newer version made it.
        state = connect(f"sqlite:///{part_folder / _STATE}")
        (part_folder / _FILES).mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(settings.home, ignore_errors=True)
        (part_folder / _FILES).rename(settings.home)
        rows = _put_back(state, settings, content.get("store", ""))
        sync_folder(settings.home.parent)
    except OSError as fault:
        raise StorageError("The data folder cannot be written. Make room for it.") from fault
    finally:
        shutil.rmtree(part_folder, ignore_errors=True)
    files = content["files"]
    return {
        "rows": rows,
        "files": len(files),
        "bytes": sum(entry["bytes"] for entry in files.values()),
    }


def _put_back(state: sa.Engine, settings: Settings, store: str) -> int:
    """Fill the database; if that fails, leave the data folder and the object store empty again."""
    try:
        database = connect(settings.database_url)
        if is_in_use(database):
            raise ConflictError(
                "The database is not empty. Restore into a new one: set GEOSERVICE_DATABASE."
            )
        settle_jobs(settings, state, store)
        try:
            return copy_state(state, database)
        except BaseException:
            withdraw_jobs(settings, state)
            raise
    except BaseException:
        shutil.rmtree(settings.home, ignore_errors=True)
        raise


def _packed(
    stream: IO[bytes], state: Path, paths: Iterable[tuple[str, Path]], store: str
) -> dict[str, int]:
    files: dict[str, dict[str, Any]] = {}
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3) as archive:
        archive.add(state, _STATE)
        for place, path in paths:
            name = f"{_FILES}/{place}"
            with contextlib.suppress(FileNotFoundError):  # It was purged meanwhile.
                files[name] = _add_file(archive, name, path)
        about = {"kind": _KIND, "made": time.time(), "state": sha256_of(state), "files": files}
        content = json.dumps({**about, "store": store}).encode()
        archive.addfile(_member(_CONTENT, len(content)), io.BytesIO(content))
    return {"files": len(files), "bytes": sum(file["bytes"] for file in files.values())}


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    """Yield the complete files of a data folder, sorted, with their paths in it."""
    for path in _complete_files(home):
        yield str(path.relative_to(home)), path


def _complete_files(home: Path) -> Iterator[Path]:
    """Yield complete files; folders of the data folder may be links, links inside are left out."""
    for top in sorted(home.iterdir()) if home.is_dir() else ():
        if top.is_file() and top.name not in _DATABASE_FILES and not _is_passing(top):
            yield top
        for where, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if not _is_passing(Path(name)))
            paths = (Path(where, name) for name in sorted(names))
            yield from (path for path in paths if path.is_file() and not _is_passing(path))


def _is_passing(path: Path) -> bool:
    """Return True for unfinished files, locks and links to a user's files."""
    is_unfinished = token_in(path.name) is not None or path.name.startswith((".incoming", ".going"))
    return is_unfinished or path.name == ".writing" or path.is_symlink()


class _Hashed:
    """A stream that hashes the bytes read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block


def _add_file(archive: tarfile.TarFile, name: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        # The open file is what is packed and hashed: another may take its name meanwhile.
        about, hashed = os.fstat(stream.fileno()), _Hashed(stream)
        archive.addfile(_member(name, about.st_size), cast(IO[bytes], hashed))
    return {"bytes": about.st_size, "sha256": hashed.digest.hexdigest()}


def _member(name: str, size_bytes: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size_bytes, 0o600, int(time.time())
    return member


def _unpacked(source: Path, target: Path) -> dict[str, Any]:
    """Unpack a backup into a folder, check every file, and return the table of contents."""
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            for member in archive:
                if not member.isfile():
                    raise InputError(_DAMAGED)
                archive.extract(member, target, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise InputError(_DAMAGED) from fault
    content = _content(target)
    for name, checksum in _checksums(content).items():
        if not (target / name).is_file() or sha256_of(target / name) != checksum:
            raise InputError(_DAMAGED)
    for folder in (path for path in target.rglob("*") if path.is_dir()):
        folder.chmod(0o700)
    return content


def _checksums(content: dict[str, Any]) -> dict[str, str]:
    try:
        checksums = {name: file["sha256"] for name, file in content["files"].items()}
        return {**checksums, _STATE: content["state"]}
    except (AttributeError, KeyError, TypeError) as fault:
        raise InputError(_DAMAGED) from fault


def _content(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / _CONTENT).read_text("utf-8"))
    except (FileNotFoundError, ValueError, RecursionError) as fault:
        raise InputError(_DAMAGED) from fault
    if not isinstance(content, dict):
        raise InputError(_DAMAGED)
    if content.get("kind") != _KIND:
        raise InputError("The file is a backup of another version of geoservice.")
    return content
