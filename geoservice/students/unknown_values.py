"""Refusal of columns that should name schools or zones but hold other values.

Such a column may hold addresses or names, chosen by mistake.
"""

import polars as pl

from geoservice.errors import InputError
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import UNKNOWN
from geoservice.students.check import normalised, zone_names

_MAX_UNKNOWN_VALUES = 50


def refuse_unknown_values(frame: pl.DataFrame, reference: Reference) -> None:
    """Refuse records with many values of ``school_id`` or ``reported_zone``, mostly unknown.

    Raises
    ------
    InputError
        For such records: their values would be stored, and may be names or addresses.
    """
    zones = zone_names(reference)["name"].implode()
    _refuse(
        "school", frame["school_id"], (frame["school_reason"] == UNKNOWN).fill_null(value=False)
    )
    stated = frame["reported_zone"]
    is_zone = frame.select(normalised(pl.col("reported_zone")).is_in(zones)).to_series()
    _refuse("reported-zone", stated, (stated != "") & ~is_zone)


def _refuse(option: str, values: pl.Series, is_unknown: pl.Series) -> None:
    number = values.filter(is_unknown).n_unique()
    stated_count = int((values.fill_null("") != "").sum())
    if number > _MAX_UNKNOWN_VALUES and int(is_unknown.sum()) * 2 > stated_count:
        raise InputError(
            f"Most cells of the column for --{option} name nothing that the region has, and they "
            "are many: it seems to hold something else. Name another column."
        )
