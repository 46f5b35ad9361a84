"""What a view of a map may show: names that data do not use already, and measures in their own units and parts."""

from geoservice.measures.catalogue import MEASURES, Measure

RESERVED = frozenset({
    "id", "name", "band", "to", "to_name", "zone_a", "zone_b", "low", "high", "rank", "numerator", "denominator",
    "figure", "region", "school_year", "grade_band", "release_profile", "district",
})  # fmt: skip
"""Columns of the data beside a view's own: a view of such a name would make two of one name."""
BY_RATING = "by_rating_"
"""Beginning of the columns of a view by rating."""
_RATED = ("distance",)
_UNITS = {"count": "students", "net": "gap", "metres": "miles", "rank": "rank"}
_UNITS_OF = {"utilisation": "share", "unfilled_seats": "seats", "service_gap": "gap"}
_PARTS = {"metres": ("mean", "median"), "rank": ("rank", "best", "worst"), "seats": (), "need": ()}


def name_fault(name: str) -> str:
    """What is wrong with a view's id; empty where nothing is."""
    if (
        name in RESERVED
        or name.startswith(("n_", BY_RATING))
        or name.endswith(("_status", "_text"))
    ):
        return "is the name of another column of the data; choose another"
    return ""


def view_fault(measure_id: str, part: str, unit: str) -> str:
    """What is wrong with how a view shows a measure; empty where nothing is."""
    measure = MEASURES[measure_id]
    if measure.form == "ways" or not measure.units & {"area", "zone"}:
        return f"`{measure_id}` is not counted by area or zone; choose another measure"
    fitting = _unit(measure)
    if fitting and unit != fitting:
        return f'`{measure_id}` is told in `{fitting}`; write `unit = "{fitting}"`'
    known = _parts(measure)
    if known is None or part in known or (part == "" and len(known) == 1):
        return ""
    return f"`{measure_id}` has no `part` of that name; there are {', '.join(f'`{one}`' for one in known)}"


def bars_fault(measure_id: str) -> str:
    """What is wrong with bars by rating of a measure; empty where nothing is."""
    if measure_id in _RATED:
        return ""
    known = ", ".join(f"`{one}`" for one in _RATED)
    return f"`{measure_id}` has no parts by rating; take `bars` out, which are for {known}"


def _unit(measure: Measure) -> str:
    return _UNITS_OF.get(measure.id) or (
        "share" if measure.is_share else _UNITS.get(measure.form, "")
    )


def _parts(measure: Measure) -> tuple[str, ...] | None:
    """Names of its parts; None where they follow from the region's ratings or matches."""
    if measure.form in _PARTS:
        return _PARTS[measure.form] or ("",)
    named = [one for _, parts in measure.parts for one in parts]
    return tuple(named) if named and all(parts for _, parts in measure.parts) else None
