"""What of each family of tables may be public: plans that know of one another."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from geoservice.measures import reasons
from geoservice.measures.coding import HIGH, LOW, SHOWN
from geoservice.measures.cohort import Cohort
from geoservice.measures.linked import ALL_GRADES, DISTRICT, LINE
from geoservice.measures.plan import Plan, withheld
from geoservice.measures.release_tables import (
    RATED,
    SCHOOL,
    STAGES,
    area_units,
    is_rated,
    made_anew,
    stage_of,
    units_of,
)
from geoservice.measures.stages import plan
from geoservice.state.releases import ReleaseStore

Bands = Mapping[str, Sequence[str]]


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

    def before(self) -> pl.DataFrame:
        """What was ever shown by the same scheme: numbers by line, whatever tables they stood in."""
        mine = pl.col("tables").str.ends_with(f" by {self.scheme}")
        every = self.store.before(self.region)
        return every.filter(mine if self.scheme else ~pl.col("tables").str.contains(" by ", literal=True))  # fmt: skip

    def keep(self, tables: str, made: Plan) -> None:
        """Keep a plan, and remember what it shows."""
        shown = made.status.filter(status=SHOWN).select("year", *LINE, value="numerator")
        self.store.remember(self.region, self._named(tables), shown)
        for name in ("findings", "cost", "status"):
            self.store.keep(self.region, self.release, f"{tables} {name}".replace(" ", "_"), getattr(made, name))  # fmt: skip

    def _named(self, tables: str) -> str:
        return f"{tables} by {self.scheme}" if self.scheme else tables


class Publication:
    """The plans of one cohort, each made once: a stage keeps what the one before it decided.

    By another rating scheme or other distances than the region's ``first``, only what depends on them is planned anew, beside
    all that the first tells of the same students.
    """

    def __init__(
        self, cohort: Cohort, bands: Bands, min_n: int, labels: Sequence[str],
        shelf: Shelf | None = None, first: "Publication | None" = None,
    ) -> None:  # fmt: skip
        self._cohort, self._bands, self._min_n, self._labels = cohort, bands, min_n, labels
        self._shelf, self._first = shelf, first
        same_ratings = first is not None and first._cohort.scheme == cohort.scheme
        self._anew = made_anew(same_ratings=same_ratings)
        self._lock = threading.RLock()
        self._planned = cache(self._plan)

    def plan(self, stage: str) -> Plan:
        """How each line of a stage is released, one of `geoservice.measures.release_tables.STAGES`, or `RATED`."""
        if self._first is not None and stage != RATED:
            return self._first.plan(stage)
        with self._lock:  # Two requests for one figure plan it once.
            return self._planned(stage)

    def lines(self, family: str, kind: str) -> pl.DataFrame:
        """How each line of a family of counts is released, by one kind of units: `geoservice.measures.plan.STATUS`."""
        status = self._status(family, kind)
        if family in ("residents", "attenders"):
            units = kind if family == "residents" or kind == SCHOOL else f"s_{kind}"
            return status.filter(pl.col("units") == units)
        if family == "leaving" and kind.startswith("zone_"):
            return status.filter(pl.col("units") == kind)
        lines = status.filter(pl.col("units") == units_of(family, kind))
        return _with_matched(lines) if family == "coverage" else lines

    def _status(self, family: str, kind: str) -> pl.DataFrame:
        if self._first is not None and is_rated(units_of(family, kind)):
            return self._told()
        return self.plan(stage_of(family, kind)).status

    def _told(self) -> pl.DataFrame:
        """How each line of all stages is released."""
        if self._first is None:
            return pl.concat([self.plan(one).status for one in STAGES])
        return pl.concat([self._kept(self._first), self.plan(RATED).status])

    def _kept(self, first: "Publication") -> pl.DataFrame:
        """What the first tells that does not depend on ratings or distances that are others here."""
        return first._told().filter(~self._anew)

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

    def _plan(self, stage: str) -> Plan:
        kept = self._shelf.found(stage) if self._shelf else None
        if kept is not None:
            return kept
        before = self._shelf.before() if self._shelf else None
        base = self._base(stage)
        made = plan(
            stage, self._cohort, self._bands, self._min_n, self._labels, base=base, before=before
        )
        made = withheld(made)
        if self._shelf:
            self._shelf.keep(stage, made)
        return made

    def _base(self, stage: str) -> pl.DataFrame | None:
        """What is settled before a stage."""
        if self._first is not None:
            return self._kept(self._first)
        earlier = [self.plan(one).status for one in STAGES[: STAGES.index(stage)]]
        return pl.concat(earlier) if earlier else None


def _with_matched(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of coverage with those of the matched: all but the unmatched."""
    other = pl.col("status").replace({LOW: HIGH, HIGH: LOW})
    coded = pl.col("status").is_in([LOW, HIGH])
    matched = lines.filter(part="unmatched").with_columns(
        part=pl.lit("matched"), status=other, numerator=pl.col("denominator") - pl.col("numerator"),
        value=1 - pl.col("value"), bound=pl.when(coded).then(1 - pl.col("bound")).otherwise("bound"),
    )  # fmt: skip
    return pl.concat([matched, lines])
