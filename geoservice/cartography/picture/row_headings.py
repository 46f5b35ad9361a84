"""Row headings in the structure of a PDF, which Typst writes as data cells.

Typst tags only the cells of a table's header as headings (TH). Its function for row headings needs
a switch that the Python package does not have. Here the first cell of a row becomes a heading with
the scope of its row (ISO 32000-1, 14.8.4.3.4).
"""

import re

_OBJECT = re.compile(rb"\d+ 0 obj\n")
_ROW = re.compile(rb"<</Type/StructElem/S/TR/P \d+ 0 R/K\[(\d+) 0 R")
_DATA_CELL = re.compile(rb"<</Type/StructElem/S/TD/P (\d+) 0 R")
_HEADING_CELL = rb"<</Type/StructElem/S/TH/P \1 0 R"
_COLUMN_HEADINGS = re.compile(rb"/A\[<</O/Table/Headers\[\([^()]*\)\]>>(\]?)")
"""A data cell's list of its headings. Scopes replace it, because it names no row heading."""
_LINE = 20
"""Bytes of a line of the cross-reference table."""


def with_row_headings(pdf: bytes) -> bytes:
    """Return the PDF with the cell that begins each row of data as the row's heading.

    The file must have a plain cross-reference table and objects in the order of their numbers, as
    Typst writes them.
    """
    table = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    offsets = _offsets(pdf, table)
    bodies = [pdf[start:end] for start, end in zip(offsets, [*offsets[1:], table], strict=True)]
    first_cells = {
        int(match[1]) for body in bodies if (match := _ROW.search(body, 0, 200)) is not None
    }
    tagged = [_tagged(body, number in first_cells) for number, body in enumerate(bodies, start=1)]
    return b"".join([pdf[: offsets[0]], *tagged, _ending(pdf[table:], offsets[0], tagged)])


def _offsets(pdf: bytes, table: int) -> list[int]:
    """Return where each object begins."""
    count = int(pdf[table:].split(maxsplit=3)[2])
    lines = pdf.index(b"0000000000 65535 f", table) + _LINE
    return [
        int(pdf[lines + _LINE * index : lines + _LINE * index + 10]) for index in range(count - 1)
    ]


def _tagged(body: bytes, is_row_heading: bool) -> bytes:
    if _DATA_CELL.search(body, 0, 60) is None:
        return body
    if not is_row_heading:
        return _COLUMN_HEADINGS.sub(lambda match: b"" if match[1] else b"/A[", body)
    heading = _DATA_CELL.sub(_HEADING_CELL, body, count=1)
    return _COLUMN_HEADINGS.sub(rb"/A[<</O/Table/Scope/Row>>\1", heading)


def _ending(ending: bytes, start: int, bodies: list[bytes]) -> bytes:
    """Return the cross-reference table and the trailer for objects of new lengths."""
    lines = ending.index(b"0000000000 65535 f") + _LINE
    offsets = []
    for body in bodies:
        offsets.append(b"%010d 00000 n\r\n" % start)
        start += len(body)
    trailer = ending[ending.index(b"trailer") : ending.rindex(b"startxref")]
    return b"%b%b%bstartxref\n%d\n%%%%EOF" % (ending[:lines], b"".join(offsets), trailer, start)
