"""Refusal of workbooks whose cells lie too far apart.

The cell reader sets up every cell between the first and the last of a sheet. For a workbook of 5 KB
with two cells in opposite corners that would be 550 GB, and the process would end.
"""

import itertools
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from geoservice.errors import InputError, TooLargeError
from geoservice.tables.binary_sheets import binary_extent, binary_lengths, binary_uses
from geoservice.tables.bombs import ARCHIVE_FAULTS
from geoservice.tables.old_sheets import old_extents
from geoservice.tables.process_limits import ProcessLimits
from geoservice.tables.sheet_places import OdsPlaces, Places, SharedTexts, SheetExtent, XlsxPlaces

ExtentsOf = Callable[[IO[bytes]], list[SheetExtent]]
LengthsOf = Callable[[IO[bytes]], list[int]]
UsesOf = Callable[[IO[bytes], list[int]], list[SheetExtent]]
_MOST_TEXT_BYTES = 600_000_000
"""Texts of all cells; a workbook that has each of its texts once unpacks to no more."""
_END_OF_TEXT = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_TYPED = re.compile(rb"\bt\s*=\s*[\"']s[\"']")
_SHARED = re.compile(rb' t="s"(?: s="[0-9]+")?><v>([0-9]{1,9})</v>')
_MOST_COLUMNS = 16_384
"""Columns of a sheet in spreadsheet programs. Each takes the reader half a millisecond."""
_BLOCK_BYTES = 1 << 22
_LONGEST_TAG = 1 << 16
_CELL = re.compile(rb"[<:]c(?=[\s/>])")
_PLAIN = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"((?: [a-z]="[0-9]+")*/>)?')
"""A cell as spreadsheets write it: column, row, and a third group if it is empty."""


def refuse_vast_sheets(path: Path, name: str) -> None:
    """Refuse a workbook whose sheets have too many cells between the first and the last.

    Raises
    ------
    TooLargeError
        If there are too many; the error names the remedy.
    InputError
        If the file is not the archive that its ending says, or is damaged.
    """
    extents_of = _EXTENTS.get(path.suffix.lower())
    if extents_of is None:
        return
    total = text_bytes = 0
    most = ProcessLimits.most_cells
    try:
        for extent in _extents(path, extents_of):
            total += extent.cells
            text_bytes += extent.text_bytes
            if text_bytes > _MOST_TEXT_BYTES:
                raise TooLargeError(
                    f"`{name}` has long texts in many cells, together more than "
                    f"{_MOST_TEXT_BYTES:,} bytes, which is more than is read. Send it in parts."
                )
            if total > most or extent.columns > _MOST_COLUMNS:
                raise TooLargeError(
                    f"`{name}` has cells down to row {extent.rows:,} and out to column "
                    f"{extent.columns:,}, and at most {most:,} cells and {_MOST_COLUMNS:,} columns "
                    "are read. Delete what lies behind the table, or save the table as .csv."
                )
    except (*ARCHIVE_FAULTS, expat.ExpatError) as fault:
        raise InputError(
            f"`{name}` is no {path.suffix[1:].upper()} file, or it is damaged. Save it again."
        ) from fault


def _extents(path: Path, extents_of: ExtentsOf) -> Iterator[SheetExtent]:
    """Yield the extents in each part, whatever its name: a workbook names the parts of sheets."""
    if extents_of is old_extents:
        with path.open("rb") as stream:
            yield from old_extents(stream)
        return
    cells = 0
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                extents = extents_of(stream)
            cells += sum(extent.cells for extent in extents)
            yield from extents
        if extents_of in _TEXTS:
            yield from _shared_texts(archive, cells, *_TEXTS[extents_of])


def _shared_texts(
    archive: zipfile.ZipFile, cells: int, lengths_of: LengthsOf, uses_of: UsesOf
) -> Iterator[SheetExtent]:
    """Yield the bytes of the texts of each sheet, if they may be too many."""
    lengths: list[int] = []
    for member in archive.infolist():
        with archive.open(member) as stream:
            others = lengths_of(stream)
        if lengths and others:
            # The longest of each number: a part of any name may hold the texts.
            others = [max(pair) for pair in itertools.zip_longest(lengths, others, fillvalue=0)]
        lengths = others or lengths
    if max(lengths, default=0) * cells <= _MOST_TEXT_BYTES:
        return
    for member in archive.infolist():
        with archive.open(member) as stream:
            yield from uses_of(stream, lengths)


def _uses_of_texts(stream: IO[bytes], lengths: list[int]) -> list[SheetExtent]:
    """Return the bytes of a sheet's texts; parse it only if it is written in an unusual way."""
    text_bytes = 0
    for block in _blocks(stream):
        numbers = list(map(int, _SHARED.findall(block)))
        if len(numbers) != len(_TYPED.findall(block)):
            stream.seek(0)
            return _parsed(stream, SharedTexts(lengths))
        text_bytes += sum(lengths[number] for number in numbers if number < len(lengths))
    return [SheetExtent(text_bytes=text_bytes)]


def _lengths_of_texts(stream: IO[bytes]) -> list[int]:
    """Return the bytes between the ends of shared texts, which each text has at most."""
    ends, read_bytes = [0], 0
    for block in _blocks(stream):
        if b"si" in block:
            ends += [read_bytes + end.end() for end in _END_OF_TEXT.finditer(block)]
        read_bytes += len(block)
    return [end - start for start, end in itertools.pairwise(ends)]


def _of_xlsx(stream: IO[bytes]) -> list[SheetExtent]:
    """Return the extent of a sheet; parse it only if its cells are written in an unusual way."""
    extent = SheetExtent()
    for block in _blocks(stream):
        cells = _PLAIN.findall(block)
        if len(cells) != _cells(block, len(cells)):
            stream.seek(0)
            return _parsed(stream, XlsxPlaces())
        extent = extent.around(
            {column for column, _, is_empty in cells if not is_empty},
            {row for _, row, is_empty in cells if not is_empty},
        )
    return [extent]


def _cells(block: bytes, expected: int) -> int:
    """Return the number of cells of any spelling; the slow search is seldom needed."""
    if block.count(b"<c") == expected and b":c" not in block:
        return expected
    return len(_CELL.findall(block))


def _of_ods(stream: IO[bytes]) -> list[SheetExtent]:
    return _parsed(stream, OdsPlaces())


def _of_xlsb(stream: IO[bytes]) -> list[SheetExtent]:
    return [binary_extent(stream)]


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a part block by block, without a cut tag, unless it is very long."""
    pending = b""
    while block := stream.read(_BLOCK_BYTES):
        block = pending + block
        cut = block.rfind(b"<", max(0, len(block) - _LONGEST_TAG))
        pending = block[cut:] if cut > 0 else b""
        yield block[: len(block) - len(pending)]
    yield pending


def _parsed(stream: IO[bytes], places: Places) -> list[SheetExtent]:
    start = stream.read(_LONGEST_TAG).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return []  # A picture, for example.
    stream.seek(0)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = places.start, places.end
    parser.CharacterDataHandler = places.text
    parser.ParseFile(stream)
    return places.extents()


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a workbook declares no document type")


_EXTENTS: dict[str, ExtentsOf] = {
    ".xlsx": _of_xlsx,
    ".xlsm": _of_xlsx,
    ".ods": _of_ods,
    ".xlsb": _of_xlsb,
    ".xls": old_extents,
}
_TEXTS: dict[ExtentsOf, tuple[LengthsOf, UsesOf]] = {
    _of_xlsx: (_lengths_of_texts, _uses_of_texts),
    _of_xlsb: (binary_lengths, binary_uses),
}
"""The lengths of shared texts, and the bytes of their uses; other kinds have them in extents."""
