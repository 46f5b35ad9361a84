"""Placed students with all that the measures ask of them: one table, a row per student and year."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import polars as pl

from geoservice.measures.attended import Schools, school_columns, schools_of
from geoservice.measures.codes import codes
from geoservice.measures.distances import StraightWays, Ways, nearest_m
from geoservice.measures.facts import (
    by_year,
    chosen_scheme,
    rated_years,
    school_facts,
    serves,
    unit_ids,
)
from geoservice.measures.network import network_ways
from geoservice.model.grades import GRADES
from geoservice.model.region import RatingScheme
from geoservice.reference.snapshot import Reference

T = TypeVar("T")
_KEPT = ("household", "geo_match", "geo_reason")


@dataclass(frozen=True, eq=False)
class Cohort:
    """Students ready to be counted.

    Attributes
    ----------
    students
        ``year``, ``grade``, ``is_matched``, ``is_located`` (the zone is known too), ``is_served`` (some zone serves the grade), ``geo_match``, home units (``area_<set>``,
        ``zone_<set>``), ``x`` and ``y``, the columns of `geoservice.measures.attended.school_columns`, and metres: ``far_m``,
        ``right_m``, ``nearest_m``, ``nearest_room_m``, ``nearest_unsure_m`` (of the quality schools all, those with room, those of unknown seats or enrolment; infinite where there is no such school). Years, grades, units and
        schools are Enums: cast them to text before they meet other tables.
    facts, by_year
        Schools, and schools by year: `geoservice.measures.facts`.
    scheme
        The rating scheme that every rating is by; None where the region has none.
    rated
        The years in which it rates any school.
    years
        All years, ascending; where there are no students, those of which schools' tables tell.
    distances
        How distances were measured, in words.
    unjoined
        Number of students with a straight line where streets were asked for, as none leads to their school.
    kept
        What was made of the students once, by name.
    """

    students: pl.DataFrame
    facts: pl.DataFrame
    by_year: pl.DataFrame
    scheme: RatingScheme | None
    rated: frozenset[str]
    years: tuple[str, ...]
    distances: str
    unjoined: int
    reference: Reference
    kept: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the scheme, the best first."""
        return tuple(one.id for one in self.scheme.from_best) if self.scheme else ()

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """What is made of the students, by a name of its own: made at the first asking, kept for the others."""
        if name not in self.kept:
            self.kept[name] = make()
        found: T = self.kept[name]
        return found

    def years_with(self, *columns: str) -> list[str]:
        """The years in which all these columns of `by_year` are known of any school."""
        return sorted(self.by_year.drop_nulls(columns)["year"].unique().to_list())


def cohort(
    placed: pl.DataFrame, reference: Reference, scheme: str = "", distance: str = "", *,
    years: Sequence[str] = (),
) -> Cohort:  # fmt: skip
    """Placed students joined to what is known of schools.

    ``distance`` is ``straight`` or ``network``; else as the region's rules say. ``years`` are looked at where nobody is in any,
    for what is told of schools alone (`nobody`); else the years are those of the students.
    """
    facts, chosen = school_facts(reference), chosen_scheme(reference, scheme)
    years = tuple(sorted(placed["year"].unique().to_list() or years))
    rated = rated_years(reference, chosen)
    yearly = by_year(facts, reference, chosen, sorted({*years, *rated}))
    schools = schools_of(facts, yearly, years, reference, chosen)
    students = _with_units(placed, years, reference)
    ways = _ways(students, facts, reference, distance or reference.info.measures.distance)
    students = students.with_columns(school_columns(placed, students, schools))
    students = students.with_columns(_metres(students, schools, facts, ways))
    unjoined = ways.unjoined(codes(students["school_id"]))
    return Cohort(students, facts, yearly, chosen, rated, years, ways.method, unjoined, reference)


def nobody(reference: Reference) -> pl.DataFrame:
    """Placed students of a region that has no list of them: all columns that figures ask for, and no row."""
    info = reference.info
    units = [f"area_{one.id}" for one in info.area_sets] + [f"zone_{one.id}" for one in info.zone_sets]  # fmt: skip
    texts = ("student", "year", "grade", "school_id", "school_of_right", "typed_zip", "geo_status", "geo_match")  # fmt: skip
    return pl.DataFrame(schema={**dict.fromkeys([*texts, *units], pl.String), "x": pl.Float64, "y": pl.Float64})  # fmt: skip


def _with_units(placed: pl.DataFrame, years: tuple[str, ...], reference: Reference) -> pl.DataFrame:
    """Year, grade, place and home units of each student, as Enums."""
    info = reference.info
    units = [f"area_{one.id}" for one in info.area_sets] + [f"zone_{one.id}" for one in info.zone_sets]  # fmt: skip
    ids = unit_ids(reference)
    matched = pl.col("geo_status") == "matched"
    served = sorted({grade for one in info.zone_sets for grade in one.grades})
    kept = [name for name in _KEPT if name in placed.columns]
    return placed.select(
        pl.col("year").cast(pl.Enum(years)),
        pl.col("grade").cast(pl.Enum(GRADES), strict=False),
        matched.alias("is_matched"),
        (matched & pl.col("geo_match").is_in(["point", "range"])).alias("is_located"),
        pl.col("grade").is_in(served).fill_null(value=False).alias("is_served"),
        pl.when(matched).then(pl.col("x", "y")),
        *kept,
        *(pl.when(matched).then(pl.col(unit)).cast(pl.Enum(ids[unit]), strict=False) for unit in units),
        *_typed_units(reference, ids),
    )  # fmt: skip


def _typed_units(reference: Reference, ids: dict[str, tuple[str, ...]]) -> list[pl.Expr]:
    """``c_area_<set>``: the area of the home, or else of the typed ZIP."""
    zips, found = reference.zip_areas(), []
    for one in reference.info.area_sets:
        known = zips.filter(set_id=one.id).unique("zip", keep="first", maintain_order=True)
        guess = pl.col("typed_zip").replace_strict(known["zip"], known["area_id"], default=None,
                                                   return_dtype=pl.String)  # fmt: skip
        matched = pl.col("geo_status") == "matched"
        whole = pl.when(matched).then(pl.col(f"area_{one.id}")).otherwise(guess)
        found.append(
            whole.cast(pl.Enum(ids[f"area_{one.id}"]), strict=False).alias(f"c_area_{one.id}")
        )
    return found


def _ways(students: pl.DataFrame, facts: pl.DataFrame, reference: Reference, distance: str) -> Ways:
    x, y = (students[axis].fill_null(np.nan).to_numpy() for axis in "xy")
    # A region without schools has one that is nowhere, as in `Schools`.
    s_x, s_y = (facts[axis].to_numpy() if len(facts) else np.array([np.nan]) for axis in ("s_x", "s_y"))  # fmt: skip
    straight = StraightWays(x, y, s_x, s_y)
    return network_ways(straight, reference) if distance == "network" else straight


def _metres(
    students: pl.DataFrame, schools: Schools, facts: pl.DataFrame, ways: Ways
) -> list[pl.Series]:
    is_home = students["is_matched"].to_numpy() & students["x"].is_not_null().to_numpy()
    grade = codes(students["grade"])
    year = codes(students["year"])
    served = serves(facts).T[None]
    quality = served & (schools.quality & schools.is_open)[:, None]
    room = quality & schools.has_room[:, None]
    unsure = quality & schools.is_unsure[:, None]
    found = {
        "far_m": ways.to_school(codes(students["school_id"])),
        "right_m": ways.to_school(codes(students["right_school"])),
        "nearest_m": nearest_m(ways, is_home, grade, year, quality),
        "nearest_room_m": nearest_m(ways, is_home, grade, year, room),
        "nearest_unsure_m": nearest_m(ways, is_home, grade, year, unsure),
    }
    return [pl.Series(name, metres, nan_to_null=True) for name, metres in found.items()]
