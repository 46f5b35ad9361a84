"""The Census batch format: files as scripts send them to the Census geocoder, and its answers.

In: no header; id, street, city, state, ZIP. Out: no header, all cells quoted; id, input address,
``Match``, ``No_Match`` or ``Tie``, and for matches ``Exact`` or ``Non_Exact``, the matched address,
``lon,lat``, the feature and its side.
"""

import csv
import io
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from geoservice.errors import InputError
from geoservice.model.counted import counted
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place_alone
from geoservice.placing.summary import Summary, summarise
from geoservice.reference.snapshot import Reference
from geoservice.service.geocoding import CHUNK_ROWS, Run
from geoservice.tables.presence import part_path
from geoservice.tables.writing import storage_fault

MOST_ROWS = 10_000
_FIELDS = ("id", "street", "city", "state", "zip")
_STATUS = {"matched": "Match", "unmatched": "No_Match", "ambiguous": "Tie"}
_OPTIONS = PlaceOptions(street="street", city="city", state="state", zip="zip")
_EXACT_SCORE = 100.0


def geocode_census_file(
    source: Path,
    target: Path,
    reference: Reference,
    rows_done: Callable[[int], None] = lambda _: None,
) -> Run:
    """Geocode a file in the Census batch format into a file; every row has a result, in order.

    Raises
    ------
    InputError
        If the file cannot be read, or a row has more than five fields.
    """
    start = time.perf_counter()
    summary = Summary()
    part = part_path(target)
    try:
        with _opened(target, part) as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
            for chunk in _chunks(_read(source)):
                placed = place_alone(chunk, _OPTIONS, reference)
                summary = summary.add(summarise(placed))
                writer.writerows(_answers(chunk, placed))
                rows_done(summary.rows)
        if str(target) != "-":
            part.replace(target)
    except OSError as fault:
        raise storage_fault(fault, target) from fault
    finally:
        part.unlink(missing_ok=True)
    return Run(summary, time.perf_counter() - start)


def census_batch(content: bytes, reference: Reference, spare: int = 0) -> str:
    """Return the results of a small batch as text; the limit of the Census, `MOST_ROWS`, applies.

    ``spare`` is the number of empty fields behind each match.

    Raises
    ------
    InputError
        If there are none or too many rows, or a row has more than five fields.
    """
    answer = io.StringIO()
    writer = csv.writer(answer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    text = _text(content)
    if text.count("\n") > 2 * MOST_ROWS:
        raise InputError(f"Send at most {MOST_ROWS:,} rows at once.")
    rows = 0
    for chunk in _chunks(text):
        rows += len(chunk)
        if rows > MOST_ROWS:
            raise InputError(f"Send at most {MOST_ROWS:,} rows at once.")
        for answered in _answers(chunk, place_alone(chunk, _OPTIONS, reference)):
            is_match = answered[2] == "Match"
            writer.writerow([*answered, *[""] * spare] if is_match else answered)
    if not rows:
        raise InputError("The file `addressFile` has no rows.")
    return answer.getvalue()


def census_line(address: str, reference: Reference) -> list[dict[str, object]]:
    """Return the match of one line in the words of the Census geocoder; an empty list for ties."""
    options = PlaceOptions(address="address")
    placed = place_alone(pl.DataFrame({"address": [address]}), options, reference).row(
        0, named=True
    )
    if placed["geo_status"] != "matched":
        return []
    match: dict[str, object] = {
        "coordinates": {"x": placed["lon"], "y": placed["lat"]},
        "matchedAddress": _census_address(placed["geo_address"]),
        "tigerLine": {
            "tigerLineId": _feature(placed["geo_source"]),
            "side": placed["geo_side"] or "",
        },
    }
    return [match]


def _opened(target: Path, part: Path) -> io.TextIOBase:
    if str(target) == "-":
        return io.TextIOWrapper(sys.stdout.buffer, "utf-8", write_through=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return io.TextIOWrapper(os.fdopen(descriptor, "wb"), "utf-8")


def _chunks(text: str) -> Iterator[pl.DataFrame]:
    rows = csv.reader(io.StringIO(text, newline=""))
    for first_row in itertools.count(1, CHUNK_ROWS):
        table = _table(itertools.islice(rows, CHUNK_ROWS), first_row)
        if len(table):
            yield table
        if len(table) < CHUNK_ROWS:
            return


def _read(source: Path) -> str:
    try:
        content = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    except OSError as fault:
        raise InputError(f"`{source.name}` cannot be read: {fault.strerror}.") from fault
    return _text(content)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _table(rows: Iterator[list[str]], first_row: int) -> pl.DataFrame:
    padded = []
    for number, row in enumerate(_parsed(rows), start=first_row):
        if len(row) > len(_FIELDS):
            raise InputError(
                f"Row {number} has {counted(len(row), 'field')}. The Census batch "
                "format has five: id, "
                "street, city, state, ZIP; put quotes around a field that holds a comma.",
                row=number,
            )
        padded.append([*row, *[""] * (len(_FIELDS) - len(row))])
    return pl.DataFrame(padded, schema=dict.fromkeys(_FIELDS, pl.String), orient="row")


def _parsed(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as fault:
        raise InputError(
            "The file is no text table in the Census batch format, or a field is far too long. "
            "Send five fields in each row: id, street, city, state, ZIP."
        ) from fault


def _answers(typed_rows: pl.DataFrame, placed: pl.DataFrame) -> Iterator[list[str]]:
    columns = ("geo_status", "geo_score", "geo_address", "lon", "lat", "geo_source", "geo_side")
    results = placed.select(columns).iter_rows()
    for (name, *typed), (status, score, address, lon, lat, source, side) in zip(
        typed_rows.iter_rows(), results, strict=True
    ):
        answer = [name, ", ".join(typed), _STATUS[status]]
        if status == "matched":
            exact = "Exact" if score >= _EXACT_SCORE else "Non_Exact"
            place = f"{lon},{lat}"
            answer += [exact, _census_address(address), place, _feature(source), side or ""]
        yield answer


def _feature(source: str) -> str:
    return source.split("; ", maxsplit=1)[0].partition(":")[2]


def _census_address(address: str) -> str:
    """Write ``…, ST 12345`` as the Census does, with a comma before the ZIP."""
    before, _, zip_ = address.rpartition(" ")
    return f"{before}, {zip_}" if before and zip_.isdigit() and len(zip_) == 5 else address
