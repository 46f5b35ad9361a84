"""Cached answers: ETag and 304 before any work, gzip and Brotli, stale-while-revalidate."""

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from fastapi import Request, Response

import geoservice
from geoservice.model.limits import Limits
from geoservice.service.kept import Kept

_LEAST_BYTES = 1_000
_PARTS = (".py", ".js", ".css", ".toml", ".html")
_STALE_S = 300


@dataclass(frozen=True)
class Body:
    """The bytes to send, and their content coding; empty for plain bytes."""

    content: bytes
    coding: str


Bodies = Kept[Body]


@dataclass(frozen=True)
class Caching:
    """How clients and shared caches may store an answer.

    Attributes
    ----------
    public
        True if caches between service and reader may store it.
    max_age_s
        Seconds for which a client need not ask again.
    """

    public: bool = True
    max_age_s: int = 0

    @property
    def header(self) -> str:
        """The value of ``Cache-Control``."""
        scope = "public" if self.public else "private"
        return f"{scope}, max-age={self.max_age_s}, stale-while-revalidate={_STALE_S}"


PRIVATE = Caching(public=False)
"""Only the client itself may store the answer."""


def bodies(most_bytes: int = Limits.max_kept_bytes) -> Bodies:
    """Return an empty store of bodies."""
    return Kept(most_bytes, lambda body: len(body.content))


def kept_answer(
    request: Request,
    store: Bodies,
    stamp: str,
    media_type: str,
    make: Callable[[], bytes],
    *,
    headers: Callable[[], Mapping[str, str]] = dict,
    caching: Caching = Caching(),
) -> Response:
    """Return 304 if the client has the answer of a stamp; else its stored or new bytes.

    Parameters
    ----------
    store
        The store of earlier answers.
    stamp
        Names the snapshot, release, definition and parameters: the answer depends on nothing else.
    make
        Makes the bytes; called once per stamp, even for simultaneous requests.
    headers
        Further headers of an answer with bytes; a 304 does not have them.
    caching
        How clients and shared caches may store the answer.
    """
    digest = hashlib.blake2b(
        f"{build()}\n{media_type}\n{stamp}".encode(), digest_size=12
    ).hexdigest()
    coding = _coding(request.headers.get("accept-encoding", ""))
    common = {
        "Cache-Control": caching.header,
        "ETag": f'"{digest}"',
        "Vary": "Accept-Encoding",
    }
    if _is_known(request.headers.get("if-none-match", ""), digest):
        return Response(status_code=304, headers=common)
    body = _body(store, digest, coding, make)
    if body.coding:
        common |= {"Content-Encoding": body.coding, "ETag": f'"{digest}-{body.coding}"'}
    return Response(body.content, media_type=media_type, headers={**headers(), **common})


@cache
def build() -> str:
    """Return a digest of the program's files: answers of an older program are stale."""
    root = Path(geoservice.__file__).parent
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(root.rglob("*")):
        if path.suffix in _PARTS:
            status = path.stat()
            digest.update(
                f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n".encode()
            )
    return digest.hexdigest()


def _is_known(sent: str, digest: str) -> bool:
    """Return True if a tag of ``If-None-Match`` names these bytes, in any coding."""
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in sent.split(","))
    return any(tag == "*" or tag.split("-")[0] == digest for tag in tags)


def _body(bodies: Bodies, digest: str, coding: str, make: Callable[[], bytes]) -> Body:
    def plain() -> Body:
        return Body(make(), "")

    def packed() -> Body:
        unpacked = bodies.get((digest, ""), plain)
        short = len(unpacked.content) < _LEAST_BYTES
        return unpacked if short else Body(_CODINGS[coding](unpacked.content), coding)

    return bodies.get((digest, coding), packed if coding else plain)


def accepted(header: str) -> list[str]:
    """Return the codings that an ``Accept-Encoding`` header accepts."""
    codings = []
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() and not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", quality):
            codings.append(name.strip())
    return codings


def _coding(header: str) -> str:
    """Return ``br`` or ``gzip`` if the client accepts it, else empty text."""
    offered = accepted(header)
    return next((name for name in _CODINGS if name in offered), "")


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def _brotli(content: bytes) -> bytes:
    packed: bytes = brotli.compress(content, quality=5)
    return packed


_CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}
