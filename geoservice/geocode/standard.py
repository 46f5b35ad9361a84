"""Standard addresses of places: ``123 N MAIN ST APT 4, TOWN, ST 12345``."""

import numpy as np
import polars as pl

from geoservice.geocode.hits import POINT, RANGE, Ints
from geoservice.geocode.queries import Queries
from geoservice.model.columns import rows_at
from geoservice.reference.snapshot import Reference

LAYER = {POINT: "point", RANGE: "range"}
_SPACE = pl.Series([" "])


def standard_addresses(
    kind: int, place: Ints, street: Ints, number: pl.Series, unit: pl.Series, reference: Reference
) -> pl.Series:
    """Number, street, unit, town, state and ZIP of points or range sides.

    Unknown parts are left out.
    """
    street_text = rows_at(reference.street_table["display"], street)
    last_line = rows_at(reference.last_lines, reference.array(f"{LAYER[kind]}_last")[place])
    has_unit = unit != ""
    if has_unit.any():
        last_line = (_SPACE + unit + last_line).zip_with(has_unit, last_line)
    return number + _SPACE + street_text + last_line


def known_numbers(place: Ints, reference: Reference) -> pl.Series:
    """House numbers of address points as their file has them."""
    return rows_at(reference.point_text["number"], place)


def typed_numbers(rows: Ints, value: Ints, queries: Queries) -> pl.Series:
    """Return numbers as typed; a number glued to its street is separated first."""
    typed = rows_at(queries.number, rows)
    parted = np.flatnonzero(queries.value[rows] < 0)
    return typed if not len(parted) else typed.scatter(parted, value[parted].astype(str).tolist())
