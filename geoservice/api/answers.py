"""Answers that can be kept: ETag before the work, 304, gzip and br, stale-while-revalidate."""

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
from geoservice.service.kept import Kept

BODY_BUDGET_BYTES = 128_000_000
_LEAST_BYTES = 1_000
_PARTS = (".py", ".js", ".css", ".toml", ".html")
_STALE_S = 300


@dataclass(frozen=True)
class Body:
    """Bytes as they are sent, and the coding that they are in (empty: none)."""

    content: bytes
    coding: str


Bodies = Kept[Body]


def bodies() -> Bodies:
    """An empty store of bodies."""
    return Kept(BODY_BUDGET_BYTES, lambda one: len(one.content))


def kept_answer(
    request: Request, kept: Bodies, stamp: str, media_type: str, make: Callable[[], bytes], *,
    headers: Callable[[], Mapping[str, str]] = dict, public: bool = True, max_age_s: int = 0,
) -> Response:  # fmt: skip
    """The answer named by a stamp: 304 where the client has it, else the kept or made bytes.

    Parameters
    ----------
    stamp
        Changes whenever a byte of the answer may: snapshot, release, definition, parameters.
    make
        Called once per stamp, however many ask at the same time.
    headers
        More headers of a whole answer: they come with the bytes, and not with a 304.
    public
        Whether caches between service and reader may keep it.
    max_age_s
        Seconds for which a client need not ask again.
    """
    digest = hashlib.blake2b(
        f"{build()}\n{media_type}\n{stamp}".encode(), digest_size=12
    ).hexdigest()
    coding = _coding(request.headers.get("accept-encoding", ""))
    scope = "public" if public else "private"
    common = {
        "Cache-Control": f"{scope}, max-age={max_age_s}, stale-while-revalidate={_STALE_S}",
        "ETag": f'"{digest}"',
        "Vary": "Accept-Encoding",
    }
    if _is_known(request.headers.get("if-none-match", ""), digest):
        return Response(status_code=304, headers=common)
    body = _body(kept, digest, coding, make)
    if body.coding:
        common |= {"Content-Encoding": body.coding, "ETag": f'"{digest}-{body.coding}"'}
    return Response(body.content, media_type=media_type, headers={**headers(), **common})


@cache
def build() -> str:
    """Changes with the program: kept answers of an older one are not known again."""
    root = Path(geoservice.__file__).parent
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(root.rglob("*")):
        if path.suffix in _PARTS:
            known = path.stat()
            digest.update(
                f"{path.relative_to(root)} {known.st_size} {known.st_mtime_ns}\n".encode()
            )
    return digest.hexdigest()


def _is_known(sent: str, digest: str) -> bool:
    """True where one of the tags names these bytes, in whatever coding."""
    tags = (one.strip().removeprefix("W/").strip('"') for one in sent.split(","))
    return any(tag == "*" or tag.split("-")[0] == digest for tag in tags)


def _body(bodies: Bodies, digest: str, coding: str, make: Callable[[], bytes]) -> Body:
    def plain() -> Body:
        return Body(make(), "")

    def packed() -> Body:
        found = bodies.get((digest, ""), plain)
        short = len(found.content) < _LEAST_BYTES
        return found if short else Body(_CODINGS[coding](found.content), coding)

    return bodies.get((digest, coding), packed if coding else plain)


def accepted(header: str) -> list[str]:
    """The codings that an ``Accept-Encoding`` names and does not refuse."""
    found = []
    for one in header.lower().split(","):
        name, _, quality = one.partition(";")
        if name.strip() and not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", quality):
            found.append(name.strip())
    return found


def _coding(header: str) -> str:
    """``br`` or ``gzip`` where the client takes it, else empty."""
    offered = accepted(header)
    return next((name for name in _CODINGS if name in offered), "")


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def _brotli(content: bytes) -> bytes:
    packed: bytes = brotli.compress(content, quality=5)
    return packed


_CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}
