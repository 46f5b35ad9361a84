"""The main job: a table with addresses to the same table with places, zones and schools."""

import numpy as np
import polars as pl

from geoservice.address.reading import read_addresses
from geoservice.assign.schools import (
    Membership,
    area_columns,
    in_areas,
    in_zones,
    school_columns,
)
from geoservice.geocode.geocoder import geocoder_of
from geoservice.model.grades import read_grades
from geoservice.model.results import GEOCODE_COLUMNS, ResultColumn, result_columns
from geoservice.placing.options import PlaceOptions
from geoservice.placing.ties import settle_ties
from geoservice.reference.snapshot import Reference

TYPED_ZIP = "typed_zip"
"""Internal column: the ZIP as typed, for counting unmatched rows by area."""


def place(frame: pl.DataFrame, options: PlaceOptions, reference: Reference) -> pl.DataFrame:
    """Geocode the rows of a table and assign each to its zones, schools and areas.

    Parameters
    ----------
    frame
        Any table; ``options`` (resolved) says which columns to read.

    Returns
    -------
    polars.DataFrame
        All input columns, untouched and in order, then the columns of
        `geoservice.model.results.result_columns`; one row per input row, in its order.
    """
    placed = place_unique(frame, options, reference)
    kept = without_results(frame, reference) if options.replace else frame
    names = [column.name for column in added_columns(kept.columns, options, reference)]
    results = placed.drop(TYPED_ZIP)
    results.columns = names
    return kept.hstack(results)


def place_unique(frame: pl.DataFrame, options: PlaceOptions, reference: Reference) -> pl.DataFrame:
    """The result columns alone, in canonical names, and ``typed_zip``, for each row of the table.

    Equal addresses are geocoded once: brothers and sisters share a home.
    """
    asked = frame.select(_inputs(options))
    unique = asked.unique(maintain_order=True)
    located = _locate(unique, reference)
    if len(unique) == len(asked):
        by_row = located
    else:
        number = unique.with_row_index("place")
        keys = asked.join(number, on=asked.columns, how="left", nulls_equal=True,
                          maintain_order="left")["place"]  # fmt: skip
        by_row = located[keys]
    return _with_schools(by_row, frame, options, reference)


def added_columns(
    input_columns: list[str], options: PlaceOptions, reference: Reference
) -> tuple[ResultColumn, ...]:
    """The result columns that `place` adds to a table with these input columns."""
    return result_columns(
        tuple(one.id for one in reference.info.area_sets),
        tuple(one.id for one in reference.info.zone_sets),
        with_grade=options.grade is not None,
        with_school=options.school is not None,
        input_columns=tuple(input_columns),
    )


def without_results(frame: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """The table without the result columns of an earlier run."""
    every = result_columns(
        tuple(one.id for one in reference.info.area_sets),
        tuple(one.id for one in reference.info.zone_sets),
        with_grade=True,
        with_school=True,
    )
    names = {column.name for column in every}
    taken = {"geo_lon", "geo_lat"} & set(frame.columns)
    names = (names - {"lon", "lat"}) | taken if taken else names
    return frame.select([column for column in frame.columns if column not in names])


def _inputs(options: PlaceOptions) -> list[pl.Expr]:
    columns = {"line": options.line, "city": options.city, "state": options.state,
               "zip": options.zip}  # fmt: skip
    return [
        (pl.lit("") if column is None else pl.col(column).cast(pl.String).fill_null("")).alias(name)
        for name, column in columns.items()
    ]


def _locate(unique: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Everything that hangs on the address alone, for distinct addresses.

    Besides the geocode columns and areas: ``x``, ``y``, ``z0``, ``z1`` ... (index of the zone in
    each zone layer) and ``typed_zip``.
    """
    reading = read_addresses(unique, reference.gazetteer)
    geocoded = settle_ties(geocoder_of(reference).geocode(reading), reference)
    x, y = (geocoded[axis].fill_null(np.nan).to_numpy() for axis in "xy")
    zones = in_zones(x, y, reference)
    columns = [pl.Series(f"z{at}", places) for at, places in enumerate(zones.places)]
    columns += area_columns(in_areas(x, y, reference))
    columns.append(reading["zip"].alias(TYPED_ZIP))
    names = [column.name for column in GEOCODE_COLUMNS]
    return geocoded.select(*names, "x", "y").hstack(columns)


def _with_schools(
    located: pl.DataFrame, frame: pl.DataFrame, options: PlaceOptions, reference: Reference
) -> pl.DataFrame:
    """The result columns of each row in their order, and ``typed_zip``."""
    columns = added_columns([], options, reference)
    names = [column.name for column in columns]
    if options.grade is not None:
        attended = frame[options.school].cast(pl.String) if options.school else None
        schools = school_columns(
            _membership(located, reference),
            located["x"].fill_null(np.nan).to_numpy(),
            located["y"].fill_null(np.nan).to_numpy(),
            read_grades(frame[options.grade]),
            located["geo_uncertainty_m"],
            attended,
            reference,
        )
        located = located.hstack(schools)
    types = {column.name: column.dtype for column in columns}
    return located.select(*names, TYPED_ZIP).cast(types)  # type: ignore[arg-type]


def _membership(located: pl.DataFrame, reference: Reference) -> Membership:
    layers = reference.zone_layers
    return Membership(layers, tuple(located[f"z{at}"].to_numpy() for at in range(len(layers))))
