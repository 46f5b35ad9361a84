"""Input and output of ``geoservice geocode`` that are not files of this machine."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.tables.object_store import ObjectStore, is_object
from geoservice.tables.presence import copy_prefix

_TABLE = "postgresql:"


def is_remote(options: argparse.Namespace) -> bool:
    """Return True if the input or the output is not a file of this machine."""
    return is_object(options.input) or is_object(options.output) or _is_table(options.output)


@contextmanager
def local_files(options: argparse.Namespace, settings: Settings) -> Iterator[argparse.Namespace]:
    """Yield the options with private files in place of objects and tables.

    The result goes to its object or table when the block ends without a fault.

    Raises
    ------
    InputError
        If an address is not allowed, or with an option that needs files of this machine.
    StorageError
        If the store or the database cannot be reached.
    """
    if options.resume or options.format:
        raise InputError(
            "Object stores and postgresql: cannot be combined with --resume or --format."
        )
    local = argparse.Namespace(**vars(options))
    # The prefix lets the next command remove the rows that a killed command leaves.
    with TemporaryDirectory(prefix=copy_prefix()) as name:
        folder = Path(name)
        deliver = _delivery(options, local, folder, settings)
        if is_object(options.input):
            local.input = str(folder / f"input{_ending(options.input)}")
            _store(settings).fetch(options.input, Path(local.input))
        yield local
        deliver()


def _delivery(
    options: argparse.Namespace, local: argparse.Namespace, folder: Path, settings: Settings
) -> Callable[[], None]:
    """Put a private file in place of the output; return the step that delivers the result."""
    if _is_table(options.output):
        # The driver takes a tenth of a second to load, and few runs need it.
        from geoservice.tables.postgis import PostgisTable

        table = PostgisTable.of(options.output, settings.operations.postgis)
        table.refuse_unusable()
        local.output = str(folder / "results.parquet")
        return lambda: table.write(Path(local.output))
    if is_object(options.output):
        store = _store(settings)
        store.refuse_foreign(options.output)
        local.output = str(folder / f"results{_ending(options.output)}")
        return lambda: store.send(Path(local.output), options.output)
    return lambda: None


def _store(settings: Settings) -> ObjectStore:
    return ObjectStore(settings.operations.object_store)


def _is_table(output: str) -> bool:
    return output.startswith(_TABLE) and not is_object(output)


def _ending(url: str) -> str:
    return "".join(PurePosixPath(urlsplit(url).path).suffixes[-2:])
