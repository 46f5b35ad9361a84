"""Files of an object store: copied to and from this machine as a whole, where settings allow it."""

import posixpath
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pyarrow import ArrowException, fs

from geoservice.errors import InputError, StorageError

_COPIED_BYTES = 4 * 1024 * 1024


def is_object(path: str) -> bool:
    """Return True for an address such as ``s3://bucket/students.csv``."""
    return "://" in path


@dataclass(frozen=True)
class ObjectStore:
    """The folder of an object store that students' rows may come from and go to.

    Attributes
    ----------
    root
        Address of the folder, as in ``s3://district/students?endpoint_override=https://…``. Its
        query is Arrow's way to name an endpoint or a region. Empty for no store.
    """

    root: str

    def fetch(self, url: str, target: Path) -> None:
        """Copy an object into a file.

        Raises
        ------
        InputError
            If the settings do not name the object's folder, or if there is no such object.
        StorageError
            If the store cannot be reached or refuses.
        """
        with (
            self._opened(url) as (store, path),
            store.open_input_stream(path) as stream,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(stream, file, _COPIED_BYTES)

    def send(self, source: Path, url: str) -> None:
        """Copy a file into an object; readers see the object whole or not at all.

        Raises
        ------
        InputError
            If the settings do not name the object's folder.
        StorageError
            If the store cannot be reached or refuses.
        """
        with (
            self._opened(url) as (store, path),
            source.open("rb") as file,
            store.open_output_stream(path) as stream,
        ):
            shutil.copyfileobj(file, stream, _COPIED_BYTES)

    def refuse_foreign(self, url: str) -> None:
        """Refuse an object that is not in the folder of the settings.

        Raises
        ------
        InputError
            If the settings name no folder, or another folder.
        """
        root, address = urlsplit(self.root), urlsplit(url)
        if not self.root:
            raise InputError(
                "Set GEOSERVICE_OBJECT_STORE to the folder of the object store that may hold "
                "students' rows, as in `s3://district/students`."
            )
        folder = root.path.rstrip("/") + "/"
        is_inside = (root.scheme, root.netloc) == (address.scheme, address.netloc) and (
            posixpath.normpath(address.path).startswith(folder)
        )
        if not is_inside or address.query or address.path.endswith("/"):
            raise InputError(
                "The object is not in the folder that GEOSERVICE_OBJECT_STORE names. Rows of "
                "students are read and written only there."
            )

    @contextmanager
    def _opened(self, url: str) -> Iterator[tuple[Any, str]]:
        """Yield the store and the path of an object in it."""
        self.refuse_foreign(url)
        address = urlsplit(url)._replace(query=urlsplit(self.root).query)
        try:
            yield fs.FileSystem.from_uri(urlunsplit(address))
        except FileNotFoundError as fault:
            raise InputError("The object store has no such file. Check the name of IN.") from fault
        # Messages of the store may hold its keys and names of files.
        except (OSError, ArrowException) as fault:
            raise StorageError(
                "The object store does not answer, or refuses access. Check "
                "GEOSERVICE_OBJECT_STORE "
                "and the keys of the store."
            ) from fault
