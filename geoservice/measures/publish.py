"""What of each family of counts may be public: plans that know of one another."""

from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from geoservice.measures.cells import count, unit_columns
from geoservice.measures.cohort import Cohort
from geoservice.measures.families import families
from geoservice.measures.plan import KEY, Plan, plan
from geoservice.measures.protect import SHOWN


class Publication:
    """The plans of one cohort, each made once; numbers of students by home and by school come first."""

    def __init__(
        self, cohort: Cohort, bands: Mapping[str, Sequence[str]], min_n: int,
        labels: Sequence[str],
    ) -> None:  # fmt: skip
        self._cohort, self._bands, self._min_n = cohort, bands, min_n
        self._families = families(labels)
        self._units = unit_columns(cohort)
        self.plan = cache(self._plan)

    def _plan(self, family: str, unit: str) -> Plan:
        """The plan of a family; of one ``per_unit`` by one kind of units."""
        if family == "balance":
            return self._in_step("balance", "stay", "entering", "enter", unit)
        if family == "entering":
            return self._in_step("entering", "enter", "balance", "stay", unit)
        return self._alone(family, unit)

    def units_of(self, family: str, unit: str) -> str:
        """Which kind of units a plan must be asked for: families that do not depend on it have one plan."""
        return unit if self._families[family].per_unit else ""

    def _alone(self, family: str, unit: str, hidden: Sequence[tuple[str, ...]] = ()) -> Plan:
        found = self._families[family]
        if family == "drawing":
            units: tuple[str, ...] = ("school",)
        elif unit:
            units = (unit,)
        else:
            units = (*self._units, "school") if family == "attenders" else self._units
        cells = count(self._cohort, found, units)
        return plan(cells, self._bands, self._min_n, base=self._base(family, unit), hidden=hidden)

    def _base(self, family: str, unit: str) -> Plan | None:
        if family == "leaving":
            left = self.plan("balance", unit).status.filter(part="leave")
            return Plan(left.with_columns(denominator="numerator"), ())
        if family in ("residents", "attenders", "coverage"):
            return None
        home = self._families[family].side == "home"
        return self.plan("residents" if home else "attenders", "")

    def _in_step(self, family: str, part: str, other: str, other_part: str, unit: str) -> Plan:
        """A plan in which a part is hidden wherever its counterpart is: their sum is public."""
        needed = _hidden(self._alone(other, unit), other_part)
        while True:
            mine = self._alone(family, unit, [(*key, part) for key in sorted(needed)])
            theirs = self._alone(other, unit,
                                 [(*key, other_part) for key in sorted(_hidden(mine, part))])  # fmt: skip
            if _hidden(theirs, other_part) <= _hidden(mine, part):
                return mine
            needed = _hidden(theirs, other_part) | _hidden(mine, part)


def _hidden(made: Plan, part: str) -> set[tuple[str, ...]]:
    lines = made.status.filter(pl.col("part") == part, pl.col("status") != SHOWN)
    return set(lines.select(KEY[:-1]).iter_rows())
