"""How a text table is written: encoding, delimiter, line ends; told from the file itself."""

import codecs
import gzip
import os
import re
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from geoservice.errors import InputError
from geoservice.tables.head import Head, read_head
from geoservice.tables.header import Header
from geoservice.tables.layout import TO_BE_FOUND, Layout
from geoservice.tables.presence import copy_prefix, remove_copies_of_the_dead

_BLOCK = 1 << 20
_FORMULA = b'="'
"""How spreadsheets write a text that they must not take for a number: ``="0013"``."""
Repeated = Mapping[str, tuple[int, ...]]
"""Places (from 1) of columns of one name, by that name in small letters."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Dialect:
    """What an output must follow to open as its input did.

    ``from_excel`` is true where a byte order mark, semicolons or a Windows code page say that a
    spreadsheet wrote the file: such a file is answered with a byte order mark, so that accents
    survive a double click.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    bom: bool = False
    newline: str = "\n"

    @property
    def from_excel(self) -> bool:
        """True where a spreadsheet program seems to have written the file."""
        return self.bom or self.delimiter == ";" or self.encoding in ("cp1252", "utf-16")


@dataclass(frozen=True)
class TextTable:
    """A text table in UTF-8 on disk that begins with the (last) row of its header.

    ``path`` is the file itself or a private copy of it. ``header`` says where the header stands in the
    user's file; ``has_formulas`` is true where cells may be written as ``="0013"``. ``copies`` is the folder
    for private copies, None for that of the system.
    """

    path: Path
    dialect: Dialect
    columns: tuple[str, ...]
    is_copy: bool
    repeated: Repeated = field(default_factory=dict)
    header: Header | None = None
    has_formulas: bool = False
    copies: Path | None = None


def read_dialect(
    path: Path,
    delimiter: str | None = None,
    encoding: str | None = None,
    layout: Layout = TO_BE_FOUND,
    copies: Path | None = None,
) -> TextTable:
    """Tell encoding, delimiter and columns of a file.

    A private copy in UTF-8 is made of a file in another encoding, of one whose lines end as Macs once
    ended them, and of one that has rows above its header or cells written as formulas.

    ``copies`` is the folder for the copy; else that of the system for temporary files.

    Raises
    ------
    InputError
        Where the file is empty, binary, or holds bytes that no encoding explains.
    """
    search = _FormulaSearch()
    bom, found = _encoding(path, encoding, search)
    is_gzip = path.suffix.lower() == ".gz"
    returns = _ends_lines_with_returns(path, found)
    is_copy = is_gzip or found != "utf-8" or returns
    plain = _copied(path, found, returns, copies) if is_copy else path
    try:
        head = read_head(plain, path.name, delimiter, layout)
        has_formulas = search.result(plain)
        if head.lines_above or has_formulas:
            plain, is_copy = _from_header(plain, head, is_copy, copies), True
    except BaseException:
        if is_copy:
            plain.unlink(missing_ok=True)
        raise
    names = list(head.header.names)
    dialect = Dialect(head.delimiter, found, bom, head.newline)
    return TextTable(
        plain, dialect, unique_names(names), is_copy, repeated_names(names), head.header, has_formulas,
        copies,
    )  # fmt: skip


def unique_names(header: list[str]) -> tuple[str, ...]:
    """Column names made unique: a second ``a`` becomes ``a_2``, an empty one ``column_3``."""
    taken: set[str] = set()
    names = []
    for place, text in enumerate(header, start=1):
        base = text.strip() or f"column_{place}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        names.append(name)
    return tuple(names)


def repeated_names(header: list[str]) -> Repeated:
    """Names that several columns have, whatever their capitals."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(header, start=1):
        if text.strip():
            places[text.strip().lower()].append(place)
    return {name: tuple(some) for name, some in places.items() if len(some) > 1}


class _FormulaSearch:
    """Looks for cells written as formulas while a file is read for another reason, else by itself."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Forget what was read, where a reading did not come to the end."""
        self._is_found = False
        self._was_read = False
        self._last = b""

    def look(self, block: bytes) -> None:
        """Look at the next block of the file."""
        self._was_read = True
        if b"=" in block and not self._is_found:  # One byte is found much faster than two.
            self._is_found = _FORMULA in block
        self._is_found |= self._last == b"=" and block.startswith(b'"')
        self._last = block[-1:]

    def result(self, path: Path) -> bool:
        """True where a file has such cells; it is read where it was not yet."""
        if not self._was_read:
            for block in _blocks(path):
                self.look(block)
        return self._is_found


def _encoding(path: Path, wanted: str | None, search: _FormulaSearch) -> tuple[bool, str]:
    start = next(_blocks(path), b"")[:4]
    if not start:
        raise InputError(f"`{path.name}` is empty: it has not even a header line.")
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1")):
        raise InputError(f"`{path.name}` is no text table. Give it the ending of what it is.")
    for mark, name in _BOMS:
        if start.startswith(mark):
            return True, name
    if wanted:
        return False, _encoding_named(wanted)
    if b"\x00" in start[1::2] and start[0:1] != b"\x00":
        return False, "utf-16-le"
    return False, "utf-8" if _decodes(path, "utf-8", search) else "cp1252"


def _encoding_named(wanted: str) -> str:
    try:
        "".encode(wanted)  # refuses codecs that are not of text
        return codecs.lookup(wanted).name
    except LookupError as fault:
        raise InputError(
            "There is no encoding of the name that --encoding gives. Try utf-8, cp1252 or utf-16."
        ) from fault


def _decodes(path: Path, encoding: str, search: _FormulaSearch) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(path):
            decoder.decode(block)
            search.look(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        search.start_anew()
        return False
    return True


def _ends_lines_with_returns(path: Path, encoding: str) -> bool:
    """True where carriage returns alone end the lines, as in the CSV that Excel calls one for Macintosh."""
    start = next(_blocks(path)).decode(encoding, "ignore")
    return "\r" in start and "\n" not in start


def _copied(path: Path, encoding: str, returns: bool, folder: Path | None) -> Path:
    """A private copy in UTF-8; ``returns``: with line feeds where it has carriage returns."""
    remove_copies_of_the_dead(folder)
    handle, name = tempfile.mkstemp(prefix=copy_prefix(), suffix=".csv", dir=folder)
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    line = 1
    try:
        with os.fdopen(handle, "wb") as target:
            for block in _blocks(path):
                text = decoder.decode(block)
                target.write((text.replace("\r", "\n") if returns else text).encode())
                line += block.count(b"\n")
            target.write(decoder.decode(b"", final=True).encode())
    except UnicodeError as fault:
        Path(name).unlink(missing_ok=True)
        bad = getattr(fault, "object", b"")[: getattr(fault, "start", 0)].count(b"\n")
        raise InputError(
            f"`{path.name}` has a byte near line {line + bad} that is neither UTF-8 nor "
            "Windows-1252. Save the file as UTF-8.",
            line=line + bad,
        ) from fault
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _from_header(plain: Path, head: Head, is_copy: bool, folder: Path | None) -> Path:
    """A private copy that begins with the header; texts written as formulas are plain quoted texts."""
    handle, name = tempfile.mkstemp(prefix=copy_prefix(), suffix=".csv", dir=folder)
    formula = re.compile(rf'(^|{re.escape(head.delimiter)})="')
    try:
        with (
            plain.open(encoding="utf-8-sig", newline="") as source,
            os.fdopen(handle, "w", encoding="utf-8", newline="") as target,
        ):
            for place, line in enumerate(source):
                if place >= head.lines_above:
                    target.write(formula.sub(r'\1"', line) if '="' in line else line)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if is_copy:
        plain.unlink(missing_ok=True)
    return Path(name)


def _blocks(path: Path) -> Iterator[bytes]:
    with _opened(path) as stream:
        try:
            while block := stream.read(_BLOCK):
                yield block
        except (OSError, EOFError, zlib.error) as fault:
            raise InputError(
                f"`{path.name}` cannot be unpacked: it is cut off or damaged."
            ) from fault


def _opened(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        with path.open("rb") as stream:
            if stream.read(2) != b"\x1f\x8b":
                raise InputError(f"`{path.name}` is no gzip file.")
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")
