"""Messages on standard error: notes, progress and the summary of a run."""

from typing import TYPE_CHECKING

from geoservice.cli.progress import LINE
from geoservice.model.counted import counted

if TYPE_CHECKING:  # The geocoder takes a second to load, and few commands need it.
    from geoservice.service.geocoding import Run


def note(text: str) -> None:
    """Print a sentence for the user."""
    LINE.say(text)


def progress(rows: int) -> None:
    """Show the number of finished rows on a line of a terminal; print nothing to a pipe."""
    LINE.rows_done(rows)


def progress_over() -> None:
    """Remove the progress line, so that the next text begins there."""
    LINE.close()


def summary(run: "Run") -> None:
    """Print the counts of a run: matched by type, unmatched by reason, seconds, rows per second."""
    progress_over()
    counts = run.summary
    matched = sum(counts.matched.values())
    share = f" ({matched / counts.rows:.1%})" if counts.rows else ""
    note(f"{counted(counts.rows, 'row')} in {run.seconds:.1f} s, {run.rows_per_s:,.0f} rows/s")
    note(f"  matched    {matched:>10,}{share}{_listed(dict(counts.matched))}")
    note(f"  ambiguous  {counts.ambiguous:>10,}")
    note(f"  unmatched  {sum(counts.unmatched.values()):>10,}{_listed(dict(counts.unmatched))}")


def _listed(counts: dict[str, int]) -> str:
    return "".join(f"\n    {name:<16} {count:>8,}" for name, count in counts.items())
