"""The students of a year as cells that every public line is a sum of: one set of unknowns for all tables.

Three sides share the number of students of each place (an overlap of areas and zones, of like grades): by school attended, by
hexagon and distance of the home, and by how the address was matched. Given the place any home may go with any school, so that the
sides need no common table. Cells without students stand for what could be as well as what is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from geoservice.measures.cohort import Cohort
from geoservice.measures.draws import Draws, draws
from geoservice.measures.facts import zone_schools
from geoservice.measures.families import families
from geoservice.measures.linked import ALL_GRADES
from geoservice.measures.reasons import OTHER, reason_of
from geoservice.measures.standards import OWN, Standard, seen, side_by_side
from geoservice.reference.snapshot import Reference

Bands = Mapping[str, Sequence[str]]
SCHOOLS, HOMES, MATCHES = "schools", "homes", "matches"
"""The sides: column ``side`` of the cells."""
HEXAGONS = "hexagons"
"""The kind of units that are hexagons of homes."""
_HAS_BOTH = pl.col("is_placed_school") & pl.col("right_school").is_not_null()
"""Of two distances one can be nearer only where there are both."""


@dataclass(frozen=True)
class ReleaseCells:
    """Cells of one year.

    Attributes
    ----------
    groups
        ``side``, ``bands`` (a list), ``n``, and whatever lines ask for; a row per cell.
    ties
        Rows x cells: sums that are none, as two sides hold the same students.
    floors
        By cell, how many students a reader knows to be in it.
    draws
        Where students of schools are known to live.
    """

    groups: pl.DataFrame
    ties: sp.csr_matrix
    floors: np.ndarray
    draws: Draws


def home_kinds(cohort: Cohort) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of areas, and those of zones."""
    info = cohort.reference.info
    areas = tuple(f"area_{one.id}" for one in info.area_sets)
    return areas, tuple(f"zone_{one.id}" for one in info.zone_sets)


def release_cells(
    cohorts: Mapping[Standard, Cohort], year: str, bands: Bands, min_n: int
) -> ReleaseCells:
    """The cells of a year's students: the same ones by each standard, the region's own first."""
    made = _Cells(cohorts, year, bands)
    schools, homes, matches = made.schools(), made.homes(), made.matches()
    groups = pl.concat([schools, homes, matches], how="diagonal_relaxed")
    found = draws(made.students, min_n) if HEXAGONS in made.students.columns else Draws.none()
    return ReleaseCells(made.with_bands(groups), _ties(groups), found.floors(groups), found)


def _ties(groups: pl.DataFrame) -> sp.csr_matrix:
    """Students of a place by school are as many as by hexagon; those of a combination of areas as many as by match."""
    side, n = groups["side"].to_numpy(), len(groups)
    rows = []
    for name, one, other in (("place", SCHOOLS, HOMES), ("combination", HOMES, MATCHES), ("unmatched", SCHOOLS, MATCHES)):  # fmt: skip
        key = groups[name].rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
        sign = np.where(side == one, 1.0, 0.0) - np.where(side == other, 1.0, 0.0)
        at = np.flatnonzero((key >= 0) & (sign != 0))
        shape = (int(key.max(initial=-1)) + 1, n)
        rows.append(sp.csr_matrix((sign[at], (key[at], at)), shape=shape))
    return sp.vstack(rows).tocsr()


class _Cells:
    """The sides of one year."""

    def __init__(self, cohorts: Mapping[Standard, Cohort], year: str, bands: Bands) -> None:
        own = cohorts[OWN]
        self._areas, self._zones = home_kinds(own)
        self._bands = bands
        self._families = {one: families(cohort.labels) for one, cohort in cohorts.items()}
        # Not sets: the order of columns is that of cells.
        self._by = tuple(dict.fromkeys(one.by for one in cohorts))
        self._along = tuple(dict.fromkeys(one.along for one in cohorts))
        self._nearer = tuple(f"nearer{one}" for one in self._along)
        self._home = (*self._areas, *self._zones, *(f"own {one}" for one in self._zones),
                      "is_matched", "is_located", "is_served", "right_school", "right_full",
                      *(f"right_rank{by}" for by in self._by))  # fmt: skip
        self._school = ("school_id", "is_known_school", "is_placed_school", "has_zone",
                        *(f"{one}{by}" for one in ("rank", "quality") for by in self._by),
                        *(f"s_{one}" for one in (*self._areas, *self._zones)))  # fmt: skip
        some = side_by_side(cohorts).filter(pl.col("year").cast(pl.String) == year)
        self.students = self._placed(self._prepared(some, own.reference))

    def schools(self) -> pl.DataFrame:
        """By place and school, and each school that could be attended as well."""
        names = ["grade", "place", *self._home, *self._school, *self._nearer]
        real = self.students.group_by(names).agg(n=pl.len().cast(pl.Int64))
        every = pl.concat([real, self._could_be(real).select(*names, n=pl.lit(0, dtype=pl.Int64))])
        once = every.group_by(names).agg(pl.col("n").sum()).sort(names, nulls_last=True)
        return self._school_columns(self._paired(once)).with_columns(
            side=pl.lit(SCHOOLS), place=pl.when("is_matched").then("place"),
            unmatched=pl.when(~pl.col("is_matched")).then(pl.lit(1)),
        )  # fmt: skip

    def homes(self) -> pl.DataFrame:
        """By place, hexagon and distance to the nearest good schools."""
        hexagon = [one for one in (HEXAGONS,) if one in self.students.columns]
        access = self._access()
        some = self.students.with_columns(access).filter("is_matched")
        names = ["grade", "place", *self._areas, *self._zones, *hexagon, *(one.name for one in access)]  # fmt: skip
        made = some.group_by(names).agg(n=pl.len().cast(pl.Int64)).sort(names, nulls_last=True)
        return made.with_columns(side=pl.lit(HOMES), combination=self._combination())

    def matches(self) -> pl.DataFrame:
        """By match and area, or else the area of the typed ZIP and the reason."""
        areas = [f"c_{one}" for one in self._areas]
        some = self.students.with_columns(
            pl.col(areas).fill_null(""),
            match=pl.when("is_matched").then("geo_match").fill_null(""), reason=reason_of(self.students),
            combination=pl.when("is_matched").then(self._combination()),
        )  # fmt: skip
        names = [*areas, "combination", "match", "reason"]
        real = some.group_by(names).agg(n=pl.len().cast(pl.Int64))
        found = []
        for is_matched in (True, False):
            here = real.filter(pl.col("reason").is_null() == is_matched)
            places = here.select(*areas, "combination").unique()
            found.append(places.join(here.select("match", "reason").unique(), how="cross"))
        every = pl.concat(found).join(real, on=names, how="left", nulls_equal=True).sort(names, nulls_last=True)  # fmt: skip
        return every.with_columns(
            pl.col("n").fill_null(0), side=pl.lit(MATCHES), grade=pl.lit(None, dtype=pl.String),
            unmatched=pl.when(pl.col("reason").is_not_null()).then(pl.lit(1)),
            # Where no reason is known there is nothing to tell.
            told_reason=pl.when((pl.col("reason") != OTHER).any()).then("reason"),
        )  # fmt: skip

    def with_bands(self, groups: pl.DataFrame) -> pl.DataFrame:
        """The cells with the list of bands that hold their grade, all grades among them."""
        grades = groups["grade"].unique().to_list()
        listed = pl.DataFrame(
            {"grade": grades, "bands": [[*(band for band, some in self._bands.items() if one in some), ALL_GRADES] for one in grades]},
            schema={"grade": pl.String, "bands": pl.List(pl.String)},
        )  # fmt: skip
        return groups.join(listed, on="grade", how="left", nulls_equal=True, maintain_order="left")

    def _combination(self) -> pl.Expr:
        return pl.concat_str([pl.col(one).fill_null("") for one in self._areas], separator="|") if self._areas else pl.lit("")  # fmt: skip

    def _prepared(self, students: pl.DataFrame, reference: Reference) -> pl.DataFrame:
        """Students with texts for Enums, one grade for all that the same bands hold, and the school of each zone."""
        texts = [one for one, kind in students.schema.items() if isinstance(kind, pl.Enum)]
        made = students.with_columns(pl.col(texts).cast(pl.String))
        for kind in self._zones:
            rights = zone_schools(reference.zone_layers, kind.removeprefix("zone_"))
            known = pl.DataFrame(
                [(zone, grade, school) for (zone, grade), school in rights.items()],
                schema={kind: pl.String, "grade": pl.String, f"own {kind}": pl.String}, orient="row",
            )  # fmt: skip
            made = made.join(known, on=[kind, "grade"], how="left", maintain_order="left")
        matched = [*self._areas, *self._zones, *(f"own {one}" for one in self._zones)]
        nearer = {f"nearer{one}": (pl.col(f"far_m{one}") < pl.col(f"right_m{one}")).fill_null(value=False)
                  for one in self._along}  # fmt: skip
        return made.with_columns(
            pl.when("is_matched").then(pl.col(matched)), grade=self._like(made["grade"]),
            **{name: one & _HAS_BOTH for name, one in nearer.items()},
        )  # fmt: skip

    def _like(self, grades: pl.Series) -> pl.Series:
        """For each grade the first that the same bands hold."""
        first: dict[tuple[str, ...], str] = {}
        held = {}
        for one in grades.drop_nulls().unique().sort().to_list():
            bands = tuple(band for band, some in self._bands.items() if one in some)
            held[one] = first.setdefault(bands, one)
        return grades.replace(held) if held else grades

    def _placed(self, students: pl.DataFrame) -> pl.DataFrame:
        """``place``: what students of a grade have in common by where they live."""
        names = ["grade", *self._home]
        places = (
            students.select(names).unique().sort(names, nulls_last=True).with_row_index("place")
        )
        return students.join(places, on=names, how="left", nulls_equal=True, maintain_order="left")

    def _could_be(self, real: pl.DataFrame) -> pl.DataFrame:
        """For each place a school of each kind that differs for it: the one with most students."""
        schools = (
            real.filter("is_known_school")
            .group_by("grade", *self._school)
            .agg(size=pl.col("n").sum())
        )
        homes = real.select("grade", "place", *self._home).unique()
        both = homes.join(schools, on="grade", nulls_equal=True)
        for one in self._nearer:
            both = both.join(pl.DataFrame({one: [False, True]}), how="cross").filter(
                ~pl.col(one) | _HAS_BOTH
            )
        both = self._paired(both)
        stays = {f"stays {one}": self._stays(one) for one in self._areas}
        relations = self._relations(both)
        kinds = both.with_columns(
            *relations, **stays, one=pl.when(~pl.col("is_matched")).then("school_id")
        )
        kind = ["place", *stays, *(one.name for one in relations), *(f"quality{by}" for by in self._by), *self._nearer, "one",
                "attends_right", *(f"in_{one}" for one in self._zones)]  # fmt: skip
        order = kinds.sort("size", "school_id", descending=[True, False])
        return order.unique(kind, keep="first", maintain_order=True)

    def _stays(self, kind: str) -> pl.Expr:
        return (pl.col(kind) == pl.col(f"s_{kind}")).fill_null(value=False)

    def _paired(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """What follows of a home and a school together."""
        inside = {
            f"in_{one}": (pl.col(f"own {one}") == pl.col("school_id")).fill_null(value=False)
            for one in self._zones
        }
        found = pairs.with_columns(
            **inside,
            attends_right=pl.col("is_known_school")
            & (pl.col("right_school") == pl.col("school_id")).fill_null(value=False),
        )
        return found.with_columns(
            in_zone=pl.any_horizontal(*inside) if inside else pl.lit(value=False)
        )

    def _school_columns(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The category of each cell in each family that is counted by school or movement."""
        known, matched, families = (
            pl.col("is_known_school"),
            pl.col("is_matched"),
            self._families[OWN],
        )
        made = {"drawing": pl.when(known).then(families["drawing"].category("school"))}
        for one in (*self._areas, *self._zones):
            made[f"balance {one}"] = pl.when(matched).then(families["balance"].category(one))
        for one in self._areas:
            made[f"participating {one}"] = pl.when(matched).then(
                families["participating"].category(one)
            )
            made[f"entering {one}"] = pl.when(known).then(families["entering"].category(one))
        found = cells.with_columns(**{name: one.cast(pl.Int64) for name, one in made.items()})
        return found.with_columns(
            *(column for one in self._families for column in self._rated(found, one))
        )

    def _rated(self, cells: pl.DataFrame, standard: Standard) -> list[pl.Series]:
        """The categories of cells that depend on ratings, or on which school is nearer, by a standard."""
        known, matched, families = (
            pl.col("is_known_school"),
            pl.col("is_matched"),
            self._families[standard],
        )
        made = {
            "quality_home": pl.when(matched).then(families["quality_home"].category("")),
            "quality_school": pl.when(known).then(families["quality_school"].category("")),
            "tiers": pl.when(known).then(families["tiers"].category("")),
            **{f"leaving {one}": pl.when(matched).then(families["leaving"].category(one)) for one in self._areas},
        }  # fmt: skip
        return _named(seen(cells, standard), made, standard)

    def _relations(self, cells: pl.DataFrame) -> list[pl.Series]:
        """Why students of each cell leave, were none to stay, by each standard."""
        return [series for one in self._families
                for series in _named(seen(cells, one), {"relation": self._families[one]["leaving"].category(self._areas[0])
                                                         if self._areas else pl.lit(0)}, one)]  # fmt: skip

    def _access(self) -> list[pl.Series]:
        """The distances to the nearest good schools, by each standard."""
        return [series for one, families in self._families.items()
                for series in _named(seen(self.students, one), {"access": families["access"].category("")}, one)]  # fmt: skip


def _named(some: pl.DataFrame, made: Mapping[str, pl.Expr], standard: Standard) -> list[pl.Series]:
    end = standard.by + standard.along
    return some.select(one.cast(pl.Int64).alias(f"{name}{end}") for name, one in made.items()).get_columns()  # fmt: skip
