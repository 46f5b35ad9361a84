"""Files of more than a million rows, which are geocoded as jobs of the ledger."""

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.job_options import ENCODING, LAYOUT_FIELDS, SELF_WRITTEN
from geoservice.model.digests import digest_of
from geoservice.service.geocode_task import GeocodeTask
from geoservice.tables.reading import TEXT_ENDINGS

LARGE_ROWS = 1_000_000
"""Files of more rows go through the ledger."""
_BLOCK_BYTES = 1 << 22


def is_large(path: Path) -> bool:
    """Return True if a file has more than `LARGE_ROWS` rows; in text files, lines are counted."""
    packed = path.suffix.lower() == ".gz"
    ending = (path.with_suffix("") if packed else path).suffix.lower()
    if not path.is_file():
        return False
    if ending == ".parquet":
        return _parquet_rows(path) > LARGE_ROWS
    if ending not in TEXT_ENDINGS:
        return False
    lines = 0
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            while (block := stream.read(_BLOCK_BYTES)) and lines <= LARGE_ROWS + 1:
                lines += block.count(b"\n")
    except (OSError, EOFError):
        return False  # The reader tells what is wrong with the task.
    return lines > LARGE_ROWS + 1


def _parquet_rows(path: Path) -> int:
    try:
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    except pl.exceptions.PolarsError:
        return 0  # The reader tells what is wrong with the file.


def run_key(task: GeocodeTask, region: str) -> str:
    """Return the name of a run: the same for the same file, result, region and options."""
    places = [str(task.source.absolute()), str(task.target.absolute()), region]
    text = json.dumps([*places, job_options(task)], sort_keys=True)
    return digest_of(text)


def job_options(task: GeocodeTask) -> dict[str, Any]:
    """Return the options of a run as the ledger stores them."""
    named = {key: value for key, value in asdict(task.options).items() if value}
    layout = {
        name: value for name in LAYOUT_FIELDS if (value := getattr(task.layout, name)) is not None
    }
    encoding = {ENCODING: task.encoding} if task.encoding else {}
    return {**named, **layout, **encoding, SELF_WRITTEN: True}


def table_endings(path: Path) -> str:
    """Return the ending by which a file is read, such as ``.csv.gz``."""
    return "".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix
