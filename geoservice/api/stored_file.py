"""Serve an opened file, in full or as a byte range."""

import os
import re
from collections.abc import Iterator
from typing import IO

from fastapi import Request
from fastapi.responses import StreamingResponse

_BLOCK_BYTES = 1 << 18
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class StoredFile(StreamingResponse):
    """Serves an opened file and closes it at the end.

    An open file can be neither replaced nor erased during the answer.
    """

    def __init__(self, request: Request, stream: IO[bytes], media_type: str, name: str) -> None:
        size = os.fstat(stream.fileno()).st_size
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        requested = _range(request.headers.get("range", ""), size)
        self._stream = stream
        if requested is None:
            start, end, status = 0, size, 200
        elif requested[0] >= requested[1]:
            start, end, status = 0, 0, 416
            headers["Content-Range"] = f"bytes */{size}"
        else:
            (start, end), status = requested, 206
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        headers["Content-Length"] = str(end - start)
        super().__init__(_blocks(stream, start, end), status, headers, media_type)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Return the start and end of a byte range; None for the full file.

    The range is empty if it lies behind the end of the file. Several ranges give the full file, as
    RFC 9110 allows.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first_byte, last_byte = match.groups()
    if not first_byte:
        return max(0, size - int(last_byte)), size
    return int(first_byte), min(size, int(last_byte) + 1 if last_byte else size)


def _blocks(stream: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with stream:
        stream.seek(start)
        remaining = end - start
        while remaining > 0:
            block = stream.read(min(_BLOCK_BYTES, remaining))
            if not block:
                return
            remaining -= len(block)
            yield block
