"""What the measures need to know of schools.

Where they stand, whom they serve, and each year's seats and rating.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geoservice.assign.schools import in_areas, in_zones
from geoservice.errors import InputError
from geoservice.model.columns import gathered
from geoservice.model.grades import GRADES, grade_range
from geoservice.model.region import RatingScheme
from geoservice.reference.snapshot import PolygonLayer, Reference
from geoservice.reference.yearly import yearly

BY_YEAR = {
    "year": pl.String,
    "school_id": pl.String,
    "is_open": pl.Boolean,
    "capacity": pl.Int64,
    "enrollment": pl.Int64,
    "label": pl.String,
    "rank": pl.Int64,
    "quality": pl.Boolean,
}
"""Schema of `by_year`."""


def school_facts(reference: Reference) -> pl.DataFrame:
    """A row per school, in the order of their ids.

    ``school_id``, ``name``, ``s_x`` and ``s_y`` (metres, NaN where unknown), ``grades``,
    ``capacity``, ``enrollment``, ``programs``, ``first_year``, ``last_year``, and where it stands:
    ``s_area_<set>``.
    """
    table = reference.schools().unique("id", keep="first").sort("id")
    lon, lat = (table[axis].fill_null(np.nan).to_numpy() for axis in ("lon", "lat"))
    known = np.isfinite(lon) & np.isfinite(lat)
    x, y = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    x[known], y[known] = reference.projection.to_metres(lon[known], lat[known])
    served = [
        list(grade_range(low, high)) if low and high else []
        for low, high in table.select("low_grade", "high_grade").iter_rows()
    ]
    areas = in_areas(x, y, reference)
    return table.select(
        "name",
        "capacity",
        "enrollment",
        "programs",
        "first_year",
        "last_year",
        school_id="id",
        s_x=pl.Series(x),
        s_y=pl.Series(y),
        grades=pl.Series(served, dtype=pl.List(pl.String)),
        **{
            f"s_area_{layer.set_id}": gathered(layer.ids, places)
            for layer, places in zip(areas.layers, areas.places, strict=True)
        },
    )


def unit_ids(reference: Reference) -> dict[str, tuple[str, ...]]:
    """The ids of all areas and zones, sorted, by column: ``area_<set>`` and ``zone_<set>``."""
    areas, zones = reference.areas(), reference.zones()
    found = {
        f"area_{one.id}": areas.filter(set_id=one.id)["area_id"] for one in reference.info.area_sets
    }
    found |= {
        f"zone_{one.id}": zones.filter(set_id=one.id)["zone_id"] for one in reference.info.zone_sets
    }
    return {unit: tuple(sorted(set(ids.drop_nulls()))) for unit, ids in found.items()}


def standing_zones(facts: pl.DataFrame, reference: Reference) -> dict[str, list[list[str | None]]]:
    """By set of zones, for each grade of `GRADES` the zone in which each school stands."""
    x, y = (facts[axis].to_numpy() for axis in ("s_x", "s_y"))
    zones = in_zones(x, y, reference)
    nowhere: list[str | None] = [None] * len(facts)
    found = {one.id: [nowhere] * len(GRADES) for one in reference.info.zone_sets}
    for layer, places in zip(zones.layers, zones.places, strict=True):
        ids = gathered(layer.ids, places).to_list()
        for grade in layer.grades:
            before = found[layer.set_id][GRADES.index(grade)]
            both = zip(before, ids, strict=True)
            found[layer.set_id][GRADES.index(grade)] = [first or last for first, last in both]
    return found


def zone_schools(layers: Sequence[PolygonLayer], set_id: str) -> dict[tuple[str, str], str]:
    """The school of right of each zone of a set, by zone and grade."""
    found: dict[tuple[str, str], str] = {}
    for layer in layers:
        if layer.set_id == set_id:
            for zone, school in layer.rows.select("zone_id", "school_id").iter_rows():
                for grade in layer.grades:
                    found.setdefault((zone, grade), school)
    return found


def by_year(
    facts: pl.DataFrame, reference: Reference, scheme: RatingScheme | None, years: Sequence[str]
) -> pl.DataFrame:
    """Each school in each year: `BY_YEAR`, sorted by year and school.

    ``rank`` is 0 for the best label; a school that is not rated has neither label nor rank, and is
    no quality school.
    """
    joined = yearly(facts, reference, years).join(
        _ranks(reference, scheme), on=["year", "school_id"], how="left"
    )
    return (
        joined.with_columns(quality=pl.col("quality").fill_null(value=False))
        .select(pl.col(name).cast(kind) for name, kind in BY_YEAR.items())
        .sort("year", "school_id")
    )


def rated_years(reference: Reference, scheme: RatingScheme | None) -> frozenset[str]:
    """The school years in which the scheme rates any school of the region."""
    return frozenset(_valid(reference, scheme).drop_nulls("label")["year"].to_list())


def _ranks(reference: Reference, scheme: RatingScheme | None) -> pl.DataFrame:
    labels = [] if scheme is None else scheme.from_best
    known = [one.id for one in labels]
    rated = _valid(reference, scheme).filter(pl.col("label").is_in(known))
    ranks = pl.DataFrame(
        {
            "label": known,
            "rank": list(range(len(known))),
            "quality": [one.quality for one in labels],
        },
        schema={"label": pl.String, "rank": pl.Int64, "quality": pl.Boolean},
    )
    return rated.select("school_id", "year", "label").join(ranks, on="label", how="left")


def _valid(reference: Reference, scheme: RatingScheme | None) -> pl.DataFrame:
    """The first row of each school and year by the scheme, within the scheme's years."""
    rows = reference.ratings().filter(scheme="" if scheme is None else scheme.id)
    if scheme is not None and scheme.years:
        rows = rows.filter(pl.col("year").is_in(scheme.years))
    return rows.unique(["school_id", "year"], keep="first", maintain_order=True)


def chosen_scheme(reference: Reference, scheme_id: str = "") -> RatingScheme | None:
    """The named rating scheme, else the region's first; None where it has none.

    Raises
    ------
    InputError
        Where the region has no scheme of that id.
    """
    schemes = reference.info.schemes
    if not scheme_id:
        return schemes[0] if schemes else None
    found = next((one for one in schemes if one.id == scheme_id), None)
    if found is None:
        listed = ", ".join(one.id for one in schemes) or "none"
        raise InputError(f"There is no such rating scheme. The region has: {listed}.")
    return found


def serves(facts: pl.DataFrame) -> NDArray[np.bool_]:
    """Schools x grades: True where the school serves the grade, in the order of `GRADES`."""
    lists = facts["grades"].to_list()
    return np.array([[grade in some for grade in GRADES] for some in lists], dtype=bool).reshape(
        -1, len(GRADES)
    )
