"""What is told of a data set: numbers, years and kinds of problems; never a student."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import CLOSED, UNKNOWN
from geoservice.students.intake import PROTECTED, Intake
from geoservice.students.problems import Problems

_SCHOOL_PROBLEMS = {"unknown_school": UNKNOWN, "closed_school": CLOSED}


def content_of(taken: Intake, reference: Reference) -> dict[str, Any]:
    """The description of what a file gave."""
    told = {"opted_out": taken.opted_out, "metric_crs": reference.info.metric_crs}
    return {**told, **_counts(taken.frame), "problems": taken.problems.told()}


def content_again(
    before: Mapping[str, Any], frame: pl.DataFrame, reference: Reference
) -> dict[str, Any]:
    """The description after rows were assigned anew: what the file gave stays, what the region says is new."""
    problems = Problems()
    for code, reason in _SCHOOL_PROBLEMS.items():
        problems.add(code, frame, pl.col("school_reason") == reason)
    kept = [one for one in before["problems"] if one["code"] not in _SCHOOL_PROBLEMS]
    told = {"opted_out": before["opted_out"], "metric_crs": reference.info.metric_crs}
    return {**told, **_counts(frame), "problems": [*kept, *problems.told()]}  # fmt: skip


def _counts(frame: pl.DataFrame) -> dict[str, Any]:
    reason = pl.col("school_reason")
    counts = frame.select(
        matched=(pl.col("geo_status") == "matched").sum(),
        protected=(pl.col("geo_reason") == PROTECTED).sum(),
        no_year=pl.col("year").is_null().sum(),
        twice=(pl.col("left_out") == "twice").sum(),
        no_grade=pl.col("grade").is_null().sum(),
        no_school=pl.col("school_id").is_null().sum(),
        unknown_school=(reason == UNKNOWN).sum(),
        closed_school=(reason == CLOSED).sum(),
    ).row(0, named=True)
    counted = frame.filter(pl.col("left_out").is_null())
    return {
        **counts,
        "years": sorted(counted["year"].unique().to_list()),
        "by_year": dict(counted.group_by("year").len().sort("year").rows()),
        "by_match": _by(frame, "geo_match"),
        "by_reason": _by(frame, "geo_reason"),
    }


def _by(frame: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(frame.drop_nulls(column).group_by(column).len().sort(column).rows())
