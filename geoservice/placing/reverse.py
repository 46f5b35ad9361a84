"""A table with coordinates to the same table with nearest addresses, zones and areas."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.assign.schools import Membership, area_columns, in_areas, in_zones
from geoservice.errors import InputError
from geoservice.geocode.reverse import reverse_geocoder_of
from geoservice.model.columns import gathered
from geoservice.reference.snapshot import Reference

Floats = NDArray[np.float64]


def reverse_place(
    frame: pl.DataFrame, lon: str, lat: str, reference: Reference, *, replace: bool = False
) -> pl.DataFrame:
    """All input columns, then the answers; one row per input row, in its order.

    The answers are `geoservice.geocode.reverse.REVERSE_COLUMNS`, ``rev_reason`` (``unreadable``
    where a cell is no coordinate in degrees, ``outside_region`` where nothing is near), ``area_ID``
    for each regionalisation and ``zone_ID`` for each set of zones.

    Raises
    ------
    InputError
        Where a column is missing, or answers are there already and ``replace`` is not set.
    """
    for column in (lon, lat):
        if column not in frame.columns:
            raise InputError(f"The file has no column `{column}`.", column=column)
    x_deg, y_deg = _degrees(frame[lon], 180.0), _degrees(frame[lat], 90.0)
    readable = np.isfinite(x_deg) & np.isfinite(y_deg)
    x, y = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    if readable.any():
        x[readable], y[readable] = reference.projection.to_metres(x_deg[readable], y_deg[readable])
    found = reverse_geocoder_of(reference).reverse(x, y)
    reason = (
        pl.when(pl.Series(~readable))
        .then(pl.lit("unreadable"))
        .when(pl.col("rev_street").is_null() & pl.col("rev_address").is_null())
        .then(pl.lit("outside_region"))
    )
    columns = area_columns(in_areas(x, y, reference)) | _zone_columns(in_zones(x, y, reference))
    answers = found.with_columns(rev_reason=reason).with_columns(**columns)
    there = [name for name in answers.columns if name in frame.columns]
    if there and not replace:
        raise InputError("The file already has answer columns. Use --replace to write them anew.",
                         columns=there)  # fmt: skip
    return frame.drop(there).hstack(answers)


def _degrees(column: pl.Series, limit: float) -> Floats:
    numbers = column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    values = numbers.fill_null(np.nan).to_numpy().copy()
    values[~(np.abs(values) <= limit)] = np.nan
    return values


def _zone_columns(zones: Membership) -> dict[str, pl.Series]:
    """The zone of each set: of its first layer that holds the place."""
    columns: dict[str, pl.Series] = {}
    for layer, places in zip(zones.layers, zones.places, strict=True):
        name = f"zone_{layer.set_id}"
        ids = gathered(layer.ids, places)
        columns[name] = (
            columns[name].zip_with(columns[name].is_not_null(), ids) if name in columns else ids
        )
    return columns
