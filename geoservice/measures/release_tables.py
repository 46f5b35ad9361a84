"""The lines that become public: what is counted, by which units, and in which stage it is decided."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache

import polars as pl

from geoservice.measures.cohort import Cohort
from geoservice.measures.families import Family, table_of
from geoservice.measures.linked import (
    FLOW,
    LEFT_OUT,
    ROUGH,
    SETTLED,
    SHARE,
    Spec,
    share,
    total,
)
from geoservice.measures.reasons import NAME as REASONS
from geoservice.measures.release_cells import HEXAGONS, HOMES, MATCHES, SCHOOLS, home_kinds
from geoservice.measures.standards import OWN, Standard

SCHOOL = "school"
"""The kind of units that are schools."""
COUNTS, RATINGS, MOVEMENT, WAYS, LEAVING = "counts", "ratings", "movement", "ways", "leaving"
STAGES = (COUNTS, RATINGS, MOVEMENT, WAYS, LEAVING)
"""Coverage and numbers of residents, attenders and those who attend the school of right come first, as most figures rest on them alone; then
what is by rating, which takes little; who moves between areas; the many ways from zones to schools; why students leave, of which
figures are few and which takes longest."""
_MATCH_TYPES = ("point", "range", "intersection", "street", "zip")
_WEIGHT = {"stay": 8.0, "zoned": 30.0, "leave": 2.0, "enter": 2.0, "in_boundary": 0.5, "draw": 0.5, "residence": 12.0,
           "attendance": 4.0}  # fmt: skip
HOME_TIERS = "home tiers"
"""Residents by the rating of the school that they attend: of whom distances by rating are told."""
UNSURE = "unsure"
"""The part of those of whom a share says nothing, as seats or enrolment of some schools are not known."""
RATED = "rated"
"""Not a stage of every release: what depends on ratings or distances, by another scheme or other distances than the region's own."""
RATED_FAMILIES = ("quality_home", "access", "quality_school", "tiers", "leaving", HOME_TIERS)
_OF_ALL = 30.0
"""Weight of numbers of residents and attenders: nearly every figure is of them."""
_OF_FLOWS = 50.0
"""Weight of ways between areas: a map of them is nothing without."""
_LIGHT = 0.1
_OF_COUNTS = ("residents", "attenders", "drawing", "coverage", REASONS)
_BY_SCHOOL = ("quality_school", "tiers")
_BY_HOME = ("quality_home", "access")
OF_DISTANCES = ("access", "leaving")
"""Those of these that depend on distances too."""
_NEARER = "nearer"
"""How the parts end that depend on distances, of a family that otherwise does not."""


def stage_of(family: str, kind: str) -> str:
    """The stage in which the lines of a family are decided, by a kind of units."""
    zoned = family in ("balance", "participating", "leaving") and kind.startswith("zone_")
    if family in _OF_COUNTS or zoned:
        return COUNTS
    if family == "leaving":
        return LEAVING
    if family in RATED_FAMILIES:
        return RATINGS
    return WAYS if family == "flows" and not kind.startswith("area_") else MOVEMENT


def stage_specs(
    stage: str, cohort: Cohort, known: Mapping[str, Family], unsure: Collection[str] = (),
    standard: Standard = OWN,
) -> tuple[Spec, ...]:  # fmt: skip
    """The lines of a stage, over the cells of `geoservice.measures.release_cells`; what is by rating by a ``standard``.

    Parts of families that are ``unsure`` (`geoservice.measures.unsure`) stand in tables of their own where they leave out others.
    """
    areas, zones = home_kinds(cohort)
    has_hexagons = HEXAGONS in cohort.students.columns
    if stage == COUNTS:
        counts = _counts((*areas, *zones), zones, known, has_hexagons=has_hexagons)
        return _each((counts, *(_coverage(one) for one in areas), _reasons() if areas else ()))
    if stage == WAYS:
        return _each(_ways(one) for one in zones)
    if stage == LEAVING:
        return _each(_leaving(one, known, unsure, standard) for one in areas)
    if stage == MOVEMENT:
        return _each((*(_movement(one, known) for one in areas), *(_ways(one, _OF_FLOWS) for one in areas)))  # fmt: skip
    ratings = _each((
        *(_home_tiers(known["tiers"], one, standard) for one in areas),
        *(_home_shares(name, known[name], one, unsure, standard) for name in _BY_HOME for one in (*areas, *zones)),
        *(_school_shares(name, known[name], one, standard) for name in _BY_SCHOOL for one in (*areas, *zones)),
    ))  # fmt: skip
    return (
        ratings
        if stage == RATINGS
        else ratings + stage_specs(LEAVING, cohort, known, unsure, standard)
    )


def units_of(name: str, kind: str, standard: Standard = OWN) -> str:
    """The kind of units under which the shares of a family stand, apart from the numbers that they are of."""
    if name not in RATED_FAMILIES:
        return f"{kind}|{name}"
    return f"{kind}|{name}{standard.by}{standard.along if name == 'access' else ''}"


def is_of(name: str, kind: str, standard: Standard = OWN) -> pl.Expr:
    """True of lines of a family by a kind of units, those that stand in tables of their own among them."""
    units = units_of(name, kind, standard)
    return (pl.col("units") == units) | pl.col("units").str.starts_with(f"{units}|")


def parts_by(lines: pl.DataFrame, standard: Standard) -> pl.DataFrame:
    """Lines of one family as they are by a standard: of parts that depend on distances those by its own, under their plain names."""
    known = pl.col("part").str.extract(f"^(.*{_NEARER})( along .*)?$", 1)
    mine = pl.col("part") == known + standard.along
    return lines.filter(known.is_null() | mine).with_columns(part=pl.coalesce(known, "part"))


def home_units(cohort: Cohort) -> tuple[str, ...]:
    """All kinds of units that students are counted by at home: areas, zones, hexagons."""
    areas, zones = home_kinds(cohort)
    return areas + zones + tuple(one for one in cohort.students.columns if one == HEXAGONS)


def area_units(cohort: Cohort) -> tuple[str, ...]:
    """The kinds of units that are sets of areas."""
    return home_kinds(cohort)[0]


def destination(kind: str) -> str:
    """The column of where the students of a kind of units go: areas, or schools."""
    return f"s_{kind}" if kind.startswith("area_") else "school_id"


def _counts(
    kinds: tuple[str, ...], zones: tuple[str, ...], known: Mapping[str, Family], *, has_hexagons: bool
) -> tuple[Spec, ...]:  # fmt: skip
    homes = (*kinds, HEXAGONS) if has_hexagons else kinds
    school = _at(SCHOOLS, "school_id")
    return _each((
        *(total(one, _at(HOMES, one), _OF_ALL) for one in homes),
        *(total(f"s_{one}", _attended(f"s_{one}"), _OF_ALL) for one in kinds),
        total(SCHOOL, school, _OF_ALL),
        _parts("drawing", known["drawing"], SCHOOL, school, pl.col("drawing")),
        *(_zoned(one, known["balance"]) for one in zones),
    ))  # fmt: skip


def _zoned(kind: str, balance: Family) -> tuple[Spec, ...]:
    """By zone only who attends the school of the zone: all else would tell the same once more."""
    every = _parts("balance", balance, kind, _at(SCHOOLS, kind), pl.col(f"balance {kind}"))
    return tuple(one for one in every if one.part in ("", LEFT_OUT, "zoned"))


def _movement(kind: str, known: Mapping[str, Family]) -> tuple[Spec, ...]:
    """Who stays, leaves and enters, and who attends the school of right."""
    school = _attended(f"s_{kind}")
    return _each((
        _parts("balance", known["balance"], kind, _at(SCHOOLS, kind), pl.col(f"balance {kind}")),
        # Mostly the same sums once more: these weigh enough.
        (replace(one, weight=_LIGHT) for one in _parts(
            "participating", known["participating"], kind, _at(SCHOOLS, kind), pl.col(f"participating {kind}"))),
        _parts("entering", known["entering"], kind, school, pl.col(f"entering {kind}")),
    ))  # fmt: skip


def _leaving(
    kind: str, known: Mapping[str, Family], unsure: Collection[str], standard: Standard
) -> tuple[Spec, ...]:
    """Why those leave who do."""
    category = _category(f"leaving {kind}", standard)
    return _parts("leaving", known["leaving"], kind, _at(SCHOOLS, kind), category, standard=standard, apart="leaving" in unsure)  # fmt: skip


def _home_shares(
    name: str, found: Family, kind: str, unsure: Collection[str], standard: Standard
) -> tuple[Spec, ...]:
    unit = _at(HOMES if name == "access" else SCHOOLS, kind)
    return _parts(name, found, kind, unit, _category(name, standard), standard=standard, apart=name in unsure)  # fmt: skip


def _home_tiers(tiers: Family, kind: str, standard: Standard) -> tuple[Spec, ...]:
    """Told to a step alone, as it is enough to know of whom there are many; nothing here follows from public facts about schools."""
    return _parts(HOME_TIERS, tiers, kind, _at(SCHOOLS, kind), _category("tiers", standard), ROUGH, standard)  # fmt: skip


def _school_shares(name: str, found: Family, kind: str, standard: Standard) -> tuple[Spec, ...]:
    school = _attended(f"s_{kind}")
    return _parts(name, found, kind, school, _category(name, standard), standard=standard)


def _category(name: str, standard: Standard) -> pl.Expr:
    """The column of cells with the category of a family by a standard."""
    return pl.col(f"{name}{standard.by}{standard.along}")


def _parts(
    name: str, found: Family, kind: str, unit: pl.Expr, category: pl.Expr, rule: str = "",
    standard: Standard = OWN, *, apart: bool = False,
) -> tuple[Spec, ...]:  # fmt: skip
    """Those whom a family counts, their parts (by the family's own rule unless one is given), and those whom it leaves out.

    Parts that say nothing of some of them stand ``apart``, beside those whom they count and leave out.
    """
    units, rule = units_of(name, kind, standard), rule or (SETTLED if found.is_settled else SHARE)
    tables: dict[str, list[str]] = {units: []}
    for part in found.parts:
        own = f"{units}|{table_of(part)}" if apart and part in found.unsure else units
        tables.setdefault(own, []).append(part)
    specs: list[Spec] = []
    for table, parts in tables.items():
        gone = found.unsure[parts[0]] if table != units else frozenset[int]()
        named = {_named(name, one, standard): found.parts[one] for one in parts}
        specs += _table(table, named, gone, unit, category, rule)
    return tuple(specs)


def _named(name: str, part: str, standard: Standard) -> str:
    """The name of a part of a family by a standard."""
    is_along = name == "leaving" and part.endswith(_NEARER)
    return f"{part}{standard.along}" if is_along else part


def _table(
    units: str, parts: Mapping[str, frozenset[int]], unsure: frozenset[int], unit: pl.Expr, category: pl.Expr, rule: str
) -> tuple[Spec, ...]:  # fmt: skip
    """Lines of parts that count the same students: all but some categories."""
    lost = category.is_null() | category.is_in(sorted(unsure)) if unsure else category.is_null()
    specs = [*total(units, unit, where=~lost)]
    for part, categories in parts.items():
        inside = category.is_in(sorted(categories))
        specs += share(units, part, unit, inside, rule, _WEIGHT.get(part, 1.0))
    left_out = total(units, unit, where=lost)
    specs += [replace(one, part=LEFT_OUT) for one in left_out]
    if unsure:  # No figure has them, but any two of these tables tell them.
        alone = total(units, unit, where=category.is_in(sorted(unsure)))
        specs += [replace(one, part=UNSURE, weight=_LIGHT) for one in alone]
    return tuple(specs)


def _coverage(kind: str) -> tuple[Spec, ...]:
    """All students by their home, or else their typed ZIP: how their addresses were matched; of all grades alone.

    Subtracted from one another, bands would leave few unmatched addresses.
    """
    units, key, match = units_of("coverage", kind), _at(MATCHES, f"c_{kind}"), pl.col("match")
    parts = {"unmatched": match == "", **{one: match == one for one in _MATCH_TYPES}}
    every = (
        *total(units, key),
        *_each(share(units, part, key, where) for part, where in parts.items()),
    )
    return tuple(replace(one, by_band=False) for one in every)


def _reasons() -> tuple[Spec, ...]:
    """The unmatched of the whole district by reason."""
    return tuple(replace(one, by_band=False) for one in total(REASONS, _at(MATCHES, "told_reason")))


def _ways(kind: str, weight: float = 1.0) -> tuple[Spec, ...]:
    """From each unit to each destination; the part of a line is ``to`` and the destination."""
    to = pl.when("is_known_school").then(pl.col(destination(kind)))
    return (Spec(units_of("flows", kind), "to ", pl.when(to.is_not_null()).then(_at(SCHOOLS, kind)), FLOW, weight, to=to),)  # fmt: skip


@cache
def _at(side: str, column: str) -> pl.Expr:
    """Units of one side. Kept, as each expression is evaluated once."""
    return pl.when(pl.col("side") == side).then(pl.col(column))


@cache
def _attended(column: str) -> pl.Expr:
    return pl.when("is_known_school").then(_at(SCHOOLS, column))


def _each(many: Iterable[Iterable[Spec]]) -> tuple[Spec, ...]:
    return tuple(spec for some in many for spec in some)


__all__ = ["HEXAGONS", "LEFT_OUT", "SCHOOL", "STAGES", "area_units", "destination", "home_units", "stage_of", "stage_specs", "units_of"]  # fmt: skip
