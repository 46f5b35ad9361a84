"""What of each family of tables may be public: plans that know of one another."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass

import polars as pl

from geoservice.measures import reasons
from geoservice.measures.coding import HIGH, LOW, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import ALL_GRADES, DISTRICT, LINE
from geoservice.measures.plan import Plan, joined, withheld
from geoservice.measures.release_tables import (
    COUNTS,
    OF_DISTANCES,
    RATED,
    RATED_FAMILIES,
    SCHOOL,
    STAGES,
    area_units,
    is_of,
    parts_by,
    stage_of,
    units_of,
)
from geoservice.measures.stages import plan
from geoservice.measures.standards import OWN, Standard
from geoservice.state.releases import ReleaseStore

Bands = Mapping[str, Sequence[str]]
_AT_ONCE = 2
"""How many programs are solved side by side: of two years, or of two bands of the only year asked for."""


@dataclass(frozen=True)
class Shelf:
    """Where the tables of one release are kept, and what was released before.

    Attributes
    ----------
    region, release
        Whose it is, and what it depends on.
    """

    store: ReleaseStore
    region: str
    release: str

    def found(self, stage: str, year: str) -> Plan | None:
        """The plan of a stage of one year, where it was made before."""
        names = (f"{stage}_{year}_{one}" for one in ("status", "findings", "cost"))
        kept = [self.store.kept(self.region, self.release, name) for name in names]
        status, findings, cost = kept
        if status is None or findings is None or cost is None:
            return None
        return Plan(status, findings, cost)

    def before(self) -> pl.DataFrame:
        """What was ever shown: numbers by line, whatever tables they stood in."""
        return self.store.before(self.region)

    def keep(self, stage: str, year: str, made: Plan) -> None:
        """Keep the plan of a stage of one year, and remember what it shows."""
        shown = made.status.filter(status=SHOWN).select("year", *LINE, value="numerator")
        self.store.remember(self.region, stage, shown)
        for name in ("findings", "cost", "status"):
            self.store.keep(self.region, self.release, f"{stage}_{year}_{name}", getattr(made, name))  # fmt: skip


class Publication:
    """The plans of one cohort: each stage of each year is made once, when it is asked for, and keeps what those before it decided.

    By another ``standard`` than the region's own only what depends on it is planned, beside all that is told ``earlier`` of the
    same students, by that standard and all before it.
    """

    def __init__(
        self, cohort: Cohort, bands: Bands, min_n: int, shelf: Shelf | None = None,
        earlier: "Publication | None" = None, standard: Standard = OWN,
    ) -> None:  # fmt: skip
        self._cohort, self._bands, self._min_n, self._shelf = cohort, bands, min_n, shelf
        self._earlier, self._standard = earlier, standard
        before = earlier._cohorts if earlier else {}
        self._cohorts: dict[Standard, Cohort] = {**before, standard: cohort}
        self.years: Sequence[str] = cohort.years
        self._locks = {year: threading.RLock() for year in cohort.years}
        self._made: dict[tuple[str, str], Plan] = {}

    def during(self, years: Sequence[str]) -> "Publication":
        """The same, of some years alone beyond the first stage: whoever asks it waits for no others."""
        some = copy(self)
        some.years = [one for one in self._cohort.years if one in years]
        some._earlier = self._earlier.during(years) if self._earlier else None
        return some

    @property
    def is_made(self) -> bool:
        """True where nobody need wait any more."""
        stages = STAGES if self._earlier is None else (RATED,)
        made = all((stage, year) in self._made for stage in stages for year in self._cohort.years)
        return made and (self._earlier is None or self._earlier.is_made)

    def waits_for(self, stage: str) -> bool:
        """True where a stage of some year is neither made nor kept."""
        return any((stage, year) not in self._made and not (self._shelf and self._shelf.found(stage, year))
                   for year in self.years)  # fmt: skip

    def plan(self, stage: str) -> Plan:
        """How each line of a stage is released, one of `geoservice.measures.release_tables.STAGES`, or `RATED`."""
        if self._earlier is not None and stage != RATED:
            return self._earlier.plan(stage)
        years = self._cohort.years if stage == COUNTS else self.years
        waiting = [year for year in years if (stage, year) not in self._made]
        if len(waiting) > 1:
            with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
                list(threads.map(lambda year: self._of_year(stage, year, 1), waiting))
        return joined([self._of_year(stage, year, _AT_ONCE) for year in years])

    def lines(self, family: str, kind: str) -> pl.DataFrame:
        """How each line of a family of counts is released, by one kind of units: `geoservice.measures.plan.STATUS`."""
        if self._earlier is not None and self._standard.distance and family not in OF_DISTANCES:
            return self._by_own_distances(self._earlier).lines(family, kind)
        status = self._status(family, kind)
        if family in ("residents", "attenders"):
            units = kind if family == "residents" or kind == SCHOOL else f"s_{kind}"
            return status.filter(pl.col("units") == units)
        if family == "leaving" and kind.startswith("zone_"):
            return status.filter(pl.col("units") == kind)
        if family == "participating" and kind.startswith("zone_"):
            family = "balance"  # The same lines.
        lines = status.filter(is_of(family, kind, self._standard))
        if family == "leaving":
            return parts_by(lines, self._standard)
        return _with_matched(lines) if family == "coverage" else lines

    def _by_own_distances(self, earlier: "Publication") -> "Publication":
        """The release by the same ratings: nobody waits for other distances of what does not depend on them."""
        wanted = Standard(self._standard.scheme)
        while earlier._standard != wanted and earlier._earlier is not None:
            earlier = earlier._earlier
        return earlier

    def _status(self, family: str, kind: str) -> pl.DataFrame:
        stage = stage_of(family, kind)
        if self._earlier is not None and family in RATED_FAMILIES and stage != COUNTS:
            return self._told()
        return self.plan(stage).status

    def _told(self) -> pl.DataFrame:
        """How each line of all stages is released, by this standard and all before it."""
        if self._earlier is None:
            return pl.concat([self.plan(one).status for one in STAGES])
        return pl.concat([self._earlier._told(), self.plan(RATED).status])

    def ways(self, kind: str) -> pl.DataFrame:
        """The ways that are told, of flows or of the homes of a school's students, with ``to``."""
        made = self.plan(stage_of("flows", kind)).status.filter(
            pl.col("units") == units_of("flows", kind)
        )
        told = pl.col("status") == (HIGH if kind == SCHOOL else SHOWN)
        return made.filter(told).with_columns(to=pl.col("part").str.slice(3))

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
        return reasons.told(
            self.plan(stage_of(reasons.NAME, "")).status.filter(units=reasons.NAME),
            self.unmatched(),
        )

    def _of_year(self, stage: str, year: str, threads: int) -> Plan:
        """Two requests for one figure plan it once; what is made is given while later stages of the year are being planned."""
        if (stage, year) in self._made:
            return self._made[stage, year]
        with self._locks[year]:
            if (stage, year) not in self._made:
                self._made[stage, year] = self._found_or_planned(stage, year, threads)
            return self._made[stage, year]

    def _found_or_planned(self, stage: str, year: str, threads: int) -> Plan:
        kept = self._shelf.found(stage, year) if self._shelf else None
        if kept is not None:
            return kept
        before = self._shelf.before() if self._shelf else None
        base = self._base(stage, year, threads)
        made = withheld(plan(
            stage, self._cohorts, self._bands, self._min_n, year=year, base=base, before=before,
            threads=threads,
        ))  # fmt: skip
        if self._shelf:
            self._shelf.keep(stage, year, made)
        return made

    def _base(self, stage: str, year: str, threads: int) -> pl.DataFrame | None:
        """What is settled of a year before a stage."""
        if self._earlier is not None:
            return self._earlier.during([year])._told()
        earlier = STAGES[: STAGES.index(stage)]
        every = [self._of_year(one, year, threads).status for one in earlier]
        return pl.concat(every) if every else None


def _with_matched(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of coverage with those of the matched: all but the unmatched."""
    other = pl.col("status").replace({LOW: HIGH, HIGH: LOW})
    coded = pl.col("status").is_in([LOW, HIGH])
    matched = lines.filter(part="unmatched").with_columns(
        part=pl.lit("matched"), status=other, numerator=pl.col("denominator") - pl.col("numerator"),
        value=1 - pl.col("value"), bound=pl.when(coded).then(1 - pl.col("bound")).otherwise("bound"),
    )  # fmt: skip
    return pl.concat([matched, lines])
