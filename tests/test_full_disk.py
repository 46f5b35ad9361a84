"""A part of a job that does not fit on the disk, at each length that the disk has room for."""

import errno
from contextlib import suppress

import polars as pl
import pytest
from test_workers import small_disk  # noqa: F401

from geoservice.batch.chunk import write_chunk

_PAGE_BYTES = 4096
_COLUMNS, _ROWS = 80, 60


def test_a_full_disk_is_a_full_disk_at_each_byte_of_a_part(small_disk):  # noqa: F811
    frame = pl.DataFrame(
        {
            f"column_{number}": [f"{row * number:x}" for row in range(_ROWS)]
            for number in range(_COLUMNS)
        }
    )
    target, filler = small_disk / "out.parquet", small_disk / "filler"
    write_chunk(frame, target)
    pages = target.stat().st_size // _PAGE_BYTES
    assert pages > 5
    target.unlink()
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(_PAGE_BYTES))
    for _ in range(pages):
        with pytest.raises(OSError, match="No space") as fault:
            write_chunk(frame, target)
        assert fault.value.errno == errno.ENOSPC
        assert list(small_disk.iterdir()) == [filler]
        with filler.open("r+b") as stream:
            stream.truncate(filler.stat().st_size - _PAGE_BYTES)
