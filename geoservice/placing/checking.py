"""Check the decisions of a filled review before a run: each must give one place of the region."""

import numpy as np
import polars as pl

from geoservice.errors import InputError
from geoservice.placing.options import PlaceOptions
from geoservice.placing.pipeline import place_alone
from geoservice.placing.review import Overrides
from geoservice.reference.snapshot import Reference

_BEYOND_M = 50_000.0
"""Coordinates farther than this from the region's data are mistakes, such as swapped axes."""
_MOST_NAMED = 10


def refuse_lost_decisions(
    overrides: Overrides, reference: Reference, allow: tuple[str, ...] = ()
) -> None:
    """Refuse decisions that give their rows no place.

    Raises
    ------
    InputError
        If an address in ``use`` matches no place or several places, or if coordinates lie far
        from the region. The message names the rows of the review and the reason.
    """
    table = overrides.table
    reasons = pl.concat([_far_away(table, reference), _not_matched(table, reference, allow)])
    unplaced = reasons.sort("row")
    if not len(unplaced):
        return
    row, reason = unplaced.row(0)
    other_rows = [str(other_row) for other_row in unplaced["row"][1 : 1 + _MOST_NAMED].to_list()]
    further = f" So are rows {', '.join(other_rows)}." if other_rows else ""
    raise InputError(
        f"Row {row} of the overrides, column `use`, does not lead to a single place ({reason})."
        f"{further} Write another candidate, a whole address with town and ZIP, or longitude "
        "and latitude.",
        row=row,
        column="use",
    )


def _not_matched(table: pl.DataFrame, reference: Reference, allow: tuple[str, ...]) -> pl.DataFrame:
    addresses = table.filter(pl.col("text").is_not_null())
    options = PlaceOptions(address="text", allow=allow)
    placed = place_alone(addresses.select("text"), options, reference)
    answers = addresses.select("row", reason=placed["geo_reason"])
    return answers.filter(placed["geo_status"] != "matched")


def _far_away(table: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    decided = table.filter(pl.col("lon").is_not_null())
    lon, lat = (decided[axis].to_numpy() for axis in ("lon", "lat"))
    is_far = np.zeros(len(decided), dtype=bool)
    for axis, values in zip("xy", reference.projection.to_metres(lon, lat), strict=True):
        region_values = np.concatenate(
            [reference.array(f"{kind}_{axis}") for kind in ("point", "vertex")]
        )
        is_far |= ~(
            np.abs(values - np.clip(values, region_values.min(), region_values.max())) <= _BEYOND_M
        )
    reason = pl.lit("far from the region; longitude comes first")
    return decided.filter(pl.Series(is_far)).select("row", reason=reason)
