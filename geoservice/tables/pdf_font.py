"""DejaVu Sans in a PDF: the letters that a document uses, with their widths and characters."""

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import matplotlib
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from geoservice.tables.pdf_file import PdfFile

_MISSING = "?"
_EMS = 1000
"""Units of an em in a PDF."""
_SYMBOLIC = 4
"""A font descriptor's flag for a font with letters beyond the Latin standard set."""
_STEM, _CAP_HEIGHT = 80, 729
"""Width of a stem and height of capitals of DejaVu Sans, which the font does not state."""
_MAX_BLOCK = 100
"""Lines of a block of a character map, at most (ISO 32000-1, 9.10.3)."""


class PdfFont:
    """A font with the letters of some texts. Letters that it does not have print as ``?``."""

    def __init__(self, file: str, characters: Iterable[str]) -> None:
        path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{file}.ttf"
        font = TTFont(path, recalcTimestamp=False)
        known = font.getBestCmap()
        letters = {ord(letter) for letter in characters} | {ord(_MISSING)}
        options = Options(notdef_outline=True, hinting=False, layout_features=[])
        options.drop_tables += ["FFTM"]
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=sorted(letters & set(known)))
        subsetter.subset(font)
        self._name, self._font = file, font
        names = font.getBestCmap()
        scale = _EMS / font["head"].unitsPerEm
        glyphs = {code: font.getGlyphID(name) for code, name in names.items()}
        self._glyphs = dict(sorted(glyphs.items()))
        self._widths: dict[int, float] = {
            code: font["hmtx"][name][0] * scale for code, name in names.items()
        }
        self._scale = scale
        missing = {code: ord(_MISSING) for code in letters - set(names)}
        self._codes = {
            code: f"{self._glyphs[missing.get(code, code)]:04x}" for code in sorted(letters)
        }
        self.width = lru_cache(maxsize=None)(self._width)

    def encoded(self, text: str) -> str:
        """Return a text as a string of glyph numbers."""
        return f"<{text.translate(self._codes)}>"

    def _width(self, text: str) -> float:
        """Return the width of a text in ems."""
        missing = self._widths[ord(_MISSING)]
        return sum(self._widths.get(ord(letter), missing) for letter in text) / _EMS

    def add_to(self, file: PdfFile) -> int:
        """Add the font's objects to a file and return the number of the font."""
        stream = io.BytesIO()
        self._font.save(stream)
        data = stream.getvalue()
        program = file.add_stream(data, f"/Length1 {len(data)}")
        head, lines = self._font["head"], self._font["hhea"]
        box = [head.xMin, head.yMin, head.xMax, head.yMax]
        corners = " ".join(f"{side * self._scale:.0f}" for side in box)
        descriptor = file.add(
            f"<</Type/FontDescriptor/FontName/GEOSRV+{self._name}/Flags {_SYMBOLIC}"
            f"/FontBBox[{corners}]/ItalicAngle 0/StemV {_STEM}"
            f"/Ascent {lines.ascent * self._scale:.0f}/Descent {lines.descent * self._scale:.0f}"
            f"/CapHeight {_CAP_HEIGHT}/FontFile2 {program} 0 R>>"
        )
        widths = " ".join(
            f"{glyph}[{self._widths[code]:.0f}]" for code, glyph in self._glyphs.items()
        )
        letters = file.add(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/GEOSRV+{self._name}/CIDSystemInfo"
            f"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor {descriptor} 0 R"
            f"/CIDToGIDMap/Identity/W[{widths}]>>"
        )
        characters = file.add_stream(_character_map(self._glyphs))
        return file.add(
            f"<</Type/Font/Subtype/Type0/BaseFont/GEOSRV+{self._name}/Encoding/Identity-H"
            f"/DescendantFonts[{letters} 0 R]/ToUnicode {characters} 0 R>>"
        )


def _character_map(glyphs: dict[int, int]) -> bytes:
    """Return the map from glyphs to characters, by which programs read and copy text."""
    lines = [
        f"<{glyph:04x}> <{chr(code).encode('utf-16-be').hex()}>" for code, glyph in glyphs.items()
    ]
    blocks = [lines[start : start + _MAX_BLOCK] for start in range(0, len(lines), _MAX_BLOCK)]
    body = "\n".join(
        f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()
