"""Encoding, delimiter and line ends of a text table, detected from its content."""

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
from geoservice.tables.layout import TO_BE_FOUND, TableLayout
from geoservice.tables.presence import copy_prefix, remove_abandoned_copies

_BLOCK = 1 << 20
_FORMULA = b'="'
"""Beginning of a text as a formula, which keeps leading zeros: ``="0013"``."""
Repeated = Mapping[str, tuple[int, ...]]
"""Positions (from 1) of columns with the same name, by name in lower case."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Dialect:
    """Format of an input text table, which the output follows.

    ``from_excel`` is true if a byte order mark, semicolons or a Windows code page show that a
    spreadsheet wrote the file. The output then starts with a byte order mark, so that a double
    click opens it with correct accents.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    bom: bool = False
    newline: str = "\n"

    @property
    def from_excel(self) -> bool:
        """Return whether a spreadsheet seems to have written the file."""
        return self.bom or self.delimiter == ";" or self.encoding in ("cp1252", "utf-16")


@dataclass(frozen=True)
class TextTable:
    """A text table in UTF-8 on disk that begins with the (last) row of its header.

    ``path`` is the user's file or a private copy. ``header`` is the header's position in the user's
    file. ``has_formulas`` is true where cells may be written as ``="0013"``. ``copies`` is the
    folder for private copies; None for the system's temporary folder.
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
    layout: TableLayout = TO_BE_FOUND,
    copies: Path | None = None,
) -> TextTable:
    """Detect encoding, delimiter and columns of a file.

    A file gets a private copy in UTF-8 if it has another encoding, carriage returns as line ends,
    rows above its header, or cells written as formulas. ``copies`` is the folder for the copy; the
    default is the system's temporary folder.

    Raises
    ------
    InputError
        If the file is empty, binary, or has bytes that no encoding explains.
    """
    search = _FormulaSearch()
    bom, encoding_name = _encoding(path, encoding, search)
    is_gzip = path.suffix.lower() == ".gz"
    returns = _ends_lines_with_returns(path, encoding_name)
    is_copy = is_gzip or encoding_name != "utf-8" or returns
    utf8_path = _copied(path, encoding_name, returns, copies) if is_copy else path
    try:
        head = read_head(utf8_path, path.name, delimiter, layout)
        has_formulas = search.result(utf8_path)
        if head.lines_above or has_formulas:
            utf8_path, is_copy = _from_header(utf8_path, head, is_copy, copies), True
    except BaseException:
        if is_copy:
            utf8_path.unlink(missing_ok=True)
        raise
    names = list(head.header.names)
    dialect = Dialect(head.delimiter, encoding_name, bom, head.newline)
    return TextTable(
        utf8_path,
        dialect,
        unique_names(names),
        is_copy,
        repeated_names(names),
        head.header,
        has_formulas,
        copies,
    )


def unique_names(header: list[str]) -> tuple[str, ...]:
    """Return unique column names: a second ``a`` becomes ``a_2``, an empty name ``column_3``."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    names = []
    for place, text in enumerate(header, start=1):
        base = text.strip() or f"column_{place}"
        name, count = base, counts.get(base, 1)
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        counts[base] = count
        names.append(name)
    return tuple(names)


def repeated_names(header: list[str]) -> Repeated:
    """Return names that several columns share; case does not matter."""
    columns_by_name: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(header, start=1):
        if text.strip():
            columns_by_name[text.strip().lower()].append(place)
    return {name: tuple(columns) for name, columns in columns_by_name.items() if len(columns) > 1}


class _FormulaSearch:
    """Search for cells written as formulas, if possible during another pass over the file."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Reset the search after an incomplete pass."""
        self._is_found = False
        self._was_read = False
        self._last = b""

    def look(self, block: bytes) -> None:
        """Look at the next block of the file."""
        self._was_read = True
        if b"=" in block and not self._is_found:  # A search for a single byte is much faster.
            self._is_found = _FORMULA in block
        self._is_found |= self._last == b"=" and block.startswith(b'"')
        self._last = block[-1:]

    def result(self, path: Path) -> bool:
        """Return whether the file has such cells; reads the file if no pass has done so."""
        if not self._was_read:
            for block in _blocks(path):
                self.look(block)
        return self._is_found


def _encoding(path: Path, requested: str | None, search: _FormulaSearch) -> tuple[bool, str]:
    start = next(_blocks(path), b"")[:4]
    if not start:
        raise InputError(f"`{path.name}` is empty: it has no header line.")
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1")):
        raise InputError(
            f"`{path.name}` is not a text table. Give the file the ending of its format."
        )
    for mark, name in _BOMS:
        if start.startswith(mark):
            return True, name
    if requested:
        return False, _encoding_named(requested)
    if b"\x00" in start[1::2] and start[0:1] != b"\x00":
        return False, "utf-16-le"
    return False, "utf-8" if _decodes(path, "utf-8", search) else "cp1252"


def _encoding_named(requested: str) -> str:
    try:
        "".encode(requested)  # refuses codecs that are not of text
        return codecs.lookup(requested).name
    except LookupError as fault:
        raise InputError(
            "The encoding of --encoding is unknown. Try utf-8, cp1252 or utf-16."
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
    """Return whether carriage returns alone end the lines, as in Excel's CSV (Macintosh)."""
    start = next(_blocks(path)).decode(encoding, "ignore")
    return "\r" in start and "\n" not in start


def _copied(path: Path, encoding: str, returns: bool, folder: Path | None) -> Path:
    """Return a private copy in UTF-8; ``returns`` turns carriage returns into line feeds."""
    remove_abandoned_copies(folder)
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


def _from_header(utf8_path: Path, head: Head, is_copy: bool, folder: Path | None) -> Path:
    """Return a private copy that begins with the header.

    Cells written as formulas become quoted texts.
    """
    handle, name = tempfile.mkstemp(prefix=copy_prefix(), suffix=".csv", dir=folder)
    formula = re.compile(rf'(^|{re.escape(head.delimiter)})="')
    try:
        with (
            utf8_path.open(encoding="utf-8-sig", newline="") as source,
            os.fdopen(handle, "w", encoding="utf-8", newline="") as target,
        ):
            for place, line in enumerate(source):
                if place >= head.lines_above:
                    target.write(formula.sub(r'\1"', line) if '="' in line else line)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if is_copy:
        utf8_path.unlink(missing_ok=True)
    return Path(name)


def _blocks(path: Path) -> Iterator[bytes]:
    with _opened(path) as stream:
        try:
            while block := stream.read(_BLOCK):
                yield block
        except (OSError, EOFError, zlib.error) as fault:
            raise InputError(
                f"`{path.name}` cannot be unpacked: it is cut off or damaged. Send it again."
            ) from fault


def _opened(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        with path.open("rb") as stream:
            if stream.read(2) != b"\x1f\x8b":
                raise InputError(
                    f"`{path.name}` is not a gzip file. Compress it again, or give it the ending "
                    "of its format."
                )
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")
