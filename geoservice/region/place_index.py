"""The arrays of a snapshot that say where numbers lie: points, range sides, centerlines."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.address.clean import cleaned, cleaned_zip, place_key
from geoservice.address.number import cleaned_number, number_pattern, number_value
from geoservice.geometry.projection import Projection
from geoservice.model.layers import RegionLayers
from geoservice.region.street_index import StreetIndex

Arrays = dict[str, NDArray[np.generic]]
_SIDES = ("left", "right")
_PARITY = {"E": 0, "EVEN": 0, "O": 1, "ODD": 1, "B": 2, "BOTH": 2, "M": 2, "MIXED": 2}


@dataclass(frozen=True)
class Towns:
    """Towns of the region, numbered: their place keys, names as cleaned text, and states."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    states: tuple[str, ...]


def find_towns(layers: RegionLayers) -> Towns:
    """All towns that the centerlines and points name, in order of their keys."""
    parts = [_towns(layers.addresses, "city", "state")]
    parts += [_towns(layers.streets, f"city_{side}", f"state_{side}") for side in _SIDES]
    table = pl.concat(parts).filter(pl.col("key") != "").unique().sort("key", "name", "state")
    table = table.unique("key", keep="first", maintain_order=True)
    columns = (tuple(table[column].to_list()) for column in ("key", "name", "state"))
    return Towns(*columns)


def index_points(
    layers: RegionLayers, streets: StreetIndex, towns: Towns, patterns: dict[str, int]
) -> tuple[Arrays, pl.DataFrame]:
    """Arrays of the address points sorted by street and number, and their texts."""
    frame = layers.addresses.select(
        cleaned_number(pl.col("number")).alias("number"),
        cleaned_zip(pl.col("zip")).alias("zip"),
        place_key(cleaned(pl.col("city"))).alias("city"),
        "lon",
        "lat",
        source=pl.col("source")
        + ":"
        + pl.coalesce(pl.col("id"), (pl.int_range(pl.len()) + 1).cast(pl.String)),
    ).with_columns(
        street=pl.Series(streets.point_street),
        value=number_value(pl.col("number")),
        pattern=number_pattern(pl.col("number")),
        town=_numbered(pl.col("city"), towns.keys),
    )
    frame = frame.filter((pl.col("street") >= 0) & (pl.col("value") >= 0))
    frame = frame.sort("street", "value", "number", "zip", "town", "lon", "lat", "source")
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    x, y = Projection(layers.info.metric_crs).to_metres(lon, lat)
    for pattern in frame["pattern"].unique().sort().to_list():
        patterns.setdefault(pattern, len(patterns))
    extra = frame["pattern"].replace_strict(patterns, return_dtype=pl.Int32)
    arrays: Arrays = {
        "point_key": packed(frame["street"].to_numpy(), frame["value"].to_numpy()),
        "point_extra": extra.to_numpy().astype(np.int32),
        "point_lon": lon, "point_lat": lat, "point_x": x, "point_y": y,
        "point_zip": _zip_number(frame["zip"]), "point_city": frame["town"].to_numpy(),
    }  # fmt: skip
    return arrays, frame.select("number", "source")


def index_ranges(
    layers: RegionLayers, streets: StreetIndex, towns: Towns
) -> tuple[Arrays, pl.DataFrame]:
    """Arrays of the range sides, of the cells they hold in, and of the centerlines."""
    sides = pl.concat([_side(layers, streets, towns, side) for side in _SIDES])
    sides = sides.filter((pl.col("street") >= 0) & pl.col("from").is_not_null())
    sides = sides.sort("street", "low", "high", "segment", "side")
    arrays: Arrays = {
        "range_street": sides["street"].to_numpy(), "range_from": sides["from"].to_numpy(),
        "range_to": sides["to"].to_numpy(), "range_segment": sides["segment"].to_numpy(),
        "range_side": sides["side"].to_numpy(), "range_zip": _zip_number(sides["zip"]),
        "range_city": sides["town"].to_numpy(),
    }  # fmt: skip
    source = (
        pl.col("source")
        + ":"
        + pl.coalesce(pl.col("id"), (pl.int_range(pl.len()) + 1).cast(pl.String))
    )
    texts = layers.streets.select(source=source)
    return arrays | _cells(sides) | _centerlines(layers.street_lines), texts


def packed(street: NDArray[np.generic], number: NDArray[np.generic]) -> NDArray[np.int64]:
    """Street and number as one sortable whole number."""
    return (street.astype(np.int64) << 32) | number.astype(np.int64)


def _towns(frame: pl.DataFrame, city: str, state: str) -> pl.DataFrame:
    name = cleaned(pl.col(city))
    return frame.select(
        place_key(name).alias("key"), name.alias("name"), cleaned(pl.col(state)).alias("state")
    ).unique()


def _side(layers: RegionLayers, streets: StreetIndex, towns: Towns, side: str) -> pl.DataFrame:
    start, end = pl.col(f"from_{side}"), pl.col(f"to_{side}")
    start, end = pl.coalesce(start, end), pl.coalesce(end, start)
    parity = cleaned(pl.col(f"parity_{side}")).replace_strict(_PARITY, default=None)
    inferred = pl.when(start % 2 == end % 2).then(start % 2).otherwise(2)
    return layers.streets.select(
        pl.Series("street", streets.segment_street),
        start.cast(pl.Int32).alias("from"),
        end.cast(pl.Int32).alias("to"),
        pl.min_horizontal(start, end).cast(pl.Int64).alias("low"),
        pl.max_horizontal(start, end).cast(pl.Int64).alias("high"),
        pl.coalesce(parity, inferred).cast(pl.Int8).alias("parity"),
        pl.int_range(pl.len(), dtype=pl.Int32).alias("segment"),
        pl.lit(_SIDES.index(side), dtype=pl.Int8).alias("side"),
        cleaned_zip(pl.col(f"zip_{side}")).alias("zip"),
        _numbered(place_key(cleaned(pl.col(f"city_{side}"))), towns.keys).alias("town"),
    )


def _cells(sides: pl.DataFrame) -> Arrays:
    """Numbers of each street and parity cut at every range end: a cell lists the sides over it.

    A look-up is then one binary search, however the ranges overlap.
    """
    place = np.arange(len(sides), dtype=np.int32)
    parity = sides["parity"].to_numpy()
    even, odd = np.flatnonzero(parity != 1), np.flatnonzero(parity != 0)
    row = np.concatenate([place[even], place[odd]])
    group = sides["street"].to_numpy().astype(np.int64)[row] * 2
    group[len(even) :] += 1
    low = packed(group, sides["low"].to_numpy()[row])
    beyond = packed(group, sides["high"].to_numpy()[row] + 1)
    cuts = np.unique(np.concatenate([low, beyond]))
    first, last = np.searchsorted(cuts, low), np.searchsorted(cuts, beyond)
    count = last - first
    cell = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    side = np.repeat(row, count)
    order = np.lexsort((side, cell))
    offset = np.searchsorted(cell[order], np.arange(len(cuts) + 1))
    return {"cell_key": cuts, "cell_offset": offset, "cell_range": side[order]}


def _centerlines(lines: NDArray[np.object_]) -> Arrays:
    """Vertices end to end; ``vertex_m`` runs on over all segments, so one search finds a place."""
    vertices, owner = shapely.get_coordinates(lines, return_index=True)
    offset = np.searchsorted(owner, np.arange(len(lines) + 1))
    step = np.zeros(len(vertices))
    if len(vertices) > 1:
        step[1:] = np.hypot(*np.diff(vertices, axis=0).T)
        step[1:][owner[1:] != owner[:-1]] = 0.0
    return {
        "segment_offset": offset, "vertex_x": vertices[:, 0].copy(),
        "vertex_y": vertices[:, 1].copy(), "vertex_m": np.cumsum(step),
    }  # fmt: skip


def _numbered(key: pl.Expr, keys: tuple[str, ...]) -> pl.Expr:
    numbers = dict(zip(keys, range(len(keys)), strict=True))
    if not numbers:
        return pl.lit(-1, dtype=pl.Int32)
    return key.replace_strict(numbers, default=-1, return_dtype=pl.Int32)


def _zip_number(column: pl.Series) -> NDArray[np.int32]:
    return column.cast(pl.Int32, strict=False).fill_null(-1).to_numpy().astype(np.int32)
