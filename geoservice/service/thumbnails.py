"""Thumbnails of the maps of a region: small pictures for the catalogue, kept on disk."""

import hashlib
import io
import os
import threading
from pathlib import Path

from PIL import Image, ImageOps

from geoservice.cartography.figure.choice import Choice
from geoservice.errors import StorageError
from geoservice.model.settings import Settings
from geoservice.reference.snapshot import Reference
from geoservice.service.maps import Maps

WIDTH, HEIGHT = 320, 240
_MAP_ALONE, _WHOLE = "thumbnail", "figure"
"""Sizes of pictures; a matrix is nothing without its headings and legend."""
_COLOURS = 64
_DESIGN = 3
"""Raised with the look of thumbnails, so that kept pictures of the look before are replaced."""


class Thumbnails:
    """Pictures of public maps, drawn at the first request and kept in the data folder.

    A picture is outdated when a byte of its map may have changed; the new picture replaces it.
    """

    def __init__(self, settings: Settings, maps: Maps) -> None:
        self._folder = settings.home / "thumbnails"
        self._maps = maps
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def stamp(self, map_id: str, reference: Reference, lang: str) -> str:
        """Return a text that changes whenever the picture may change."""
        return f"{self._maps.stamp(map_id, reference, Choice(lang=lang))} {_DESIGN}"

    def picture(self, map_id: str, reference: Reference, lang: str) -> bytes:
        """Return the thumbnail of a map with its default choice, as PNG."""
        prefix = f"{reference.info.id}-{map_id}-{lang}-"
        digest = hashlib.blake2b(
            self.stamp(map_id, reference, lang).encode(), digest_size=8
        ).hexdigest()
        path = self._folder / f"{prefix}{digest}.png"
        if path.is_file():
            return path.read_bytes()
        # A catalogue asks for all at once. One at a time leaves room for the map that is opened.
        with self._turn:
            if path.is_file():
                return path.read_bytes()
            content = self._drawn(map_id, reference, lang)
            self._keep(path, prefix, content)
            return content

    def _drawn(self, map_id: str, reference: Reference, lang: str) -> bytes:
        kind = self._maps.drawing(map_id, reference, Choice(lang=lang)).definition.kind
        size = _WHOLE if kind == "matrix" else _MAP_ALONE
        picture = self._maps.export(map_id, "png", reference, Choice(lang=lang), size=size)
        return _shrunk(picture)

    def _keep(self, path: Path, prefix: str, content: bytes) -> None:
        part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            with self._lock:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                part.write_bytes(content)
                outdated = set(self._folder.glob(f"{prefix}*.png")) - {path}
                part.replace(path)
                for old in outdated:
                    old.unlink(missing_ok=True)
        except OSError as fault:
            raise StorageError("The data folder cannot be written.") from fault


def _shrunk(content: bytes) -> bytes:
    """Return a picture in `WIDTH` by `HEIGHT` pixels, with few colours."""
    with Image.open(io.BytesIO(content)) as picture:
        shown = picture.convert("RGB")
        small = ImageOps.pad(shown, (WIDTH, HEIGHT), Image.Resampling.LANCZOS, color="#ffffff")
    target = io.BytesIO()
    small.quantize(_COLOURS).save(target, "png", optimize=True)
    return target.getvalue()
