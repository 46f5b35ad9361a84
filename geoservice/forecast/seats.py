"""Seats of a forecast: utilization, and the first year outside the comfort band."""

import numpy as np
import polars as pl

from geoservice.forecast.counting import SCHOOL, Kind
from geoservice.forecast.history import Floats
from geoservice.model.rights import split_ids
from geoservice.reference.snapshot import Reference

OVER, UNDER = 0.95, 0.80
"""Utilisation above and below which a building is outside the comfort band (DC's Master Facilities
Plan)."""


def seats_of(units: tuple[str, ...], reference: Reference, kind: Kind) -> Floats:
    """Seats of each unit in the latest year that states them: of the school, or of a zone's school.

    NaN if seats are unknown or 0, and for districts and areas.
    """
    schools = _latest(reference)
    if kind.name == SCHOOL:
        return np.array([schools.get(unit, np.nan) for unit in units])
    if kind.column.startswith("zone_"):
        zones = reference.zones().filter(set_id=kind.set_id).unique("zone_id", keep="first")
        school = dict(zones.select("zone_id", "school_id").iter_rows())
        return np.array([_together(school.get(unit), schools) for unit in units])
    return np.full(len(units), np.nan)


def _together(school_ids: str | None, seats: dict[str, float]) -> float:
    """Return the seats of a zone's schools together; NaN if any of them is unknown."""
    seats_of_schools = [seats.get(school, np.nan) for school in split_ids(school_ids)]
    return float(np.sum(seats_of_schools)) if seats_of_schools else np.nan


def first_years(utilisation: Floats, years: list[str]) -> tuple[list[str | None], list[str | None]]:
    """Return by unit the first school year over 95% and the first under 80%, or None."""
    return _first(utilisation > OVER, years), _first(utilisation < UNDER, years)


def _latest(reference: Reference) -> dict[str, float]:
    yearly = reference.seats().filter(pl.col("capacity") > 0).sort("year")
    stated = reference.schools().filter(pl.col("capacity") > 0).select("id", "capacity")
    return {
        **{school: float(seats) for school, seats in stated.iter_rows()},
        **{
            school: float(seats)
            for school, seats in yearly.select("school_id", "capacity").iter_rows()
        },
    }


def _first(is_so: np.ndarray, years: list[str]) -> list[str | None]:
    return [years[int(row.argmax())] if row.any() else None for row in is_so]
