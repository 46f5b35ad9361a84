"""A PDF file of objects. Most objects are packed, so the tags of long tables stay small.

Object streams and the cross-reference stream follow PDF 1.7 (ISO 32000-1, 7.5.7 and 7.5.8).
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import numpy as np

_PER_STREAM = 1000
"""Objects of an object stream."""
_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_FREE, _PLAIN, _PACKED = 0, 1, 2
"""Kinds of entries of a cross-reference stream."""
_LAST_GENERATION = 65_535


class PdfFile:
    """Collects numbered objects and writes them. Equal objects give equal bytes."""

    def __init__(self) -> None:
        self._count = 0
        self._packed: list[tuple[int, bytes]] = []
        self._streams: list[tuple[int, bytes]] = []

    def reserve(self, count: int = 1) -> int:
        """Return the first of ``count`` new object numbers in a row."""
        self._count += count
        return self._count - count + 1

    def put(self, number: int, body: str) -> None:
        """Set the body of an object."""
        self._packed.append((number, body.encode("latin-1")))

    def put_all(self, number: int, bodies: Iterable[str]) -> None:
        """Set the bodies of objects with numbers in a row."""
        encoded = (body.encode("latin-1") for body in bodies)
        self._packed.extend(enumerate(encoded, number))

    def add(self, body: str) -> int:
        """Add an object and return its number."""
        number = self.reserve()
        self.put(number, body)
        return number

    def add_stream(self, content: bytes, entries: str = "", *, compress: bool = True) -> int:
        """Add a stream with further entries of its dictionary and return its number."""
        number = self.reserve()
        self._streams.append((number, _stream(content, entries, compress=compress)))
        return number

    def content(self, catalog: int, info: int) -> bytes:
        """Return the file."""
        parts, places = [_HEAD], np.zeros((self._count + 1, 3), dtype=np.int64)
        places[0] = (_FREE, 0, _LAST_GENERATION)
        size, packs = len(_HEAD), list(self._packs())
        first_pack = self._count + 1
        rows = np.zeros((len(packs) + 1, 3), dtype=np.int64)
        places = np.concatenate([places, rows])
        for index, (numbers, _) in enumerate(packs):
            places[numbers] = [(_PACKED, first_pack + index, slot) for slot in range(len(numbers))]
        bodies = [*self._streams, *((first_pack + i, body) for i, (_, body) in enumerate(packs))]
        for number, body in bodies:
            places[number] = (_PLAIN, size, 0)
            parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
            size += len(parts[-1])
        places[-1] = (_PLAIN, size, 0)
        parts.append(_cross_references(places, catalog, info, _digest(parts)))
        parts.append(b"\nstartxref\n%d\n%%%%EOF\n" % size)
        return b"".join(parts)

    def _packs(self) -> Iterator[tuple[list[int], bytes]]:
        """Yield numbers and body of each object stream."""
        for start in range(0, len(self._packed), _PER_STREAM):
            objects = self._packed[start : start + _PER_STREAM]
            numbers = [number for number, _ in objects]
            lengths = [len(body) + 1 for _, body in objects]
            offsets = accumulate(lengths[:-1], initial=0)
            heads = zip(numbers, offsets, strict=True)
            head = " ".join(f"{number} {offset}" for number, offset in heads).encode() + b"\n"
            content = head + b"\n".join(body for _, body in objects)
            entries = f"/Type/ObjStm/N {len(objects)}/First {len(head)}"
            yield numbers, _stream(content, entries)


def text_string(text: str) -> str:
    """Return a text as a string of PDF, in UTF-16."""
    return f"<feff{text.encode('utf-16-be').hex()}>"


def references(numbers: Iterable[int]) -> str:
    """Return an array of references to objects."""
    return f"[{' '.join(f'{number} 0 R' for number in numbers)}]"


def _stream(content: bytes, entries: str, *, compress: bool = True) -> bytes:
    data = zlib.compress(content, 6) if compress else content
    filtered = "/Filter/FlateDecode" if compress else ""
    head = f"<<{entries}{filtered}/Length {len(data)}>>\nstream\n".encode("latin-1")
    return head + data + b"\nendstream"


def _cross_references(places: np.ndarray, catalog: int, info: int, digest: str) -> bytes:
    """Return the object of the cross-reference stream, which is also the trailer."""
    lines = np.zeros(
        len(places), dtype=np.dtype([("kind", "u1"), ("place", ">u4"), ("slot", ">u2")])
    )
    for column, name in enumerate(("kind", "place", "slot")):
        lines[name] = places[:, column]
    entries = (
        f"/Type/XRef/Size {len(places)}/W[1 4 2]/Root {catalog} 0 R/Info {info} 0 R"
        f"/ID[<{digest}><{digest}>]"
    )
    return b"%d 0 obj\n%b\nendobj" % (len(places) - 1, _stream(lines.tobytes(), entries))


def _digest(parts: Sequence[bytes]) -> str:
    """Return the file's identifier, made of its content."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:32]
