"""The homes of a year as unknowns of a stronger reader: who knows which places, hexagons and distances to schools there are at all."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from attacker.groups import ALL, Mask

_DISTRICT = "district"
_MILES = {"0.5 mi": 0.5, "1 mi": 1.0, "2 mi": 2.0, "3 mi": 3.0}
_MILE_M = 1609.344
_ROOM = " with room"


@dataclass(frozen=True)
class Homes:
    """One unknown number for each band and kind of home that there is; ``table`` has a row each.

    A column for each set of units, and for each distance ``near``, ``room`` and ``unsure``: whether a quality school that serves the
    band is within it, one known to have room, one of which nobody knows.
    """

    table: pl.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    def mask(self, condition: pl.Expr) -> Mask:
        """The unknowns that a condition holds for."""
        met = self.table.select(condition.fill_null(value=False)).to_series().to_numpy()
        return np.broadcast_to(met, len(self.table)) if len(met) == 1 else met

    def line(self, measure: str, areas: str, row: dict[str, object]):
        """Whom a line counts, of whom they are a part, and all of the unit; None for what is not about homes alone."""
        if measure not in ("residents", "access"):
            return None
        mine = pl.lit(value=True) if row["band"] == ALL else pl.col("band") == row["band"]
        mine &= pl.col(areas).is_not_null() if row["unit"] == _DISTRICT else pl.col(areas) == row["unit"]  # fmt: skip
        if measure == "residents":
            return self.mask(mine), self.mask(mine), self.mask(mine)
        part, sure = conditions(str(row["part"]))
        return self.mask(mine & part), self.mask(mine & sure), self.mask(mine)


def conditions(part: str) -> tuple[pl.Expr, pl.Expr]:
    """Who has a school within the distance of a part of ``access``, and of whom it can be said."""
    at = part.removesuffix(_ROOM)
    if at == part:
        return pl.col(f"near {at}"), pl.lit(value=True)
    room = pl.col(f"room {at}")
    return room, room | ~pl.col(f"unsure {at}")


def homes(students: pl.DataFrame, schools: pl.DataFrame, bands, kinds) -> Homes:
    """The kinds of homes of some students of one year.

    ``students`` have ``x``, ``y``, ``grade`` and a column for each of ``kinds``; ``schools`` are the year's good ones that are open, with ``s_x``,
    ``s_y``, ``grades``, ``capacity`` and ``enrollment``. A band's grades are taken to have the same schools.
    """
    found = []
    for band, grades in bands.items():
        some = students.filter(
            pl.col("grade").cast(pl.String).is_in(list(grades)), pl.col("x").is_not_null()
        )
        mine = schools.filter(pl.col("grades").list.contains(grades[0]))
        away = np.hypot(
            *(some[axis].to_numpy()[:, None] - mine[f"s_{axis}"].to_numpy() for axis in "xy")
        )
        free = (mine["capacity"] - mine["enrollment"]).cast(pl.Float64).fill_null(np.nan).to_numpy()
        which = {"near": np.ones(len(mine), dtype=bool), "room": free > 0, "unsure": np.isnan(free)}
        flags = {f"{name} {at}": (away[:, one] <= miles * _MILE_M).any(axis=1)
                 for name, one in which.items() for at, miles in _MILES.items()}  # fmt: skip
        found.append(
            some.select(*kinds).with_columns(
                band=pl.lit(band), **{name: pl.Series(one) for name, one in flags.items()}
            )
        )
    return Homes(pl.concat(found).unique(maintain_order=True))
