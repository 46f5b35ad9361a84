"""What of each family of tables may be public: plans that know of one another."""

from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from geoservice.measures.coding import HIDDEN, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.families import BY_KIND, SCHOOL, family, home_units
from geoservice.measures.linked import LINE, Spec, link, possible, with_bands
from geoservice.measures.plan import STATUS, Plan, plan

Bands = Mapping[str, Sequence[str]]


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
        self.plan = cache(self._plan)

    def lines(self, name: str, kind: str) -> pl.DataFrame:
        """How each line of a family is released: `geoservice.measures.plan.STATUS`."""
        return self.plan(name, kind if name in BY_KIND else "").status

    def plans(self) -> dict[str, Plan]:
        """Every plan by the name of its family, and of its kind of units where it has one."""
        names = [("residents", ""), ("attenders", ""), ("zoned", ""), ("coverage", ""),
                 ("quality_home", ""), ("quality_school", ""), ("access", ""), ("tiers", "")]  # fmt: skip
        units = [one for one in home_units(self._cohort) if one.startswith(("area_", "zone_"))]
        names += [(name, kind) for kind in units for name in BY_KIND]
        names = [one for one in names if not (one[0] == "movement" and one[1].startswith("zone_"))]
        return {" ".join(one).strip(): self.plan(*one) for one in names}

    def _plan(self, name: str, kind: str) -> Plan:
        made = family(name, kind, self._cohort, self._labels)
        before = None if self._before is None else self._before.filter(family=_named(name, kind))
        specs = [one for one in made.specs if _is_public(one)]
        return plan(
            made.counts, specs, self._bands, self._min_n, categories=made.categories,
            units=made.overlapping, base=self._base(name, kind), before=before,
        )  # fmt: skip

    def _base(self, name: str, kind: str) -> pl.DataFrame | None:
        if name in ("residents", "attenders"):
            return None
        if name == "leaving":
            return _as_totals(self.plan("movement", kind).status, kind)
        found = [self.plan("residents", "").status, self.plan("attenders", "").status]
        if name == "flows":
            first = ("zoned", "") if kind.startswith("zone_") else ("movement", kind)
            found.append(self.plan(*first).status.filter(pl.col("part") != ""))
        return pl.concat(found)


def every_line(name: str, kind: str, cohort: Cohort, bands: Bands, labels: Sequence[str]) -> pl.DataFrame:  # fmt: skip
    """All lines of a family as they are, for the internal profile: `geoservice.measures.plan.STATUS`."""
    made = family(name, kind if name in BY_KIND else "", cohort, labels)
    found = []
    for (year,), table in sorted(made.counts.partition_by("year", as_dict=True).items()):
        groups = possible(with_bands(table.drop("year"), bands), made.categories)
        linked = link(groups, made.specs)
        found.append(
            linked.lines.select(
                pl.lit(str(year)).alias("year"), *LINE, numerator=pl.Series(linked.value),
                denominator=pl.Series(linked.value[linked.whole]), status=pl.lit(SHOWN),
            ).select(list(STATUS))
        )  # fmt: skip
    return pl.concat(found) if found else pl.DataFrame(schema=STATUS)


def _is_public(spec: Spec) -> bool:
    """By zone only who attends the school of right, and flows: all else would tell the same once more."""
    by_zone = spec.units.startswith(("zone_", "s_zone_"))
    return not by_zone or spec.part not in ("stay", "leave", "other", "out", "enter")


def _named(name: str, kind: str) -> str:
    return f"{name} {kind}".strip()


def _as_totals(movement: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The lines of those who leave as the totals of their reasons: what is coded is no total."""
    left = movement.filter(pl.col("part") == "leave", pl.col("units") == kind)
    shown = pl.when(pl.col("status") == SHOWN).then(pl.lit(SHOWN)).otherwise(pl.lit(HIDDEN))
    return left.with_columns(
        units=pl.lit(f"leave_{kind}"), part=pl.lit(""), denominator="numerator", status=shown
    )


__all__ = ["SCHOOL", "Publication", "every_line"]
