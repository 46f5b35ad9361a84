"""Record keys: a secret 64-bit number for each student, the same in every list and every year."""

import hmac
import sys

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.model.digests import HASH
from geoservice.release.protected_counts import mixed

RECORD_KEY = "record_key"
"""Name of the column."""
_IDENTITY = ("year", "grade", "school_id", "geo_status", "x", "y", "typed_zip")
"""What identifies a row of a list that came without student ids."""
_WORD = 8


def with_record_keys(placed: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    """Return placed students with the column ``record_key`` (UInt64).

    The stored ``student`` is an HMAC of the student's id already; a second secret makes the record
    key, so that nobody who reads stored rows knows it. A row without an id is identified by what it
    says and, among rows that say the same, by its place: two lists then agree as far as they say
    the same.

    Parameters
    ----------
    placed
        Columns of `geoservice.model.students`.
    secret
        At least 16 bytes, kept by the service.
    """
    keys = np.zeros(len(placed), dtype=np.uint64)
    has_id = np.zeros(len(placed), dtype=bool)
    if "student" in placed.columns:
        has_id = placed["student"].is_not_null().to_numpy()
        keys[has_id] = _of_ids(placed["student"].filter(pl.Series(has_id)), secret)
    without_id = np.flatnonzero(~has_id)
    if len(without_id):
        keys[without_id] = _of_rows(placed[without_id], secret)
    return placed.with_columns(pl.Series(RECORD_KEY, keys, dtype=pl.UInt64))


def _of_ids(students: pl.Series, secret: bytes) -> NDArray[np.uint64]:
    """Mix both words of each 16-byte HMAC with two secret words."""
    if students.dtype != pl.Binary:
        students = students.cast(pl.String).cast(pl.Binary)
    lengths = students.bin.size()
    if len(students) and (lengths.min() != 2 * _WORD or lengths.max() != 2 * _WORD):
        return _digests(students.to_list(), secret)
    words = np.frombuffer(b"".join(students.to_list()), dtype="<u8").reshape(-1, 2)
    first_secret, second_secret = np.frombuffer(
        hmac.digest(secret, b"words", HASH)[: 2 * _WORD], dtype="<u8"
    )
    return mixed(mixed(words[:, 0] ^ first_secret) ^ words[:, 1] ^ second_secret)


def _of_rows(rows: pl.DataFrame, secret: bytes) -> NDArray[np.uint64]:
    named = [name for name in _IDENTITY if name in rows.columns]
    text = pl.concat_str(
        [pl.col(name).cast(pl.String).fill_null("") for name in named], separator="|"
    )
    numbered = rows.select(text=text).with_columns(
        pl.concat_str("text", pl.int_range(pl.len()).over("text").cast(pl.String), separator="#")
    )
    return _digests([text.encode() for text in numbered["text"]], secret)


def _digests(texts: list[bytes], secret: bytes) -> NDArray[np.uint64]:
    # Over rows: some 0.6 s for a million, of lists without ids only.
    joined = b"".join(hmac.digest(secret, text, HASH)[:_WORD] for text in texts)
    keys = np.frombuffer(joined, dtype="<u8")
    return keys if sys.byteorder == "little" else keys.astype(np.uint64)
