"""Apply people's decisions for single addresses to the geocoder's results."""

from dataclasses import replace

import numpy as np
import polars as pl

from geoservice.geocode.geocoder import Located
from geoservice.model.results import GEOCODE_COLUMNS
from geoservice.placing.review import Overrides
from geoservice.reference.snapshot import Reference


def overridden(
    located: Located, decided: pl.DataFrame, overrides: Overrides, reference: Reference
) -> Located:
    """Return the results with the decided coordinates; ``geo_changes`` names each override."""
    lon, lat = (decided[axis].fill_null(np.nan).to_numpy() for axis in ("lon", "lat"))
    rows = np.flatnonzero(np.isfinite(lon))
    x, y = located.x.copy(), located.y.copy()
    if len(rows):
        x[rows], y[rows] = reference.projection.to_metres(lon[rows], lat[rows])
    coarse, point = located.is_coarse.copy(), located.point.copy()
    coarse[rows], point[rows] = False, -1
    columns = _named(
        _with_coordinates(located.columns, decided, overrides), decided, overrides.source
    )
    return replace(located, columns=columns, x=x, y=y, is_coarse=coarse, point=point)


def _with_coordinates(
    columns: pl.DataFrame, decided: pl.DataFrame, overrides: Overrides
) -> pl.DataFrame:
    values = {
        "geo_status": pl.lit("matched"),
        "geo_match": pl.lit("point"),
        "geo_score": pl.lit(100.0),
        "geo_reason": None,
        "lon": decided["lon"].round(6),
        "lat": decided["lat"].round(6),
        "geo_uncertainty_m": pl.lit(overrides.uncertainty_m),
        "geo_address": None,
        "geo_source": pl.lit(overrides.source),
        "geo_side": None,
        "geo_changes": None,
    }
    is_decided = decided["lon"].is_not_null()
    return columns.with_columns(
        pl.when(is_decided)
        .then(values[column.name])
        .otherwise(column.name)
        .cast(column.dtype)
        .alias(column.name)
        for column in GEOCODE_COLUMNS
    )


def _named(columns: pl.DataFrame, decided: pl.DataFrame, source: str) -> pl.DataFrame:
    is_decided = decided["lon"].is_not_null() | decided["text"].is_not_null()
    named = pl.concat_str(pl.lit(source), "geo_changes", separator="; ", ignore_nulls=True)
    return columns.with_columns(
        geo_changes=pl.when(is_decided & (pl.col("geo_status") == "matched"))
        .then(named)
        .otherwise("geo_changes")
    )
