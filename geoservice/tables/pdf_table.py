"""A long table as PDF on letter paper, landscape.

It is written directly, as drawing thousands of lines takes minutes.
The texts are real texts in the standard font Helvetica (PDF 1.4, ISO 32000-1 annex D.2,
WinAnsiEncoding); letters that it lacks are printed as ``?``.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

_WIDTH, _HEIGHT, _EDGE = 792.0, 612.0, 36.0
_LINE = 11.0
_POINTS = 7.5
_HEAD_LINES = 4
_LETTER = 0.5
"""Mean width of a letter of Helvetica in ems, a little more than that of mixed text."""
LINES_PER_PAGE = int((_HEIGHT - 2 * _EDGE) / _LINE) - _HEAD_LINES


@dataclass(frozen=True)
class Column:
    """A column of a printed table: its name, its heading, and its share of the width."""

    name: str
    heading: str
    share: float


def pdf_table(title: str, table: pl.DataFrame, columns: Sequence[Column]) -> bytes:
    """The table as a PDF; cells too long for their column are cut with a full stop."""
    texts = table.select(pl.col(column.name).cast(pl.String).fill_null("") for column in columns)
    rows = texts.rows()
    starts = range(0, max(len(rows), 1), LINES_PER_PAGE)
    total = len(starts)
    pages = [
        _page(f"{title}, page {number} of {total}", rows[start : start + LINES_PER_PAGE], columns)
        for number, start in enumerate(starts, 1)
    ]
    return _document(title, pages)


def _page(title: str, rows: Sequence[tuple[str, ...]], columns: Sequence[Column]) -> bytes:
    lines = [(title,), (), tuple(column.heading for column in columns), *rows]
    starts = _starts(columns)
    commands = ["BT"]
    for number, cells in enumerate(lines):
        font = "/F2" if number < _HEAD_LINES - 1 else "/F1"
        y = _HEIGHT - _EDGE - (number + 1) * _LINE
        for place, cell in enumerate(cells):
            room = _WIDTH if len(cells) == 1 else starts[place + 1] - starts[place]
            text = _fitted(cell, room)
            commands.append(
                f"{font} {_POINTS} Tf 1 0 0 1 {starts[place]:.1f} {y:.1f} Tm ({text}) Tj"
            )
    return "\n".join([*commands, "ET"]).encode("cp1252", "replace")


def _starts(columns: Sequence[Column]) -> list[float]:
    total = sum(column.share for column in columns)
    starts = [_EDGE]
    for column in columns:
        starts.append(starts[-1] + (_WIDTH - 2 * _EDGE) * column.share / total)
    return starts


def _fitted(text: str, room: float) -> str:
    most = max(int(room / (_POINTS * _LETTER)) - 1, 1)
    cut = text if len(text) <= most else f"{text[: most - 1]}."
    return cut.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _document(title: str, pages: Sequence[bytes]) -> bytes:
    """The objects of the file, and the table of their places."""
    fonts = "/F1 3 0 R /F2 4 0 R"
    first = 6
    kids = " ".join(f"{first + 2 * at} 0 R" for at in range(len(pages)))
    name = title.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({name}) >>".encode("cp1252", "replace"),
    ]
    for at, page in enumerate(pages):
        content = zlib.compress(page)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH:g} {_HEIGHT:g}] /Resources "
            f"<< /Font << {fonts} >> >> /Contents {first + 2 * at + 1} 0 R >>".encode()
        )
        head = f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + content + b"\nendstream")
    return _with_places(objects)


def _with_places(objects: Sequence[bytes]) -> bytes:
    parts, places = [b"%PDF-1.4\n"], []
    size = len(parts[0])
    for number, body in enumerate(objects, 1):
        places.append(size)
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        size += len(parts[-1])
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    parts.append(
        f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<< /Size {count} /Root 1 0 R "
        f"/Info 5 0 R >>\nstartxref\n{size}\n%%EOF\n".encode()
    )
    return b"".join(parts)
