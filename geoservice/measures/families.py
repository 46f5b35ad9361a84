"""Families of tables about students: how they are counted, and the lines that figures are made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.measures.cohort import Cohort
from geoservice.measures.facts import NOT_RATED
from geoservice.measures.linked import FLOW, SETTLED, SHARE, Spec, share, total

MILE_M = 1609.344
ACCESS_MILES = (0.5, 1.0, 2.0, 3.0)
MATCHES = ("point", "range", "intersection", "street", "zip")
SCHOOL = "school"
"""The kind of units that are schools."""
HEXAGONS = "hexagons"
"""The kind of units that are hexagons of homes."""
RELATIONS = ("higher", "same", "lower", NOT_RATED)
_BINS = len(ACCESS_MILES) + 1


@dataclass(frozen=True)
class Family:
    """Tables that are counted together.

    Attributes
    ----------
    counts
        ``year``, ``grade``, what the specs ask for, and ``n``: students alike.
    specs
        Their lines.
    categories
        Columns whose values may occur at any place, as far as a reader knows.
    overlapping
        Columns of units that overlap.
    """

    counts: pl.DataFrame
    specs: tuple[Spec, ...]
    categories: tuple[str, ...] = ()
    overlapping: tuple[str, ...] = ()


def family(name: str, kind: str, cohort: Cohort, labels: Sequence[str]) -> Family:
    """A family by name, of `FAMILIES`; ``kind`` is the kind of units where it is made by one, else empty."""
    if name == "tiers":
        return _tiers(cohort, labels)
    return _KINDLESS[name](cohort) if name in _KINDLESS else _BY_KIND[name](cohort, kind)


def home_units(cohort: Cohort) -> tuple[str, ...]:
    """All kinds of units that students are counted by at home: areas, zones, hexagons."""
    info = cohort.reference.info
    areas = tuple(f"area_{one.id}" for one in info.area_sets)
    zones = tuple(f"zone_{one.id}" for one in info.zone_sets)
    return areas + zones + tuple(one for one in cohort.students.columns if one == HEXAGONS)


def school_units(cohort: Cohort) -> tuple[str, ...]:
    """All kinds of units that schools are counted by, where they stand."""
    return tuple(f"s_{one}" for one in home_units(cohort) if one != HEXAGONS)


def destination(kind: str) -> str:
    """The column of where the students of a kind of units go: areas, or schools."""
    return f"s_{kind}" if kind.startswith("area_") else "school_id"


def _residents(cohort: Cohort) -> Family:
    kinds = home_units(cohort)
    specs = _each(total(kind, pl.col(kind)) for kind in kinds)
    return Family(_count(_at_home(cohort), kinds), specs, overlapping=kinds)


def _attenders(cohort: Cohort) -> Family:
    kinds = school_units(cohort)
    specs = _each(total(kind, pl.col(kind)) for kind in kinds)
    counts = _count(_at_school(cohort), (*kinds, "school_id"))
    return Family(counts, (*specs, *total(SCHOOL, pl.col("school_id"))))


def _movement(cohort: Cohort, kind: str) -> Family:
    """Who stays, leaves and enters, and who attends the school of right."""
    categories = (f"s_{kind}", "attends_right", "is_known_school")
    return Family(_moving(cohort, kind, categories), _movement_specs(kind), categories)


def _movement_specs(kind: str) -> tuple[Spec, ...]:
    home, school = pl.col(kind), pl.col(f"s_{kind}")
    known, right = pl.col("is_known_school"), pl.col("attends_right")
    stays = (home == school).fill_null(value=False)
    return _each((
        total(kind, home), total(f"s_{kind}", school),
        share(kind, "zoned", home, right, weight=3.0),
        share(kind, "stay", home, stays, weight=4.0),
        share(kind, "leave", home, known & ~stays, weight=2.0),
        share(kind, "other", home, stays & ~right),
        share(kind, "out", home, known & ~stays & ~right),
        share(f"s_{kind}", "enter", school, ~stays, weight=2.0),
    ))  # fmt: skip


def _flows(cohort: Cohort, kind: str) -> Family:
    """From each unit to each destination, beside all that is told of movement."""
    to = destination(kind)
    categories = tuple(dict.fromkeys((to, f"s_{kind}", "attends_right", "is_known_school")))
    counts = _moving(cohort, kind, categories)
    flows = _ways(counts, kind, kind, to)
    schools = total(SCHOOL, pl.col("school_id"))
    schools = total(SCHOOL, pl.col("school_id")) if to == "school_id" else ()
    if to == "school_id":
        # Ways that nobody takes count as known to be none: a stronger reader, and far fewer groups.
        return Family(counts, (*_movement_specs(kind), *schools, *flows))
    return Family(counts, (*_movement_specs(kind), *flows), categories)


def _school_draw(cohort: Cohort) -> Family:
    """Where the students of each school live, by hexagon."""
    some = _at_school(cohort).with_columns(pl.when("is_matched").then(HEXAGONS))
    counts = _count(some, ("school_id", HEXAGONS))
    flows = _ways(counts, SCHOOL, "school_id", HEXAGONS)
    return Family(counts, (*total(SCHOOL, pl.col("school_id")), *flows), (HEXAGONS,))


def _ways(counts: pl.DataFrame, units: str, key: str, to: str) -> tuple[Spec, ...]:
    """A line for each destination; its part is ``to`` and the destination."""
    every = counts[to].drop_nulls().unique().sort().to_list()
    return tuple(
        Spec(units, f"to {one}", pl.when(pl.col(to) == one).then(pl.col(key)), FLOW)
        for one in every
    )


def _zoned(cohort: Cohort) -> Family:
    """Who attends the school of their zone: by zone, and by school.

    Those who do count once, in zone and school; all others count in their zone and in their school apart.
    """
    kinds = tuple(one for one in home_units(cohort) if one.startswith("zone_"))
    columns = (*kinds, "school_id", "attends_right", "in_zone")
    own = pl.col("is_matched") & (pl.col("attends_right") | pl.col("in_zone"))
    some = cohort.students.select("year", "grade", "is_matched", "is_known_school", *columns)
    others = some.filter(~own).with_columns(attends_right=False, in_zone=False)
    none = pl.lit(None, dtype=pl.String)
    homes = others.filter("is_matched").with_columns(school_id=none)
    schools = others.filter("is_known_school").with_columns(none.alias(kind) for kind in kinds)
    counts = _count(pl.concat([some.filter(own), homes, schools]), columns)
    school, inside = pl.col("school_id"), pl.col("in_zone")
    specs = _each((
        *(total(kind, pl.col(kind)) for kind in kinds), total(SCHOOL, school),
        *(share(kind, "zoned", pl.col(kind), pl.col("attends_right"), weight=4.0) for kind in kinds),
        share(SCHOOL, "in_boundary", school, inside, weight=2.0),
        share(SCHOOL, "draw", school, ~inside, weight=2.0),
    ))  # fmt: skip
    return Family(counts, specs)


def _leaving(cohort: Cohort, kind: str) -> Family:
    """Those who leave a unit: how their school is rated beside the school of right, whether it is nearer, and that full."""
    stays = (pl.col(kind) == pl.col(f"s_{kind}")).fill_null(value=False)
    gone = _at_home(cohort).filter(pl.col("is_known_school") & ~stays)
    mine, right, home = pl.col("rank"), pl.col("right_rank"), pl.col(kind)
    relation = (
        pl.when(mine.is_null() | right.is_null()).then(pl.lit(NOT_RATED))
        .when(mine < right).then(pl.lit("higher")).when(mine == right).then(pl.lit("same"))
        .otherwise(pl.lit("lower"))
    )  # fmt: skip
    gone = gone.with_columns(
        relation=relation,
        nearer=(pl.col("far_m") < pl.col("right_m")).fill_null(value=False),
        full=pl.col("right_full").fill_null(value=False),
    )
    units = f"leave_{kind}"
    parts = {one: pl.col("relation") == one for one in RELATIONS}
    parts |= {"nearer": pl.col("nearer"), "right_full": pl.col("full")}
    categories = ("relation", "nearer", "full")
    specs = _each(share(units, part, home, where) for part, where in parts.items())
    return Family(_count(gone, (kind, *categories)), (*total(units, home), *specs), categories)


def _coverage(cohort: Cohort) -> Family:
    """All students by their home or else their typed ZIP: how their addresses were matched."""
    kinds = [one for one in home_units(cohort) if one.startswith("area_")]
    some = cohort.students.with_columns(
        pl.col("geo_match").fill_null(""), *(pl.col(f"c_{kind}") for kind in kinds)
    )
    match = pl.col("geo_match")
    parts = {"unmatched": match == "", **{one: match == one for one in MATCHES}}
    specs = _each(
        found for kind in kinds for key in [pl.col(f"c_{kind}")]
        for found in (total(f"c_{kind}", key), total(kind, pl.when(match != "").then(key)),
                      *(share(f"c_{kind}", part, key, where) for part, where in parts.items()))
    )  # fmt: skip
    units = tuple(f"c_{kind}" for kind in kinds)
    return Family(_count(some, (*units, "geo_match")), specs, ("geo_match",))


def _tiers(cohort: Cohort, labels: Sequence[str]) -> Family:
    parts = {one: pl.col("label") == one for one in (*labels, NOT_RATED)}
    return _shares(cohort, _at_school(cohort), school_units(cohort), ("label",), parts, SETTLED)


def _quality_home(cohort: Cohort) -> Family:
    known = pl.col("is_known_school") & pl.col("quality")
    some = _at_home(cohort).with_columns(in_quality=known)
    parts = {"residence": pl.col("in_quality")}
    return _shares(cohort, some, home_units(cohort), ("in_quality",), parts)


def _quality_school(cohort: Cohort) -> Family:
    parts = {"attendance": pl.col("quality")}
    some = _at_school(cohort)
    return _shares(cohort, some, school_units(cohort), ("quality",), parts, SETTLED)


def _access(cohort: Cohort) -> Family:
    some = _at_home(cohort).with_columns(
        within=_bin("nearest_m"), within_room=_bin("nearest_room_m")
    )
    parts = {}
    for at, miles in enumerate(ACCESS_MILES):
        parts[f"{miles:g} mi"] = pl.col("within") <= at
        parts[f"{miles:g} mi with room"] = pl.col("within_room") <= at
    kinds = home_units(cohort)
    return _shares(cohort, some, kinds, ("within", "within_room"), parts, SETTLED)


def _shares(
    cohort: Cohort, some: pl.DataFrame, kinds: Sequence[str], categories: tuple[str, ...],
    parts: Mapping[str, pl.Expr], rule: str = SHARE,
) -> Family:  # fmt: skip
    """Shares of those who live or attend, by category, over all kinds of units at once."""
    specs = _each(
        found for kind in kinds
        for found in (total(kind, pl.col(kind)),
                      *(share(kind, part, pl.col(kind), where, rule) for part, where in parts.items()))
    )  # fmt: skip
    # What follows from public facts can be only where it is.
    free = categories if rule == SHARE else ()
    return Family(_count(some, (*kinds, *categories)), specs, free)


def _at_home(cohort: Cohort) -> pl.DataFrame:
    return cohort.students.filter("is_matched")


def _at_school(cohort: Cohort) -> pl.DataFrame:
    return cohort.students.filter("is_known_school")


def _moving(cohort: Cohort, kind: str, columns: Sequence[str]) -> pl.DataFrame:
    some = cohort.students.with_columns(pl.when("is_matched").then(kind).alias(kind))
    some = some.filter(pl.col(kind).is_not_null() | pl.col(f"s_{kind}").is_not_null())
    return _count(some, (kind, *columns))


def _count(some: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    names = ["year", "grade", *columns]
    return some.group_by(names).agg(n=pl.len().cast(pl.Int64)).sort(names)


def _each(many: Iterable[Iterable[Spec]]) -> tuple[Spec, ...]:
    return tuple(spec for some in many for spec in some)


def _bin(column: str) -> pl.Expr:
    """0 for within the first distance, up to the number of distances for beyond all of them."""
    beyond = [(pl.col(column) > miles * MILE_M).cast(pl.Int64) for miles in ACCESS_MILES]
    return pl.sum_horizontal(beyond).fill_null(len(ACCESS_MILES))


_KINDLESS: dict[str, Callable[[Cohort], Family]] = {
    "residents": _residents, "attenders": _attenders, "zoned": _zoned,
    "school_draw": _school_draw, "coverage": _coverage, "quality_home": _quality_home,
    "quality_school": _quality_school, "access": _access,
}  # fmt: skip
_BY_KIND: dict[str, Callable[[Cohort, str], Family]] = {
    "movement": _movement, "flows": _flows, "leaving": _leaving,
}  # fmt: skip
BY_KIND = tuple(_BY_KIND)
"""Families that are made by one kind of units at a time."""
