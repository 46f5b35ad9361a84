"""Published lines as sums of groups of students: one sparse matrix for tables that hang together.

A group holds students alike in everything that any line asks of them. Each line of each table, each total over bands, units
and parts among them, is a sum of groups, so that whatever can be worked out of the tables follows from the matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray

ALL_GRADES = ""
"""The band of all grades."""
DISTRICT = "district"
"""The unit that holds the whole district: the sum of the units of a kind."""
LEFT_OUT = "left out"
"""The part of those whom a family leaves out, as it cannot tell where they belong."""
LINE = ("band", "units", "unit", "part")
"""What names a line within a year."""
COUNT, FLOW, SHARE, SETTLED, ROUGH = "count", "flow", "share", "settled", "rough"
"""How a line tells of students: their number; their number on one way of many, of which none are not told either; a share of
a total; a share that follows from public facts; a share that is never told but to a step."""
SHARES = (SHARE, SETTLED, ROUGH)
"""Rules of shares of a total."""


@dataclass(frozen=True)
class Spec:
    """Lines of one kind of units and one part.

    Attributes
    ----------
    units, part
        Names of the kind of units and of the part; the part of a total is empty.
    key
        Over groups: the unit whose line the group counts in, null for none.
    rule
        `COUNT`, `FLOW` or one of `SHARES`; a share is one of the line without a part of the same unit.
    weight
        How much a line's absence costs, beside others of as many students.
    by_band
        False where there are lines of all grades alone.
    to
        Over groups: what follows the part's name, a line for each; none where None.
    """

    units: str
    part: str
    key: pl.Expr
    rule: str = COUNT
    weight: float = 1.0
    by_band: bool = True
    to: pl.Expr | None = None


@dataclass(frozen=True)
class Linked:
    """Tables that hang together, of one year.

    Attributes
    ----------
    lines
        `LINE`, ``rule``, ``weight``: a row per line.
    matrix
        Lines x groups, ones and zeros.
    ties
        Rows x groups: sums that are none, as everybody knows.
    students, floors
        Number of students in each group: internal, as it tells what is hidden; how many of them a reader knows.
    value, whole
        Of each line the students in it, and the place of the line that it is a share of (its own for a number).
    groups
        ``bands`` (a list) and whatever else tells groups apart.
    """

    lines: pl.DataFrame
    matrix: sp.csr_matrix
    ties: sp.csr_matrix
    students: NDArray[np.float64]
    floors: NDArray[np.float64]
    value: NDArray[np.int64]
    whole: NDArray[np.int64]
    groups: pl.DataFrame


def total(units: str, key: pl.Expr, weight: float = 1.0) -> tuple[Spec, Spec]:
    """Numbers of students by unit, and of the district: the sum of the units."""
    return Spec(units, "", key, COUNT, weight), Spec(units, "", _district(key), COUNT, weight)


def share(
    units: str, part: str, key: pl.Expr, where: pl.Expr, rule: str = SHARE, weight: float = 1.0
) -> tuple[Spec, Spec]:
    """Shares of those totals, by unit and of the district."""
    mine = pl.when(where).then(key)
    return (Spec(units, part, mine, rule, weight),
            Spec(units, part, _district(mine), rule, 4 * weight))  # fmt: skip


def merged(linked: Linked, more: sp.csr_matrix) -> tuple[Linked, sp.csr_matrix]:
    """The same lines, and further sums of groups, over fewer groups: those that none of them tells apart are one."""
    every = sp.vstack([linked.matrix, linked.ties, more])
    random = np.random.default_rng(0).random((2, every.shape[0]))
    marks = np.round(every.T @ random.T, 9)
    _, first, place = np.unique(marks, axis=0, return_index=True, return_inverse=True)
    students, floors = (
        np.bincount(place.ravel(), one, len(first)).astype(np.float64)
        for one in (linked.students, linked.floors)
    )
    fewer = replace(
        linked, matrix=linked.matrix.tocsc()[:, first].tocsr(), ties=linked.ties.tocsc()[:, first].tocsr(),
        students=students, floors=floors, groups=linked.groups[first],
    )  # fmt: skip
    return fewer, more.tocsc()[:, first].tocsr()


def link(
    groups: pl.DataFrame, specs: Sequence[Spec], ties: sp.csr_matrix, floors: NDArray[np.float64]
) -> Linked:
    """The lines of some specs over groups: ``bands`` (a list), ``n`` and what the specs ask for."""
    members = _members(groups, specs)
    lines = _lines(members, specs)
    at = members.join(lines.with_row_index("line"), on=LINE).select("line", "group").explode("group")  # fmt: skip
    shape = (len(lines), len(groups))
    pairs = (at["line"].to_numpy(), at["group"].to_numpy())
    matrix = sp.csr_matrix((np.ones(len(at)), pairs), shape=shape)
    students = groups["n"].to_numpy().astype(np.float64)
    value = np.rint(matrix @ students).astype(np.int64)
    return Linked(lines, matrix, ties, students, floors, value, _wholes(lines), groups)


def _district(key: pl.Expr) -> pl.Expr:
    return pl.when(key.is_not_null()).then(pl.lit(DISTRICT))


def _lines(members: pl.DataFrame, specs: Sequence[Spec]) -> pl.DataFrame:
    """All lines that have members, and of every total each share, though nobody be in it."""
    found = members.select(*LINE, "rule", "weight").unique(LINE)
    shares = [one for one in specs if one.rule in SHARES]
    if not shares:
        return found.sort(LINE)
    parts = pl.DataFrame({
        "units": [one.units for one in shares], "part": [one.part for one in shares],
        "rule": [one.rule for one in shares], "weight": [one.weight for one in shares],
    }).unique(["units", "part"])  # fmt: skip
    totals = found.filter(part="").select("band", "units", "unit")
    every = totals.join(parts, on="units").select(found.columns)
    return pl.concat([found, every.join(found, on=LINE, how="anti")]).sort(LINE)


def _members(groups: pl.DataFrame, specs: Sequence[Spec]) -> pl.DataFrame:
    """Which groups each line holds: `LINE`, its ``rule`` and ``weight``, and a list of groups, of each set of bands apart."""
    # A number: it is compared a million times.
    held = pl.col("bands").list.join("\n").rank("dense")
    units = {str(at): spec.key.cast(pl.String) for at, spec in enumerate(specs)}
    ways = {str(at): spec.to.cast(pl.String) for at, spec in enumerate(specs) if spec.to is not None}  # fmt: skip
    table = groups.with_row_index("group").select(
        "group", held.alias("held"), **units, **{f"to {at}": to for at, to in ways.items()}
    )
    keys = [name for name in units if name not in ways]
    each = [] if not keys else [table.unpivot(keys, index=["group", "held"], variable_name="spec", value_name="unit").with_columns(pl.col("unit").cast(pl.String), to=pl.lit(""))]  # fmt: skip
    each += [table.select("group", "held", spec=pl.lit(at), unit=at, to=f"to {at}") for at in ways]
    alike = (
        pl.concat(one.drop_nulls("unit") for one in each)
        .group_by("spec", "held", "unit", "to")
        .agg("group")
    )
    bands = groups.select(held.alias("held"), every="bands").unique("held")
    named = pl.DataFrame(
        [(str(at), one.units, one.part, one.rule, one.weight, one.by_band) for at, one in enumerate(specs)],
        schema={"spec": pl.String, "units": pl.String, "part": pl.String, "rule": pl.String, "weight": pl.Float64,
                "by_band": pl.Boolean}, orient="row",
    )  # fmt: skip
    all_grades = pl.concat_list(pl.lit(ALL_GRADES))
    return (
        alike.join(bands, on="held").join(named, on="spec")
        .with_columns(band=pl.when("by_band").then("every").otherwise(all_grades), part=pl.col("part") + pl.col("to"))
        .explode("band").select(*LINE, "rule", "weight", "group")
    )  # fmt: skip


def _wholes(lines: pl.DataFrame) -> NDArray[np.int64]:
    """The place of each share's total; of numbers, and where no such total is a line, their own."""
    own = lines.with_row_index("line")
    totals = own.filter(part="").select("band", "units", "unit", total="line")
    joined = own.join(totals, on=["band", "units", "unit"], how="left", maintain_order="left")
    is_share = pl.col("rule").is_in(SHARES)
    chosen = pl.when(is_share).then(pl.coalesce("total", "line")).otherwise("line")
    return np.asarray(joined.select(chosen).to_series().to_numpy().astype(np.int64))
