"""Placed students with all that the measures ask of them: one table, a row per student and year."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from geoservice.measures.distances import apart_m, nearest_m
from geoservice.measures.facts import NOT_RATED, rating_ranks, school_facts
from geoservice.model.grades import grade_places
from geoservice.reference.snapshot import Reference

DISTRICT = "district"
"""The column of units that holds the whole district, and the id of its one unit."""


@dataclass(frozen=True)
class Cohort:
    """Students ready to be counted.

    Attributes
    ----------
    students
        ``year``, ``grade``, ``is_matched``, ``geo_match``, home units (``area_<set>``, ``zone_<set>``), ``school_id``,
        ``is_known_school``, units of the school attended (``s_area_<set>``, ``s_zone_<set>``), ``attends_right``, ``in_zone``,
        ``label``, ``rank`` and ``quality`` of the school attended, the same of the school of right (``right_…``), and metres:
        ``far_m``, ``right_m``, ``nearest_m``, ``nearest_room_m``.
    facts, ratings
        As in `geoservice.measures.facts`.
    years
        All years, ascending.
    """

    students: pl.DataFrame
    facts: pl.DataFrame
    ratings: pl.DataFrame
    years: tuple[str, ...]
    reference: Reference


def cohort(placed: pl.DataFrame, reference: Reference, scheme: str = "") -> Cohort:
    """Placed students (`geoservice.model.students`) joined to what is known of schools."""
    facts, ratings = school_facts(reference), rating_ranks(reference, scheme)
    years = tuple(sorted(placed["year"].unique().to_list()))
    joined = _with_schools(_with_typed_units(placed, reference), facts, ratings, reference)
    return Cohort(_with_distances(joined, facts, ratings, years), facts, ratings, years, reference)


def _with_typed_units(placed: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """``c_area_<set>``: the area of the home, or else of the typed ZIP."""
    zips, found = reference.zip_areas(), []
    for one in reference.info.area_sets:
        known = zips.filter(set_id=one.id).unique("zip", keep="first", maintain_order=True)
        guess = pl.col("typed_zip").replace_strict(known["zip"], known["area_id"], default=None,
                                                   return_dtype=pl.String)  # fmt: skip
        home = pl.col(f"area_{one.id}")
        matched = pl.col("geo_status") == "matched"
        found.append(pl.when(matched).then(home).otherwise(guess).alias(f"c_area_{one.id}"))
    zones = [pl.col(f"zone_{one.id}").alias(f"c_zone_{one.id}") for one in reference.info.zone_sets]
    return placed.with_columns(*found, *zones)


def has_room(facts: pl.DataFrame) -> np.ndarray:
    """Schools with unfilled seats; a school whose seats or enrolment are unknown has none."""
    room = (facts["capacity"] - facts["enrollment"]).fill_null(0)
    return np.asarray(room.to_numpy() > 0)


def _with_schools(
    placed: pl.DataFrame, facts: pl.DataFrame, ratings: pl.DataFrame, reference: Reference
) -> pl.DataFrame:
    units = [name for name in facts.columns if name.startswith(("s_area_", "s_zone_"))]
    mine = facts.select("school_id", "s_x", "s_y", *units, is_known_school=True,
                        full=pl.Series(~has_room(facts)))  # fmt: skip
    right = facts.select(school_of_right="school_id", right_x="s_x", right_y="s_y")
    rights = ratings.select("year", school_of_right="school_id", right_rank="rank")
    rated = ratings.select("year", "school_id", "label", "rank", "quality")
    right_full = facts.select(school_of_right="school_id", right_full=pl.Series(~has_room(facts)))
    zones = reference.zones().select("zone_id", "set_id", "school_id")
    in_zone = [
        pl.col(f"zone_{one.id}").replace_strict(
            *_columns(zones.filter(set_id=one.id)), default=None, return_dtype=pl.String)
        == pl.col("school_id") for one in reference.info.zone_sets
    ]  # fmt: skip
    joined = placed
    for table, on in ((mine, ["school_id"]), (rated, ["year", "school_id"]),
                      (right, ["school_of_right"]), (right_full, ["school_of_right"]),
                      (rights, ["year", "school_of_right"])):  # fmt: skip
        joined = joined.join(table, on=on, how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("is_known_school").fill_null(value=False),
        is_matched=pl.col("geo_status") == "matched",
        attends_right=(pl.col("school_id") == pl.col("school_of_right")).fill_null(value=False),
        in_zone=pl.any_horizontal(*in_zone, False).fill_null(value=False),
        label=pl.col("label").fill_null(NOT_RATED),
        quality=pl.col("quality").fill_null(value=False),
    )


def _columns(zones: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    named = zones.unique("zone_id", keep="first", maintain_order=True)
    return named["zone_id"], named["school_id"]


def _with_distances(
    joined: pl.DataFrame, facts: pl.DataFrame, ratings: pl.DataFrame, years: tuple[str, ...]
) -> pl.DataFrame:
    x, y = (joined[axis].fill_null(np.nan).to_numpy() for axis in "xy")
    school, right = (
        tuple(joined[f"{whose}_{axis}"].fill_null(np.nan).to_numpy() for axis in "xy")
        for whose in ("s", "right")
    )
    grade = grade_places(joined["grade"])
    year = np.searchsorted(np.array(years), joined["year"].to_numpy())
    quality = _quality(facts, ratings, years)
    room = quality & has_room(facts)[None]
    return joined.with_columns(
        far_m=pl.Series(apart_m(x, y, *school), nan_to_null=True),
        right_m=pl.Series(apart_m(x, y, *right), nan_to_null=True),
        nearest_m=pl.Series(nearest_m(x, y, grade, year, facts, quality), nan_to_null=True),
        nearest_room_m=pl.Series(nearest_m(x, y, grade, year, facts, room), nan_to_null=True),
    ).drop("s_x", "s_y", "right_x", "right_y")


def _quality(facts: pl.DataFrame, ratings: pl.DataFrame, years: tuple[str, ...]) -> np.ndarray:
    """Years x schools: True where the school is a quality school in that year."""
    found = np.zeros((len(years), len(facts)), dtype=bool)
    at = {school: place for place, school in enumerate(facts["school_id"])}
    for school, year in ratings.filter("quality").select("school_id", "year").iter_rows():
        if year in years and school in at:  # Over ratings: some thousands.
            found[years.index(year), at[school]] = True
    return found
