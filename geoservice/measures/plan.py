"""The release of one stage of lines: every unit, band and year, each year one set of linked tables."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from geoservice.measures import reasons
from geoservice.measures.coding import (
    HIDDEN,
    HIGH,
    LOW,
    ROUNDED,
    SHOWN,
    Bools,
    code_bound,
    rounded,
)
from geoservice.measures.cohort import Cohort
from geoservice.measures.draws import Draws
from geoservice.measures.families import families
from geoservice.measures.households import lines_of_few_homes
from geoservice.measures.linked import ALL_GRADES, COUNT, DISTRICT, LINE, Linked, link, merged
from geoservice.measures.protect import Protected, protect
from geoservice.measures.release_cells import HOMES, release_cells
from geoservice.measures.release_tables import (
    COUNTS,
    SCHOOL,
    SHARES,
    home_units,
    stage_specs,
    units_of,
)
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
Bands = Mapping[str, Sequence[str]]
_MOST_BETWEEN = 4_000
_AT_ONCE = 2
"""How many years are planned side by side: the programs of each hold a processor."""


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
    def holds(self) -> bool:
        """True where nothing can be worked out more narrowly than it may be."""
        width = pl.col("high") - pl.col("low")
        return self.findings.filter(width < pl.col("needed") - 1e-3).is_empty()


def plan(
    stage: str, cohort: Cohort, bands: Bands, min_n: int, labels: Sequence[str], *,
    base: pl.DataFrame | None = None, before: pl.DataFrame | None = None,
) -> Plan:  # fmt: skip
    """Decide what of a stage is shown.

    Parameters
    ----------
    base
        How the lines of the stage before are released, of the form of `STATUS`.
    before
        ``year``, `LINE`, ``value``: numerators that were released earlier of the same students.
    """
    few = pl.concat([lines_of_few_homes(cohort, home_units(cohort), bands), reasons.unnamed(cohort.years)])
    known = families(labels)
    counts = stage_specs(COUNTS, cohort, known)
    shares = stage_specs(SHARES, cohort, known)
    specs = counts if stage == COUNTS else counts + shares

    def planned(year: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        cells = release_cells(cohort, year, bands, min_n, labels)
        every = link(cells.groups, specs, cells.ties, cells.floors)
        asked = _between(every, home_units(cohort), min_n)
        if stage == COUNTS:
            later = link(cells.groups, shares, cells.ties, cells.floors)
            asked = sp.vstack([asked, later.matrix[_few_left_out(later, min_n)]]).tocsr()
        linked, between = merged(every, asked)
        done = protect(
            linked, min_n, settled=_settled(linked, _of_year(base, year)), between=between,
            changed=_changed(linked, _of_year(before, year), min_n),
            few=_named_lines(linked, _of_year(few, year)),
        )  # fmt: skip
        is_new = linked.lines["units"].is_in({one.units for one in counts}).not_() if base is not None else pl.lit(value=True)
        status = [_status(year, linked, done, min_n).filter(is_new)]
        if stage == SHARES:
            status.append(_draws(year, cells.draws, min_n))
        return (pl.concat(status), _findings(year, linked, done),
                _cost(year, linked, done, is_new))  # fmt: skip

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        made = list(threads.map(planned, cohort.years))
    if not made:
        return Plan(*(pl.DataFrame(schema=one) for one in (STATUS, FINDINGS, COST)))
    return Plan(*(pl.concat(one) for one in zip(*made, strict=True)))


def withheld(made: Plan) -> Plan:
    """A plan of which nothing is shown that it alone decides: it failed the audit."""
    blank = [pl.lit(None).alias(one) for one in ("numerator", "denominator", "value", "bound")]
    status = made.status.with_columns(*blank, status=pl.lit(HIDDEN)).cast(STATUS)  # type: ignore[arg-type]
    cost = made.cost.with_columns(hidden="lines", students_hidden="students")
    return Plan(status, made.findings, cost)


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


def _changed(linked: Linked, before: pl.DataFrame | None, min_n: int) -> Bools:
    """Lines that a reader of the earlier release would see change by few students."""
    if before is None or before.is_empty():
        return np.zeros(len(linked.lines), dtype=bool)
    known = linked.lines.select(LINE).join(
        before.select(*LINE, "value"), on=LINE, how="left", maintain_order="left"
    )
    step = np.abs(known["value"].cast(pl.Float64).fill_null(np.nan).to_numpy() - linked.value)
    return np.asarray((step > 0) & (step < min_n))


def _between(linked: Linked, units: Sequence[str], min_n: int) -> sp.csr_matrix:
    """Groups that subtraction may single out: what two kinds of units share or leave, of fewer than ``min_n`` students."""
    homes = linked.groups.with_row_index("group").filter(side=HOMES)
    bands = homes.select("group", "bands").explode("bands")
    found = []
    for at, one in enumerate(units):  # Over pairs of kinds of units: some dozens.
        for other in [*units[at + 1 :], None]:
            keys = [one] if other is None else [one, other]
            table = bands.join(homes.select("group", *keys), on="group")
            found += _small_groups(table, keys, linked, min_n)
    every = {frozenset(one.tolist()) for one in found}
    named = set(map(frozenset, np.split(linked.matrix.indices, linked.matrix.indptr[1:-1])))
    chosen = sorted(map(sorted, every - named))[:_MOST_BETWEEN]
    rows = np.repeat(np.arange(len(chosen)), [len(one) for one in chosen])
    columns = np.concatenate([np.array(one) for one in chosen]) if chosen else np.zeros(0)
    shape = (len(chosen), linked.matrix.shape[1])
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns.astype(np.int64))), shape=shape)


def _draws(year: str, draws: Draws, min_n: int) -> pl.DataFrame:
    """Where at least ``min_n`` students of a school live: a line for each hexagon, whose number is not told."""
    return draws.ways.select(
        pl.lit(year).alias("year"), band=pl.lit(ALL_GRADES), units=pl.lit(units_of("flows", SCHOOL)),
        unit="school_id", part=pl.lit("to ") + pl.col("hexagons"), bound=pl.lit(float(min_n)),
        status=pl.lit(HIGH), **{one: pl.lit(None) for one in ("numerator", "denominator", "value")},
    ).select(pl.col(name).cast(kind) for name, kind in STATUS.items())  # fmt: skip


def _few_left_out(later: Linked, min_n: int) -> Bools:
    """Numbers that a later stage will hide: this one must leave them room."""
    is_number = (later.lines["rule"] == COUNT).to_numpy()
    return np.asarray(is_number & (later.value > 0) & (later.value < min_n))


def _small_groups(
    table: pl.DataFrame, keys: Sequence[str], linked: Linked, min_n: int
) -> list[np.ndarray]:
    """Small intersections and small rests of two kinds of units in a band; of one kind, of two bands."""
    placed = table.with_columns(n=pl.Series(linked.students[table["group"].to_numpy()]))
    if len(keys) == 2:
        cells = placed.drop_nulls(keys).group_by("bands", *keys).agg("group", pl.col("n").sum())
        few = cells.filter(pl.col("n") > 0, pl.col("n") < min_n)
        found = [np.array(one) for one in few["group"].to_list()]
        for mine in keys:
            whole = cells.group_by("bands", mine).agg(pl.col("n").sum().alias("all"),
                                                      pl.col("group").explode().alias("every"))  # fmt: skip
            rest = cells.join(whole, on=["bands", mine]).with_columns(
                left=pl.col("all") - pl.col("n")
            )
            some = rest.filter(pl.col("left") > 0, pl.col("left") < min_n)
            found += [np.setdiff1d(every, inner) for every, inner in
                      some.select("every", "group").iter_rows()]  # fmt: skip
        return found
    key = keys[0]
    cells = placed.drop_nulls(key).group_by(key, "bands").agg("group", pl.col("n").sum())
    pairs = cells.join(cells, on=key, suffix="_b").filter(pl.col("n") > pl.col("n_b"))
    some = pairs.filter(pl.col("n") - pl.col("n_b") < min_n)
    both = some.select("group", "group_b").iter_rows()
    return [np.setdiff1d(more, fewer) for more, fewer in both if set(fewer) < set(more)]


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


def _cost(year: str, linked: Linked, done: Protected, is_new: pl.Series | pl.Expr) -> pl.DataFrame:
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
