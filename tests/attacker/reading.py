"""How a reader reads each public measure: the groups that its lines count."""

from dataclasses import dataclass

import polars as pl

from geoservice.measures.coverage import MATCHES, UNMATCHED
from geoservice.measures.ground import DISTRICT
from geoservice.measures.quality import ACCESS_MILES, WITH_ROOM

Mask = pl.Expr
ALL_BANDS = "all"
EVERYBODY = pl.lit(value=True)
_MATCHED, _SCHOOL_KNOWN = pl.col("is_matched"), pl.col("is_known_school")
_PLACED = _MATCHED & pl.col("is_placed_school")
DERIVED = frozenset({"net_flow", "service_gap", "service_level", "need_rank", "programme_density"})
"""Measures made of public facts and of protected counts that ``leave``, ``enter`` and
``residents`` publish of the same students: they say nothing new."""
PUBLIC = frozenset({"utilisation", "unfilled_seats", "quality_seat_share", "rating_stability"})
"""Measures of public facts alone: no student is in them."""
DESTINATIONS = {"flows": "s_{}", "zone_destinations": "school_id", "school_draw": "hexagons"}
"""Measures with a row per destination, and the column of it."""
STATISTICS = frozenset({"distance", "nearest_quality"})
"""Measures that publish medians and means."""


@dataclass(frozen=True)
class Reading:
    """How a part of a measure counts groups.

    Attributes
    ----------
    side
        ``home``, ``attended`` or ``typed``: by which unit.
    counted
        Who is in the denominator.
    part
        Who of them is in the numerator.
    metres
        The distance of which it is a median or mean; empty for counts.
    """

    side: str
    counted: Mask
    part: Mask
    metres: str = ""


def attended(unit: str) -> str:
    """Return the column with the unit in which the school attended stands."""
    return "school_id" if unit == "school" else f"s_{unit}"


def column_of(unit: str, side: str) -> str:
    """Return the column of the units of a side."""
    return {"home": unit, "attended": attended(unit), "typed": f"c_{unit}"}[side]


def reading_of(measure: str, part: str, unit: str) -> Reading | None:
    """Return how a part of a measure counts groups; None where it says nothing new of them.

    Raises
    ------
    KeyError
        Where the reader does not know the measure or the part: a new measure must be added here.
    """
    if measure in DERIVED | PUBLIC:
        return None
    readers = {
        "tier_table": _of_ratings,
        "leave_reason": _of_reasons,
        "access": _of_access,
        "coverage": _of_coverage,
        "distance": _of_distance,
        "nearest_quality": _of_nearest_quality,
    }
    return readers[measure](part, unit) if measure in readers else _of_shares(measure, part, unit)


def in_line(band: str, unit: str, name: str, side: str) -> Mask:
    """Return which groups a line of a band and unit is about.

    The district is the sum of its units; of typed places it is everybody.
    """
    column = column_of(unit, side)
    if name == DISTRICT:
        here = EVERYBODY if side == "typed" else pl.col(column).is_not_null()
    else:
        here = pl.col(column) == name
    return here if band == ALL_BANDS else here & (pl.col("band") == band)


def everybody_of(reading: Reading, unit: str, name: str, band: str) -> Mask:
    """Return all of a line, of whom some do not count: they are left out."""
    if reading.side == "attended" and name == DISTRICT:
        served = pl.col(f"served_{unit}") if unit.startswith("zone_") else EVERYBODY
        return served if band == ALL_BANDS else served & (pl.col("band") == band)
    base = {"home": _MATCHED, "attended": _SCHOOL_KNOWN, "typed": EVERYBODY}[reading.side]
    return in_line(band, unit, name, reading.side) & base


def _stays(unit: str) -> Mask:
    if unit == "school":
        return EVERYBODY
    return (pl.col(unit) == pl.col(attended(unit))).fill_null(value=False)


def _of_ratings(part: str, _unit: str) -> Reading | None:
    if part.startswith("schools "):
        return None
    label = part.removeprefix("students ")
    return Reading("attended", _SCHOOL_KNOWN, pl.col("label") == label)


def _of_reasons(part: str, unit: str) -> Reading:
    """Compare the rating of the school attended with that of the zoned school; rank 0 is best."""
    rank, right_rank = pl.col("rank"), pl.col("right_rank")
    is_rated = (rank.is_not_null() & right_rank.is_not_null()).fill_null(value=False)
    relations = {
        "higher": is_rated & (rank < right_rank),
        "same": is_rated & (rank == right_rank),
        "lower": is_rated & (rank > right_rank),
        "not rated": ~is_rated,
    }
    details = {"nearer": pl.col("is_nearer"), "right_full": pl.col("right_full")}
    leaves = _PLACED & pl.col("right_school").is_not_null() & ~_stays(unit)
    relation, detail = part, ""
    for name in details:
        if part.endswith(name):
            relation, detail = part.removesuffix(name).rstrip(), name
    inside = relations[relation] if relation else EVERYBODY
    if detail:
        inside = inside & details[detail]
    counted = leaves & pl.col("right_full").is_not_null() if detail == "right_full" else leaves
    return Reading("home", counted, inside)


def _of_access(part: str, _unit: str) -> Reading:
    miles, _, room = part.partition(" mi")
    ring = [f"{distance:g}" for distance in ACCESS_MILES].index(miles)
    counted = _MATCHED & pl.col("ring_any_room").is_not_null()
    if not room:
        return Reading("home", counted, pl.col("ring_any_room") <= ring)
    if room.strip() != WITH_ROOM:
        raise KeyError(part)
    has_room = pl.col("ring_room") <= ring
    return Reading("home", counted & (has_room | (pl.col("ring_unknown") > ring)), has_room)


def _of_coverage(part: str, _unit: str) -> Reading:
    parts = {"matched": _MATCHED}
    parts |= {match: _MATCHED & (pl.col("geo_match") == match) for match in MATCHES}
    if part.startswith(UNMATCHED):
        return Reading("typed", EVERYBODY, pl.col("reason") == part.removeprefix(UNMATCHED))
    return Reading("typed", EVERYBODY, parts[part])


def _of_distance(part: str, unit: str) -> Reading:
    label, _, _ = part.rpartition(" ")
    side = "attended" if unit == "school" else "home"
    counted = _MATCHED & pl.col("has_far")
    if label:
        counted = counted & (pl.col("label") == label)
    return Reading(side, counted, EVERYBODY, "far")


def _of_nearest_quality(part: str, _unit: str) -> Reading:
    distance = {"": "near", "excess": "excess"}[part.rpartition(" ")[0]]
    return Reading("home", _MATCHED & pl.col(f"has_{distance}"), EVERYBODY, distance)


def _of_shares(measure: str, part: str, unit: str) -> Reading:
    stays = _stays(unit)
    is_zone = unit.startswith("zone_")
    zoned = pl.col(f"in_{unit}" if is_zone else "attends_right")
    entered = pl.col("is_located" if is_zone else "is_matched")
    by_school = _SCHOOL_KNOWN & pl.col("is_located") & pl.col("has_zone")
    types = {"zoned": zoned, "other_in_area": ~zoned & stays, "out_of_area": ~zoned & ~stays}
    readings = {
        ("residents", ""): Reading("home", _MATCHED, EVERYBODY),
        ("attenders", ""): Reading("attended", _SCHOOL_KNOWN, EVERYBODY),
        ("stay", "stay"): Reading("home", _PLACED, stays),
        ("capture", "stay"): Reading("home", _PLACED, stays),
        ("leave", "leave"): Reading("home", _PLACED, ~stays),
        ("enter", "enter"): Reading("attended", _SCHOOL_KNOWN & entered, ~stays),
        ("participation", "zoned"): Reading("home", _PLACED & pl.col("is_served"), zoned),
        ("in_quality", "residence"): Reading("home", _MATCHED & _SCHOOL_KNOWN, pl.col("quality")),
        ("in_quality", "attendance"): Reading("attended", _SCHOOL_KNOWN, pl.col("quality")),
        ("in_boundary", "in_boundary"): Reading("attended", by_school, pl.col("in_zone")),
        ("draw", "draw"): Reading("attended", by_school, ~pl.col("in_zone")),
        ("nearest_school", "nearest"): Reading(
            "home", _PLACED & pl.col("has_school"), pl.col("attends_nearest")
        ),
        **{("attendance_type", name): Reading("home", _PLACED, types[name]) for name in types},
    }
    return readings[measure, part]
