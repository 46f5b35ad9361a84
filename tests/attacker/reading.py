"""How a reader reads each public measure: the groups that its lines count."""

from collections.abc import Callable

import polars as pl

from geoservice.measures.ground import DISTRICT

Mask = pl.Expr
ALL_BANDS = "all"
_MATCHED, _SCHOOL_KNOWN = pl.col("is_matched"), pl.col("is_known_school")
_PLACED = _MATCHED & pl.col("is_placed_school")
DERIVED = frozenset({"net_flow", "service_gap", "service_level", "need_rank", "programme_density"})
"""Measures made of protected counts that other measures publish, and of public facts."""
PUBLIC = frozenset({"utilisation", "unfilled_seats", "quality_seat_share", "rating_stability"})
"""Measures of public facts alone."""
BY_HOME = frozenset({"access", "nearest_school"})
"""Measures that part the residents of a place by where exactly they live."""
OTHER_FACTS = frozenset({"distance", "nearest_quality", "coverage", "school_draw"})
"""Medians, and counts by match of the address or by hexagon: groups say nothing of them."""


def attended(unit: str) -> str:
    """Return the column with the unit in which the school attended stands."""
    return "school_id" if unit == "school" else f"s_{unit}"


def _stays(unit: str) -> Mask:
    return (pl.col(unit) == pl.col(attended(unit))).fill_null(value=False)


def _zoned(unit: str) -> Mask:
    return pl.col(f"in_{unit}" if unit.startswith("zone_") else "attends_right")


def _entered(unit: str) -> Mask:
    return pl.col("is_located" if unit.startswith("zone_") else "is_matched")


def _reason(part: str) -> Mask:
    """Compare the rating of the school attended with that of the zoned school; rank 0 is best."""
    rank, right_rank = pl.col("rank"), pl.col("right_rank")
    is_rated = rank.is_not_null() & right_rank.is_not_null()
    return {
        "higher": is_rated & (rank < right_rank),
        "same": is_rated & (rank == right_rank),
        "lower": is_rated & (rank > right_rank),
        "not rated": ~is_rated,
    }[part]


Reading = tuple[str, Mask, Callable[[str, str], Mask]]
"""Side (``home`` or ``attended``), who is in the denominator, and who of them in the numerator by part and unit."""


def reading_of(measure: str, part: str, unit: str) -> Reading | None:
    """Return how a part of a measure counts groups; None where it says nothing of them.

    Raises
    ------
    KeyError
        Where the reader does not know the measure: a new measure must be added here.
    """
    if measure in DERIVED | PUBLIC | BY_HOME | OTHER_FACTS:
        return None
    everybody = pl.lit(value=True)
    zoned, stays = _zoned(unit), _stays(unit) if unit != "school" else everybody
    if measure == "tier_table":
        label = part.removeprefix("students ")
        is_of_schools = part.startswith("schools ")
        return None if is_of_schools else ("attended", _SCHOOL_KNOWN, pl.col("label") == label)
    if measure == "in_quality":
        side = "home" if part == "residence" else "attended"
        counted = _MATCHED & _SCHOOL_KNOWN if side == "home" else _SCHOOL_KNOWN
        return side, counted, pl.col("quality")
    if measure == "leave_reason":
        if part not in ("higher", "same", "lower", "not rated"):
            return None
        return "home", _PLACED & pl.col("right_school").is_not_null() & ~stays, _reason(part)
    if measure == "attendance_type":
        parts = {"zoned": zoned, "other_in_area": ~zoned & stays, "out_of_area": ~zoned & ~stays}
        return "home", _PLACED, parts[part]
    if measure in ("in_boundary", "draw"):
        counted = _SCHOOL_KNOWN & pl.col("is_located") & pl.col("has_zone")
        inside = pl.col("in_zone")
        return "attended", counted, inside if measure == "in_boundary" else ~inside
    readings: dict[str, Reading] = {
        "residents": ("home", _MATCHED, everybody),
        "attenders": ("attended", _SCHOOL_KNOWN, everybody),
        "stay": ("home", _PLACED, stays),
        "capture": ("home", _PLACED, stays),
        "leave": ("home", _PLACED, ~stays),
        "enter": ("attended", _SCHOOL_KNOWN & _entered(unit), ~stays),
        "participation": ("home", _PLACED & pl.col("is_served"), zoned),
    }
    return readings[measure]


def in_line(band: str, unit: str, name: str, side: str) -> Mask:
    """Return which groups a line of a band and unit is about; the district is the sum of its units."""
    column = unit if side == "home" else attended(unit)
    here = pl.col(column).is_not_null() if name == DISTRICT else pl.col(column) == name
    return here if band == ALL_BANDS else here & (pl.col("band") == band)


def flow_masks(measure: str, unit: str, band: str, home: str, to: str) -> Mask:
    """Return the groups of a flow between areas, or from a zone to a school."""
    destination = f"s_{unit}" if measure == "flows" else "school_id"
    here = (pl.col(unit) == home) & (pl.col(destination) == to) & _MATCHED & _SCHOOL_KNOWN
    return here if band == ALL_BANDS else here & (pl.col("band") == band)
