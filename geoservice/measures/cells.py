"""Counts of students in the finest cells that any figure needs, and sums of them by unit and band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.measures.codes import counted
from geoservice.measures.cohort import Cohort
from geoservice.measures.families import Family, school_unit
from geoservice.measures.linked import ALL_GRADES, DISTRICT


@dataclass(frozen=True)
class Cells:
    """``table``: ``year``, ``grade``, a column for each kind of units, ``category`` and ``n``, sorted."""

    table: pl.DataFrame
    units: tuple[str, ...]
    family: Family


def unit_columns(cohort: Cohort) -> tuple[str, ...]:
    """All kinds of units that students are counted by at home: areas, then zones."""
    info = cohort.reference.info
    areas = tuple(f"area_{one.id}" for one in info.area_sets)
    return areas + tuple(f"zone_{one.id}" for one in info.zone_sets)


def count(cohort: Cohort, family: Family, units: Sequence[str]) -> Cells:
    """The cells of a family over some kinds of units; of a family ``per_unit`` over one."""
    frame = cohort.students.lazy()
    if family.side == "home":
        frame = frame.filter("is_matched")
        named = {unit: pl.col(unit) for unit in units}
    elif family.side == "school":
        frame = frame.filter("is_known_school")
        named = {unit: pl.col(school_unit(unit)) for unit in units}
    else:
        named = {unit: pl.col(f"c_{unit}") for unit in units}
    category = family.category(units[0])
    keys = ("year", "grade", *units)
    some = frame.select("year", "grade", **named, category=category.cast(pl.Int8))
    table = counted(some.drop_nulls("category").collect().select(*keys, "category"))
    table = table.with_columns(pl.col("category").cast(pl.Int64))
    return Cells(table, tuple(units), family)


def sums(
    cells: Cells, unit: str, bands: Mapping[str, Sequence[str]], parts: Sequence[str]
) -> pl.DataFrame:
    """``year``, ``band``, ``unit``, ``part``, ``numerator``, ``denominator``: units, then the district.

    The district is the sum of the units. Without parts the numerator is the denominator.
    """
    placed = cells.table.filter(pl.col(unit).is_not_null())
    found = []
    for band, grades in {**bands, ALL_GRADES: None}.items():  # Over bands: a handful.
        some = placed if grades is None else placed.filter(pl.col("grade").is_in(list(grades)))
        found += [
            _summed(some, key, cells.family, parts).with_columns(band=pl.lit(band))
            for key in (pl.col(unit), pl.lit(DISTRICT))
        ]
    order = ["year", "band", "unit", "part", "numerator", "denominator"]
    return pl.concat(found).select(order)


def _summed(some: pl.DataFrame, key: pl.Expr, family: Family, parts: Sequence[str]) -> pl.DataFrame:
    everyone = pl.col("n").sum()
    wanted = {
        part: pl.col("n").filter(pl.col("category").is_in(list(family.parts[part]))).sum()
        for part in parts
    } or {"": everyone}
    wide = (
        some.group_by("year", key.alias("unit"))
        .agg(everyone.alias("denominator"), **wanted)
        .sort("year", "unit")
    )
    return wide.unpivot(
        on=list(wanted), index=["year", "unit", "denominator"], variable_name="part",
        value_name="numerator",
    )  # fmt: skip
