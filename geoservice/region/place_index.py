"""Snapshot arrays of house number positions: points, range sides, centerlines."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geoservice.address.clean import clean_text, clean_zip, place_key
from geoservice.address.keys import signed_key_hash
from geoservice.address.number import clean_number, split_number
from geoservice.address.unit import known_unit, unit_key
from geoservice.geometry.projection import Projection
from geoservice.model.columns import coded, each_text
from geoservice.model.layers import RegionLayers
from geoservice.region.street_index import StreetIndex

Arrays = dict[str, NDArray[np.generic]]
_SIDES = ("left", "right")
_NO_ZIP = 0xFFFFFFFF
_PARITY = {"E": 0, "EVEN": 0, "O": 1, "ODD": 1, "B": 2, "BOTH": 2, "M": 2, "MIXED": 2}


@dataclass(frozen=True)
class Towns:
    """Towns of the region by number: their place keys, cleaned names and states."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    states: tuple[str, ...]


def find_towns(layers: RegionLayers) -> Towns:
    """Return all towns of the centerlines and address points, sorted by key."""
    parts = [_towns(layers.addresses, "city", "state")]
    parts += [_towns(layers.streets, f"city_{side}", f"state_{side}") for side in _SIDES]
    table = pl.concat(parts).filter(pl.col("key") != "").unique().sort("key", "name", "state")
    table = table.unique("key", keep="first", maintain_order=True)
    columns = (tuple(table[column].to_list()) for column in ("key", "name", "state"))
    return Towns(*columns)


def index_points(
    layers: RegionLayers, streets: StreetIndex, towns: Towns, patterns: dict[str, int]
) -> tuple[Arrays, pl.DataFrame]:
    """Return arrays of the address points, sorted by street and number, and their texts."""
    table = layers.addresses
    number = each_text(table["number"], clean_number)
    code, texts = coded(number)
    split = [split_number(text) for text in texts]
    frame = table.select("lon", "lat", source=_source()).with_columns(
        number=number,
        unit=each_text(table["unit"], known_unit),
        zip=each_text(table["zip"], clean_zip),
        town=_numbered(table["city"], towns.keys),
        street=pl.Series(streets.point_street),
        value=pl.Series([house_number.value for house_number in split], dtype=pl.Int64).gather(
            code
        ),
        pattern=pl.Series([house_number.pattern for house_number in split], dtype=pl.String).gather(
            code
        ),
    )
    frame = frame.filter((pl.col("street") >= 0) & (pl.col("value") >= 0))
    frame = frame.sort("street", "value", "number", "zip", "town", "lon", "lat", "source")
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    x, y = Projection(layers.info.metric_crs).to_metres(lon, lat)
    for pattern in frame["pattern"].unique().sort().to_list():
        patterns.setdefault(pattern, len(patterns))
    extra = frame["pattern"].replace_strict(patterns, return_dtype=pl.Int32)
    arrays: Arrays = {
        "point_key": packed_key(frame["street"].to_numpy(), frame["value"].to_numpy()),
        "point_extra": extra.to_numpy().astype(np.int32),
        "point_lon": lon,
        "point_lat": lat,
        "point_x": x,
        "point_y": y,
        "point_zip": _zip_number(frame["zip"]),
        "point_city": frame["town"].to_numpy(),
        "point_unit": _unit_hashes(frame),
    }
    return arrays, frame.select("number", "source", "unit")


def _unit_hashes(points: pl.DataFrame) -> NDArray[np.int64]:
    """Return the hash of each point's unit, else of its number suffix (12B); 0 for none."""
    letter = pl.col("pattern").str.extract(r"^#([A-Z])$").fill_null("")
    unit = points.select(pl.when(pl.col("unit") != "").then("unit").otherwise(letter)).to_series()
    code, texts = coded(unit)
    hashes = [signed_key_hash(unit_key(text)) for text in texts]
    return np.array(hashes, dtype=np.int64)[code]


def index_ranges(
    layers: RegionLayers, streets: StreetIndex, towns: Towns
) -> tuple[Arrays, pl.DataFrame]:
    """Return arrays of the range sides, their number cells, and the centerlines."""
    sides = pl.concat([_side(layers, streets, towns, side) for side in _SIDES])
    sides = sides.filter((pl.col("street") >= 0) & pl.col("from").is_not_null())
    sides = sides.sort("street", "low", "high", "segment", "side")
    arrays: Arrays = {
        "range_street": sides["street"].to_numpy(),
        "range_from": sides["from"].to_numpy(),
        "range_to": sides["to"].to_numpy(),
        "range_segment": sides["segment"].to_numpy(),
        "range_side": sides["side"].to_numpy(),
        "range_zip": _zip_number(sides["zip"]),
        "range_city": sides["town"].to_numpy(),
    }
    texts = layers.streets.select(source=_source())
    return arrays | _cells(sides) | _centerlines(layers.street_lines), texts


def packed_key(street: NDArray[np.generic], number: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return street and number as a sortable integer."""
    return (street.astype(np.int64) << 32) | number.astype(np.int64)


def last_lines(arrays: Arrays, towns: Towns) -> tuple[Arrays, pl.DataFrame]:
    """Return ``point_last`` and ``range_last``, and the last lines (``, TOWN, ST 12345``)."""
    packs = {layer: _town_and_zip(arrays, layer) for layer in ("point", "range")}
    distinct = np.unique(np.concatenate([*packs.values()]))
    names, states = [*towns.names, ""], [*towns.states, ""]
    texts = [
        _last_line(names[town], states[town], zip_)
        for town, zip_ in zip(
            (distinct >> 32).tolist(), (distinct & 0xFFFFFFFF).tolist(), strict=True
        )
    ]
    numbered: Arrays = {
        f"{layer}_last": distinct.searchsorted(pack).astype(np.int32)
        for layer, pack in packs.items()
    }
    return numbered, pl.DataFrame({"text": texts}, schema={"text": pl.String})


def _town_and_zip(arrays: Arrays, layer: str) -> NDArray[np.int64]:
    town, zip_ = (arrays[f"{layer}_{part}"].astype(np.int64) for part in ("city", "zip"))
    return (town << 32) | np.where(zip_ < 0, _NO_ZIP, zip_)


def _last_line(town: str, state: str, zip_: int) -> str:
    state_and_zip = " ".join(
        part for part in (state, "" if zip_ == _NO_ZIP else f"{zip_:05d}") if part
    )
    return "".join(f", {part}" for part in (town, state_and_zip) if part)


def _source() -> pl.Expr:
    """Return the source of a feature: the file name and the id, else the row number."""
    row = (pl.int_range(pl.len()) + 1).cast(pl.String)
    return pl.col("source") + ":" + pl.coalesce(pl.col("id"), row)


def _towns(frame: pl.DataFrame, city: str, state: str) -> pl.DataFrame:
    distinct = frame.select(city, state).unique()
    name = each_text(distinct[city], clean_text)
    return pl.DataFrame(
        {
            "key": each_text(name, place_key),
            "name": name,
            "state": each_text(distinct[state], clean_text),
        }
    ).unique()


def _side(layers: RegionLayers, streets: StreetIndex, towns: Towns, side: str) -> pl.DataFrame:
    start, end = pl.col(f"from_{side}"), pl.col(f"to_{side}")
    start, end = pl.coalesce(start, end), pl.coalesce(end, start)
    written = each_text(layers.streets[f"parity_{side}"], clean_text)
    parity = written.replace_strict(_PARITY, default=None, return_dtype=pl.Int64)
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
        each_text(layers.streets[f"zip_{side}"], clean_zip).alias("zip"),
        _numbered(layers.streets[f"city_{side}"], towns.keys).alias("town"),
    )


def _cells(sides: pl.DataFrame) -> Arrays:
    """Return cells of house numbers with the range sides that contain them.

    The numbers of each street and parity are cut at every range end. A look-up is then a single
    binary search, even for overlapping ranges.
    """
    place = np.arange(len(sides), dtype=np.int32)
    parity = sides["parity"].to_numpy()
    even, odd = np.flatnonzero(parity != 1), np.flatnonzero(parity != 0)
    row = np.concatenate([place[even], place[odd]])
    group = sides["street"].to_numpy().astype(np.int64)[row] * 2
    group[len(even) :] += 1
    low = packed_key(group, sides["low"].to_numpy()[row])
    beyond = packed_key(group, sides["high"].to_numpy()[row] + 1)
    cuts = np.unique(np.concatenate([low, beyond]))
    first_cell, last_cell = np.searchsorted(cuts, low), np.searchsorted(cuts, beyond)
    count = last_cell - first_cell
    cell = np.repeat(first_cell - np.cumsum(count) + count, count) + np.arange(count.sum())
    side = np.repeat(row, count)
    order = np.lexsort((side, cell))
    offset = np.searchsorted(cell[order], np.arange(len(cuts) + 1))
    return {"cell_key": cuts, "cell_offset": offset, "cell_range": side[order]}


def _centerlines(lines: NDArray[np.object_]) -> Arrays:
    """Return the vertices of all segments.

    ``vertex_m`` increases over all segments, so that a binary search locates a position.
    """
    vertices, owner = shapely.get_coordinates(lines, return_index=True)
    offset = np.searchsorted(owner, np.arange(len(lines) + 1))
    step = np.zeros(len(vertices))
    if len(vertices) > 1:
        step[1:] = np.hypot(*np.diff(vertices, axis=0).T)
        step[1:][owner[1:] != owner[:-1]] = 0.0
    return {
        "segment_offset": offset,
        "vertex_x": vertices[:, 0].copy(),
        "vertex_y": vertices[:, 1].copy(),
        "vertex_m": np.cumsum(step),
    }


def _numbered(cities: pl.Series, keys: tuple[str, ...]) -> pl.Series:
    """Return the town number of each city; -1 for unknown cities."""
    numbers = dict(zip(keys, range(len(keys)), strict=True))
    code, texts = coded(cities)
    towns = [numbers.get(place_key(clean_text(text)), -1) for text in texts]
    return pl.Series("town", towns, dtype=pl.Int32).gather(code)


def _zip_number(column: pl.Series) -> NDArray[np.int32]:
    return column.cast(pl.Int32, strict=False).fill_null(-1).to_numpy().astype(np.int32)
