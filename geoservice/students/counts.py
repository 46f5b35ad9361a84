"""Description of a data set: counts, years and kinds of problems; never single students."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from geoservice.model.students import HELD_BY
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import CLOSED, UNKNOWN
from geoservice.students.intake import PROTECTED, Intake
from geoservice.students.problems import Problems

_SCHOOL_PROBLEMS = {"unknown_school": UNKNOWN, "closed_school": CLOSED}


def content_of(intake: Intake, reference: Reference) -> dict[str, Any]:
    """Return the description of a data set that was read from a file."""
    region_facts = {"opted_out": intake.opted_out, "metric_crs": reference.info.metric_crs}
    return {**region_facts, **_counts(intake.frame), "problems": intake.problems.summary()}


def content_after_refresh(
    before: Mapping[str, Any], frame: pl.DataFrame, reference: Reference
) -> dict[str, Any]:
    """Return the description after rows were assigned again.

    Facts of the file stay; facts of the region are new.
    """
    problems = Problems()
    for code, reason in _SCHOOL_PROBLEMS.items():
        problems.add(code, frame, pl.col("school_reason") == reason)
    kept_problems = [
        problem for problem in before["problems"] if problem["code"] not in _SCHOOL_PROBLEMS
    ]
    region_facts = {"opted_out": before["opted_out"], "metric_crs": reference.info.metric_crs}
    region_facts |= {HELD_BY: before[HELD_BY]} if HELD_BY in before else {}
    return {**region_facts, **_counts(frame), "problems": [*kept_problems, *problems.summary()]}


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
