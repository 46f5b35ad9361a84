"""The unknowns: how many students live in each place and attend each school, and which of them a published line counts."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attacker.facts import Facts

Mask = NDArray[np.bool_]
AREAS, ZONES = ("planning", "wards"), ("elementary", "middle", "high")
ALL = "all"
_DISTRICT = "district"
_MOVING = ("stay", "leave", "capture", "enter", "attendance_type", "participation")


@dataclass(frozen=True)
class Unknowns:
    """One unknown number for each band, place of home and school; ``table`` has a row each.

    ``h_<set>`` is where they live, null where the address is not known; ``s_<set>`` where the school stands.
    """

    table: pl.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    @property
    def has_hexagons(self) -> bool:
        """True where homes are told apart by hexagons too."""
        return self.table["h_hexagons"].null_count() < len(self.table)

    def where(self, condition: pl.Expr) -> Mask:
        """The unknowns that a condition holds for."""
        met = self.table.select(condition.fill_null(value=False)).to_series().to_numpy()
        return np.broadcast_to(met, len(self.table)) if len(met) == 1 else met

    def line(
        self, measure: str, areas: str, row: dict[str, object]
    ) -> tuple[Mask | None, Mask, Mask] | None:
        """Whom a published line counts, of whom they are a part, and all of the unit; None for what is not about these."""
        if (
            "hexagons" in (areas, "hexagons" if measure == "school_draw" else "")
            and not self.has_hexagons
        ):
            return None
        found = _condition(
            measure, areas, str(row["part"] or ""), str(row["to"] or ""), row["unit"]
        )
        if found is None:
            return None
        band = row["band"]
        mine = pl.lit(value=True) if band == ALL else pl.col("band") == band
        part, whole = found
        everyone = self.where(mine & _everyone(measure, areas, str(row["part"] or ""), row["unit"]))
        return None if part is None else self.where(mine & part), self.where(mine & whole), everyone


def unknowns(facts: Facts) -> Unknowns:
    """All ways of living somewhere and attending some school, and of attending with an address that is not known."""
    found = []
    for band, places in facts.places.items():
        schools = facts.schools[band]
        homes = places.rename({one: f"h_{one}" for one in places.columns if one != "right"})
        mine = schools.rename(
            {one: f"s_{one}" for one in schools.columns if one in (*AREAS, *ZONES)}
        )
        of_right = schools.select(right="school", right_rank="rank", right_full="full")
        homes = homes.join(of_right, on="right", how="left")
        both = pl.concat([homes.join(mine, how="cross"), mine], how="diagonal_relaxed")
        found.append(both.with_columns(band=pl.lit(band), has_zone=pl.col("school").is_in(places["right"].drop_nulls().implode())))  # fmt: skip
    table = pl.concat(found, how="diagonal_relaxed")
    names = [f"{side}_{one}" for side in "hs" for one in (*AREAS, *ZONES)] + ["h_hexagons"]
    blank = [pl.lit(None, dtype=pl.String).alias(one) for one in names if one not in table.columns]
    return Unknowns(table.with_columns(blank))


def _condition(measure: str, areas: str, part: str, to: str, unit: object):
    """Conditions of a line's part and whole: a pair of expressions over the unknowns' table."""
    if areas == "school":
        return _by_school(measure, to, unit)
    home, here = pl.col(f"h_{areas}"), pl.col(f"s_{areas}") if areas != "hexagons" else None
    lives = home.is_not_null() if unit == _DISTRICT else home == unit
    works = None if here is None else (here.is_not_null() if unit == _DISTRICT else here == unit)
    stays = None if here is None else (home == here).fill_null(value=False)
    if measure == "residents":
        return lives, lives
    if measure in _MOVING:
        return _moving(measure, part, areas, lives, works, stays)
    if measure == "attenders":
        return works, works
    if measure == "in_quality":
        side = lives if part == "residence" else works
        return side & pl.col("quality"), side
    if measure == "tier_table" and part.startswith("students "):
        return works & (pl.col("label") == part.removeprefix("students ")), works
    if measure == "leave_reason":
        leaves = lives & ~stays & pl.col("right").is_not_null()
        if part.endswith("right_full"):
            leaves &= pl.col("right_full").is_not_null()
        why = _reason(part)
        return None if why is None else (leaves & why, leaves)
    if measure == "flows" and to != "other":
        return lives & (here == to), lives
    if measure == "zone_destinations" and to != "other":
        return lives & (pl.col("school") == to), lives
    if measure == "distance" and (label := _rating(part)):
        return None, lives & (pl.col("label") == label)
    if measure in ("distance", "nearest_quality"):
        return None, lives
    return None


def _rating(part: str) -> str:
    """The rating of a distance's part; empty where it is of all."""
    return part.rpartition(" ")[0]


def _everyone(measure: str, areas: str, part: str, unit: object) -> pl.Expr:
    """All who live in a unit, or attend there."""
    if areas == "school":
        return pl.lit(value=True) if unit == _DISTRICT else pl.col("school") == unit
    at_school = measure in ("attenders", "enter", "tier_table") or part == "attendance"
    place = pl.col(f"{'s' if at_school else 'h'}_{areas}")
    here = place.is_not_null() if unit == _DISTRICT else place == unit
    label = _rating(part) if measure == "distance" else ""
    return here & (pl.col("label") == label) if label else here


def _by_school(measure: str, to: str, unit: object):
    mine = pl.lit(value=True) if unit == _DISTRICT else pl.col("school") == unit
    matched = pl.col("h_planning").is_not_null()
    if measure == "attenders":
        return mine, mine
    if measure in ("in_boundary", "draw"):
        own = (pl.col("right") == pl.col("school")).fill_null(value=False)
        whole = mine & matched & pl.col("has_zone")
        return whole & (own if measure == "in_boundary" else ~own), whole
    if measure == "school_draw" and to != "other":
        return mine & (pl.col("h_hexagons") == to), mine
    if measure == "distance":
        return None, mine & matched
    return None


def _moving(measure, part, areas, lives, works, stays):
    zoned = pl.col("school") == pl.col("right")
    if measure == "enter":
        whole = works & pl.col("h_planning").is_not_null()
        return whole & ~stays, whole
    if measure in ("stay", "capture"):
        return lives & stays, lives
    if measure == "leave":
        return lives & ~stays, lives
    kinds = {"other_in_area": ~zoned & stays, "out_of_area": ~zoned & ~stays}
    return lives & kinds.get(part, zoned), lives


def _reason(part: str):
    relation, _, more = part.partition(" ")
    if part.startswith("not rated"):
        relation, more = "not rated", part.removeprefix("not rated").strip()
    if more == "nearer" or part == "nearer":
        return None
    mine, right = pl.col("rank"), pl.col("right_rank")
    unrated = mine.is_null() | right.is_null()
    kinds = {"higher": ~unrated & (mine < right), "same": ~unrated & (mine == right),
             "lower": ~unrated & (mine > right), "not rated": unrated}  # fmt: skip
    full = pl.col("right_full")
    if part == "right_full":
        return full
    return kinds[relation].fill_null(value=False) & (full if more else True)
