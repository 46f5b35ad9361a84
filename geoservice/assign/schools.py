"""Places to zones by grade, schools of right, ratings and areas."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.model.results import ATTENDS_COLUMN, SCHOOL_COLUMNS
from geoservice.reference.snapshot import PolygonLayer, Reference

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Membership:
    """In which polygon each place lies, for every layer of a kind.

    ``places[i]`` holds for each place the index of its polygon in ``layers[i]``, -1 for none.
    """

    layers: tuple[PolygonLayer, ...]
    places: tuple[Places, ...]


def in_areas(x: Floats, y: Floats, reference: Reference) -> Membership:
    """Areas of all regionalisations that hold the places (metres; NaN lies nowhere)."""
    return _membership(reference.area_layers, x, y)


def in_zones(x: Floats, y: Floats, reference: Reference) -> Membership:
    """Zones of all sets that hold the places (metres; NaN lies nowhere)."""
    return _membership(reference.zone_layers, x, y)


def area_columns(areas: Membership) -> list[pl.Series]:
    """``area_ID`` for each regionalisation: the area's id, null outside all of them."""
    return [
        _ids(layer, places).alias(f"area_{layer.set_id}")
        for layer, places in zip(areas.layers, areas.places, strict=True)
    ]


def same_zones(one: Membership, other: Membership) -> NDArray[np.bool_]:
    """True where two memberships agree in every layer."""
    same = np.ones(len(one.places[0]) if one.places else 0, dtype=bool)
    for left, right in zip(one.places, other.places, strict=True):
        same &= left == right
    return same


def school_columns(
    zones: Membership,
    x: Floats,
    y: Floats,
    grade: pl.Series,
    uncertainty_m: pl.Series,
    attended: pl.Series | None,
    reference: Reference,
) -> pl.DataFrame:
    """Zone columns of every set, the school of right, its rating, margin and doubt.

    ``x`` and ``y`` are metres, ``grade`` holds CEDS codes. Of several sets that serve a grade the first in the manifest
    gives the school of right, the margin and the doubt.
    """
    served = [grade.is_in(list(layer.grades)).fill_null(value=False) for layer in zones.layers]
    inside = [
        mask & pl.Series(places >= 0) for mask, places in zip(served, zones.places, strict=True)
    ]
    columns = _zone_columns(zones, inside, reference, len(grade))
    chosen = pl.DataFrame(
        {"school_of_right": _first(inside, [_schools(*one) for one in _pairs(zones)], len(grade)),
         "zone_margin_m": _margin_m(zones, inside, x, y)}
    ).cast({"school_of_right": pl.String})  # fmt: skip
    chosen = chosen.with_columns(
        school_of_right_name=_looked_up(chosen["school_of_right"], school_names(reference)),
        rating=_looked_up(chosen["school_of_right"], current_ratings(reference)),
        zone_doubtful=uncertainty_m > pl.col("zone_margin_m"),
        zone_margin_m=pl.col("zone_margin_m").round(1),
    )
    names = [column.name for column in SCHOOL_COLUMNS]
    result = pl.DataFrame(columns).hstack(chosen.select(names)) if columns else chosen.select(names)
    if attended is None:
        return result
    attends = (attended == result["school_of_right"]).alias(ATTENDS_COLUMN.name)
    return result.with_columns(attends)


def school_names(reference: Reference) -> pl.DataFrame:
    """``key`` and ``value``: the name of each school."""
    return reference.schools().select(key="id", value="name").unique("key", keep="first")


def current_ratings(reference: Reference) -> pl.DataFrame:
    """``key`` and ``value``: the label of each school in the region's year, by the first scheme."""
    if not reference.info.schemes:
        return pl.DataFrame(schema={"key": pl.String, "value": pl.String})
    now = reference.ratings().filter(
        year=reference.info.school_year, scheme=reference.info.schemes[0].id
    )
    return now.select(key="school_id", value="label").unique("key", keep="first")


def _membership(layers: tuple[PolygonLayer, ...], x: Floats, y: Floats) -> Membership:
    known = np.flatnonzero(np.isfinite(x))
    places = []
    for layer in layers:
        found = np.full(len(x), -1, dtype=np.int64)
        found[known] = layer.index.locate(x[known], y[known])
        places.append(found)
    return Membership(layers, tuple(places))


def _pairs(zones: Membership) -> list[tuple[PolygonLayer, Places]]:
    return list(zip(zones.layers, zones.places, strict=True))


def _margin_m(zones: Membership, inside: list[pl.Series], x: Floats, y: Floats) -> pl.Series:
    """Distance in metres to the edge of the zone that gives the school of right."""
    margin = np.full(len(x), np.nan)
    for (layer, places), mask in zip(_pairs(zones), inside, strict=True):
        rows = np.flatnonzero(mask.to_numpy() & np.isnan(margin))
        margin[rows] = layer.index.margin_m(x[rows], y[rows], places[rows])
    return pl.Series(margin, nan_to_null=True)


def _zone_columns(
    zones: Membership, inside: list[pl.Series], reference: Reference, rows: int
) -> list[pl.Series]:
    columns = []
    for zone_set in reference.info.zone_sets:
        mine = [at for at, layer in enumerate(zones.layers) if layer.set_id == zone_set.id]
        ids = [_ids(zones.layers[at], zones.places[at]) for at in mine]
        values = _first([inside[at] for at in mine], ids, rows)
        columns.append(values.cast(pl.String).alias(f"zone_{zone_set.id}"))
    return columns


def _first(masks: list[pl.Series], values: list[pl.Series], rows: int) -> pl.Series:
    """For each row the value of the first mask that holds, null where none does."""
    if not masks:
        return pl.Series([None] * rows)
    frame = pl.DataFrame(
        [mask.alias(f"m{at}") for at, mask in enumerate(masks)]
        + [value.alias(f"v{at}") for at, value in enumerate(values)]
    )
    parts = [pl.when(f"m{at}").then(f"v{at}") for at in range(len(masks))]
    return frame.select(pl.coalesce(parts).alias("value")).to_series()


def _ids(layer: PolygonLayer, places: Places) -> pl.Series:
    return _gathered(layer.ids, places)


def _schools(layer: PolygonLayer, places: Places) -> pl.Series:
    return _gathered(layer.rows["school_id"], places)


def _gathered(values: pl.Series, places: Places) -> pl.Series:
    """Values by index, null for -1."""
    index = pl.Series(places).cast(pl.Int64)
    index = pl.select(pl.when(index >= 0).then(index)).to_series()
    return values.gather(index.cast(pl.UInt32))


def _looked_up(keys: pl.Series, table: pl.DataFrame) -> pl.Series:
    return keys.replace_strict(table["key"], table["value"], default=None, return_dtype=pl.String)
