"""Rules for the views of a map: free names, and measures with their own units and parts."""

from geoservice.measures.measure import AREA, ZONE
from geoservice.measures.registry import MEASURES

RESERVED = frozenset(
    {
        "id",
        "name",
        "band",
        "to",
        "to_name",
        "zone_a",
        "zone_b",
        "low",
        "high",
        "rank",
        "numerator",
        "denominator",
        "figure",
        "region",
        "school_year",
        "grade_band",
        "release_profile",
        "district",
    }
)
"""Columns that the data has beside those of the views; a view may not have such a name."""
BY_RATING = "by_rating_"
"""Beginning of the columns of a view by rating."""


def name_fault(name: str) -> str:
    """Return what is wrong with a view's id; empty if nothing is."""
    is_taken = name in RESERVED or name.startswith(("n_", BY_RATING))
    if is_taken or name.endswith(("_status", "_text")):
        return "is the name of another column of the data; choose another"
    return ""


def view_fault(measure_id: str, part: str, unit: str) -> str:
    """Return what is wrong with how a view shows a measure; empty if nothing is."""
    measure = MEASURES[measure_id]
    if measure.has_destinations or not measure.by & {AREA, ZONE}:
        return f"`{measure_id}` is not counted by area or zone; choose another measure"
    if unit != measure.unit:
        return f'`{measure_id}` has the unit `{measure.unit}`; write `unit = "{measure.unit}"`'
    if part in measure.parts or (measure.region_parts is not None and part):
        return ""
    if not part and len(measure.parts) == 1 and measure.region_parts is None:
        return ""
    listed = ", ".join(f"`{name}`" for name in measure.parts)
    if not part and not measure.parts:
        return f"`{measure_id}` has a `part` for each label or program of a region; write one"
    if not part:
        return f"`{measure_id}` has several parts; write one as `part`: {listed}"
    return f"`{measure_id}` has no `part` of that name; there are {listed}"


def bars_fault(measure_id: str) -> str:
    """Return what is wrong with bars by rating of a measure; empty if nothing is."""
    if MEASURES[measure_id].by_rating:
        return ""
    measures = ", ".join(f"`{name}`" for name, measure in MEASURES.items() if measure.by_rating)
    return f"`{measure_id}` has no parts by rating; take `bars` out, which are for {measures}"
