"""What a reader knows from public facts: which combinations of place, grades and school exist.

A *group* is the set of students whom no public table can tell apart: they share home places,
hexagon, grade band, school, match of the address, and every distance that a table compares. Where
a school stands, how it is rated and which school a zone belongs to are public, so every count is a
sum over groups. The number in each group is what the reader wants to know. A map tells the reader
the shortest and the longest distance from each hexagon to each school.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from geoservice.cohort.students import Cohort
from geoservice.geometry.hexagons import (
    LEVELS,
    hexagon_ids,
    packed,
    parent_cells,
    parsed,
    unpacked,
)
from geoservice.measures.coverage import reason_of
from geoservice.measures.ground import HEXAGONS
from geoservice.measures.quality import ACCESS_MILES
from geoservice.model.miles import METRES_PER_MILE

LINE = ("band", "unit", "part", "to")
DISTANCES = ("near", "far", "excess")
"""To the nearest quality school, to the school attended, and the difference of both."""
_SAME_M = 0.01
_CHUNK = 500
_KNOWN_FACTS = (
    "is_matched",
    "is_located",
    "is_served",
    "school_id",
    "is_known_school",
    "is_placed_school",
    "label",
    "quality",
    "rank",
    "right_school",
    "right_rank",
    "right_full",
    "attends_right",
    "in_zone",
    "has_zone",
    "geo_match",
    HEXAGONS,
)
_FACT_PREFIXES = ("s_area_", "s_zone_", "in_zone_", "c_area_")


@dataclass(frozen=True)
class Groups:
    """The groups of one school year, with the number of students in each.

    Attributes
    ----------
    table
        A row per group: public facts, ``band``, ``group`` (its row) and ``students``, which the
        reader does not know.
    units
        Columns of areas and zones.
    """

    table: pl.DataFrame
    units: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.table)

    def rows_of(self, masks: list[pl.Expr]) -> sparse.csr_matrix:
        """Return a matrix with a row per expression: its value for each group, 0 for null."""
        blocks = []
        for start in range(0, len(masks), _CHUNK):  # All at once would fill the memory.
            values = self.table.select(
                mask.cast(pl.Float64).fill_null(0).alias(str(number))
                for number, mask in enumerate(masks[start : start + _CHUNK])
            )
            blocks.append(sparse.csr_matrix(values.to_numpy().T))
        return sparse.vstack(blocks, format="csr")


def groups_of(cohort: Cohort, bands: dict[str, tuple[str, ...]], year: str) -> Groups:
    """Return the groups of a year."""
    students = _with_distances(cohort).filter(pl.col("year").cast(pl.String) == year)
    units = tuple(name for name in students.columns if name.startswith(("area_", "zone_")))
    facts = [name for name in _KNOWN_FACTS if name in students.columns]
    facts += [name for name in students.columns if name.startswith(_FACT_PREFIXES)]
    grade = pl.col("grade").cast(pl.String)
    band = pl.lit(None, dtype=pl.String)
    for name, grades in bands.items():
        band = pl.when(grade.is_in(list(grades))).then(pl.lit(name)).otherwise(band)
    served = {
        f"served_zone_{zone_set.id}": grade.is_in(list(zone_set.grades)).fill_null(value=False)
        for zone_set in cohort.reference.info.zone_sets
    }
    students = students.with_columns(band.alias("band"), reason=reason_of(students), **served)
    students = students.with_columns(_hexagon_levels(students[HEXAGONS]))
    students = _with_ranges(students, cohort.facts)
    rings = [name for name in students.columns if name.startswith(("ring_", "is_nearer", "has_"))]
    levels = [f"hexagon_{level}" for level in range(LEVELS)]
    key = list(
        dict.fromkeys([*units, *facts, *rings, *served, *levels, "attends_nearest", "reason"])
    )
    texts = [pl.col(name).cast(pl.String) for name in key if students[name].dtype == pl.Enum]
    extremes = [f"{name}_{end}" for name in DISTANCES for end in ("least", "largest")]
    counted = (
        students.with_columns(texts)
        .group_by([*key, "band"], maintain_order=True)
        .agg(pl.len().alias("students"), pl.col(extremes).first())
    )
    return Groups(counted.with_row_index("group"), units)


def _with_distances(cohort: Cohort) -> pl.DataFrame:
    """Return the students with all that tables compare of their distances."""
    names = ("far_m", "right_m", "nearest_any_m", "nearest_m", "nearest_room_m")
    students = cohort.with_metres([*names, "nearest_unknown_m"])
    near, far = pl.col("nearest_m"), pl.col("far_m")
    is_rated = pl.col("year").cast(pl.String).is_in(list(cohort.rated))
    finite_near = pl.when(pl.col("is_matched") & near.is_finite() & is_rated).then(near)
    finite_far = pl.when("is_matched").then(far)
    return students.with_columns(
        *(
            _ring(f"nearest{kind}_m").alias(f"ring{kind or '_any_room'}")
            for kind in ("", "_room", "_unknown")
        ),
        is_nearer=far < pl.col("right_m"),
        attends_nearest=(far - pl.col("nearest_any_m")).abs() <= _SAME_M,
        has_school=pl.col("nearest_any_m").is_finite(),
        has_near=finite_near.is_not_null(),
        has_far=finite_far.is_not_null(),
        has_excess=(finite_far - finite_near).is_not_null(),
        near_m=finite_near,
        far_m=finite_far,
        excess_m=finite_far - finite_near,
    )


def _with_ranges(students: pl.DataFrame, schools: pl.DataFrame) -> pl.DataFrame:
    """Return the students with the range of each distance that a map tells.

    To the school attended: from the middle of the hexagon's homes, as far as these reach. To the
    nearest quality school: among all of the hexagon and grade band.
    """
    places = schools.select(pl.col("school_id"), "s_x", "s_y")
    middles = [pl.col(axis).mean().over(HEXAGONS).alias(f"middle_{axis}") for axis in "xy"]
    placed = students.with_columns(
        *middles, pl.col("school_id").cast(pl.String).alias("school")
    ).join(places, left_on="school", right_on="school_id", how="left", maintain_order="left")
    reach = _length("x", "middle_x", "y", "middle_y").max().over(HEXAGONS)
    middle_m = _length("s_x", "middle_x", "s_y", "middle_y")
    near = pl.col("near_m")
    ranges = placed.with_columns(
        far_least=pl.when("has_far").then(middle_m - reach),
        far_largest=pl.when("has_far").then(middle_m + reach),
        near_least=pl.when("has_near").then(near.min().over(HEXAGONS, "band")),
        near_largest=pl.when("has_near").then(near.max().over(HEXAGONS, "band")),
    )
    return ranges.with_columns(
        excess_least=pl.col("far_least") - pl.col("near_largest"),
        excess_largest=pl.col("far_largest") - pl.col("near_least"),
    )


def _length(x: str, other_x: str, y: str, other_y: str) -> pl.Expr:
    """Return the straight line between two places."""
    return ((pl.col(x) - pl.col(other_x)) ** 2 + (pl.col(y) - pl.col(other_y)) ** 2).sqrt()


def _ring(column: str) -> pl.Expr:
    """Return the number of the access distances that are shorter; null where it is unknown."""
    shorter = [(pl.col(column) > miles * METRES_PER_MILE).cast(pl.Int8) for miles in ACCESS_MILES]
    return pl.when(pl.col(column).is_not_null()).then(pl.sum_horizontal(shorter))


def _hexagon_levels(hexagons: pl.Series) -> list[pl.Series]:
    """Return the hexagon of each size that holds each hexagon; null for smaller sizes."""
    distinct = hexagons.drop_nulls().unique().sort()
    levels, cells = parsed(distinct)
    columns = []
    for level in range(LEVELS):
        names = hexagon_ids([level] * len(cells), unpacked(cells))
        is_held = levels <= level
        names = [name if held else None for name, held in zip(names, is_held, strict=True)]
        columns.append(
            hexagons.replace_strict(distinct, names, return_dtype=pl.String).alias(
                f"hexagon_{level}"
            )
        )
        if level < LEVELS - 1:
            parents = packed(parent_cells(unpacked(cells), level))
            cells = np.where(is_held, parents, cells)
    return columns


def any_of(masks: Iterable[pl.Expr]) -> pl.Expr:
    """Return true where any mask is true; nulls are false."""
    return pl.any_horizontal(pl.lit(value=False), *(mask.fill_null(value=False) for mask in masks))
