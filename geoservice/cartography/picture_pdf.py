"""PDF that screen readers can follow: tagged, with language, title and the figure in words.

matplotlib draws the pages; its file is given the structure that it does not write itself. Text whose artist has a ``gid``
such as ``P/3`` is the paragraph 3 (``H1``, ``H2`` are headings, ``TD/4/1`` a cell of the row 4); all else is decoration. Of
a page that is one figure everything is that figure, and its alternative is what is read.
"""

# mypy: disable-error-code="no-untyped-call,misc,arg-type,attr-defined"
# matplotlib does not annotate its file.

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import Name, Op, Reference, RendererPdf, pdfRepr
from matplotlib.figure import Figure
from matplotlib.font_manager import FontPath, FontProperties
from matplotlib.text import Text

from geoservice.cartography.picture_fonts import FontedFile
from geoservice.cartography.picture_type import Placed, laid_out

_DPI = 150
_CELLS = ("TH", "TD")


class TaggedPdf:
    """A PDF to which pages are added; `content` finishes it."""

    def __init__(self, lang: str, metadata: dict[str, Any]) -> None:
        self._target = io.BytesIO()
        self._file = _TaggedFile(self._target, lang, metadata)

    def add(self, figure: Figure, alternative: str = "") -> None:
        """Add a page: with an alternative one figure, else its tagged texts."""
        figure.dpi = 72
        width, height = figure.get_size_inches()
        self._file.newPage(width, height)
        renderer = MixedModeRenderer(figure, width, height, _DPI,
                                     _TaggedRenderer(self._file, _DPI, height, width))  # fmt: skip
        with self._file.page(alternative):
            figure.draw(renderer)
            renderer.finalize()
        self._file.endStream()

    def content(self) -> bytes:
        """The finished file."""
        self._file.finalize()
        self._file.close()
        return self._target.getvalue()


class _TaggedRenderer(RendererPdf):
    """Marks texts that have a tag."""

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Called before a text is drawn."""
        self.file.begin_text(gid)

    def close_group(self, s: str) -> None:
        """Called after it."""
        self.file.end_text()

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float,
        ismath: bool | str = False, mtext: Text | None = None,
    ) -> None:  # fmt: skip
        """Draw a line of text; what is said again is written again."""
        if angle or ismath or any(one.y for one in laid_out(s, prop.copy())):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        self.check_gc(gc, gc._rgb)
        self.file.output(Op.gsave)
        self.file.output(1, 0, 0, 1, x, y, Op.concat_matrix)
        self.file.write(self.file.said(s, prop.copy()))
        self.file.output(Op.grestore)


class _TaggedFile(FontedFile):
    """matplotlib's file with a tree of structure beside its pages."""

    def __init__(self, target: io.BytesIO, lang: str, metadata: dict[str, Any]) -> None:
        super().__init__(target, metadata=metadata)
        self._lang = lang
        self._tree = self.reserveObject("structure")
        self._document = self.reserveObject("document")
        self._elements: dict[str, _Element] = {}
        self._pages: list[list[Reference]] = []
        self._open: list[str] = []
        self._is_figure = False
        self._said: dict[tuple[str, FontProperties], bytes] = {}

    def said(self, text: str, prop: FontProperties) -> bytes:
        """The operators that show a text from the origin, whose characters become part of the file's fonts."""
        if (text, prop) not in self._said:
            self._said[text, prop] = self._shown(text, prop)
        return self._said[text, prop]

    def _shown(self, text: str, prop: FontProperties) -> bytes:
        lines, size, start = [Op.begin_text.pdfRepr()], prop.get_size_in_points(), 0.0
        coded = [(one, *self.coded(one.font, one.characters, one.glyph))
                 for one in laid_out(text, prop)]  # fmt: skip
        for (font, subset), group in groupby(coded, key=lambda one: (one[0].font, one[1])):
            run = list(group)
            name = self.fontName(FontPath(font.fname, font.face_index), subset)
            lines.append(_operation(name, size, Op.selectfont))
            lines.append(_operation(run[0][0].x - start, 0, Op.textpos))
            start = run[0][0].x
            lines.append(_operation(_kerned(run, size), Op.showkern))
        return b"\n".join([*lines, Op.end_text.pdfRepr(), b""])

    def writeObject(self, object: Reference, contents: Any) -> None:  # noqa: ANN401 - matplotlib's names
        """Write an object; pages know their place in the tree."""
        if isinstance(contents, dict) and contents.get("Type") == Name("Page"):
            contents = {**contents, "StructParents": len(self._pages), "Tabs": Name("S")}
            self._pages.append([])
            self._page = object
        super().writeObject(object, contents)

    @contextmanager
    def page(self, alternative: str) -> Iterator[None]:
        """Mark what is drawn: one figure, or decoration among tagged texts."""
        self._is_figure = bool(alternative)
        if alternative:
            self._begin(f"Figure/{len(self._pages)}", alternative)
        else:
            self.write(b"/Artifact BMC\n")
        yield
        self.write(b"EMC\n")

    def begin_text(self, tag: str | None) -> None:
        """Begin a text that has a tag."""
        self._open.append("" if self._is_figure else tag or "")
        if self._open[-1]:
            self.write(b"EMC\n")
            self._begin(self._open[-1])

    def end_text(self) -> None:
        """End it."""
        if self._open.pop():
            self.write(b"EMC\n/Artifact BMC\n")

    def finalize(self) -> None:
        """Write what is left, the tree of structure among it."""
        self.endStream()
        top = self._write_elements()
        self.writeObject(self._document, {"Type": Name("StructElem"), "S": Name("Document"), "P": self._tree, "K": top})  # fmt: skip
        parents = [part for at, page in enumerate(self._pages) for part in (at, page)]
        self.writeObject(self._tree, {
            "Type": Name("StructTreeRoot"), "K": [self._document], "ParentTree": {"Nums": parents},
            "ParentTreeNextKey": len(self._pages),
        })  # fmt: skip
        self.writeObject(self.rootObject, {
            "Type": Name("Catalog"), "Pages": self.pagesObject, "StructTreeRoot": self._tree,
            "MarkInfo": {"Marked": True}, "Lang": self._lang,
            "ViewerPreferences": {"DisplayDocTitle": True},
        })  # fmt: skip
        super().finalize()

    def _begin(self, tag: str, alternative: str = "") -> None:
        """Begin marked content of the element of a tag, which is made where there is none yet."""
        kind, *path = tag.split("/")
        if tag not in self._elements:
            self._elements[tag] = _Element(kind, path, self.reserveObject("element"), alternative)
        element, marks = self._elements[tag], self._pages[-1]
        element.marks.append((self._page, len(marks)))
        self.write(f"/{kind} <</MCID {len(marks)}>> BDC\n".encode())
        marks.append(element.reference)

    def _write_elements(self) -> list[Reference]:
        """Write all elements; the answer are those under the document, in the order drawn."""
        top: list[Reference] = []
        rows: dict[str, tuple[Reference, list[Reference]]] = {}
        table: tuple[Reference, list[Reference]] | None = None
        for element in self._elements.values():
            parent = self._document
            if element.kind in _CELLS:
                if table is None:
                    table = self.reserveObject("table"), []
                    top.append(table[0])
                if element.path[0] not in rows:
                    rows[element.path[0]] = self.reserveObject("row"), []
                    table[1].append(rows[element.path[0]][0])
                parent = rows[element.path[0]][0]
                element.scope = "Column" if len(rows) == 1 else "Row"
                rows[element.path[0]][1].append(element.reference)
            else:
                top.append(element.reference)
            self._write_element(element, parent)
        if table is not None:
            for row, cells in rows.values():
                self.writeObject(
                    row, {"Type": Name("StructElem"), "S": Name("TR"), "P": table[0], "K": cells}
                )
            self.writeObject(table[0], {"Type": Name("StructElem"), "S": Name("Table"), "P": self._document, "K": table[1]})  # fmt: skip
        return top

    def _write_element(self, element: "_Element", parent: Reference) -> None:
        marks = [{"Type": Name("MCR"), "Pg": page, "MCID": at} for page, at in element.marks]
        content = {"Type": Name("StructElem"), "S": Name(element.kind), "P": parent, "K": marks}
        if element.alternative:
            content["Alt"] = element.alternative
        if element.kind == "TH":
            content["A"] = {"O": Name("Table"), "Scope": Name(element.scope)}
        self.writeObject(element.reference, content)


def _operation(*parts: Any) -> bytes:  # noqa: ANN401 - what matplotlib writes
    return b" ".join(pdfRepr(one) for one in parts)


def _kerned(run: list[tuple[Placed, int, int]], size: float) -> list[float | bytes]:
    """Characters of one font in a row, parted where the font moves the next one."""
    found: list[float | bytes] = []
    text = b""
    for one, _, character in run:
        if one.kern:
            found += [text, -1000 * one.kern / size] if text else [-1000 * one.kern / size]
            text = b""
        text += character.to_bytes(2, "big")
    return [*found, text]


class _Element:
    """One element of the tree: its kind, where it stands, and the marked content it holds."""

    def __init__(self, kind: str, path: list[str], reference: Reference, alternative: str) -> None:
        self.kind, self.path, self.reference = kind, path, reference
        self.alternative = alternative
        self.scope = ""
        self.marks: list[tuple[Reference, int]] = []
