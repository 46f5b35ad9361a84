"""The state, counts and pace of a job, as its owner reads them."""

from typing import Any

from geoservice.batch.job_options import DECISIONS, FILE_NAME, NOTES
from geoservice.placing.summary import Summary
from geoservice.service.job_retries import lineage
from geoservice.state.claims import NORMAL, PRIORITY
from geoservice.state.ledger import Row


def job_status(job: Row) -> dict[str, Any]:
    """Return the description of a job: no address, name or student id."""
    summary, options = _summary(job), job["options"]
    pace = _rows_per_second(job)
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


def _rows_per_second(job: Row) -> float:
    """Return the pace while workers place rows; 0 before the first row.

    The time that a job waits, for its turn or for a worker, tells nothing of its pace.
    """
    timed = [chunk for chunk in job["chunks"] if chunk["summary"] and chunk["ended"]]
    spent_s = _united_s(sorted((chunk["begun"], chunk["ended"]) for chunk in timed))
    rows = sum(Summary(**chunk["summary"]).rows for chunk in timed)
    return rows / spent_s if spent_s > 0 else 0.0


def _united_s(spells: list[tuple[float, float]]) -> float:
    """Return the seconds that sorted spells cover; those of several workers overlap."""
    covered, until = 0.0, float("-inf")
    for begun, ended in spells:
        covered += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return covered


def _match_rate(summary: Summary) -> float | None:
    """Return the share of the placed rows that are matched; None before the first row."""
    return round(sum(summary.matched.values()) / summary.rows, 4) if summary.rows else None
