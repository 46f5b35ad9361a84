"""Look-ups of places: reverse geocoding of files and places, completion of names."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from geoservice.errors import InputError
from geoservice.geocode.suggest import suggester_of
from geoservice.placing.reverse import reverse_place
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import CHUNK_ROWS, MOST_AT_ONCE
from geoservice.tables.layout import TO_BE_FOUND, Layout
from geoservice.tables.reading import open_table
from geoservice.tables.writing import TableWriter


def reverse_file(
    source: Path,
    target: Path,
    columns: tuple[str, str],
    reference: Reference,
    *,
    replace: bool = False,
    layout: Layout = TO_BE_FOUND,
    say: Callable[[str], None] = lambda _: None,
    told: Callable[[int], None] = lambda _: None,
) -> int:
    """Answer a file with a file, chunk by chunk; ``columns`` name longitude and latitude.

    ``layout`` says where the table lies in its file; ``say`` hears where it was found and what was
    repaired.

    Returns
    -------
    int
        Rows written.
    """
    done = 0
    with (
        open_table(source, layout=layout.wanting(columns)) as table,
        TableWriter(target, table.dialect) as writer,
    ):
        table.refuse_repeated(columns)
        for chunk in table.chunks(CHUNK_ROWS):
            writer.write(reverse_place(chunk, *columns, reference, replace=replace))
            done += len(chunk)
            told(done)
        for note in table.notes:
            say(note)
    return done


def suggestions(typed: str, most: int, reference: Reference) -> list[dict[str, object]]:
    """Names of schools, areas and towns that go on as typed; never addresses."""
    return suggester_of(reference).suggest(typed, most)


def reverse_points(
    points: Sequence[tuple[float, float]], reference: Reference
) -> list[dict[str, object]]:
    """Answers for up to `geoservice.service.geocoding.MOST_AT_ONCE` places (longitude, latitude).

    Raises
    ------
    InputError
        Where there are none or too many.
    """
    if not 1 <= len(points) <= MOST_AT_ONCE:
        raise InputError(f"Give 1 to {MOST_AT_ONCE} places in one request.")
    schema = {"lon": pl.Float64, "lat": pl.Float64}
    frame = pl.DataFrame(points, schema=schema, orient="row")
    return reverse_place(frame, "lon", "lat", reference).to_dicts()
