"""The main pipeline: geocode a table of addresses and add places, zones and schools."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.assign.schools import (
    area_columns,
    in_areas,
    in_zones,
    same_zones,
    school_columns,
)
from geoservice.geocode.explain import explain
from geoservice.geocode.geocoder import Located, geocoder_of
from geoservice.model.columns import table
from geoservice.model.grades import grade_places
from geoservice.model.results import ResultColumn, result_columns
from geoservice.placing.joined_columns import joined_text
from geoservice.placing.options import PlaceOptions
from geoservice.placing.overriding import overridden
from geoservice.placing.review import TYPED, Overrides
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]
TYPED_ZIP = "typed_zip"
"""Internal column: the five digits of the typed ZIP; empty without a ZIP."""


def place(
    frame: pl.DataFrame,
    options: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None = None,
) -> pl.DataFrame:
    """Geocode the rows of a table and assign each to its zones, schools and areas.

    Parameters
    ----------
    frame
        Any table; ``options`` (resolved) says which columns to read.
    overrides
        Decisions of people for addresses as typed. They take precedence over the geocoder.

    Returns
    -------
    polars.DataFrame
        All input columns, unchanged and in order, then the columns of
        `geoservice.model.results.result_columns`; one row per input row, in input order.
    """
    results = place_alone(frame, options, reference, overrides)
    inputs = without_results(frame, reference) if options.replace else frame
    results.columns = [column.name for column in added_columns(inputs.columns, options, reference)]
    return inputs.hstack(results)


def place_alone(
    frame: pl.DataFrame,
    options: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None = None,
) -> pl.DataFrame:
    """Return the result columns alone, under their canonical names, for each row of the table."""
    located = _located(frame, options, reference, overrides)
    return _assigned(located, frame, options, reference)


def typed_addresses(frame: pl.DataFrame, options: PlaceOptions) -> pl.DataFrame:
    """Return the typed addresses as text without nulls: ``line``, ``city``, ``state``, ``zip``."""
    columns = {"city": options.city, "state": options.state, "zip": options.zip}
    empty = _no_text(len(frame))
    others = {
        name: empty if column is None else _text(frame[column]) for name, column in columns.items()
    }
    return table({"line": typed_line(frame, options), **others})


def typed_line(frame: pl.DataFrame, options: PlaceOptions) -> pl.Series:
    """Return the full address or the street line as typed; empty text without columns for it."""
    columns = options.line_columns
    if not columns:
        return _no_text(len(frame))
    if len(columns) == 1:
        return _text(frame[columns[0]])
    return frame.select(joined_text(columns)).to_series()


def place_with_zip(
    frame: pl.DataFrame,
    options: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None = None,
) -> pl.DataFrame:
    """Return the result columns with `TYPED_ZIP` and unrounded ``x`` and ``y`` in metres.

    `TYPED_ZIP` serves to count unmatched rows by area.
    """
    located = _located(frame, options, reference, overrides)
    is_matched = (located.columns["geo_status"] == "matched").to_numpy()
    x, y = (np.where(is_matched, values, np.nan) for values in (located.x, located.y))
    zips = pl.Series(TYPED_ZIP, located.zip).cast(pl.String).str.zfill(5)
    placed = _assigned(located, frame, options, reference)
    return placed.with_columns(
        pl.when(pl.Series(located.zip >= 0)).then(zips).otherwise(pl.lit("")).alias(TYPED_ZIP),
        pl.Series("x", x, nan_to_null=True),
        pl.Series("y", y, nan_to_null=True),
    )


def explained(frame: pl.DataFrame, options: PlaceOptions, reference: Reference) -> dict[str, Any]:
    """Return the explanation and the result columns of a table with a single address."""
    texts = typed_addresses(frame, options)
    story = explain(geocoder_of(reference), texts, reference)
    return {**story, "result": place_alone(frame, options, reference).row(0, named=True)}


def _located(
    frame: pl.DataFrame,
    options: PlaceOptions,
    reference: Reference,
    overrides: Overrides | None = None,
) -> Located:
    texts = typed_addresses(frame, options)
    if overrides is None or not len(overrides.table):
        return _geocoded(texts, options, reference)
    decided = overrides.decisions_for(texts)
    is_corrected = pl.Series(decided["text"].is_not_null())
    blank = pl.lit("")
    corrected = texts.with_columns(
        pl.when(is_corrected).then(decided["text"]).otherwise("line").alias("line"),
        *(pl.when(is_corrected).then(blank).otherwise(name).alias(name) for name in TYPED[1:]),
    )
    return overridden(_geocoded(corrected, options, reference), decided, overrides, reference)


def _geocoded(texts: pl.DataFrame, options: PlaceOptions, reference: Reference) -> Located:
    apart = partial(_in_other_zones, reference=reference)
    return geocoder_of(reference).geocode(texts, apart, options.allow)


def _assigned(
    located: Located, frame: pl.DataFrame, options: PlaceOptions, reference: Reference
) -> pl.DataFrame:
    x, y, point = located.x, located.y, located.point
    columns = {name: located.columns[name] for name in located.columns.columns}
    columns |= area_columns(in_areas(x, y, reference, point))
    if options.grade is not None:
        exact = ~located.is_coarse
        x, y = np.where(exact, x, np.nan), np.where(exact, y, np.nan)
        columns |= school_columns(
            in_zones(x, y, reference, point),
            grade_places(frame[options.grade]),
            columns["geo_uncertainty_m"],
            _school_ids(frame[options.school]) if options.school else None,
            reference,
        )
    return table(columns)


def added_columns(
    input_columns: list[str], options: PlaceOptions, reference: Reference
) -> tuple[ResultColumn, ...]:
    """Return the result columns that `place` adds to a table with these input columns."""
    return result_columns(
        tuple(area_set.id for area_set in reference.info.area_sets),
        tuple(zone_set.id for zone_set in reference.info.zone_sets),
        with_grade=options.grade is not None,
        with_school=options.school is not None,
        input_columns=tuple(input_columns),
    )


def without_results(frame: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Return the table without the result columns of an earlier run."""
    return frame.select(names_without_results(frame.columns, reference))


def names_without_results(columns: Sequence[str], reference: Reference) -> tuple[str, ...]:
    """Return the columns of a table, in order, without the result columns of an earlier run."""
    added = result_columns(
        tuple(area_set.id for area_set in reference.info.area_sets),
        tuple(zone_set.id for zone_set in reference.info.zone_sets),
        with_grade=True,
        with_school=True,
    )
    names = {column.name for column in added}
    degree_names = {"geo_lon", "geo_lat"} & set(columns)
    names = (names - {"lon", "lat"}) | degree_names if degree_names else names
    return tuple(column for column in columns if column not in names)


def _school_ids(column: pl.Series) -> pl.Series:
    """Return school ids as text, without the apostrophe that marks text in spreadsheets."""
    return column.cast(pl.String).str.replace(r"^'(\d)", "$1")


def _text(column: pl.Series) -> pl.Series:
    """Return the cells as text, with empty text for null."""
    text = column.cast(pl.String)
    nulls = text.null_count()
    if nulls == len(text):
        return _no_text(nulls)
    return text.fill_null("") if nulls else text


def _no_text(rows: int) -> pl.Series:
    return pl.Series([""]).new_from_index(0, rows)


def _in_other_zones(
    x: Floats, y: Floats, other_x: Floats, other_y: Floats, reference: Reference
) -> NDArray[np.bool_]:
    """Return True if the place and the other place of a row lie in different zones."""
    zones, other_zones = in_zones(x, y, reference), in_zones(other_x, other_y, reference)
    if not zones.layers:
        return np.zeros(len(x), dtype=bool)
    return ~same_zones(zones, other_zones)
