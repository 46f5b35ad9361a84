"""The state, counts and pace of a job, as its owner reads them."""

import time
from typing import Any

from geoservice.batch.job_options import DECISIONS, FILE_NAME, NOTES
from geoservice.placing.summary import Summary
from geoservice.service.job_retries import lineage
from geoservice.state.claims import NORMAL, PRIORITY
from geoservice.state.ledger import Row


def job_status(job: Row) -> dict[str, Any]:
    """Return the description of a job: no address, name or student id."""
    summary, options = _summary(job), job["options"]
    pace = _rows_per_second(job, summary)
    return {
        "id": job["id"],
        "file_name": options.get(FILE_NAME),
        "state": job["state"],
        "region": job["region"],
        "snapshot": job["snapshot"],
        "total": job["total"],
        "done": summary.rows,
        "matched": dict(summary.matched),
        "ambiguous": summary.ambiguous,
        "unmatched": dict(summary.unmatched),
        "match_rate": _match_rate(summary),
        "rows_per_s": round(pace, 1),
        "eta_s": round((job["total"] - summary.rows) / pace, 1) if pace else None,
        "error": job["error"],
        "code": job["code"] if job["error"] else None,
        "owner": job["owner"],
        "created": job["created"],
        "expires": job["expires"],
        "notes": options.get(NOTES, []),
        "priority": options.get(PRIORITY, NORMAL),
        "decisions": options.get(DECISIONS, {}).get("count", 0),
        "retry_of": lineage(job),
    }


def _summary(job: Row) -> Summary:
    """Return the counts of the rows that are placed so far."""
    summary = Summary()
    for chunk in job["chunks"]:
        summary = summary.add(Summary(**chunk["summary"])) if chunk["summary"] else summary
    return summary


def _rows_per_second(job: Row, summary: Summary) -> float:
    """Return the pace since the start; 0 before the first row."""
    spent_s = (job["finished"] or time.time()) - job["started"] if job["started"] else 0.0
    return summary.rows / spent_s if spent_s > 0 else 0.0


def _match_rate(summary: Summary) -> float | None:
    """Return the share of the placed rows that are matched; None before the first row."""
    return round(sum(summary.matched.values()) / summary.rows, 4) if summary.rows else None
