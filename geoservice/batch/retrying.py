"""Retry of a finished job: rows without a match are placed again, others stay as they are."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.job_options import DECISIONS, RETRY
from geoservice.errors import DamagedError
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place, typed_addresses
from geoservice.placing.review import DECISIONS as DECISION_SCHEMA
from geoservice.placing.review import Overrides
from geoservice.reference.snapshot import Reference
from geoservice.tables.durable import sha256_of, write_durably

_CHECKSUMS = "earlier.json"
_DECIDED = "earlier-decisions.parquet"


@dataclass(frozen=True)
class EarlierChunk:
    """A chunk of the earlier job, in the folder of the retry."""

    folder: Path
    number: int

    def rows(self) -> pl.DataFrame:
        """Return the placed rows after a check of their SHA-256."""
        path = _earlier_path(self.folder, self.number)
        checksums = json.loads((self.folder / _CHECKSUMS).read_text("ascii"))
        if not path.is_file() or sha256_of(path) != checksums[self.number]:
            raise DamagedError("The earlier result was damaged on the disk. Send the file again.")
        return pl.read_parquet(path)

    def decisions(self) -> Overrides | None:
        """Return the decisions that the earlier job had; None without decisions."""
        path = self.folder / _DECIDED
        return Overrides(pl.read_parquet(path)) if path.is_file() else None


def files_to_keep(job: Mapping[str, Any]) -> list[str]:
    """Return the names of the files that `keep_earlier` needs, and of a chunk's rows."""
    outputs = [f"out-{chunk['number']:06d}.parquet" for chunk in job["chunks"]]
    decided = job["options"].get(DECISIONS)
    return [job["file"], "in-000000.parquet", *outputs, *([decided["file"]] if decided else [])]


def keep_earlier(job: Mapping[str, Any], source: Path, folder: Path) -> dict[str, Any]:
    """Link the files of a finished job into the folder of its retry; return the retry's options.

    Links are safe: a job's files are replaced, never changed. Parts that differ in length from the
    settings' chunks keep their length.
    """
    chunks = job["chunks"]
    os.link(source / job["file"], folder / job["file"])
    for chunk in chunks:
        name = f"out-{chunk['number']:06d}.parquet"
        os.link(source / name, _earlier_path(folder, chunk["number"]))
    checksums = [chunk["checksum"] for chunk in chunks]
    write_durably(folder / _CHECKSUMS, lambda stream: stream.write(json.dumps(checksums).encode()))
    decided = job["options"].get(DECISIONS)
    if decided:
        os.link(source / decided["file"], folder / decided["file"])
        os.link(source / decided["file"], folder / _DECIDED)
    lineage = {"job": job["id"], "snapshot": job["snapshot"], "chunk_rows": chunks[0]["rows"]}
    return {**job["options"], RETRY: lineage}


def earlier_files(options: Mapping[str, Any], number: int) -> list[str]:
    """Return the names of the earlier job's files that a chunk needs; none without a retry."""
    if RETRY not in options:
        return []
    return [_CHECKSUMS, _DECIDED, _earlier_path(Path(), number).name]


def place_unmatched(
    frame: pl.DataFrame,
    chunk: EarlierChunk,
    chosen: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None,
) -> pl.DataFrame:
    """Place the rows of a chunk that had no match, or whose decision has changed since.

    Raises
    ------
    DamagedError
        If the earlier result of the chunk is not what it was.
    """
    earlier = chunk.rows()
    if len(earlier) != len(frame):
        raise DamagedError("The earlier result has other rows. Send the file again.")
    is_anew = (earlier["geo_status"] != "matched") | _is_decided_anew(
        typed_addresses(frame, chosen), chunk.decisions(), overrides
    )
    anew = place(frame.filter(is_anew), chosen, reference, overrides)
    order = pl.int_range(len(frame), eager=True)
    positions = pl.concat([order.filter(~is_anew), order.filter(is_anew)])
    return pl.concat([earlier.filter(~is_anew), anew])[positions.arg_sort()]


def _earlier_path(folder: Path, number: int) -> Path:
    return folder / f"earlier-{number:06d}.parquet"


def _is_decided_anew(
    texts: pl.DataFrame, earlier: Overrides | None, present: Overrides | None
) -> pl.Series:
    """Return True for each row whose decision differs from the decision of the earlier job."""
    none = Overrides(pl.DataFrame(schema=DECISION_SCHEMA))
    before, now = ((overrides or none).decisions_for(texts) for overrides in (earlier, present))
    differs = [now[name].ne_missing(before[name]) for name in now.columns]
    return differs[0] | differs[1] | differs[2]
