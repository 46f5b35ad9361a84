"""Uploads of batch jobs: received within limits, checked, and written to disk before acceptance."""

import errno
import hashlib
import os
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from geoservice.batch.job_options import ENCODING, LAYOUT_FIELDS, layout_of, place_options
from geoservice.errors import InputError, StorageError, TooLargeError
from geoservice.model.limits import Limits
from geoservice.model.roles import ROLES
from geoservice.placing.guessed_options import with_guessed_parts
from geoservice.placing.options import resolve
from geoservice.state.claims import LOW, NORMAL, PRIORITY
from geoservice.tables.bombs import refuse_bomb
from geoservice.tables.durable import sync_folder
from geoservice.tables.layout import header_row_of
from geoservice.tables.reading import open_table
from geoservice.tables.workbook import SHEET_ENDINGS

_INPUTS = (".csv", ".tsv", ".txt", *SHEET_ENDINGS, ".parquet", ".gz")
_OTHERS = ("allow", ENCODING, PRIORITY)
"""Options that are neither columns nor places of a table."""
_LONGEST_PURPOSE = 200
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Upload:
    """A file on disk: its name there, its length, and its SHA-256."""

    file: str
    size_bytes: int
    sha256: str


def receive(stream: IO[bytes], name: str, folder: Path, limits: Limits) -> Upload:
    """Write a file into a folder and sync both.

    Raises
    ------
    InputError
        If the file is of another kind or larger than the limit.
    StorageError
        If there is no room for it.
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
                        f"The file is larger than {limits.max_upload_bytes:,} bytes. "
                        "Send it in parts."
                    )
                sink.write(block)
                digest.update(block)
            sink.flush()
            os.fsync(sink.fileno())
        sync_folder(folder)
    except OSError as fault:
        raise _storage_fault(fault) from fault
    return Upload(file, size_bytes, digest.hexdigest())


@dataclass(frozen=True)
class CheckedTable:
    """A table that can be read.

    Attributes
    ----------
    notes
        Sentences that say where in the file the table is, unless it begins in the first row.
    guesses
        Columns by role that the form does not name, of an address in parts.
    """

    notes: list[str]
    guesses: dict[str, str]


def check_upload_table(
    path: Path, options: dict[str, Any], limits: Limits, *, is_guessed: bool = False
) -> CheckedTable:
    """Check an upload as a table before the job is accepted: its kind, size and columns.

    With ``is_guessed`` the columns are not checked, because some are still to be guessed.

    Raises
    ------
    InputError
        Names what is wrong; never a cell.
    """
    try:
        refuse_bomb(path, path.name, limits.max_unpacked_bytes, limits.max_unpacked_ratio)
        checked = _checked_table(path, options, limits, is_guessed)
    except InputError as fault:
        # The user does not know the file by its name here.
        raise type(fault)(fault.detail.replace(f"`{path.name}`", "The file")) from fault
    notes = [note.replace(f"`{path.name}`", "The file") for note in checked.notes]
    return replace(checked, notes=notes)


def named_by_sender(fault: InputError, folder: Path) -> InputError:
    """Return the fault without the names that the upload has in its folder.

    The sender knows the file by another name.
    """
    detail = fault.detail
    for path in folder.iterdir():
        detail = detail.replace(f"`{path.name}`", "The file")
    return type(fault)(detail, **fault.extras)


def _checked_table(
    path: Path, options: dict[str, Any], limits: Limits, is_guessed: bool
) -> CheckedTable:
    place = layout_of(options)
    encoding = options.get(ENCODING)
    with open_table(path, encoding=encoding, layout=place, copies=path.parent) as table:
        if len(table.columns) > limits.max_columns:
            raise TooLargeError(
                f"The file has {len(table.columns):,} columns, and at most "
                f"{limits.max_columns:,} are read. Leave some out."
            )
        table.refuse_nested()
        if is_guessed:
            return CheckedTable(table.notes, {})
        named = place_options(options)
        guessed = with_guessed_parts(named, table.columns, table.first_rows)
        table.refuse_repeated(resolve(guessed, table.columns).columns)
        guesses = {
            role: getattr(guessed, role)
            for role in ROLES
            if getattr(named, role) is None and getattr(guessed, role) is not None
        }
        return CheckedTable(table.notes, guesses)


def options_of(form: dict[str, str]) -> dict[str, Any]:
    """Return the options of a job from the fields of its form.

    Raises
    ------
    InputError
        If a field is no option.
    """
    strange = sorted(set(form) - {*ROLES, *LAYOUT_FIELDS, *_OTHERS, "replace"})
    if strange:
        names = ", ".join((*ROLES, *LAYOUT_FIELDS, *_OTHERS))
        raise InputError(f"Unknown option. Options are: region, {names}, replace, purpose.")
    named: dict[str, Any] = {key: value for key, value in form.items() if value and key in ROLES}
    header_row = header_row_of(form.get("header_row"))
    named |= {"header_row": header_row} if header_row is not None else {}
    named |= {"sheet": form["sheet"]} if form.get("sheet", "").strip() else {}
    named |= {ENCODING: form[ENCODING]} if form.get(ENCODING, "").strip() else {}
    named |= _priority_of(form.get(PRIORITY, ""))
    allow = [kind.strip() for kind in form.get("allow", "").split(",") if kind.strip()]
    named |= {"allow": allow} if allow else {}
    return {**named, "replace": form.get("replace", "").lower() in ("1", "true", "yes")}


def _priority_of(text: str) -> dict[str, str]:
    if text not in ("", LOW, NORMAL):
        raise InputError(f"A `priority` is {LOW} or {NORMAL}.")
    return {PRIORITY: LOW} if text == LOW else {}


def purpose_of(text: str) -> str:
    """Return a purpose for the record of disclosures, on one line.

    Raises
    ------
    InputError
        If it is longer than a line.
    """
    purpose = " ".join(text.split())
    if len(purpose) > _LONGEST_PURPOSE:
        raise InputError(f"A `purpose` has at most {_LONGEST_PURPOSE} characters.")
    return purpose


def shown_name(name: str) -> str:
    """Return a file name for its owner's list of jobs: no folder, no control sign, not long."""
    base = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in base if not unicodedata.category(sign).startswith("C"))
    return " ".join(plain.split())[:_LONGEST_NAME]


def _suffix(name: str) -> str:
    """Return the ending by which the file is read, such as ``.csv.gz``."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    ending = suffixes[-1] if suffixes else ""
    if ending == ".gz":
        ending = "".join(suffixes[-2:])
        if ending not in (".csv.gz", ".tsv.gz", ".txt.gz"):
            raise InputError("A .gz file must hold a text table, as in `students.csv.gz`.")
    elif ending not in _INPUTS:
        raise InputError("Send a .csv, .tsv, .xlsx or .parquet file.")
    return ending


def _storage_fault(fault: OSError) -> StorageError:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError("The disk of the service is full. Ask its operator to make room.")
    return StorageError("The service cannot write the file. Ask its operator to check the disk.")
