"""Students of planned homes: an extra layer on top of the projection."""

import numpy as np
import polars as pl

from geoservice.errors import InputError
from geoservice.forecast.counting import DISTRICT, OWN_UNITS, SCHOOL, Kind
from geoservice.forecast.history import Floats, History, first_calendar_year
from geoservice.reference.snapshot import Reference


def students_of_homes(
    homes: pl.DataFrame, history: History, horizon: int, reference: Reference, kind: Kind
) -> Floats:
    """Return students of planned homes, units x years ahead x grades.

    A home has ``yield`` students of all grades from its first school year on. They are spread over
    the grades like the district's students of the last year. A home with ``lon`` and ``lat``
    belongs to the area or zone that contains it, and to the schools of these zones.

    Raises
    ------
    InputError
        If a home's unit is not one of the forecast.
    """
    mix = history.students[:, -1, :].sum(axis=0)
    mix = mix / max(mix.sum(), 1.0)
    extra = np.zeros((len(history.units), horizon, len(history.grades)))
    last_year = first_calendar_year(history.years[-1])
    for home in _placed(homes, history, reference, kind).iter_rows(named=True):  # Over projects.
        start = max(first_calendar_year(home["year"]) - last_year - 1, 0)
        served = [grade in home["grades"] for grade in history.grades]
        extra[history.units.index(home["unit"]), start:, :] += (
            home["units"] * home["yield"] * mix * served
        )
    return extra


def _placed(
    homes: pl.DataFrame, history: History, reference: Reference, kind: Kind
) -> pl.DataFrame:
    """The homes with ``unit`` and ``grades``; a line for each unit that homes belong to."""
    reported = {
        unit: [grade for grade, is_in in zip(history.grades, row, strict=True) if is_in]
        for unit, row in zip(history.units, history.reported.tolist(), strict=True)
    }
    named = homes.filter(pl.col("unit").is_not_null())
    located = _located(homes.filter(pl.col("unit").is_null()), history, reference, kind)
    if kind.name == DISTRICT:
        named = named.with_columns(unit=pl.lit(DISTRICT))
    strange = named.filter(~pl.col("unit").is_in(list(history.units)))
    if len(strange):
        raise InputError(
            f"The file of planned homes, line {strange['line'][0]}: there is no such unit. `unit` "
            "holds "
            f"ids of the forecast's units ({kind.name})."
        )
    grades = [reported[unit] for unit in named["unit"]]
    named = named.with_columns(grades=pl.Series(grades, dtype=pl.List(pl.String)))
    return pl.concat([named, located.filter(pl.col("unit").is_in(list(history.units)))])


def _located(
    homes: pl.DataFrame, history: History, reference: Reference, kind: Kind
) -> pl.DataFrame:
    x, y = reference.projection.to_metres(homes["lon"].to_numpy(), homes["lat"].to_numpy())
    tables = [homes.clear().with_columns(grades=pl.lit(None, dtype=pl.List(pl.String)))]
    for ids, grades, place in _layers(x, y, history, reference, kind):
        inside = place >= 0
        texts = pl.Series([ids[unit_place] for unit_place in place[inside]], dtype=pl.String)
        part = homes.filter(pl.Series(inside)).with_columns(
            unit=texts, grades=pl.lit(list(grades), dtype=pl.List(pl.String))
        )
        tables.append(part)
    return pl.concat(tables)


def _layers(
    x: Floats, y: Floats, history: History, reference: Reference, kind: Kind
) -> list[tuple[list[str], tuple[str, ...], np.ndarray]]:
    """By layer of polygons: ids of units, the grades they hold, and where each home lies."""
    if kind.name == DISTRICT:
        return [([DISTRICT], history.grades, np.zeros(len(x), dtype=np.int64))]
    if kind.name == OWN_UNITS:
        _refuse_places(x)
        return []
    if kind.column.startswith("area_"):
        layer = next(area for area in reference.area_layers if area.set_id == kind.set_id)
        return [(layer.ids.to_list(), history.grades, layer.index.locate(x, y))]
    column = "school_id" if kind.name == SCHOOL else "zone_id"
    return [
        (layer.rows[column].to_list(), layer.grades, layer.index.locate(x, y))
        for layer in reference.zone_layers
        if kind.name == SCHOOL or layer.set_id == kind.set_id
    ]


def _refuse_places(x: Floats) -> None:
    if len(x):
        raise InputError(
            "The file of planned homes gives places, but the units of your counts have none. Give "
            "`unit`."
        )
