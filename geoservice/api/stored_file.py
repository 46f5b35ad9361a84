"""An opened file as an answer: whole, or the one range of it that was asked for."""

import os
import re
from collections.abc import Iterator
from typing import IO

from fastapi import Request
from fastapi.responses import StreamingResponse

_BLOCK_BYTES = 1 << 18
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class StoredFile(StreamingResponse):
    """Serves a file that is open already, so that nobody can exchange or erase it meanwhile; closes it at the end."""

    def __init__(self, request: Request, stream: IO[bytes], media_type: str, name: str) -> None:
        size = os.fstat(stream.fileno()).st_size
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        wanted = _range(request.headers.get("range", ""), size)
        self._stream = stream
        if wanted is None:
            start, end, status = 0, size, 200
        elif wanted[0] >= wanted[1]:
            start, end, status = 0, 0, 416
            headers["Content-Range"] = f"bytes */{size}"
        else:
            (start, end), status = wanted, 206
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        headers["Content-Length"] = str(end - start)
        super().__init__(_blocks(stream, start, end), status, headers, media_type)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Start and end of a range of bytes, empty where it lies behind the file; None for all of it.

    Several ranges are answered with all of it, as RFC 9110 allows.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


def _blocks(stream: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with stream:
        stream.seek(start)
        left = end - start
        while left > 0:
            block = stream.read(min(_BLOCK_BYTES, left))
            if not block:
                return
            left -= len(block)
            yield block
