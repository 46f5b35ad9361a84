"""What the command line says on standard error: notes, progress and the summary of a run."""

import sys

from geoservice.service.geocoding import Run


def note(text: str) -> None:
    """One sentence for the user."""
    print(text, file=sys.stderr)


def progress(rows: int) -> None:
    """Rows done so far, on one line of a terminal; nothing in a pipe."""
    if sys.stderr.isatty():
        print(f"\r{rows:,} rows", end="", file=sys.stderr, flush=True)


def progress_over() -> None:
    """Give the line of the progress back."""
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr, flush=True)


def summary(run: Run) -> None:
    """What became of the rows: matched by type, unmatched by reason, rows, seconds, rows/s."""
    progress_over()
    counts = run.summary
    matched = sum(counts.matched.values())
    share = f" ({matched / counts.rows:.1%})" if counts.rows else ""
    note(f"{counts.rows:,} rows in {run.seconds:.1f} s, {run.rows_per_s:,.0f} rows/s")
    note(f"  matched    {matched:>10,}{share}{_listed(dict(counts.matched))}")
    note(f"  ambiguous  {counts.ambiguous:>10,}")
    note(f"  unmatched  {sum(counts.unmatched.values()):>10,}{_listed(dict(counts.unmatched))}")


def _listed(counts: dict[str, int]) -> str:
    return "".join(f"\n    {name:<16} {count:>8,}" for name, count in counts.items())
