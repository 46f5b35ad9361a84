"""Look-ups: reverse geocoding of files and points, and completion of names."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from geoservice.errors import InputError
from geoservice.geocode.suggest import suggester_of
from geoservice.placing.reverse import reverse_place
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import CHUNK_ROWS, MOST_AT_ONCE
from geoservice.service.progress import SILENT, Progress
from geoservice.tables.layout import TO_BE_FOUND, TableLayout
from geoservice.tables.reading import open_table
from geoservice.tables.writing import TableWriter


def reverse_file(
    source: Path,
    target: Path,
    columns: tuple[str, str],
    reference: Reference,
    *,
    replace: bool = False,
    layout: TableLayout = TO_BE_FOUND,
    progress: Progress = SILENT,
) -> int:
    """Reverse geocode a file into a file, chunk by chunk; return the number of rows.

    Parameters
    ----------
    columns
        The columns of longitude and latitude.
    replace
        True to write result columns anew.
    layout
        Sheet and header row of the table in its file.
    """
    done = 0
    with open_table(source, layout=layout.expecting(columns)) as table:
        table.refuse_repeated(columns)
        table.refuse_nested()
        with TableWriter(target, table.dialect) as writer:
            for chunk in table.chunks(CHUNK_ROWS):
                writer.write(reverse_place(chunk, *columns, reference, replace=replace))
                done += len(chunk)
                progress.rows_done(done)
        for note in table.notes:
            progress.say(note)
    return done


def suggestions(typed: str, limit: int, reference: Reference) -> list[dict[str, object]]:
    """Return names of schools, areas and towns that begin with a text, but no addresses."""
    return suggester_of(reference).suggest(typed, limit)


def reverse_points(
    points: Sequence[tuple[float, float]], reference: Reference
) -> list[dict[str, object]]:
    """Return the nearest address and the units of each point (longitude, latitude).

    Raises
    ------
    InputError
        If there are none or too many.
    """
    if not 1 <= len(points) <= MOST_AT_ONCE:
        raise InputError(f"Give 1 to {MOST_AT_ONCE} places in one request.")
    schema = {"lon": pl.Float64, "lat": pl.Float64}
    frame = pl.DataFrame(points, schema=schema, orient="row")
    return reverse_place(frame, "lon", "lat", reference).to_dicts()
