"""Which lines of a year are released, and how: one set of tables that hang together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from geoservice.measures.between import between, corners
from geoservice.measures.coding import (
    HIDDEN,
    HIGH,
    LOW,
    ROUNDED,
    SHOWN,
    Bools,
    code_bound,
    is_small,
    rounded,
)
from geoservice.measures.linked import ALL_GRADES, DISTRICT, FLOW, LINE, Linked, Spec, link, merged
from geoservice.measures.protect import Protected, protect
from geoservice.measures.release_cells import ReleaseCells
from geoservice.measures.told_lines import Status

STATUS = {
    "year": pl.String, **dict.fromkeys(LINE, pl.String), "numerator": pl.Int64,
    "denominator": pl.Int64, "value": pl.Float64, "bound": pl.Float64, "status": pl.String,
}  # fmt: skip
"""Public: ``numerator`` only where shown, ``value`` of a share that is rounded, and the ``bound`` of one coded or the step."""
COST = {
    "year": pl.String, "units": pl.String, "part": pl.String, "lines": pl.Int64,
    "hidden": pl.Int64, "students": pl.Int64, "students_hidden": pl.Int64,
}  # fmt: skip
FINDINGS = {
    "year": pl.String, **dict.fromkeys(LINE, pl.String), "low": pl.Float64, "high": pl.Float64,
    "needed": pl.Float64,
}  # fmt: skip

_PRESSED = (2, 4)
"""Ways from zones are asked of before their stage where all but the greatest hold fewer students together than so many times ``min_n``:
first of those that are pressed most, as each takes time, then of more."""


@dataclass(frozen=True)
class Plan:
    """How each line of a stage is released.

    Attributes
    ----------
    status
        `STATUS`: nothing that is hidden.
    findings
        The audit: `FINDINGS`, what a reader can work out of each line that is not shown, and of each group that two units
        leave between them (its ``units`` are ``between``).
    cost
        What the release hides: `COST`, lines of units and bands, and the students in them, each once a line.
    """

    status: pl.DataFrame
    findings: pl.DataFrame
    cost: pl.DataFrame

    @property
    def failing(self) -> frozenset[str]:
        """The years in which something can be worked out more narrowly than it may be."""
        width = pl.col("high") - pl.col("low")
        return frozenset(self.findings.filter(width < pl.col("needed") - 1e-3)["year"])

    @property
    def holds(self) -> bool:
        """True where there is no such year."""
        return not self.failing


def decide(
    year: str, cells: ReleaseCells, specs: Sequence[Spec], min_n: int, *, ahead: Sequence[Spec] = (),
    units: Sequence[str] = (), base: pl.DataFrame | None = None, before: pl.DataFrame | None = None,
    few_homes: pl.DataFrame | None = None, threads: int = 1,
) -> Plan:  # fmt: skip
    """Decide what of some lines of one year is shown.

    Parameters
    ----------
    ahead
        Lines that are decided later: room is left for small numbers among them.
    units
        Columns of units that overlap: what two of them leave between them may be subtracted.
    base
        Lines whose release is settled, of the form of `STATUS`.
    before
        ``year``, `LINE`, ``value``: numerators that were released earlier of the same students. Those that are still the same are known
        whether they are shown or not; those that few have come to or gone from are hidden.
    few_homes
        ``year``, `LINE`: lines that few homes make up, hidden like small ones.
    threads
        How many programs are solved side by side; the plan does not depend on it.
    """
    every = link(cells.groups, specs, cells.ties, cells.floors)
    by_standards, of_one = corners(every, min_n)
    asked = [by_standards, of_one, between(every, units, min_n)]
    before = _of_year(before, year)
    facts = sp.csr_matrix((0, len(cells.groups)))
    if ahead:
        later = link(cells.groups, ahead, cells.ties, cells.floors)
        is_known, is_changed = _shown_before(later, before, min_n)
        facts = later.matrix[is_known]
        asked += [later.matrix[is_changed], _small_sums(later, min_n, _PRESSED[base is not None])]
        if base is not None:  # The first stage leaves room enough, and most figures wait for it.
            asked.append(corners(later, min_n)[1])
    count = sum(one.shape[0] for one in asked)
    linked, more = merged(every, sp.vstack([*asked, facts]).tocsr())
    groups, facts = more[:count], more[count:]
    settled = _settled(linked, _of_year(base, year))
    known, changed = _shown_before(linked, before, min_n)
    done = protect(
        linked, min_n, settled=settled, between=groups, across=by_standards.shape[0], known=known, facts=facts,
        changed=changed, few=_named_lines(linked, _of_year(few_homes, year)), threads=threads,
    )  # fmt: skip
    is_new = pl.Series(np.ones(len(linked.lines), dtype=bool) if settled is None else settled == "")
    return Plan(_status(year, linked, done, min_n).filter(is_new), _findings(year, linked, done),
                _cost(year, linked, done, is_new))  # fmt: skip


def joined(plans: Sequence[Plan]) -> Plan:
    """Plans of several years as one."""
    if not plans:
        return Plan(*(pl.DataFrame(schema=one) for one in (STATUS, FINDINGS, COST)))
    parts = zip(*((one.status, one.findings, one.cost) for one in plans), strict=True)
    return Plan(*(pl.concat(one) for one in parts))


def withheld(made: Plan) -> Plan:
    """A plan without the years that fail the audit: nothing is shown of what it alone decides."""
    failing = sorted(made.failing)
    gone = pl.col("year").is_in(failing)
    blank = [
        pl.when(~gone).then(one).alias(one)
        for one in ("numerator", "denominator", "value", "bound")
    ]
    status = made.status.with_columns(
        *blank, status=pl.when(gone).then(pl.lit(HIDDEN)).otherwise("status")
    )
    cost = made.cost.with_columns(
        hidden=pl.when(gone).then("lines").otherwise("hidden"),
        students_hidden=pl.when(gone).then("students").otherwise("students_hidden"),
    )  # fmt: skip
    return Plan(status, made.findings, cost)


def _small_sums(later: Linked, min_n: int, pressed_by: int) -> sp.csr_matrix:
    """Later lines, or what they leave of their totals, that tell of few; ways from zones only where all but the greatest are few together."""
    lines = later.lines.select("band", "units", "unit", "part", "rule").with_columns(
        n=pl.Series(later.value)
    )
    others = pl.min_horizontal(*(
        pl.col("n").sum().over(one) - pl.col("n").max().over(one)
        for one in (["band", "units", "unit"], ["band", "units", "part"])
    ))  # fmt: skip
    is_many = (pl.col("rule") == FLOW) & pl.col("units").str.starts_with("zone_")
    asked = lines.select(~is_many | (others < pressed_by * min_n)).to_series().to_numpy()
    asked &= is_small(later, min_n)
    few, few_left = (asked & one for one in (later.value < min_n, later.value >= min_n))
    return sp.vstack([later.matrix[few], later.matrix[later.whole[few_left]] - later.matrix[few_left]])  # fmt: skip


def _of_year(table: pl.DataFrame | None, year: str) -> pl.DataFrame | None:
    return None if table is None else table.filter(pl.col("year") == year)


def _settled(linked: Linked, base: pl.DataFrame | None) -> Status | None:
    if base is None:
        return None
    known = linked.lines.select(LINE).join(
        base.select(*LINE, "status"), on=LINE, how="left", maintain_order="left"
    )
    return np.asarray(known["status"].fill_null("").to_numpy().astype(object))


def _named_lines(linked: Linked, names: pl.DataFrame | None) -> Bools:
    if names is None:
        return np.zeros(len(linked.lines), dtype=bool)
    marked = names.select(LINE).unique().with_columns(is_named=True)
    found = linked.lines.select(LINE).join(marked, on=LINE, how="left", maintain_order="left")
    return np.asarray(found["is_named"].fill_null(value=False).to_numpy())


def _shown_before(linked: Linked, before: pl.DataFrame | None, min_n: int) -> tuple[Bools, Bools]:
    """Lines that a reader of any earlier release knows to be what they are, and those that it would see change by few students.

    Among these shares whose rest, of a total that was shown as well, changes by few.
    """
    count = len(linked.lines)
    if before is None or before.is_empty():
        return np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    numbered = linked.lines.select(LINE).with_row_index("line")
    shown = numbered.join(before.select(*LINE, "value"), on=LINE)
    was = np.full(count, np.nan)
    was[shown["line"].to_numpy()] = shown["value"].to_numpy()
    step = np.abs(was - linked.value)
    of_rest = np.abs((was - linked.value)[linked.whole] - (was - linked.value))
    # Where the part is what it was, its total changes by as few, which is hidden itself.
    return step == 0, (step > 0) & ((step < min_n) | (of_rest > 0) & (of_rest < min_n))


def _status(year: str, linked: Linked, done: Protected, min_n: int) -> pl.DataFrame:
    status = done.status
    whole = linked.value[linked.whole]
    middle, step, _, _ = rounded(linked, min_n)
    width = code_bound(whole, min_n)
    bound = np.select([status == LOW, status == HIGH, status == ROUNDED], [width, 1 - width, step], np.nan)  # fmt: skip
    shown, told = pl.Series(status == SHOWN), pl.Series(status != HIDDEN)
    of_shown = pl.Series(status[linked.whole] == SHOWN)
    return linked.lines.select(
        pl.lit(year).alias("year"), *LINE,
        numerator=pl.when(shown).then(pl.Series(linked.value)),
        denominator=pl.when(told & of_shown).then(pl.Series(whole)),
        value=pl.when(pl.Series(status == ROUNDED)).then(pl.Series(middle)),
        bound=pl.Series(bound, nan_to_null=True),
        status=pl.Series(status.tolist(), dtype=pl.String),
    ).select(list(STATUS))  # fmt: skip


def _cost(year: str, linked: Linked, done: Protected, is_new: pl.Series) -> pl.DataFrame:
    some = linked.lines.with_columns(
        students=pl.Series(linked.value[linked.whole]), gone=pl.Series(done.status == HIDDEN)
    ).filter(is_new).filter(pl.col("unit") != DISTRICT)  # fmt: skip
    in_bands = some.filter(pl.col("band") != ALL_GRADES)
    some = some if in_bands.is_empty() else in_bands
    gone = pl.col("students").filter("gone").sum()
    return (
        some.group_by("units", "part")
        .agg(lines=pl.len().cast(pl.Int64), hidden=pl.col("gone").sum().cast(pl.Int64),
             students=pl.col("students").sum(), students_hidden=gone)
        .with_columns(year=pl.lit(year)).sort("units", "part").select(list(COST))
    )  # fmt: skip


def _findings(year: str, linked: Linked, done: Protected) -> pl.DataFrame:
    is_line = pl.Series(done.line >= 0)
    named = linked.lines.select(LINE)[np.maximum(done.line, 0)] if len(done.line) else linked.lines.select(LINE).clear()  # fmt: skip
    blank = [pl.when(is_line).then(pl.col(one)).otherwise(pl.lit("between" if one == "units" else ""))
             .alias(one) for one in LINE]  # fmt: skip
    return named.select(
        pl.lit(year).alias("year"),
        *blank,
        low=pl.Series(done.low),
        high=pl.Series(done.high),
        needed=pl.Series(done.width),
    ).select(list(FINDINGS))
