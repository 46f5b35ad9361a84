"""Columns that should name schools or zones of the region and name something else: an address, named by mistake."""

import polars as pl

from geoservice.errors import InputError
from geoservice.reference.snapshot import Reference
from geoservice.students.attendance import UNKNOWN
from geoservice.students.check import plain, zone_names

_MOST = 50


def refuse_strangers(frame: pl.DataFrame, reference: Reference) -> None:
    """Refuse records whose ``school_id`` or ``reported_zone`` are mostly unknown, and of many values.

    Raises
    ------
    InputError
        Where it is so: such values would be kept, and may be names or addresses.
    """
    zones = zone_names(reference)["name"].implode()
    _refuse(
        "school", frame["school_id"], (frame["school_reason"] == UNKNOWN).fill_null(value=False)
    )
    stated = frame["reported_zone"]
    is_zone = frame.select(plain(pl.col("reported_zone")).is_in(zones)).to_series()
    _refuse("reported-zone", stated, (stated != "") & ~is_zone)


def _refuse(option: str, stated: pl.Series, strange: pl.Series) -> None:
    number = stated.filter(strange).n_unique()
    given = int((stated.fill_null("") != "").sum())
    if number > _MOST and int(strange.sum()) * 2 > given:
        raise InputError(
            f"Most cells of the column for --{option} name nothing that the region has, and they are many: it seems to hold "
            "something else. Name another column."
        )
