"""Fonts of a PDF: the part that a text needs is cut out of a font once, and embedded again from what is kept.

Cutting a font takes a tenth of a second; the reports of a pack, and the pictures of a map, need the same characters.
"""

# mypy: disable-error-code="no-untyped-call,misc"
# matplotlib does not annotate its file.

from collections.abc import Mapping
from typing import Any, NamedTuple

from matplotlib.backends.backend_pdf import PdfFile, Reference
from matplotlib.font_manager import FontPath
from matplotlib.ft2font import FT2Font

_MOST_FONTS = 32
_USUAL = "".join(map(chr, range(0x20, 0x7F)))
_FONTS: dict[tuple[Any, ...], "_Font"] = {}


class _Object(NamedTuple):
    """What is written under a number: an object, or the bytes of a stream with its dictionary."""

    number: int
    content: Any
    stream: bytes | None = None


class _Font(NamedTuple):
    """A font as a file holds it: its objects, all their numbers ascending, and the one that stands for the font."""

    objects: tuple[_Object, ...]
    numbers: tuple[int, ...]
    first: int


class FontedFile(PdfFile):
    """A PDF that writes fonts which are known to the process without making them."""

    _objects: list[_Object] | None = None

    def coded(self, font: FT2Font, characters: str, glyph: int) -> tuple[int, int]:
        """Part of the font, and code in it, of a glyph; the usual characters are in it too, so that texts share a font."""
        tracker = self._character_tracker
        if FontPath(str(font.fname), font.face_index) not in tracker.used:
            for one in _USUAL:
                tracker.track_glyph(font, one, font.get_char_index(ord(one)))
        part, code = tracker.track_glyph(font, characters, glyph)
        return part, code

    def embedTTF(
        self, filename: FontPath, subset_index: int, charmap: Mapping[int, int]
    ) -> Reference:
        """Embed the part of a font that is used; the answer stands for it."""
        glyphs = tuple(sorted(charmap.items()))
        said = tuple(self._character_tracker.subset_to_unicode(filename, subset_index, one) for one, _ in glyphs)  # fmt: skip
        key = (str(filename), filename.face_index, subset_index, glyphs, said)
        if key in _FONTS:
            return self._again(_FONTS[key])
        objects: list[_Object] = []
        self._objects = objects
        reference: Reference = super().embedTTF(filename, subset_index, charmap)
        self._objects = None
        if len(_FONTS) >= _MOST_FONTS:
            _FONTS.clear()
        _FONTS[key] = _Font(
            tuple(objects), tuple(sorted(one.number for one in objects)), reference.id
        )
        return reference

    def writeObject(self, object: Reference, contents: Any) -> None:  # noqa: ANN401 - matplotlib's names
        """Write an object."""
        if self._objects is not None:
            self._objects.append(_Object(object.id, contents))
        super().writeObject(object, contents)

    def outputStream(self, ref: Reference, data: bytes, *, extra: Any = None) -> None:  # noqa: ANN401 - matplotlib's names
        """Write a stream."""
        if self._objects is not None:
            self._objects.append(_Object(ref.id, extra, data))
        super().outputStream(ref, data, extra=extra)

    def _again(self, font: _Font) -> Reference:
        """Write a font's objects under the numbers that they would have, were they made anew."""
        new = {number: self.reserveObject("font") for number in font.numbers}
        for one in font.objects:
            content = _renumbered(one.content, new)
            if one.stream is None:
                self.writeObject(new[one.number], content)
            else:
                self.outputStream(new[one.number], one.stream, extra=content)
        found: Reference = new[font.first]
        return found


def _renumbered(content: Any, new: Mapping[int, Reference]) -> Any:  # noqa: ANN401 - matplotlib's objects
    if isinstance(content, Reference):
        return new[content.id]
    if isinstance(content, dict):
        return {key: _renumbered(one, new) for key, one in content.items()}
    if isinstance(content, list):
        return [_renumbered(one, new) for one in content]
    return content
