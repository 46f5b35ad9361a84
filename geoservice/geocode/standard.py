"""Standard addresses of places: ``123 N MAIN ST APT 4, TOWN, ST 12345``."""

import numpy as np
import polars as pl

from geoservice.geocode.hits import POINT, RANGE, Ints
from geoservice.geocode.queries import Queries
from geoservice.model.columns import at
from geoservice.reference.snapshot import Reference

LAYER = {POINT: "point", RANGE: "range"}
_SPACE = pl.Series([" "])


def standard_addresses(
    kind: int, place: Ints, street: Ints, number: pl.Series, unit: pl.Series, reference: Reference
) -> pl.Series:
    """Number, street, unit, town, state and ZIP of points or range sides; unknown parts are left out."""
    street_text = at(reference.street_table["display"], street)
    last = at(reference.last_lines, reference.array(f"{LAYER[kind]}_last")[place])
    has_unit = unit != ""
    if has_unit.any():
        last = (_SPACE + unit + last).zip_with(has_unit, last)
    return number + _SPACE + street_text + last


def known_numbers(place: Ints, reference: Reference) -> pl.Series:
    """House numbers of address points as their file has them."""
    return at(reference.point_text["number"], place)


def typed_numbers(rows: Ints, value: Ints, queries: Queries) -> pl.Series:
    """Numbers as typed; where a number was glued to its street, the number parted from it."""
    typed = at(queries.number, rows)
    parted = np.flatnonzero(queries.value[rows] < 0)
    return typed if not len(parted) else typed.scatter(parted, value[parted].astype(str).tolist())
