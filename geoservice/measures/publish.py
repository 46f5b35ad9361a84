"""What of each family of tables may be public: plans that know of one another."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from geoservice.measures import reasons
from geoservice.measures.coding import HIDDEN, HIGH, LOW, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.households import lines_of_few_homes
from geoservice.measures.linked import ALL_GRADES, DISTRICT, LINE, Spec
from geoservice.measures.plan import STATUS, Plan, plan, withheld
from geoservice.measures.release_tables import (
    BY_KIND,
    HEXAGONS,
    LEFT_OUT,
    SCHOOL,
    area_units,
    home_units,
    release_tables,
    units_of,
)
from geoservice.state.releases import ReleaseStore

Bands = Mapping[str, Sequence[str]]
_ALL_GRADES_ALONE = ("coverage", "school_draw", reasons.NAME)
"""Tables without bands: subtracted from one another they would leave few unmatched addresses, or few homes of a school."""
_ALONE = ("coverage", "quality_home", "quality_school", "access", "tiers")


@dataclass(frozen=True)
class Shelf:
    """Where the tables of one release are kept, and what was released before.

    Attributes
    ----------
    region, release
        Whose it is, and what it depends on.
    scheme
        The rating scheme that was asked for, empty for the first.
    """

    store: ReleaseStore
    region: str
    release: str
    scheme: str = ""

    def found(self, tables: str) -> Plan | None:
        """The plan of some tables, where it was made before."""
        names = (f"{tables} status", f"{tables} findings", f"{tables} cost")
        kept = [
            self.store.kept(self.region, self.release, name.replace(" ", "_")) for name in names
        ]
        status, findings, cost = kept
        if status is None or findings is None or cost is None:
            return None
        return Plan(status, findings, cost)

    def before(self, tables: str) -> pl.DataFrame:
        """What was shown of some tables before: numbers by line."""
        return self.store.before(self.region).filter(tables=self._named(tables))

    def keep(self, tables: str, made: Plan) -> None:
        """Keep a plan, and remember what it shows."""
        shown = made.status.filter(status=SHOWN).select("year", *LINE, value="numerator")
        self.store.remember(self.region, self._named(tables), shown)
        for name in ("findings", "cost", "status"):
            self.store.keep(self.region, self.release, f"{tables} {name}".replace(" ", "_"), getattr(made, name))  # fmt: skip

    def _named(self, tables: str) -> str:
        return f"{tables} by {self.scheme}" if self.scheme else tables


class Publication:
    """The plans of one cohort, each made once.

    Numbers of residents and attenders come first, as every share is of them; what is told of movement comes before flows, and
    before the reasons of those who leave. A plan keeps what earlier ones decided.
    """

    def __init__(
        self, cohort: Cohort, bands: Bands, min_n: int, labels: Sequence[str],
        shelf: Shelf | None = None,
    ) -> None:  # fmt: skip
        self._cohort, self._bands, self._min_n, self._labels = cohort, bands, min_n, labels
        self._shelf = shelf
        self._lock = threading.RLock()
        self._planned = cache(self._plan)

    def names(self) -> tuple[tuple[str, str], ...]:
        """Every plan: the name of its tables and, for those made by one kind of units, the kind."""
        kinds = [one for one in home_units(self._cohort) if one != HEXAGONS]
        areas = area_units(self._cohort)
        found = [
            ("residents", ""),
            ("attenders", ""),
            ("zoned", ""),
            *((one, "") for one in _ALONE),
            *([(reasons.NAME, "")] if areas else []),
        ]
        found += [(name, kind) for kind in areas for name in ("movement", "leaving")]
        found += [("flows", kind) for kind in kinds]
        if HEXAGONS in home_units(self._cohort):
            found.append(("school_draw", ""))
        return tuple(found)

    def plan(self, name: str, kind: str = "") -> Plan:
        """How each line of some tables is released; ``kind`` only for those of `BY_KIND`."""
        with self._lock:  # Two requests for one figure plan it once.
            return self._planned(name, kind if name in BY_KIND else "")

    def lines(self, family: str, kind: str) -> pl.DataFrame:
        """How each line of a family of counts is released, by one kind of units: `geoservice.measures.plan.STATUS`."""
        by_zone = kind.startswith("zone_")
        if family in ("residents", "attenders"):
            units = kind if family == "residents" or kind == SCHOOL else f"s_{kind}"
            return self.plan(family).status.filter(pl.col("units") == units)
        if family == "leaving" and by_zone:
            return self.plan("residents").status.filter(pl.col("units") == kind)
        if family == "drawing" or (family == "balance" and by_zone):
            made = self.plan("zoned")
        elif family in ("balance", "entering"):
            made = self.plan("movement", kind)
        else:
            made = self.plan(family, kind)
        lines = made.status.filter(pl.col("units") == units_of(family, kind))
        return _with_matched(lines) if family == "coverage" else lines

    def ways(self, name: str, kind: str) -> pl.DataFrame:
        """The ways that are shown, of flows or of the homes of a school's students."""
        made = self.plan(name, kind).status
        return made.filter(pl.col("units") == units_of("flows", kind), pl.col("status") == SHOWN)

    def coverage(self) -> pl.DataFrame:
        """``year``, ``coverage``: the share of the district's addresses that are matched, at the least; null where hidden."""
        lines = self.lines("coverage", next(iter(area_units(self._cohort)), ""))
        some = lines.filter(unit=DISTRICT, part="matched", band=ALL_GRADES)
        exact = pl.col("numerator") / pl.col("denominator")
        told = pl.coalesce(exact, "value", pl.when(pl.col("status") == HIGH).then("bound"))
        return some.select("year", coverage=(told * 100 + 1e-9).floor() / 100)

    def unmatched(self) -> pl.DataFrame:
        """The district's number of unmatched by year, with its status (`reasons.whole_of`)."""
        return reasons.whole_of([self.lines("coverage", kind) for kind in area_units(self._cohort)])

    def reasons(self) -> pl.DataFrame:
        """Lines of ``coverage`` by reason, of the district alone."""
        return reasons.told(self.plan(reasons.NAME).status, self.unmatched())

    def _plan(self, name: str, kind: str) -> Plan:
        tables = f"{name} {kind}".strip()
        kept = self._shelf.found(tables) if self._shelf else None
        if kept is not None:
            return kept
        made = self._made(name, kind, self._shelf.before(tables) if self._shelf else None)
        if not made.holds:
            # What fails the audit is not released.
            made = withheld(made)
        if self._shelf:
            self._shelf.keep(tables, made)
        return made

    def _made(self, name: str, kind: str, before: pl.DataFrame | None) -> Plan:
        asked = release_tables(name, kind, self._cohort, self._labels)
        specs = [one for one in asked.specs if _is_public(one)]
        bands = {} if name in _ALL_GRADES_ALONE else self._bands
        return plan(
            asked.counts, specs, bands, self._min_n, categories=asked.categories,
            units=asked.overlapping, base=self._base(name, kind), before=before,
            few_homes=pl.concat([lines_of_few_homes(self._cohort, asked.overlapping, bands), reasons.unnamed(self._cohort.years)]),
            can_be=asked.can_be,
        )  # fmt: skip

    def _base(self, name: str, kind: str) -> pl.DataFrame | None:
        if name in ("residents", "attenders"):
            return None
        if name == reasons.NAME:
            return self.unmatched().select(list(STATUS))
        found = [self.plan("residents").status, self.plan("attenders").status]
        if name == "leaving" and kind.startswith("area_"):
            found.append(_as_totals(self.plan("movement", kind).status, kind))
        if name == "flows":
            first = ("zoned", "") if kind.startswith("zone_") else ("movement", kind)
            made = self.plan(*first).status
            found.append(made.filter(pl.col("units").str.contains("|", literal=True)))
        return pl.concat(found)


def _with_matched(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of coverage with those of the matched: all but the unmatched."""
    other = pl.col("status").replace({LOW: HIGH, HIGH: LOW})
    coded = pl.col("status").is_in([LOW, HIGH])
    matched = lines.filter(part="unmatched").with_columns(
        part=pl.lit("matched"), status=other, numerator=pl.col("denominator") - pl.col("numerator"),
        value=1 - pl.col("value"), bound=pl.when(coded).then(1 - pl.col("bound")).otherwise("bound"),
    )  # fmt: skip
    return pl.concat([matched, lines])


def _is_public(spec: Spec) -> bool:
    """By zone only who attends the school of right, and flows: all else would tell the same once more."""
    if not spec.units.startswith("zone_"):
        return True
    if spec.units.endswith("|balance"):
        return spec.part in ("", LEFT_OUT, "zoned")
    return not spec.units.endswith("|entering")


def _as_totals(movement: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The lines of those who leave as the totals of their reasons: what is coded or rounded is no total."""
    left = movement.filter(pl.col("part") == "leave", pl.col("units") == units_of("balance", kind))
    shown = pl.when(pl.col("status") == SHOWN).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN))
    return left.with_columns(units=pl.lit(f"left {kind}"), part=pl.lit(""), status=shown)
