"""What of each family of tables may be public: plans that know of one another."""

from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from geoservice.measures.coding import HIDDEN, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import Spec
from geoservice.measures.plan import Plan, plan
from geoservice.measures.release_tables import (
    BY_KIND,
    HEXAGONS,
    LEFT_OUT,
    SCHOOL,
    home_units,
    release_tables,
    units_of,
)

Bands = Mapping[str, Sequence[str]]
_ALONE = ("coverage", "quality_home", "quality_school", "access", "tiers")


class Publication:
    """The plans of one cohort, each made once.

    Numbers of residents and attenders come first, as every share is of them; what is told of movement comes before flows, and
    before the reasons of those who leave. A plan keeps what earlier ones decided.
    """

    def __init__(
        self, cohort: Cohort, bands: Bands, min_n: int, labels: Sequence[str],
        before: pl.DataFrame | None = None,
    ) -> None:  # fmt: skip
        self._cohort, self._bands, self._min_n, self._labels = cohort, bands, min_n, labels
        self._before = before
        self._planned = cache(self._plan)

    def names(self) -> tuple[tuple[str, str], ...]:
        """Every plan: the name of its tables and, for those made by one kind of units, the kind."""
        kinds = [one for one in home_units(self._cohort) if one != HEXAGONS]
        found = [("residents", ""), ("attenders", ""), ("zoned", ""), *((one, "") for one in _ALONE)]
        found += [("movement", one) for one in kinds if one.startswith("area_")]
        found += [(name, kind) for kind in kinds for name in ("flows", "leaving")]
        if HEXAGONS in home_units(self._cohort):
            found.append(("school_draw", ""))
        return tuple(found)

    def plan(self, name: str, kind: str = "") -> Plan:
        """How each line of some tables is released; ``kind`` only for those of `BY_KIND`."""
        return self._planned(name, kind if name in BY_KIND else "")

    def lines(self, family: str, kind: str) -> pl.DataFrame:
        """How each line of a family of counts is released, by one kind of units: `geoservice.measures.plan.STATUS`."""
        by_zone = kind.startswith("zone_")
        if family in ("residents", "attenders"):
            units = kind if family == "residents" or kind == SCHOOL else f"s_{kind}"
            return self.plan(family).status.filter(pl.col("units") == units)
        if family == "drawing" or (family == "balance" and by_zone):
            made = self.plan("zoned")
        elif family in ("balance", "entering"):
            made = self.plan("movement", kind)
        else:
            made = self.plan(family, kind)
        return made.status.filter(pl.col("units") == units_of(family, kind))

    def _plan(self, name: str, kind: str) -> Plan:
        made = release_tables(name, kind, self._cohort, self._labels)
        before = self._before
        if before is not None:
            before = before.filter(pl.col("tables") == f"{name} {kind}".strip())
        specs = [one for one in made.specs if _is_public(one)]
        # Bands of coverage could be subtracted from one another: so few addresses are unmatched.
        bands = {} if name == "coverage" else self._bands
        return plan(
            made.counts, specs, bands, self._min_n, categories=made.categories,
            units=made.overlapping, base=self._base(name, kind), before=before,
        )  # fmt: skip

    def _base(self, name: str, kind: str) -> pl.DataFrame | None:
        if name in ("residents", "attenders"):
            return None
        found = [self.plan("residents").status, self.plan("attenders").status]
        if name == "leaving" and kind.startswith("area_"):
            found.append(_as_totals(self.plan("movement", kind).status, kind))
        if name == "flows":
            first = ("zoned", "") if kind.startswith("zone_") else ("movement", kind)
            made = self.plan(*first).status
            found.append(made.filter(pl.col("units").str.contains("|", literal=True)))
        return pl.concat(found)


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
