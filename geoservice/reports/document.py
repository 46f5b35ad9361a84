"""A document as tagged PDF: sections of headings, paragraphs, tables, lists and pictures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any

from geoservice.cartography.picture.row_headings import with_row_headings
from geoservice.cartography.picture.text import clean
from geoservice.cartography.picture.typeset import typeset
from geoservice.reports.texts import ReportTexts

Block = Mapping[str, Any]
"""A part of a section as the template reads it; ``kind`` names its look."""
_BODY, _SMALL = 9.0, 8.0
_MOST_COLUMNS = 7
"""A page of letter paper has room for so many columns; wider tables are parted."""


@dataclass(frozen=True)
class Section:
    """A heading and its content."""

    heading: str
    blocks: tuple[Block, ...]
    level: int = 2
    new_page: bool = False
    listed: bool = True


@dataclass(frozen=True)
class About:
    """Metadata of a document: title, description, profile, and the footer of each page."""

    lang: str
    title: str
    description: str
    profile: str
    running: str


@dataclass(frozen=True)
class PrintedTable:
    """A table as texts.

    Attributes
    ----------
    numeric
        Whether each column is set to the right.
    fills
        Colours of the ground and of the text of each cell; empty for a table without colours.
    marked
        Indices of the rows of the report's own area.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    caption: str = ""
    fills: tuple[tuple[tuple[str, str], ...], ...] = ()
    marked: tuple[int, ...] = ()


@dataclass
class Pictures:
    """The pictures of a document by name."""

    svgs: dict[str, bytes] = field(default_factory=dict)

    def block(self, svg: bytes, alternative: str, caption: str = "") -> Block:
        """Return the block of a picture."""
        name = f"picture-{len(self.svgs)}.svg"
        self.svgs[name] = svg
        return {"kind": "picture", "name": name, "alternative": alternative, "caption": caption}


def document_pdf(about: About, sections: Iterable[Section], pictures: Pictures) -> bytes:
    """Return a document as PDF; equal content gives equal bytes."""
    data = {
        "lang": about.lang,
        "title": about.title,
        "description": about.description,
        "author": f"geoservice, {about.profile}",
        "keywords": f"release profile {about.profile}",
        "running": about.running,
        "page": ReportTexts(about.lang)("page", page="").strip(),
        "sections": [asdict(section) for section in sections],
    }
    template = (files(__package__) / "document.typ").read_text("utf-8")
    return with_row_headings(typeset(template, _cleaned(data), pictures.svgs))


def paragraph(
    text: str, *, size: float = _BODY, soft: bool = False, bold: bool = False
) -> tuple[Block, ...]:
    """Return a paragraph, or nothing for an empty text."""
    if not text:
        return ()
    return ({"kind": "paragraph", "text": text, "size": size, "soft": soft, "bold": bold},)


def small(text: str) -> tuple[Block, ...]:
    """Return a paragraph of small soft type, or nothing for an empty text."""
    return paragraph(text, size=_SMALL, soft=True)


def table_blocks(table: PrintedTable) -> tuple[Block, ...]:
    """Return a table; of many columns several, each with the first column."""
    if not table.rows:
        return ()
    further = range(1, len(table.heads))
    parts = -(-len(further) // (_MOST_COLUMNS - 1)) or 1
    step = -(-len(further) // parts) or 1
    blocks = []
    for part in range(parts):
        columns = [0, *further[part * step : (part + 1) * step]]
        blocks.append(
            {
                "kind": "table",
                "caption": table.caption if part == 0 else "",
                "heads": _picked(table.heads, columns),
                "numeric": _picked(table.numeric, columns),
                "rows": [_picked(row, columns) for row in table.rows],
                "fills": [_picked(row, columns) for row in table.fills],
                "marked": list(table.marked),
            }
        )
    return tuple(blocks)


def entries_block(kind: str, entries: Sequence[Any]) -> Block:
    """Return a list: ``numbered`` of texts, ``definitions`` of pairs, ``tiles`` of numbers."""
    return {"kind": kind, "tiles" if kind == "tiles" else "entries": list(entries)}


def _picked(cells: Sequence[Any], columns: Sequence[int]) -> list[Any]:
    return [cells[column] for column in columns]


def _cleaned(content: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the content with texts that the type can print."""
    if isinstance(content, str):
        return clean(content)
    if isinstance(content, Mapping):
        return {key: _cleaned(entry) for key, entry in content.items()}
    if isinstance(content, list | tuple):
        return [_cleaned(entry) for entry in content]
    return content
