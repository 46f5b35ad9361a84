"""The texts of results: standardized address, source, side and changes."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.geocode.decisions import Decisions
from geoservice.geocode.hits import INTERSECTION, POINT
from geoservice.geocode.position import NEIGHBOUR_KEY, NEIGHBOUR_POINT, neighbours
from geoservice.geocode.queries import Queries
from geoservice.geocode.resolve import Candidate
from geoservice.geocode.rivals import rival_texts
from geoservice.geocode.standard import (
    LAYER,
    known_numbers,
    standard_addresses,
    typed_numbers,
)
from geoservice.model.columns import gathered, null_column, rows_at, table
from geoservice.reference.snapshot import Reference

Ints = NDArray[np.int64]
TEXTS = dict.fromkeys(("geo_address", "geo_source", "geo_side", "geo_changes"), pl.String)
_SIDES = pl.Series(["L", "R"])
_AND = pl.Series(["; "])


def result_texts(
    queries: Queries, decisions: Decisions, candidates: list[Candidate], reference: Reference
) -> pl.DataFrame:
    """The text columns `TEXTS` of all rows: made for each kind of match, then put in order."""
    position = np.full(len(queries), -1, dtype=np.int64)
    parts: list[pl.DataFrame] = []
    done = 0
    for kind in LAYER:
        rows = np.flatnonzero(decisions.is_placed & (decisions.kind == kind))
        if len(rows):
            position[rows] = np.arange(len(rows)) + done
            parts.append(_placed(rows, kind, queries, decisions, candidates, reference))
            done += len(rows)
    spots = np.flatnonzero(decisions.kind >= INTERSECTION)
    if len(spots):
        position[spots] = np.arange(len(spots)) + done
        parts.append(_spots(spots, decisions))
        done += len(spots)
    tied = np.flatnonzero(decisions.tied & (decisions.kind < INTERSECTION))
    if len(tied):
        position[tied] = np.arange(len(tied)) + done
        parts.append(_tied(tied, queries, decisions, reference))
        done += len(tied)
    if not parts:
        return table({name: null_column(pl.String, len(queries)) for name in TEXTS})
    if len(parts) == 1 and done == len(queries):
        return parts[0]
    parts.append(pl.DataFrame({name: [None] for name in TEXTS}, schema=TEXTS))
    return pl.concat(parts)[np.where(position < 0, done, position)]


def _placed(
    rows: Ints,
    kind: int,
    queries: Queries,
    decisions: Decisions,
    candidates: list[Candidate],
    reference: Reference,
) -> pl.DataFrame:
    place, street = decisions.place[rows], decisions.street[rows]
    number = _numbers(rows, kind, queries, decisions, reference)
    unit = rows_at(queries.unit, rows)
    columns = {
        "geo_address": standard_addresses(kind, place, street, number, unit, reference),
        "geo_source": _source(kind, place, decisions.value[rows], reference),
        "geo_side": _side(kind, place, reference),
        "geo_changes": _changes(rows, kind, queries, decisions, candidates, reference),
    }
    return table(columns)


def _numbers(
    rows: Ints, kind: int, queries: Queries, decisions: Decisions, reference: Reference
) -> pl.Series:
    """House numbers of points as known; as typed on ranges and at the middle of several points."""
    typed = typed_numbers(rows, decisions.value[rows], queries)
    if kind != POINT:
        return typed
    is_middle = decisions.units[rows] > 0
    reference_numbers = known_numbers(decisions.place[rows], reference)
    return (
        typed.zip_with(pl.Series(is_middle), reference_numbers)
        if is_middle.any()
        else reference_numbers
    )


def _spots(rows: Ints, decisions: Decisions) -> pl.DataFrame:
    spots = [decisions.spots[place] for place in decisions.place[rows]]
    texts = [
        (
            None if spot.count > 1 else spot.address,
            None if spot.count > 1 else spot.source,
            None,
            spot.changes or None,
        )
        for spot in spots
    ]
    return pl.DataFrame(texts, schema=TEXTS, orient="row")


def _tied(rows: Ints, queries: Queries, decisions: Decisions, reference: Reference) -> pl.DataFrame:
    """Return for each tied row the standard addresses of some of its candidates."""
    by_row = rival_texts(queries, decisions, reference)
    frame = pl.DataFrame({"row": rows}).join(by_row, on="row", how="left", maintain_order="left")
    others = [pl.lit(None, dtype=pl.String).alias(name) for name in TEXTS if name != "geo_changes"]
    return frame.with_columns(others).select(*TEXTS)


def _source(kind: int, place: Ints, value: Ints, reference: Reference) -> pl.Series:
    """Layer and feature; for a range also the neighbouring points that moved the place."""
    points = reference.point_text["source"]
    if kind == POINT:
        return rows_at(points, place)
    segment = rows_at(reference.segment_text["source"], reference.array("range_segment")[place])
    if not reference.has(NEIGHBOUR_KEY):
        return segment
    around = neighbours(place, value, reference)
    neighbour_point = reference.array(NEIGHBOUR_POINT)
    for entry in around:
        has = entry >= 0
        if has.any():
            neighbour_points = gathered(points, np.where(has, neighbour_point[entry], -1))
            segment = (segment + _AND + neighbour_points).zip_with(pl.Series(has), segment)
    return segment


def _side(kind: int, place: Ints, reference: Reference) -> pl.Series:
    if kind == POINT:
        return null_column(pl.String, len(place))
    return rows_at(_SIDES, reference.array("range_side")[place])


def _changes(
    rows: Ints,
    kind: int,
    queries: Queries,
    decisions: Decisions,
    candidates: list[Candidate],
    reference: Reference,
) -> pl.Series:
    """Return the changes of each row, separated by ``; ``; null without changes."""
    changed = np.flatnonzero(decisions.penalty[rows] > 0)
    if not len(changed):
        return null_column(pl.String, len(rows))
    changed_rows = rows[changed]
    texts = _named_changes(changed_rows, kind, queries, decisions, candidates, reference)
    if len(changed) == len(rows):
        return texts
    return null_column(pl.String, len(rows)).scatter(changed, texts)


def _named_changes(
    rows: Ints,
    kind: int,
    queries: Queries,
    decisions: Decisions,
    candidates: list[Candidate],
    reference: Reference,
) -> pl.Series:
    place, layer = decisions.place[rows], LAYER[kind]
    street = ["; ".join(candidate.difference.changes) for candidate in candidates]
    zips = reference.array(f"{layer}_zip")[place]
    towns = reference.array(f"{layer}_city")[place].astype(np.int64)
    names = pl.Series([*reference.town_names, ""], dtype=pl.String)
    typed_zip, typed_town = queries.zip[rows], queries.town[rows]
    frame = pl.DataFrame(
        {
            "street": pl.Series(street, dtype=pl.String)[decisions.candidate[rows]],
            "number": queries.number[rows],
            "known_number": _known_numbers(rows, kind, place, queries, reference),
            "typed_zip": typed_zip,
            "zip": zips,
            "typed_city": queries.town_text[rows],
            "city": names[np.where(towns < 0, len(names) - 1, towns)],
            "other_zip": (typed_zip >= 0) & (zips >= 0) & (typed_zip != zips),
            "other_town": (typed_town != towns) & (typed_town != -1) & (towns >= 0),
            "pattern": queries.pattern[rows] != _known_pattern(kind, place, reference),
            "unit": queries.unit[rows],
            "units": decisions.units[rows],
        }
    )
    five = [pl.col(column).cast(pl.String).str.zfill(5) for column in ("typed_zip", "zip")]
    parts = [
        pl.when(pl.col("street") != "").then("street"),
        pl.when("pattern").then(
            pl.lit("number ") + pl.col("number") + ">" + pl.col("known_number")
        ),
        pl.when("other_zip").then(pl.lit("zip ") + five[0] + ">" + five[1]),
        pl.when(pl.col("units") > 0).then(_unit_left_open()),
        pl.when("other_town").then(pl.lit("city ") + pl.col("typed_city") + ">" + pl.col("city")),
    ]
    text = pl.concat_str(parts, separator="; ", ignore_nulls=True)
    return frame.select(pl.when(text != "").then(text)).to_series()


def _unit_left_open() -> pl.Expr:
    """Return the change of a row at the middle of the points of a house."""
    typed = pl.format("unit {} unknown", "unit")
    unit = pl.when(pl.col("unit") == "").then(pl.lit("unit not given")).otherwise(typed)
    return pl.format("{}, middle of {} places", unit, "units")


def _known_pattern(kind: int, place: Ints, reference: Reference) -> Ints:
    if kind == POINT:
        return reference.array("point_extra")[place].astype(np.int64)
    return np.zeros(len(place), dtype=np.int64)


def _known_numbers(
    rows: Ints, kind: int, place: Ints, queries: Queries, reference: Reference
) -> pl.Series:
    """Return numbers of points as known; for ranges the digits of the typed number."""
    if kind == POINT:
        return known_numbers(place, reference)
    return queries.number[rows].str.extract(r"([0-9]+)")
