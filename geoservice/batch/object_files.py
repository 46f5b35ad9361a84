"""Whole files in a folder of an object store, large ones in pieces.

A store receives a large object in parts, and keeps the parts of an object whose sender died: no
list shows them and no erasure reaches them. Each object is therefore small enough for one request.
"""

import os
import shutil
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from pyarrow import fs

PIECE_BYTES = 8 * 1024 * 1024
"""Arrow sends an object of less than 10 MB in one request."""
_PIECES = ".pieces"
_ONE_REQUEST = "allow_delayed_open=true"


class ObjectFiles:
    """The files of a folder of an object store.

    A file of several pieces is a folder of objects, each named by its number and the count. Readers
    see the pieces when all are there. A file that is replaced may for a moment have pieces of both
    versions; readers of job files check their SHA-256.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def send(self, source: Path, name: str) -> None:
        """Copy a file into the store."""
        with source.open("rb") as file:
            count = -(-os.fstat(file.fileno()).st_size // PIECE_BYTES)
            if count <= 1:
                self._put(name, file.read())
                return
            sent = [f"{name}{_PIECES}/{count:06d}-{number:06d}" for number in range(count)]
            for piece in sent:
                self._put(piece, file.read(PIECE_BYTES))
        self._remove_versions_before(name, sent)

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to a path (mode 0600); a file that the store lacks stays absent."""
        try:
            streams = iter([self._store.open_input_stream(self._path(name))])
        except FileNotFoundError:
            pieces = self._pieces(name)
            if not pieces:
                return
            streams = (self._store.open_input_stream(piece) for piece in pieces)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _copy_all(streams, file)

    def has(self, name: str) -> bool:
        """Return True if a file of one piece is in the store."""
        return bool(self._store.get_file_info(self._path(name)).is_file)

    def names(self, place: str) -> list[str]:
        """Return the names of the whole files of a folder, sorted."""
        start = len(self._path(place)) + 1
        first = sorted(about.path[start:].partition("/")[0] for about in self.objects(place))
        names = {name.removesuffix(_PIECES): name for name in first}
        return [
            name
            for name, kept in names.items()
            if not kept.endswith(_PIECES) or self._pieces(f"{place}/{name}")
        ]

    def folders(self, place: str) -> set[str]:
        """Return the names of the folders of a folder."""
        start = len(self._path(place)) + 1
        paths = (about.path[start:] for about in self.objects(place))
        return {path.partition("/")[0] for path in paths if "/" in path}

    def remove(self, name: str) -> None:
        """Remove a file that is there."""
        pieces = self.objects(f"{name}{_PIECES}")
        for piece in pieces:
            self._store.delete_file(piece.path)
        if not pieces or self.has(name):
            self._store.delete_file(self._path(name))

    def erase(self, place: str) -> tuple[int, int]:
        """Remove all files of a folder; return their number and their bytes."""
        objects = self.objects(place)
        if objects:
            self._store.delete_dir(self._path(place))
        files = {about.path.partition(f"{_PIECES}/")[0] for about in objects}
        return len(files), sum(about.size or 0 for about in objects)

    def objects(self, place: str) -> list[Any]:
        """Return what the store says of each object of a folder and its folders."""
        selector = fs.FileSelector(self._path(place), recursive=True, allow_not_found=True)
        return [about for about in self._store.get_file_info(selector) if about.is_file]

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        store, base = fs.FileSystem.from_uri(_in_one_request(self._root))
        return store, base.rstrip("/")

    @property
    def _store(self) -> Any:  # noqa: ANN401 - Arrow has no types
        return self._opened[0]

    def _path(self, name: str) -> str:
        return f"{self._opened[1]}/{name}"

    def _put(self, name: str, content: bytes) -> None:
        with self._store.open_output_stream(self._path(name)) as stream:
            stream.write(content)

    def _pieces(self, name: str) -> list[str]:
        """Return the paths of the pieces of a file in order; none if one is absent."""
        paths = sorted(about.path for about in self.objects(f"{name}{_PIECES}"))
        for count, pieces in groupby(paths, lambda path: path.rpartition("/")[2][:6]):
            whole = list(pieces)
            if len(whole) == int(count):
                return whole
        return []

    def _remove_versions_before(self, name: str, sent: list[str]) -> None:
        """Remove the objects of an earlier version of a file that had another size."""
        kept = {self._path(piece) for piece in sent}
        for about in self.objects(f"{name}{_PIECES}"):
            if about.path not in kept:
                self._store.delete_file(about.path)
        if self.has(name):
            self._store.delete_file(self._path(name))


def _in_one_request(root: str) -> str:
    """Return an address at which Arrow does not announce an object in parts before its bytes."""
    if not root.startswith("s3:") or "allow_delayed_open" in root:
        return root
    return f"{root}{'&' if '?' in root else '?'}{_ONE_REQUEST}"


def _copy_all(streams: Iterator[Any], file: IO[bytes]) -> None:
    for stream in streams:
        with stream:
            shutil.copyfileobj(stream, file, PIECE_BYTES)
