"""Add the nearest address, the zones and the areas to a table of coordinates."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.assign.schools import Membership, area_columns, in_areas, in_zones
from geoservice.errors import InputError
from geoservice.geocode.reverse import reverse_geocoder_of
from geoservice.model.columns import gathered
from geoservice.placing.header import column_sentence
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]


def reverse_place(
    frame: pl.DataFrame, lon: str, lat: str, reference: Reference, *, replace: bool = False
) -> pl.DataFrame:
    """Return all input columns and the answer columns; one row per input row, in input order.

    The answer columns are `geoservice.geocode.reverse.REVERSE_COLUMNS`, ``rev_reason``
    (``unreadable`` if a cell holds no coordinate in degrees, ``outside_region`` if no street is
    near), ``area_ID`` for each regionalisation and ``zone_ID`` for each set of zones.

    Raises
    ------
    InputError
        If a column is missing, or if the table already has answer columns and ``replace`` is not
        set.
    """
    for column in (lon, lat):
        if column not in frame.columns:
            raise InputError(
                f"The file has no column `{column}`. {column_sentence(frame.columns)}",
                column=column,
            )
    x_deg, y_deg = _degrees(frame[lon], 180.0), _degrees(frame[lat], 90.0)
    readable = np.isfinite(x_deg) & np.isfinite(y_deg)
    x, y = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    if readable.any():
        x[readable], y[readable] = reference.projection.to_metres(x_deg[readable], y_deg[readable])
    nearest = reverse_geocoder_of(reference).reverse(x, y)
    reason = (
        pl.when(pl.Series(~readable))
        .then(pl.lit("unreadable"))
        .when(pl.col("rev_street").is_null() & pl.col("rev_address").is_null())
        .then(pl.lit("outside_region"))
    )
    columns = area_columns(in_areas(x, y, reference)) | _zone_columns(in_zones(x, y, reference))
    answers = nearest.with_columns(rev_reason=reason).with_columns(**columns)
    present = [name for name in answers.columns if name in frame.columns]
    if present and not replace:
        raise InputError(
            "The file already has answer columns. Use --replace to replace them.",
            columns=present,
        )
    return frame.drop(present).hstack(answers)


def _degrees(column: pl.Series, limit: float) -> Floats:
    numbers = column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    values = numbers.fill_null(np.nan).to_numpy().copy()
    values[~(np.abs(values) <= limit)] = np.nan
    return values


def _zone_columns(zones: Membership) -> dict[str, pl.Series]:
    """Return the zone of each set: the zone in the set's first layer that contains the place."""
    columns: dict[str, pl.Series] = {}
    for layer, places in zip(zones.layers, zones.places, strict=True):
        name = f"zone_{layer.set_id}"
        ids = gathered(layer.ids, places)
        columns[name] = (
            columns[name].zip_with(columns[name].is_not_null(), ids) if name in columns else ids
        )
    return columns
