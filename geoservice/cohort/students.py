"""Placed students with the columns that measures need: a row per student and year."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import polars as pl

from geoservice.cohort.attended import AttendedSchools, school_columns, schools_of
from geoservice.cohort.codes import codes
from geoservice.cohort.distances import StraightWays, Ways, nearest_m
from geoservice.cohort.facts import (
    by_year,
    chosen_scheme,
    rated_years,
    school_facts,
    serves,
    unit_ids,
)
from geoservice.cohort.typed_areas import areas_of_typed_zips
from geoservice.model.grades import GRADES
from geoservice.model.region import RatingScheme
from geoservice.reference.snapshot import Reference

T = TypeVar("T")
RECORD_KEY = "record_key"
"""The column of secret student numbers; where it is absent, sums of it are 0."""
_KEPT = ("household", "geo_match", "geo_reason")


@dataclass(frozen=True, eq=False)
class Cohort:
    """Students ready to be counted.

    Attributes
    ----------
    students
        ``year``, ``grade``, ``is_matched``, ``is_located`` (the zone is known too), ``is_served``
        (a zone serves the grade), ``geo_match``, ``record_key``, home units (``area_<set>``,
        ``zone_<set>``), ``c_area_<set>`` (of the home or else of the typed ZIP), ``x`` and ``y`` in
        metres, and the columns of `geoservice.cohort.attended.school_columns`. Years, grades, units
        and schools are Enums: cast them to text before they meet other tables.
    facts, by_year
        AttendedSchools, and schools by year: `geoservice.cohort.facts`.
    schools
        The schools as arrays, for the years of the students.
    scheme
        The scheme of every rating; None if the region has no scheme.
    rated
        The years in which the scheme rates any school.
    years
        All years, ascending; without students, the years of the tables of schools.
    distance
        ``straight`` or ``network``.
    kept
        Cached results by name.
    """

    students: pl.DataFrame
    facts: pl.DataFrame
    by_year: pl.DataFrame
    schools: AttendedSchools
    scheme: RatingScheme | None
    rated: frozenset[str]
    years: tuple[str, ...]
    distance: str
    reference: Reference
    kept: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the scheme, the best first."""
        return tuple(label.id for label in self.scheme.from_best) if self.scheme else ()

    @property
    def distances(self) -> str:
        """How distances are measured, in words."""
        return self._ways.method

    @property
    def unjoined(self) -> int:
        """Return the number of students with a straight line although streets were requested.

        No street leads from their home to their school.
        """
        return self._ways.unjoined(codes(self.students["school_id"]))

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return the result of a function, computed at its first use."""
        if name not in self.kept:
            self.kept[name] = make()
        result: T = self.kept[name]
        return result

    def years_with(self, *columns: str) -> list[str]:
        """Return the years in which all these columns of `by_year` are known of any school."""
        return sorted(self.by_year.drop_nulls(columns)["year"].unique().to_list())

    def with_metres(self, names: Sequence[str]) -> pl.DataFrame:
        """Return the students with columns of metres: see `metres`."""
        return self.students.with_columns(self.metres(name) for name in names)

    def metres(self, name: str) -> pl.Series:
        """Return a distance by student, in meters; null if the home is unknown.

        ``far_m`` is the distance to the school attended, ``right_m`` to the zoned school. The
        others are distances to the nearest school that serves the grade: ``nearest_any_m`` of all
        schools, ``nearest_m`` of quality schools, ``nearest_room_m`` of quality schools with room,
        ``nearest_unknown_m`` of quality schools with unknown seats or enrollment. The distance is
        infinite if there is no such school.
        """
        return self.once(("metres", name), lambda: self._measured(name))

    @property
    def _ways(self) -> Ways:
        return self.once("ways", self._made_ways)

    def _made_ways(self) -> Ways:
        x, y = (self.students[axis].fill_null(np.nan).to_numpy() for axis in "xy")
        # A region without schools has one that is nowhere, as in `AttendedSchools`.
        facts = self.facts
        s_x, s_y = (
            facts[axis].to_numpy() if len(facts) else np.array([np.nan]) for axis in ("s_x", "s_y")
        )
        straight = StraightWays(x, y, s_x, s_y)
        if self.distance != "network":
            return straight
        # SciPy's graphs take a third of a second to load, and few figures need them.
        from geoservice.cohort.network import network_ways

        return network_ways(straight, self.reference)

    def _measured(self, name: str) -> pl.Series:
        attended = {"far_m": "school_id", "right_m": "right_school"}
        if name in attended:
            metres = self._ways.to_school(codes(self.students[attended[name]]))
        else:
            metres = self._to_nearest(name)
        return pl.Series(name, metres, nan_to_null=True)

    def _to_nearest(self, name: str) -> np.ndarray:
        schools, students = self.schools, self.students
        is_open = schools.is_open
        is_wanted = {
            "nearest_any_m": is_open,
            "nearest_m": is_open & schools.quality,
            "nearest_room_m": is_open & schools.quality & schools.has_room,
            "nearest_unknown_m": is_open & schools.quality & schools.is_unknown,
        }[name]
        is_home = (students["is_matched"] & students["x"].is_not_null()).to_numpy()
        by_grade = serves(self.facts).T[None] & is_wanted[:, None]
        grade, year = codes(students["grade"]), codes(students["year"])
        return nearest_m(self._ways, is_home, grade, year, by_grade)


def cohort(
    placed: pl.DataFrame,
    reference: Reference,
    scheme: str = "",
    distance: str = "",
    *,
    years: Sequence[str] = (),
) -> Cohort:
    """Join placed students to the facts about schools.

    ``distance`` is ``straight`` or ``network``; without it, the region's rules decide. ``years`` is
    used only without students (`nobody`), for measures of schools alone; otherwise the years are
    the years of the students.
    """
    facts, chosen = school_facts(reference), chosen_scheme(reference, scheme)
    years = tuple(sorted(placed["year"].unique().to_list() or years))
    rated = rated_years(reference, chosen)
    yearly = by_year(facts, reference, chosen, sorted({*years, *rated}))
    schools = schools_of(facts, yearly, years, reference, chosen)
    students = _with_units(placed, years, reference)
    students = students.with_columns(school_columns(placed, students, schools))
    chosen_distance = distance or reference.info.measures.distance
    return Cohort(
        students, facts, yearly, schools, chosen, rated, years, chosen_distance, reference
    )


def nobody(reference: Reference) -> pl.DataFrame:
    """Return an empty table of placed students, for a region without a list of students."""
    texts = (
        "student",
        "year",
        "grade",
        "school_id",
        "school_of_right",
        "typed_zip",
        "geo_status",
        "geo_match",
    )
    columns = dict.fromkeys([*texts, *_home_units(reference)], pl.String)
    return pl.DataFrame(schema={**columns, "x": pl.Float64, "y": pl.Float64})


def _home_units(reference: Reference) -> list[str]:
    info = reference.info
    areas = [f"area_{area_set.id}" for area_set in info.area_sets]
    return areas + [f"zone_{zone_set.id}" for zone_set in info.zone_sets]


def _with_units(placed: pl.DataFrame, years: tuple[str, ...], reference: Reference) -> pl.DataFrame:
    """Year, grade, place and home units of each student, as Enums."""
    ids = unit_ids(reference)
    matched = pl.col("geo_status") == "matched"
    served = sorted({grade for zone_set in reference.info.zone_sets for grade in zone_set.grades})
    kept_columns = [name for name in _KEPT if name in placed.columns]
    keys = pl.col(RECORD_KEY) if RECORD_KEY in placed.columns else pl.lit(0, dtype=pl.UInt64)
    units = [unit for unit in _home_units(reference) if unit in placed.columns]
    return placed.select(
        pl.col("year").cast(pl.Enum(years)),
        pl.col("grade").cast(pl.Enum(GRADES), strict=False),
        matched.alias("is_matched"),
        (matched & pl.col("geo_match").is_in(["point", "range"])).alias("is_located"),
        pl.col("grade").is_in(served).fill_null(value=False).alias("is_served"),
        pl.when(matched).then(pl.col("x", "y")),
        keys.alias(RECORD_KEY),
        *kept_columns,
        *(
            pl.when(matched).then(pl.col(unit)).cast(pl.Enum(ids[unit]), strict=False)
            for unit in units
        ),
        *(
            areas_of_typed_zips(placed, reference, area_set.id).cast(
                pl.Enum(ids[f"area_{area_set.id}"]), strict=False
            )
            for area_set in reference.info.area_sets
        ),
    )
