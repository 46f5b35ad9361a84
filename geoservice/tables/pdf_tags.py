"""The structure of a PDF of grouped tables: headings, tables, rows, cells, bookmarks, metadata."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from geoservice.tables.pdf_file import PdfFile, references, text_string

_COLUMN, _ROW = "/A<</O/Table/Scope/Column>>", "/A<</O/Table/Scope/Row>>"
_METADATA = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language>
<pdfuaid:part>1</pdfuaid:part></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


class TableTags:
    """The structure tree. Content asks for a mark, and its element is written at once."""

    def __init__(
        self,
        file: PdfFile,
        title: str,
        groups: Sequence[tuple[str, range]],
        heads: Sequence[str],
    ) -> None:
        self._file, self.document_title, self.groups, self._heads = file, title, groups, heads
        self.root, self._document = file.reserve(), file.reserve()
        self._title = file.reserve()
        self._headings = file.reserve(len(groups))
        self._tables = file.reserve(len(groups))
        self._bodies = file.reserve(len(groups))
        self._group_of_row = [group for group, (_, rows) in enumerate(groups) for _ in rows]
        self._size = len(heads) + 1
        self._lines = file.reserve(max(len(self._group_of_row), 1) * self._size)
        self._page = 0
        self._marks: list[int] = []
        self._pages: list[list[int]] = []
        self.heading_pages: list[int] = [0] * len(groups)

    def begin_page(self, page: int) -> None:
        """Begin a page; its content is marked from 0."""
        self._page, self._marks = page, []
        self._pages.append(self._marks)

    def title(self) -> int:
        """Tag the document's title and return its mark."""
        return self._leaf(self._title, "/H1", self._document)

    def group(self, group: int) -> int:
        """Tag a group's heading and return its mark."""
        self.heading_pages[group] = self._page
        return self._leaf(self._headings + group, "/H2", self._document)

    def head(self, group: int) -> list[int]:
        """Tag the head of a group's table and return the mark of each heading."""
        table, body, rows = self._tables + group, self._bodies + group, self.groups[group][1]
        head, line = self._file.reserve(), self._file.reserve()
        cells = self._file.reserve(len(self._heads))
        self._element(table, "/Table", self._document, references([head, body]))
        self._element(head, "/THead", table, references([line]))
        self._element(line, "/TR", head, references(range(cells, cells + len(self._heads))))
        lines = range(self._line(rows.start), self._line(rows.stop), self._size)
        self._element(body, "/TBody", table, references(lines))
        return [
            self._leaf(cell, "/TH", line, _COLUMN)
            for cell in range(cells, cells + len(self._heads))
        ]

    def row(self, row: int, cells: Sequence[str]) -> list[int]:
        """Tag a row and return the mark of each cell that is not empty."""
        marks = []
        line = self._line(row)
        numbers = range(line + 1, line + self._size)
        self._element(line, "/TR", self._bodies + self._group_of_row[row], references(numbers))
        for column, (number, cell) in enumerate(zip(numbers, cells, strict=True)):
            tag, scope = ("/TD", "") if column else ("/TH", _ROW)
            if cell:
                marks.append(self._leaf(number, tag, line, scope))
            else:
                self._file.put(number, f"<</S{tag}/P {line} 0 R{scope}>>")
        return marks

    def finish(self) -> None:
        """Write the root, the document, and the elements of each page by their marks."""
        parts = [self._title]
        for group in range(len(self.groups)):
            parts += [self._headings + group, self._tables + group]
        self._element(self._document, "/Document", self.root, references(parts))
        pages = [self._file.add(references(marks)) for marks in self._pages]
        numbers = " ".join(f"{index} {page} 0 R" for index, page in enumerate(pages))
        parents = self._file.add(f"<</Nums[{numbers}]>>")
        self._file.put(
            self.root,
            f"<</Type/StructTreeRoot/K[{self._document} 0 R]/ParentTree {parents} 0 R"
            f"/ParentTreeNextKey {len(pages)}>>",
        )

    def _line(self, row: int) -> int:
        return self._lines + row * self._size

    def _leaf(self, number: int, tag: str, parent: int, scope: str = "") -> int:
        mark = len(self._marks)
        self._marks.append(number)
        self._file.put(number, f"<</S{tag}/P {parent} 0 R/Pg {self._page} 0 R/K {mark}{scope}>>")
        return mark

    def _element(self, number: int, tag: str, parent: int, kids: str) -> None:
        self._file.put(number, f"<</S{tag}/P {parent} 0 R/K{kids}>>")


def catalog_of(file: PdfFile, tags: TableTags, pages: int, lang: str) -> tuple[int, int]:
    """Add catalog and information of a document; return their numbers."""
    tags.finish()
    title = text_string(tags.document_title)
    metadata = _METADATA.format(title=escape(tags.document_title), lang=lang).encode()
    described = file.add_stream(metadata, "/Type/Metadata/Subtype/XML", compress=False)
    catalog = file.add(
        f"<</Type/Catalog/Pages {pages} 0 R/Lang({lang})/MarkInfo<</Marked true>>"
        f"/StructTreeRoot {tags.root} 0 R/Metadata {described} 0 R"
        f"/ViewerPreferences<</DisplayDocTitle true>>/Outlines {_outlines(file, tags)} 0 R"
        "/PageMode/UseOutlines>>"
    )
    return catalog, file.add(f"<</Title{title}>>")


def _outlines(file: PdfFile, tags: TableTags) -> int:
    """Add a bookmark for each group and return the number of the outline."""
    root, count = file.reserve(), len(tags.groups)
    if not count:
        file.put(root, "<</Type/Outlines/Count 0>>")
        return root
    first_mark = file.reserve(count)
    for index, (name, _) in enumerate(tags.groups):
        before = f"/Prev {first_mark + index - 1} 0 R" if index else ""
        after = f"/Next {first_mark + index + 1} 0 R" if index < count - 1 else ""
        file.put(
            first_mark + index,
            f"<</Title{text_string(name)}/Parent {root} 0 R{before}{after}"
            f"/Dest[{tags.heading_pages[index]} 0 R/XYZ null null null]>>",
        )
    ends = f"/First {first_mark} 0 R/Last {first_mark + count - 1} 0 R"
    file.put(root, f"<</Type/Outlines{ends}/Count {count}>>")
    return root
