"""The tables about students that are released together: what is counted, and every line of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.measures.cohort import Cohort
from geoservice.measures.families import Family, families
from geoservice.measures.linked import COUNT, FLOW, SETTLED, SHARE, Spec, share, total
from geoservice.measures.reasons import NAME as REASONS
from geoservice.measures.reasons import reason_of

SCHOOL = "school"
"""The kind of units that are schools."""
HEXAGONS = "hexagons"
"""The kind of units that are hexagons of homes."""
MATCHES = ("point", "range", "intersection", "street", "zip")
LEFT_OUT = "left out"
"""The part of those whom a family leaves out, as it cannot tell where they belong."""
BY_KIND = ("movement", "flows", "leaving")
"""Tables that are made by one kind of units at a time."""
_WEIGHT = {"stay": 4.0, "zoned": 4.0, "leave": 2.0, "enter": 2.0, "in_boundary": 2.0, "draw": 2.0}


@dataclass(frozen=True)
class Tables:
    """Tables that are released together.

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
    can_be
        Which groups can exist, as everybody knows; all where None.
    """

    counts: pl.DataFrame
    specs: tuple[Spec, ...]
    categories: tuple[str, ...] = ()
    overlapping: tuple[str, ...] = ()
    can_be: pl.Expr | None = None


def release_tables(name: str, kind: str, cohort: Cohort, labels: Sequence[str]) -> Tables:
    """The tables of a name; ``kind`` is their kind of units for those of `BY_KIND`, else empty."""
    make = {"residents": _residents, "attenders": _attenders, "zoned": _zoned,
            "coverage": _coverage, "movement": _movement, "flows": _flows, "leaving": _leaving, "school_draw": _school_draw, REASONS: _reasons}  # fmt: skip
    known = families(labels)
    if name in make:
        return make[name](cohort, kind, known)
    return _shares(name, known[name], (kind,) if kind else _kinds(cohort), cohort)


def units_of(name: str, kind: str) -> str:
    """The kind of units under which the shares of a family stand, apart from the numbers that they are of."""
    return f"{kind}|{name}"


def home_units(cohort: Cohort) -> tuple[str, ...]:
    """All kinds of units that students are counted by at home: areas, zones, hexagons."""
    info = cohort.reference.info
    areas = tuple(f"area_{one.id}" for one in info.area_sets)
    zones = tuple(f"zone_{one.id}" for one in info.zone_sets)
    return areas + zones + tuple(one for one in cohort.students.columns if one == HEXAGONS)


def area_units(cohort: Cohort) -> tuple[str, ...]:
    """The kinds of units that are sets of areas."""
    return tuple(f"area_{one.id}" for one in cohort.reference.info.area_sets)


def destination(kind: str) -> str:
    """The column of where the students of a kind of units go: areas, or schools."""
    return f"s_{kind}" if kind.startswith("area_") else "school_id"


def _kinds(cohort: Cohort) -> tuple[str, ...]:
    return tuple(one for one in home_units(cohort) if one != HEXAGONS)


def _column(found: Family, kind: str) -> str:
    """The column of a kind of units on the side that a family counts by."""
    if kind == SCHOOL:
        return "school_id"
    return kind if found.side == "home" else f"s_{kind}"


def _residents(cohort: Cohort, _: str, __: dict[str, Family]) -> Tables:
    kinds = home_units(cohort)
    specs = _each(total(kind, pl.col(kind)) for kind in kinds)
    return Tables(_count(cohort.students.filter("is_matched"), kinds), specs, overlapping=kinds)


def _attenders(cohort: Cohort, _: str, __: dict[str, Family]) -> Tables:
    kinds = tuple(f"s_{one}" for one in home_units(cohort) if one != HEXAGONS)
    specs = _each(total(kind, pl.col(kind)) for kind in kinds)
    counts = _count(cohort.students.filter("is_known_school"), (*kinds, "school_id"))
    return Tables(counts, (*specs, *total(SCHOOL, pl.col("school_id"))))


def _shares(name: str, found: Family, kinds: tuple[str, ...], cohort: Cohort) -> Tables:
    """Shares of those who live or attend, by category, over several kinds of units at once."""
    some = cohort.students.filter("is_matched" if found.side == "home" else "is_known_school")
    units = [_column(found, kind) for kind in kinds]
    counted = some.with_columns(category=found.category(kinds[0]).cast(pl.Int64))
    specs: list[Spec] = []
    for kind, unit in zip(kinds, units, strict=True):
        specs += total(unit, pl.col(unit))
        specs += _parts(name, found, kind, pl.col(unit), pl.col("category"))
    # What follows from public facts can be only where it is.
    free = () if found.is_settled else ("category",)
    return Tables(_count(counted, (*units, "category")), tuple(specs), free)


def _parts(
    name: str, found: Family, kind: str, unit: pl.Expr, category: pl.Expr
) -> tuple[Spec, ...]:
    """Those whom a family counts, their parts, and those whom it leaves out."""
    units, rule = units_of(name, kind), SETTLED if found.is_settled else SHARE
    specs = [*total(units, pl.when(category.is_not_null()).then(unit))]
    for part, categories in found.parts.items():
        inside = category.is_in(sorted(categories))
        specs += share(units, part, unit, inside, rule, _WEIGHT.get(part, 1.0))
    left_out = total(units, pl.when(category.is_null()).then(unit))
    specs += [Spec(one.units, LEFT_OUT, one.key, COUNT) for one in left_out]
    return tuple(specs)


def _movement(cohort: Cohort, kind: str, known: dict[str, Family]) -> Tables:
    """Who stays, leaves and enters, and who attends the school of right."""
    columns = (f"s_{kind}", "balance", "entering")
    return Tables(_moving(cohort, kind, known, columns), _movement_specs(kind, known), columns, can_be=_moves(kind))  # fmt: skip


def _moves(kind: str) -> pl.Expr:
    """Who stays attends where they live and does not enter: else a reader would know more than the audit."""
    same = (pl.col(kind) == pl.col(f"s_{kind}")).fill_null(value=False)
    stays = pl.col("balance").is_null() | (pl.col("balance").is_in([0, 2]) == same)
    enters = pl.col("entering").is_null() | (pl.col("entering") < 0) | ((pl.col("entering") == 0) == same)  # fmt: skip
    return stays & enters


def _movement_specs(kind: str, known: dict[str, Family]) -> tuple[Spec, ...]:
    home, school = pl.col(kind), pl.col(f"s_{kind}")
    known_school = pl.when(pl.col("entering") >= -1).then(school)
    return _each((
        total(kind, home), total(f"s_{kind}", known_school),
        _parts("balance", known["balance"], kind, home, pl.col("balance")),
        _parts("entering", known["entering"], kind, known_school,
               pl.when(pl.col("entering") >= 0).then("entering")),
    ))  # fmt: skip


def _moving(
    cohort: Cohort, kind: str, known: dict[str, Family], columns: Sequence[str]
) -> pl.DataFrame:
    """Students with a home or a school in a unit; ``entering`` is -1 where the home of a known school's student is not known."""
    entering = pl.when("is_known_school").then(
        known["entering"].category(kind).cast(pl.Int64).fill_null(-1)
    )
    some = cohort.students.with_columns(
        pl.when("is_matched").then(kind).alias(kind),
        balance=pl.when("is_matched").then(known["balance"].category(kind)).cast(pl.Int64),
        entering=entering,
    )
    here = pl.col(kind).is_not_null() | pl.col(f"s_{kind}").is_not_null()
    return _count(some.filter(here), (kind, *columns))


def _leaving(cohort: Cohort, kind: str, known: dict[str, Family]) -> Tables:
    """Why students leave, of those who do."""
    home, category = pl.col(kind), pl.col("category")
    some = cohort.students.filter("is_matched").with_columns(
        balance=known["balance"].category(kind).cast(pl.Int64),
        category=known["leaving"].category(kind).cast(pl.Int64),
    )
    leaves = pl.col("balance").is_in(sorted(known["balance"].parts["leave"]))
    specs = _each((
        total(kind, home), total(f"left {kind}", pl.when(leaves).then(home)),
        _parts("leaving", known["leaving"], kind, home, category),
    ))  # fmt: skip
    return Tables(_count(some, (kind, "balance", "category")), specs, ("balance", "category"))


def _flows(cohort: Cohort, kind: str, known: dict[str, Family]) -> Tables:
    """From each unit to each destination, beside all that is told of movement."""
    to = destination(kind)
    columns = tuple(dict.fromkeys((f"s_{kind}", to, "balance", "entering")))
    if to != "school_id":
        counts = _moving(cohort, kind, known, columns)
        return Tables(counts, _movement_specs(kind, known) + _ways(counts, kind, kind, to), columns, can_be=_moves(kind))  # fmt: skip
    counts = _moving(cohort, kind, known, columns)
    specs = _movement_specs(kind, known) + _ways(counts, kind, kind, to)
    # Ways that nobody takes count as known to be none: a stronger reader, and far fewer groups.
    return Tables(counts, (*specs, *_at_school(kind)))


def _at_school(kind: str) -> tuple[Spec, ...]:
    """What is told of each school beside the ways to it, and those of its students who came no way: their home is not known."""
    school = pl.col("school_id")
    no_way = total(units_of("flows", SCHOOL), pl.when(pl.col(kind).is_null()).then(school))
    return _each((
        total(SCHOOL, school), (Spec(one.units, LEFT_OUT, one.key, COUNT) for one in no_way),
    ))  # fmt: skip


def _school_draw(cohort: Cohort, _: str, __: dict[str, Family]) -> Tables:
    """Where the students of each school live, by hexagon."""
    some = cohort.students.filter("is_known_school")
    counts = _count(some.with_columns(pl.when("is_matched").then(HEXAGONS)), ("school_id", HEXAGONS))  # fmt: skip
    specs = _ways(counts, SCHOOL, "school_id", HEXAGONS)
    both = (*total(SCHOOL, pl.col("school_id")), *total(HEXAGONS, pl.col(HEXAGONS)))
    # As with flows from zones: ways that nobody takes count as known to be none.
    return Tables(counts, (*both, *specs))


def _ways(counts: pl.DataFrame, units: str, key: str, to: str) -> tuple[Spec, ...]:
    """A line for each destination; its part is ``to`` and the destination."""
    every = counts[to].drop_nulls().unique().sort().to_list()
    return tuple(
        Spec(units_of("flows", units), f"to {one}", pl.when(pl.col(to) == one).then(pl.col(key)), FLOW)
        for one in every
    )  # fmt: skip


def _coverage(cohort: Cohort, _: str, __: dict[str, Family]) -> Tables:
    """All students by their home, or else their typed ZIP: how their addresses were matched.

    Numbers of the matched are known as residents, so that what may be few are the unmatched.
    """
    kinds = area_units(cohort)
    some = cohort.students.with_columns(
        *(pl.col(f"c_{kind}").cast(pl.String).fill_null("") for kind in kinds),
        *(pl.when("is_matched").then(kind).cast(pl.String).alias(kind) for kind in kinds),
        match=pl.when("is_matched").then("geo_match").fill_null(""),
    )
    match = pl.col("match")
    parts = {"unmatched": match == "", **{one: match == one for one in MATCHES}}
    specs = _each(
        found for kind in kinds for units, key in [(units_of("coverage", kind), pl.col(f"c_{kind}"))]
        for found in (total(kind, pl.col(kind)), total(units, key),
                      *(share(units, part, key, where) for part, where in parts.items()))
    )  # fmt: skip
    columns = (*kinds, *(f"c_{kind}" for kind in kinds), "match")
    return Tables(_count(some, columns), specs)


def _reasons(cohort: Cohort, _: str, __: dict[str, Family]) -> Tables:
    """The unmatched of the whole district by reason."""
    some = cohort.students.filter(~pl.col("is_matched"))
    counts = _count(some.with_columns(reason=reason_of(some)), ("reason",))
    return Tables(counts, total(REASONS, pl.col("reason")))


def _zoned(cohort: Cohort, _: str, known: dict[str, Family]) -> Tables:
    """Who attends the school of the zone: by zone, and by school.

    Those who do count once, in zone and school; all others count in their zone and in their school apart.
    """
    kinds = tuple(one for one in home_units(cohort) if one.startswith("zone_"))
    marks = tuple(f"is_{kind}" for kind in kinds)
    some = cohort.students.select(
        "year", "grade", "is_matched", "is_known_school", "in_zone", "school_id",
        *(pl.when("is_matched").then(kind).cast(pl.String).alias(kind) for kind in kinds),
        *(pl.when("is_matched").then(known["balance"].category(kind)).cast(pl.Int64).alias(mark)
          for kind, mark in zip(kinds, marks, strict=True)),
        drawn=pl.when("is_known_school").then(known["drawing"].category(SCHOOL)).cast(pl.Int64),
    )  # fmt: skip
    own = pl.col("is_matched") & pl.col("is_known_school") & pl.col("in_zone")
    others = some.filter(~own)
    homes = others.filter("is_matched").with_columns(pl.lit(None).cast(some["school_id"].dtype).alias("school_id"), drawn=None)  # fmt: skip
    blank = [pl.lit(None, dtype=pl.String).alias(kind) for kind in kinds]
    blank += [pl.lit(None, dtype=pl.Int64).alias(mark) for mark in marks]
    schools = others.filter("is_known_school").with_columns(blank)
    both = pl.concat([some.filter(own), homes, schools], how="vertical_relaxed")
    school = pl.col("school_id")
    specs = _each((
        *(total(kind, pl.col(kind)) for kind in kinds), total(SCHOOL, school),
        _parts("drawing", known["drawing"], SCHOOL, school, pl.col("drawn")),
        *(_only(_parts("balance", known["balance"], kind, pl.col(kind), pl.col(mark)), "zoned")
          for kind, mark in zip(kinds, marks, strict=True)),
    ))  # fmt: skip
    return Tables(_count(both, (*kinds, *marks, "school_id", "drawn")), specs)


def _only(specs: Iterable[Spec], part: str) -> tuple[Spec, ...]:
    return tuple(one for one in specs if one.part in ("", LEFT_OUT, part))


def _count(some: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    names = ["year", "grade", *columns]
    made = some.lazy().group_by(names).agg(n=pl.len().cast(pl.Int64)).collect()
    texts = [name for name in names if made[name].dtype not in (pl.Int64, pl.Boolean)]
    return made.with_columns(pl.col(texts).cast(pl.String)).sort(names)


def _each(many: Iterable[Iterable[Spec]]) -> tuple[Spec, ...]:
    return tuple(spec for some in many for spec in some)
