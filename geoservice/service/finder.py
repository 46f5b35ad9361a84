"""The school finder: schools and zones of one address for a family. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from geoservice.geocode.candidate_text import candidate_places
from geoservice.model.grades import GRADES, grade_position, read_grade
from geoservice.model.rights import split_ids
from geoservice.reference.once import OncePerReference
from geoservice.reference.snapshot import Reference
from geoservice.reference.yearly import yearly
from geoservice.service.geocoding import geocode_addresses
from geoservice.tiles.layers import street_as_written

MOST_CHOICES = 6
LONGEST_ADDRESS = 300
"""Characters; longer texts are no addresses."""
_NO_HOME_MATCHES = ("intersection", "street", "zip")
"""Kinds of match that are no home."""
_MOST_CANDIDATES = 5


@dataclass(frozen=True)
class ShownSchool:
    """A school as a family sees it.

    Attributes
    ----------
    id, name
        As in the district's file.
    rating, rating_name
        Id and name of the label in the region's school year; empty if it is not rated.
    distance_m
        Metres from the home in a straight line; NaN if the school has no place.
    x, y
        Metres in the region's plane.
    """

    id: str
    name: str
    rating: str
    rating_name: str
    distance_m: float
    x: float
    y: float


@dataclass(frozen=True)
class FinderAnswer:
    """The answer to one address and grade.

    Attributes
    ----------
    status
        ``placed``, ``ambiguous``, ``unmatched``.
    reason
        Why there is no place: as ``geo_reason``, or ``no_home`` for an intersection.
    address, changes
        The matched address, and what the geocoder changed in the typed text.
    candidates
        Addresses that agree equally well with the typed text.
    grade
        CEDS code.
    zones
        Set and id of each zone that gives the schools of right.
    of_right, choices
        Schools of right; other schools of the grade, nearest first.
    x, y
        The home in metres; NaN if there is none.
    margin_m, uncertainty_m
        Distance to the zone's boundary, and half-width of the 95% region; NaN if unknown.
    is_doubtful
        True if the home may lie in another zone.
    """

    status: str
    grade: str
    reason: str = ""
    address: str = ""
    changes: str = ""
    candidates: tuple[str, ...] = ()
    zones: tuple[tuple[str, str], ...] = ()
    of_right: tuple[ShownSchool, ...] = ()
    choices: tuple[ShownSchool, ...] = ()
    x: float = float("nan")
    y: float = float("nan")
    margin_m: float = float("nan")
    uncertainty_m: float = float("nan")
    is_doubtful: bool = False


def find_schools(address: str, grade: str, reference: Reference) -> FinderAnswer:
    """Return the zoned schools of a typed address, and other schools nearby."""
    if not address.strip():
        return FinderAnswer("unmatched", grade, reason="empty")
    if len(address) > LONGEST_ADDRESS:
        return FinderAnswer("unmatched", grade, reason="unreadable")
    (row,) = geocode_addresses([{"address": address, "grade": grade}], reference)
    return _answered(row, grade, reference)


def offered_grades(reference: Reference) -> list[str]:
    """Return CEDS codes of the grades that the region's zones serve, in school order."""
    served = {grade for zone_set in reference.info.zone_sets for grade in zone_set.grades}
    if not served:
        served = set(reference.schools()["grades"].explode().drop_nulls())
    return sorted(served & set(GRADES), key=grade_position)


def street_names(reference: Reference) -> list[str]:
    """Each street with its town, as families write them: no number, no address."""
    return _street_names(reference)


def _answered(row: Mapping[str, Any], grade: str, reference: Reference) -> FinderAnswer:
    status, code = row["geo_status"], read_grade(grade) or ""
    if status == "ambiguous":
        return FinderAnswer("ambiguous", code, str(row["geo_reason"]), candidates=_candidates(row))
    if status != "matched":
        return FinderAnswer("unmatched", code, str(row["geo_reason"]))
    if row["geo_match"] in _NO_HOME_MATCHES:
        return FinderAnswer("unmatched", code, "no_home")
    x, y = (
        float(axis[0])
        for axis in reference.projection.to_metres(np.array([row["lon"]]), np.array([row["lat"]]))
    )
    schools = _schools_from(x, y, code, reference)
    right_ids = split_ids(row["school_of_right"])
    by_id = {school.id: school for school in schools}
    unlisted = dict(zip(right_ids, split_ids(row["school_of_right_name"]), strict=False))
    return FinderAnswer(
        status="placed",
        grade=code,
        address=row["geo_address"],
        changes=row["geo_changes"] or "",
        zones=_zones(row, reference),
        of_right=tuple(by_id.get(school) or _unlisted(school, unlisted) for school in right_ids),
        choices=tuple(school for school in schools if school.id not in right_ids)[:MOST_CHOICES],
        x=x,
        y=y,
        margin_m=_number(row["zone_margin_m"]),
        uncertainty_m=_number(row["geo_uncertainty_m"]),
        is_doubtful=bool(row["zone_doubtful"]),
    )


def _candidates(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the candidates with different addresses.

    A candidate that only its coordinates tell apart does not help a family.
    """
    places = candidate_places(row["geo_changes"] or "")
    distinct = dict.fromkeys(place.address for place in places if place.address)
    return tuple(distinct)[:_MOST_CANDIDATES] if len(distinct) > 1 else ()


def _zones(row: Mapping[str, Any], reference: Reference) -> tuple[tuple[str, str], ...]:
    """The zones of the first set that holds the home: they give the school of right."""
    for zone_set in reference.info.zone_sets:
        zones = split_ids(row[f"zone_{zone_set.id}"])
        if zones:
            return tuple((zone_set.id, zone) for zone in zones)
    return ()


def _schools_from(x: float, y: float, grade: str, reference: Reference) -> list[ShownSchool]:
    """Schools of a grade, nearest first."""
    table = _open_schools(reference).filter(pl.col("grades").list.contains(grade))
    away = table.with_columns(
        distance_m=((pl.col("x") - x) ** 2 + (pl.col("y") - y) ** 2).sqrt()
    ).sort("distance_m", "name", "id", nulls_last=True)
    numbers = pl.col("distance_m", "x", "y").fill_null(float("nan"))
    lines = away.select("id", "name", "rating", "rating_name", numbers)
    return [ShownSchool(**line) for line in lines.iter_rows(named=True)]


def _unlisted(school_id: str, names: Mapping[str, str]) -> ShownSchool:
    """A school of right that the table of schools does not list for the grade."""
    nowhere = float("nan")
    return ShownSchool(school_id, names.get(school_id, ""), "", "", nowhere, nowhere, nowhere)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _schools_of_this_year(reference: Reference) -> pl.DataFrame:
    """Open schools: ``id``, ``name``, ``grades``, ``x``, ``y``, ``rating``, ``rating_name``."""
    info = reference.info
    schools = reference.schools().with_columns(school_id="id")
    table = yearly(schools, reference, [info.school_year]).filter("is_open")
    located = table["lon"].is_not_null() & table["lat"].is_not_null()
    degrees = [table[axis].fill_null(0.0).to_numpy() for axis in ("lon", "lat")]
    x, y = (
        pl.select(pl.when(located).then(pl.Series(axis, dtype=pl.Float64))).to_series()
        for axis in reference.projection.to_metres(*degrees)
    )
    scheme = info.schemes[0] if info.schemes else None
    names = {label.id: label.named("en") for label in scheme.labels} if scheme else {}
    ratings = reference.ratings().filter(year=info.school_year, scheme=scheme.id if scheme else "")
    rated = ratings.select("school_id", rating="label").unique("school_id", keep="first")
    return (
        table.with_columns(x=x, y=y, name=pl.coalesce("name", "id"))
        .join(rated, on="school_id", how="left", maintain_order="left")
        .with_columns(pl.col("rating").fill_null(""))
        .with_columns(rating_name=pl.col("rating").replace(names))
        .select("id", "name", "grades", "x", "y", "rating", "rating_name")
    )


def _named_streets(reference: Reference) -> list[str]:
    towns = [name.title() for name in reference.town_names]
    pairs = np.unique(
        np.concatenate(
            [
                _pairs(reference.array("point_key") >> 32, reference.array("point_city")),
                _pairs(reference.array("range_street"), reference.array("range_city")),
            ]
        ),
        axis=0,
    )
    streets = [street_as_written(name) for name in reference.street_table["display"]]
    named = (
        f"{streets[street]}, {towns[town]}" if town >= 0 else streets[street]
        for street, town in pairs.tolist()
    )
    return sorted(dict.fromkeys(named))


def _pairs(streets: np.ndarray[Any, Any], towns: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.column_stack([streets.astype(np.int64), towns.astype(np.int64)])


_open_schools = OncePerReference(_schools_of_this_year)
_street_names = OncePerReference(_named_streets)
