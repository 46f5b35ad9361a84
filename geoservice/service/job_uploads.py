"""Uploads of batch jobs: received within limits, checked, and on the disk before they are accepted."""

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from geoservice.batch.job_options import LAYOUT_FIELDS, layout_of, place_options
from geoservice.errors import InputError, StorageError, TooLargeError
from geoservice.model.limits import Limits
from geoservice.placing.options import resolve
from geoservice.tables.bombs import refuse_bomb
from geoservice.tables.durable import sync_folder
from geoservice.tables.layout import header_row_of
from geoservice.tables.reading import Table, open_table
from geoservice.tables.workbook import SHEET_ENDINGS

_INPUTS = (".csv", ".tsv", ".txt", *SHEET_ENDINGS, ".parquet", ".gz")
_COLUMNS = ("address", "street", "city", "state", "zip", "grade", "school", "id")
_LONGEST_PURPOSE = 200


@dataclass(frozen=True)
class Upload:
    """A file on the disk: its name there, its length, and its SHA-256."""

    file: str
    size_bytes: int
    sha256: str


def receive(stream: IO[bytes], name: str, folder: Path, limits: Limits) -> Upload:
    """Write a file into a folder and sync both.

    Raises
    ------
    InputError
        Where the file is of another kind or larger than the limit.
    StorageError
        Where there is no room for it.
    """
    file = f"input{_suffix(name)}"
    digest, size_bytes = hashlib.sha256(), 0
    descriptor = os.open(folder / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            while block := stream.read(1 << 20):
                size_bytes += len(block)
                if size_bytes > limits.max_upload_bytes:
                    raise TooLargeError(
                        f"The file is larger than {limits.max_upload_bytes:,} bytes. Send it in parts."
                    )
                sink.write(block)
                digest.update(block)
            sink.flush()
            os.fsync(sink.fileno())
        sync_folder(folder)
    except OSError as fault:
        raise _storage_fault(fault) from fault
    return Upload(file, size_bytes, digest.hexdigest())


def check_upload_table(path: Path, options: dict[str, Any], limits: Limits) -> list[str]:
    """Look at an upload as a table: what its kind, its size or its columns forbid is told before the job is accepted.

    Returns
    -------
    list of str
        Sentences that say where in the file the table was found, where it is not simply the first row.

    Raises
    ------
    InputError
        Names what is wrong; never a cell.
    """
    try:
        refuse_bomb(path, path.name, limits.max_unpacked_bytes, limits.max_unpacked_ratio)
        notes = _check_table(path, options, limits)
    except InputError as fault:
        # The user does not know the file by its name here.
        raise type(fault)(fault.detail.replace(f"`{path.name}`", "The file")) from fault
    return [note.replace(f"`{path.name}`", "The file") for note in notes]


def _check_table(path: Path, options: dict[str, Any], limits: Limits) -> list[str]:
    with open_table(path, layout=layout_of(options), copies=path.parent) as table:
        if len(table.columns) > limits.max_columns:
            raise TooLargeError(
                f"The file has {len(table.columns):,} columns, and at most {limits.max_columns:,} are read. Leave some out."
            )
        _refuse_nested(table)
        table.refuse_repeated(resolve(place_options(options), table.columns).columns)
        return table.notes


def options_of(form: dict[str, str]) -> dict[str, Any]:
    """The options of a job from the fields of its form.

    Raises
    ------
    InputError
        Where a field is no option.
    """
    strange = sorted(set(form) - {*_COLUMNS, *LAYOUT_FIELDS, "replace"})
    if strange:
        known = ", ".join((*_COLUMNS, *LAYOUT_FIELDS))
        raise InputError(f"Unknown option. Options are: region, {known}, replace, purpose.")
    named: dict[str, Any] = {key: value for key, value in form.items() if value and key in _COLUMNS}
    header_row = header_row_of(form.get("header_row"))
    named |= {"header_row": header_row} if header_row is not None else {}
    named |= {"sheet": form["sheet"]} if form.get("sheet", "").strip() else {}
    return {**named, "replace": form.get("replace", "").lower() in ("1", "true", "yes")}


def purpose_of(text: str) -> str:
    """A purpose for the record of disclosures: one line.

    Raises
    ------
    InputError
        Where it is longer than a line.
    """
    purpose = " ".join(text.split())
    if len(purpose) > _LONGEST_PURPOSE:
        raise InputError(f"A `purpose` has at most {_LONGEST_PURPOSE} characters.")
    return purpose


def _suffix(name: str) -> str:
    """The ending by which the file is read; of ``x.csv.gz`` both."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    ending = suffixes[-1] if suffixes else ""
    if ending == ".gz":
        ending = "".join(suffixes[-2:])
        if ending not in (".csv.gz", ".tsv.gz", ".txt.gz"):
            raise InputError("A .gz file must hold a text table, as in `students.csv.gz`.")
    elif ending not in _INPUTS:
        raise InputError("Send a .csv, .tsv, .xlsx or .parquet file.")
    return ending


def _refuse_nested(table: Table) -> None:
    places = [str(place) for place, name in enumerate(table.columns, 1) if name in table.nested]
    if places:
        raise InputError(
            f"Column {', '.join(places[:10])} of the file holds lists or structures. Write plain columns."
        )


def _storage_fault(fault: OSError) -> StorageError:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError("The disk of the service is full. Ask whoever runs it to make room.")
    return StorageError(
        "The service cannot write the file. Ask whoever runs it to look at the disk."
    )
