"""Decisions of a filled review tried before a run: each must lead to one place of the region."""

import numpy as np
import polars as pl

from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place_alone
from geoservice.placing.review import Overrides
from geoservice.reference.snapshot import Reference

_BEYOND_M = 50_000.0
"""Places farther than this from all that the region holds are slips, such as swapped axes."""
_MOST_NAMED = 10


def refuse_lost_decisions(
    overrides: Overrides, reference: Reference, allow: tuple[str, ...] = ()
) -> None:
    """Refuse decisions that would not place their rows.

    Raises
    ------
    InputError
        Where an address of ``use`` leads to no place or to several, or a place lies far from the
        region; the message names the rows of the review and the reasons.
    """
    table = overrides.table
    reasons = pl.concat([_far_away(table, reference), _not_matched(table, reference, allow)])
    lost = reasons.sort("row")
    if not len(lost):
        return
    row, reason = lost.row(0)
    others = [str(other) for other in lost["row"][1 : 1 + _MOST_NAMED].to_list()]
    more = f" So are rows {', '.join(others)}." if others else ""
    raise InputError(
        f"Row {row} of the overrides, column `use`, leads to no single place ({reason}).{more} "
        "Write another candidate, a whole address with town and ZIP, or longitude and latitude.",
        row=row,
        column="use",
    )


def _not_matched(table: pl.DataFrame, reference: Reference, allow: tuple[str, ...]) -> pl.DataFrame:
    asked = table.filter(pl.col("text").is_not_null())
    options = PlaceOptions(address="text", allow=allow)
    placed = place_alone(asked.select("text"), options, reference)
    answered = asked.select("row", reason=placed["geo_reason"])
    return answered.filter(placed["geo_status"] != "matched")


def _far_away(table: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    decided = table.filter(pl.col("lon").is_not_null())
    lon, lat = (decided[axis].to_numpy() for axis in ("lon", "lat"))
    is_far = np.zeros(len(decided), dtype=bool)
    for axis, values in zip("xy", reference.projection.to_metres(lon, lat), strict=True):
        known = np.concatenate([reference.array(f"{kind}_{axis}") for kind in ("point", "vertex")])
        is_far |= ~(np.abs(values - np.clip(values, known.min(), known.max())) <= _BEYOND_M)
    reason = pl.lit("far from the region; longitude comes first")
    return decided.filter(pl.Series(is_far)).select("row", reason=reason)
