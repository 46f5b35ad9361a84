"""Families of counts: how students fall into categories, and the parts that figures are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from geoservice.model.region import NOT_RATED

MILE_M = 1609.344
ACCESS_MILES = (0.5, 1.0, 2.0, 3.0)
WITH_ROOM, RIGHT_FULL = "with room", "right_full"
"""What parts that need seats and enrolment end with."""
ALL = "all"
"""The part that is everybody: for families that only count."""
_BINS = len(ACCESS_MILES) + 1
Category = Callable[[str], pl.Expr]
"""From a column of units to the category of each student, null for those left out."""


@dataclass(frozen=True)
class Family:
    """One way to sort students.

    Attributes
    ----------
    side
        ``home``: by where students live; ``school``: by where they attend; ``typed``: all of them, by the home or else the
        typed ZIP.
    category
        The category of each student, from 0; it may depend on the units counted by.
    size
        Number of categories.
    parts
        Named sets of categories: numerators; the denominator is all categories.
    is_settled
        True where the category follows from public facts about the school or the place.
    unsure
        By part that says nothing of some categories: which ones; they are left out of its numerator and denominator. Parts of
        one ``table`` leave out the same.
    """

    side: str
    category: Category = lambda _: pl.lit(0)
    size: int = 1
    parts: Mapping[str, frozenset[int]] = field(default_factory=dict)
    is_settled: bool = False
    unsure: Mapping[str, frozenset[int]] = field(default_factory=dict)


def table_of(part: str) -> str:
    """The name of the parts that leave out the same students."""
    return RIGHT_FULL if part.endswith(RIGHT_FULL) else part


def families(labels: Sequence[str]) -> dict[str, Family]:
    """All families by name; those by rating have a part for each label of the scheme."""
    return {
        "residents": Family("home"),
        "attenders": Family("school"),
        "balance": Family("home", _balance, 4, _BALANCE),
        "participating": Family("home", _participating, 2, {"zoned": frozenset([1])}),
        "entering": Family("school", _entering, 2, {"enter": frozenset([1])}),
        "quality_home": Family("home", lambda _: _known(pl.col("quality").cast(pl.Int64)), 2,
                               {"residence": frozenset([1])}),
        "quality_school": Family("school", lambda _: pl.col("quality").cast(pl.Int64), 2,
                                 {"attendance": frozenset([1])}, is_settled=True),
        "access": Family("home", lambda _: _access(), _BINS**3, _access_parts(), is_settled=True, unsure=_access_unsure()),
        "leaving": Family("home", _leaving, 24, _LEAVING,
                          unsure={one: _RIGHT_UNSURE for one in _LEAVING if one.endswith(RIGHT_FULL)}),
        "tiers": Family("school", lambda _: _tier(labels), len(labels) + 1,
                        {one: frozenset([at]) for at, one in enumerate([*labels, NOT_RATED])}, is_settled=True),
        "drawing": Family("school", lambda _: _drawing(), 2,
                          {"in_boundary": frozenset([1]), "draw": frozenset([0])}),
        "coverage": Family("typed", lambda _: _match_type(), len(_MATCHES), parts=
                           {"matched": frozenset(range(1, len(_MATCHES)))}
                           | {one: frozenset([at]) for at, one in enumerate(_MATCHES) if at}),
    }  # fmt: skip


def school_unit(unit: str) -> str:
    """The column with the unit of the school attended."""
    return "school_id" if unit == "school" else f"s_{unit}"


_MATCHES = ("", "point", "range", "intersection", "street", "zip")
_BALANCE = {
    "zoned": frozenset([0, 1]), "stay": frozenset([0, 2]), "leave": frozenset([1, 3]),
    "out_of_area": frozenset([3]), "other_in_area": frozenset([2]),
}  # fmt: skip
_RELATIONS = ("higher", "same", "lower", NOT_RATED)
_LEAVING = {
    **{one: frozenset(range(at * 6, at * 6 + 6)) for at, one in enumerate(_RELATIONS)},
    **{
        f"{one} nearer": frozenset(range(at * 6 + 1, at * 6 + 6, 2))
        for at, one in enumerate(_RELATIONS)
    },
    **{
        f"{one} {RIGHT_FULL}": frozenset([at * 6 + 2, at * 6 + 3])
        for at, one in enumerate(_RELATIONS)
    },
    "nearer": frozenset(range(1, 24, 2)),
    RIGHT_FULL: frozenset(one for one in range(24) if one % 6 in (2, 3)),
}
_RIGHT_UNSURE = frozenset(one for one in range(24) if one % 6 in (4, 5))


def _known(category: pl.Expr) -> pl.Expr:
    return pl.when("is_known_school").then(category)


def _stays(unit: str) -> pl.Expr:
    return (pl.col(unit) == pl.col(school_unit(unit))).fill_null(value=False)


def _balance(unit: str) -> pl.Expr:
    """0 zoned school here, 1 zoned school elsewhere, 2 another school here, 3 another elsewhere.

    By zones the zoned school is the zone's own. Students whose school is not known, or has no place, are left out.
    """
    zoned = (
        pl.when(f"in_{unit}" if unit.startswith("zone_") else "attends_right").then(0).otherwise(2)
    )
    return pl.when("is_placed_school").then(zoned + pl.when(_stays(unit)).then(0).otherwise(1))


def _participating(unit: str) -> pl.Expr:
    """1 attends the school of right, by zones that of the zone; left out are grades that no zone serves, and unknown schools."""
    attends = f"in_{unit}" if unit.startswith("zone_") else "attends_right"
    return pl.when(pl.col("is_placed_school") & pl.col("is_served")).then(pl.col(attends).cast(pl.Int64))  # fmt: skip


def _entering(unit: str) -> pl.Expr:
    """0 lives here, 1 lives elsewhere; students whose home is not known, or not to the zone, are left out."""
    known = "is_located" if unit.startswith("zone_") else "is_matched"
    return pl.when(known).then(pl.when(_stays(unit)).then(0).otherwise(1))


def _leaving(unit: str) -> pl.Expr:
    """Students who leave: relation of the ratings x 6, plus 2 where the school of right was full, 4 where nobody knows, 1 where theirs is nearer.

    Students who have no school of right are left out.
    """
    mine, right = pl.col("rank"), pl.col("right_rank")
    relation = (
        pl.when(mine.is_null() | right.is_null()).then(3)
        .when(mine < right).then(0).when(mine == right).then(1).otherwise(2)
    )  # fmt: skip
    nearer = (pl.col("far_m") < pl.col("right_m")).fill_null(value=False).cast(pl.Int64)
    full = pl.col("right_full").cast(pl.Int64).fill_null(2)
    leaves = pl.col("is_placed_school") & pl.col("right_school").is_not_null() & ~_stays(unit)
    return pl.when(leaves).then(relation * 6 + full * 2 + nearer)


def _bin(column: str) -> pl.Expr:
    """0 for within the first distance, up to the number of distances for beyond all of them."""
    beyond = [(pl.col(column) > miles * MILE_M).cast(pl.Int64) for miles in ACCESS_MILES]
    return pl.when(pl.col(column).is_not_null()).then(pl.sum_horizontal(beyond))


def _access() -> pl.Expr:
    """Places of the distances to the nearest quality school, to that known to have room, and to that of which it is not known.

    The last is at most the second, as beyond that it changes nothing.
    """
    room = _bin("nearest_room_m")
    unsure = pl.min_horizontal(room, _bin("nearest_unsure_m"))
    return (_bin("nearest_m") * _BINS + room) * _BINS + unsure


def _access_parts() -> dict[str, frozenset[int]]:
    parts = {}
    for at, miles in enumerate(ACCESS_MILES):
        parts[f"{miles:g} mi"] = frozenset(c for c in range(_BINS**3) if c // _BINS**2 <= at)
        parts[f"{miles:g} mi {WITH_ROOM}"] = frozenset(c for c in range(_BINS**3) if c // _BINS % _BINS <= at)  # fmt: skip
    return parts


def _access_unsure() -> dict[str, frozenset[int]]:
    """Within each distance no school is known to have room, and of one it is not known."""
    return {f"{miles:g} mi {WITH_ROOM}": frozenset(c for c in range(_BINS**3) if c // _BINS % _BINS > at >= c % _BINS)
            for at, miles in enumerate(ACCESS_MILES)}  # fmt: skip


def _drawing() -> pl.Expr:
    """1 lives in the school's zone; only where the home's zone is known and the school has one for the grade."""
    return pl.when(pl.col("is_located") & pl.col("has_zone")).then(pl.col("in_zone").cast(pl.Int64))


def _tier(labels: Sequence[str]) -> pl.Expr:
    """The rank of the school's rating, the best first; the last for those not rated."""
    return pl.col("rank").cast(pl.Int64).fill_null(len(labels))


def _match_type() -> pl.Expr:
    places = {one: at for at, one in enumerate(_MATCHES)}
    return (
        pl.col("geo_match").fill_null("").replace_strict(places, default=0, return_dtype=pl.Int64)
    )
