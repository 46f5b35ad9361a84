"""The columns of a result that hold the place of each row."""

import polars as pl


def position_columns(frame: pl.DataFrame) -> tuple[str, str]:
    """Return the names of the result's longitude and latitude."""
    if "geo_lon" in frame.columns:
        return "geo_lon", "geo_lat"
    return "lon", "lat"
