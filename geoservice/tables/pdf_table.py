"""A long table as tagged PDF (PDF/UA-1) on letter paper, landscape, with a heading for each group.

The module writes PDF itself: Typst takes about a minute and 9 GB of memory for 100,000 rows.
Reading programs find headings, real tables with headings of columns and rows, and bookmarks. What
a page repeats, its headings and its foot, is marked as an artifact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import polars as pl

from geoservice.tables.pdf_file import PdfFile, references
from geoservice.tables.pdf_font import PdfFont
from geoservice.tables.pdf_tags import TableTags, catalog_of

_WIDTH, _HEIGHT, _EDGE = 792.0, 612.0, 36.0
_LINE, _GAP = 11.0, 4.0
_SIZES = {"title": 12.0, "group": 10.0, "head": 7.0, "row": 7.0, "foot": 7.0}
_FONTS = {"title": "F2", "group": "F2", "head": "F2", "row": "F1", "foot": "F1"}
_FACES = {"F1": "DejaVuSans", "F2": "DejaVuSans-Bold"}
_LINES = int((_HEIGHT - 2 * _EDGE) / _LINE) - 2
"""Lines of a page above its foot."""
_FEWEST = 5
"""A group begins on a page that has room for so many lines: heading, head and some rows."""


@dataclass(frozen=True)
class PrintedColumn:
    """A column of a printed table: its name, its heading, and its share of the width."""

    name: str
    heading: str
    share: float


@dataclass(frozen=True)
class _PageLine:
    """A line of a page; ``index`` is the number of its group or row."""

    kind: str
    index: int = 0
    is_repeated: bool = False


@dataclass
class _PrintedPage:
    """The lines of a page, and the room that is left on it."""

    lines: list[_PageLine] = field(default_factory=list)

    @property
    def room(self) -> int:
        return _LINES - len(self.lines)


def pdf_table(
    title: str, table: pl.DataFrame, columns: Sequence[PrintedColumn], lang: str = "en"
) -> bytes:
    """Return the table as PDF, grouped by the first letter of its first column.

    A text too long for its column is cut on paper; programs read the whole text.
    """
    texts = table.select(pl.col(column.name).cast(pl.String).fill_null("") for column in columns)
    texts = texts.select(pl.all().str.replace_all(r"[\x00-\x1f]", " "))
    groups = _groups(texts.to_series(0).to_list())
    return _TableSetter(title, texts, columns, groups).content(lang)


def _groups(texts: Sequence[str]) -> list[tuple[str, range]]:
    """Return letter and rows of each group; numbers share a group."""
    groups, start = [], 0
    for letter, members in groupby(texts, key=_letter):
        end = start + sum(1 for _ in members)
        groups.append((letter, range(start, end)))
        start = end
    return groups


def _letter(text: str) -> str:
    letter = text[:1].upper()
    return letter if letter.isalpha() else "0–9"


class _TableSetter:
    """Sets the lines on pages, then writes pages and tags."""

    def __init__(
        self,
        title: str,
        texts: pl.DataFrame,
        columns: Sequence[PrintedColumn],
        groups: Sequence[tuple[str, range]],
    ) -> None:
        self._title, self._rows, self._groups = title, texts.rows(), groups
        self._heads = tuple(column.heading for column in columns)
        total = sum(column.share for column in columns)
        self._rooms = [(_WIDTH - 2 * _EDGE) * column.share / total for column in columns]
        distinct = [text for column in texts for text in column.unique()]
        letters = set(f"{title}…0123456789 /–").union(*self._heads, *distinct)
        self._file = PdfFile()
        self._fonts = {name: PdfFont(face, letters) for name, face in _FACES.items()}
        self._cells: dict[tuple[str, str, int], tuple[str, str]] = {}

    def content(self, lang: str) -> bytes:
        """Return the file."""
        sheets = self._sheets()
        tags = TableTags(self._file, self._title, self._groups, self._heads)
        fonts = [f"/{name} {font.add_to(self._file)} 0 R" for name, font in self._fonts.items()]
        resources = self._file.add(f"<</Font<<{''.join(fonts)}>>>>")
        parent, first_page = self._file.reserve(), self._file.reserve(len(sheets))
        for index, sheet in enumerate(sheets):
            tags.begin_page(first_page + index)
            commands = "\n".join(self._commands(sheet, tags, f"{index + 1} / {len(sheets)}"))
            stream = self._file.add_stream(commands.encode("latin-1"))
            self._file.put(
                first_page + index,
                f"<</Type/Page/Parent {parent} 0 R/MediaBox[0 0 {_WIDTH:g} {_HEIGHT:g}]/Tabs/S"
                f"/StructParents {index}/Resources {resources} 0 R/Contents {stream} 0 R>>",
            )
        pages = range(first_page, first_page + len(sheets))
        self._file.put(parent, f"<</Type/Pages/Kids{references(pages)}/Count {len(sheets)}>>")
        return self._file.content(*catalog_of(self._file, tags, parent, lang))

    def _sheets(self) -> list[_PrintedPage]:
        """Return the pages: each repeats the head of a table that it continues."""
        sheets = [_PrintedPage([_PageLine("title"), _PageLine("gap")])]
        for group, (_, rows) in enumerate(self._groups):
            if sheets[-1].room < _FEWEST:
                sheets.append(_PrintedPage())
            sheets[-1].lines += [_PageLine("group", group), _PageLine("head", group)]
            start = rows.start
            while start < rows.stop:  # Over pages of the group.
                if not sheets[-1].room:
                    sheets.append(_PrintedPage([_PageLine("head", group, is_repeated=True)]))
                end = min(start + sheets[-1].room, rows.stop)
                sheets[-1].lines += [_PageLine("row", row) for row in range(start, end)]
                start = end
            if sheets[-1].room:
                sheets[-1].lines.append(_PageLine("gap"))
        return sheets

    def _commands(self, sheet: _PrintedPage, tags: TableTags, page: str) -> Iterator[str]:
        """Yield the drawing commands of a page with their tags."""
        yield "BT"
        for number, line in enumerate(sheet.lines):
            y = _HEIGHT - _EDGE - (number + 1) * _LINE
            if line.kind == "title":
                yield from self._marked(tags.title(), "H1", "title", self._title, y)
            elif line.kind == "group":
                text = self._groups[line.index][0]
                yield from self._marked(tags.group(line.index), "H2", "group", text, y)
            elif line.kind == "head":
                marks = [] if line.is_repeated else tags.head(line.index)
                yield from self._line("head", self._heads, iter(marks), y, line)
            elif line.kind == "row":
                cells = self._rows[line.index]
                yield from self._line("row", cells, iter(tags.row(line.index, cells)), y, line)
        yield from self._foot(page)
        yield "ET"

    def _marked(self, mark: int, tag: str, kind: str, text: str, y: float) -> Iterator[str]:
        yield f"/{tag} <</MCID {mark}>>BDC"
        yield f"/{_FONTS[kind]} {_SIZES[kind]} Tf {self._drawn(kind, text, _EDGE, y)}"
        yield "EMC"

    def _line(
        self, kind: str, cells: Sequence[str], marks: Iterator[int], y: float, line: _PageLine
    ) -> Iterator[str]:
        """Yield the cells of a line; empty cells have nothing to draw."""
        yield f"/{_FONTS[kind]} {_SIZES[kind]} Tf"
        if line.is_repeated:
            yield "/Artifact <</Type/Pagination/Subtype/Header>>BDC"
        x = _EDGE
        for column, (cell, room) in enumerate(zip(cells, self._rooms, strict=True)):
            if cell:
                string, properties = self._cell(kind, cell, column)
                drawn = f"1 0 0 1 {x:.1f} {y:.1f} Tm {string} Tj"
                if line.is_repeated:
                    yield drawn
                else:
                    tag = "TH" if kind == "head" or column == 0 else "TD"
                    yield f"/{tag} <</MCID {next(marks)}{properties}>>BDC {drawn} EMC"
            x += room
        if line.is_repeated:
            yield "EMC"

    def _foot(self, page: str) -> Iterator[str]:
        yield "/Artifact <</Type/Pagination/Subtype/Footer>>BDC"
        yield f"/{_FONTS['foot']} {_SIZES['foot']} Tf"
        yield self._drawn("foot", f"{self._title}, {page}", _EDGE, _EDGE - _GAP)
        yield "EMC"

    def _drawn(self, kind: str, text: str, x: float, y: float) -> str:
        return f"1 0 0 1 {x:.1f} {y:.1f} Tm {self._fonts[_FONTS[kind]].encoded(text)} Tj"

    def _cell(self, kind: str, text: str, column: int) -> tuple[str, str]:
        """Return a cell as the font's string, and its full text as a property if it is cut."""
        key = (kind, text, column)
        if key not in self._cells:
            font = self._fonts[_FONTS[kind]]
            room = (self._rooms[column] - _GAP) / _SIZES[kind]
            cut = _cut(font, text, room)
            full = f"/ActualText<feff{text.encode('utf-16-be').hex()}>" if cut != text else ""
            self._cells[key] = (font.encoded(cut), full)
        return self._cells[key]


def _cut(font: PdfFont, text: str, room: float) -> str:
    """Return the text, cut with an ellipsis if it is wider than its column."""
    if font.width(text) <= room:
        return text
    cut = text
    while cut and font.width(f"{cut}…") > room:
        cut = cut[:-1].rstrip()
    return f"{cut}…"
