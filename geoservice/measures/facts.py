"""What the measures need to know of schools: where they stand, whom they serve, seats, ratings."""

import numpy as np
import polars as pl

from geoservice.assign.schools import Membership, in_areas, in_zones
from geoservice.errors import InputError
from geoservice.model.columns import gathered
from geoservice.model.grades import GRADES, grade_range
from geoservice.model.region import RatingScheme
from geoservice.reference.snapshot import Reference

NOT_RATED = "not rated"


def school_facts(reference: Reference) -> pl.DataFrame:
    """A row per school.

    ``school_id``, ``name``, ``s_x`` and ``s_y`` (metres, NaN where unknown), ``grades``, ``capacity``, ``enrollment``,
    ``programs``, and where it stands: ``s_area_<set>`` and ``s_zone_<set>``.
    """
    table = reference.schools()
    lon, lat = (table[axis].fill_null(np.nan).to_numpy() for axis in ("lon", "lat"))
    known = np.isfinite(lon) & np.isfinite(lat)
    x, y = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    x[known], y[known] = reference.projection.to_metres(lon[known], lat[known])
    served = [
        list(grade_range(low, high)) if low and high else []
        for low, high in table.select("low_grade", "high_grade").iter_rows()
    ]
    return table.select(
        "name", "capacity", "enrollment", "programs", school_id="id",
        s_x=pl.Series(x), s_y=pl.Series(y), grades=pl.Series(served, dtype=pl.List(pl.String)),
    ).with_columns(**_standing(x, y, reference))  # fmt: skip


def rating_ranks(reference: Reference, scheme_id: str = "") -> pl.DataFrame:
    """``school_id``, ``year``, ``label``, ``rank`` (0 is best) and ``quality`` by one scheme.

    Schools that are not rated have no row.
    """
    scheme = chosen_scheme(reference, scheme_id)
    if scheme is None:
        types = {"school_id": pl.String, "year": pl.String, "label": pl.String, "rank": pl.Int64,
                 "quality": pl.Boolean}  # fmt: skip
        return pl.DataFrame(schema=types)
    labels = scheme.labels if scheme.best == "first" else scheme.labels[::-1]
    ranks = {label.id: at for at, label in enumerate(labels)}
    quality = {label.id: label.quality for label in labels}
    rated = reference.ratings().filter(scheme=scheme.id).drop_nulls("label")
    return rated.unique(["school_id", "year"], keep="first", maintain_order=True).select(
        "school_id", "year", "label",
        rank=pl.col("label").replace_strict(ranks, return_dtype=pl.Int64),
        quality=pl.col("label").replace_strict(quality, return_dtype=pl.Boolean),
    )  # fmt: skip


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


def serves(facts: pl.DataFrame) -> np.ndarray:
    """Schools x grades: True where the school serves the grade, in the order of `GRADES`."""
    return np.array([[grade in some for grade in GRADES] for some in facts["grades"]], dtype=bool).reshape(-1, len(GRADES))  # fmt: skip


def _standing(x: np.ndarray, y: np.ndarray, reference: Reference) -> dict[str, pl.Series]:
    areas, zones = in_areas(x, y, reference), in_zones(x, y, reference)
    found = {f"s_area_{layer.set_id}": gathered(layer.ids, places)
             for layer, places in zip(areas.layers, areas.places, strict=True)}  # fmt: skip
    for one in reference.info.zone_sets:
        found[f"s_zone_{one.id}"] = _first_zone(zones, one.id, len(x))
    return found


def _first_zone(zones: Membership, set_id: str, rows: int) -> pl.Series:
    found = pl.Series([None], dtype=pl.String).new_from_index(0, rows)
    for layer, places in zip(zones.layers, zones.places, strict=True):
        if layer.set_id == set_id:
            here = pl.Series("", gathered(layer.ids, places))
            found = pl.select(pl.coalesce(found, here)).to_series()
    return found
