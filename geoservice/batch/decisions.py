"""Store the manual decisions about addresses of a batch job in the job's folder."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import DECISIONS
from geoservice.placing.review import REVIEW_COLUMNS, TYPED, Overrides
from geoservice.tables.durable import write_parquet_durably


def write_decisions(overrides: Overrides, files: JobFiles) -> dict[str, Any]:
    """Write decisions to a new file and return the job option `DECISIONS` that names it."""
    file = f"decisions-{secrets.token_hex(6)}.parquet"
    write_parquet_durably(files.path / file, overrides.table)
    files.keep(file)
    return {"file": file, "count": len(overrides.table)}


def read_decisions(folder: Path, options: Mapping[str, Any]) -> Overrides | None:
    """Return the decisions that a job's options name; None without decisions."""
    named = options.get(DECISIONS)
    return Overrides(pl.read_parquet(folder / named["file"])) if named else None


def remove_decisions(files: JobFiles, options: Mapping[str, Any]) -> None:
    """Remove the file of decisions that the options name."""
    named = options.get(DECISIONS)
    if named:
        files.remove(named["file"])


def with_decisions(review: pl.DataFrame, overrides: Overrides | None) -> pl.DataFrame:
    """Return a review that begins with the earlier decisions, in its column ``use``.

    A user who sends the review back thus keeps these decisions.
    """
    if overrides is None:
        return review
    place = pl.concat_str(pl.col("lon", "lat").cast(pl.String), separator=", ")
    decided = overrides.table.select(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in ("row", "id")),
        *TYPED,
        use=pl.coalesce("text", place),
    )
    stacked = pl.concat([decided, review], how="diagonal").select(REVIEW_COLUMNS)
    return stacked.unique(TYPED, keep="first", maintain_order=True)
