"""Facts about schools that measures need: place, grades, seats and ratings by year."""

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
    """Return a row per school, in the order of the ids.

    Columns: ``school_id``, ``name``, ``s_x`` and ``s_y`` (meters, NaN if unknown), ``grades``,
    ``capacity``, ``enrollment``, ``programs``, ``first_year``, ``last_year``, and the areas that
    contain the school, ``s_area_<set>``.
    """
    table = reference.schools().unique("id", keep="first").sort("id")
    lon, lat = (table[axis].fill_null(np.nan).to_numpy() for axis in ("lon", "lat"))
    has_place = np.isfinite(lon) & np.isfinite(lat)
    x, y = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    x[has_place], y[has_place] = reference.projection.to_metres(lon[has_place], lat[has_place])
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
    ids_by_unit = {
        f"area_{unit_set.id}": areas.filter(set_id=unit_set.id)["area_id"]
        for unit_set in reference.info.area_sets
    }
    ids_by_unit |= {
        f"zone_{unit_set.id}": zones.filter(set_id=unit_set.id)["zone_id"]
        for unit_set in reference.info.zone_sets
    }
    return {unit: tuple(sorted(set(ids.drop_nulls()))) for unit, ids in ids_by_unit.items()}


def standing_zones(facts: pl.DataFrame, reference: Reference) -> dict[str, list[list[str | None]]]:
    """Return by set of zones and grade of `GRADES` the zone that contains each school."""
    x, y = (facts[axis].to_numpy() for axis in ("s_x", "s_y"))
    zones = in_zones(x, y, reference)
    nowhere: list[str | None] = [None] * len(facts)
    zone_by_grade = {zone_set.id: [nowhere] * len(GRADES) for zone_set in reference.info.zone_sets}
    for layer, places in zip(zones.layers, zones.places, strict=True):
        ids = gathered(layer.ids, places).to_list()
        for grade in layer.grades:
            before = zone_by_grade[layer.set_id][GRADES.index(grade)]
            pairs = zip(before, ids, strict=True)
            zone_by_grade[layer.set_id][GRADES.index(grade)] = [
                earlier or later for earlier, later in pairs
            ]
    return zone_by_grade


def zone_schools(layers: Sequence[PolygonLayer], set_id: str) -> dict[tuple[str, str], str]:
    """The school of right of each zone of a set, by zone and grade."""
    rights: dict[tuple[str, str], str] = {}
    for layer in layers:
        if layer.set_id == set_id:
            for zone, school in layer.rows.select("zone_id", "school_id").iter_rows():
                for grade in layer.grades:
                    rights.setdefault((zone, grade), school)
    return rights


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
    label_ids = [label.id for label in labels]
    rated = _valid(reference, scheme).filter(pl.col("label").is_in(label_ids))
    ranks = pl.DataFrame(
        {
            "label": label_ids,
            "rank": list(range(len(label_ids))),
            "quality": [label.quality for label in labels],
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
    """Return the named rating scheme, or the region's first; None if it has no scheme.

    Raises
    ------
    InputError
        If the region has no scheme of that id.
    """
    schemes = reference.info.schemes
    if not scheme_id:
        return schemes[0] if schemes else None
    chosen = next((scheme for scheme in schemes if scheme.id == scheme_id), None)
    if chosen is None:
        listed = ", ".join(scheme.id for scheme in schemes) or "none"
        raise InputError(f"There is no such rating scheme. The region has: {listed}.")
    return chosen


def serves(facts: pl.DataFrame) -> NDArray[np.bool_]:
    """Schools x grades: True if the school serves the grade, in the order of `GRADES`."""
    lists = facts["grades"].to_list()
    return np.array(
        [[grade in grades for grade in GRADES] for grades in lists], dtype=bool
    ).reshape(-1, len(GRADES))
