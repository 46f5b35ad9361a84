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

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
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
    where
        Over groups: which of them count.
    rule
        `COUNT`, `FLOW` or one of `SHARES`; a share is one of the line without a part of the same unit.
    weight
        How much a line's absence costs, beside others of as many students.
    by_band
        False where there are lines of all grades alone.
    to
        Over groups: what follows the part's name, a line for each; none where None.
    is_sum
        True of the district's line: of all that the key names together.
    """

    units: str
    part: str
    key: pl.Expr
    rule: str = COUNT
    weight: float = 1.0
    by_band: bool = True
    to: pl.Expr | None = None
    is_sum: bool = False
    where: pl.Expr | None = None


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


def total(
    units: str, key: pl.Expr, weight: float = 1.0, where: pl.Expr | None = None
) -> tuple[Spec, Spec]:
    """Numbers of students by unit, and of the district: the sum of the units."""
    each = Spec(units, "", key, COUNT, weight, where=where)
    return each, replace(each, is_sum=True)


def share(
    units: str, part: str, key: pl.Expr, where: pl.Expr, rule: str = SHARE, weight: float = 1.0
) -> tuple[Spec, Spec]:
    """Shares of those totals, by unit and of the district."""
    each = Spec(units, part, key, rule, weight, where=where)
    return each, replace(each, weight=4 * weight, is_sum=True)


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
    lines, matrix = _banded(groups, specs, *_of_all_bands(groups, specs))
    every = pl.concat([lines, _empty_shares(lines, specs)]).with_row_index("row").sort(LINE)
    matrix.resize(len(every), len(groups))
    matrix = matrix[every["row"].to_numpy()]
    students = groups["n"].to_numpy().astype(np.float64)
    value = np.rint(matrix @ students).astype(np.int64)
    lines = every.drop("row")
    return Linked(lines, matrix, ties, students, floors, value, _wholes(lines), groups)


def _of_all_bands(groups: pl.DataFrame, specs: Sequence[Spec]) -> tuple[pl.DataFrame, sp.csr_matrix]:  # fmt: skip
    """``spec``, ``unit`` and ``to`` of lines of all bands together, and which groups each holds.

    By numbers instead of names, as there are millions of pairs.
    """
    names, codes, counted = _evaluated(groups, specs)
    district = len(names) - 1
    lines, pairs, count = [np.zeros((0, 3), dtype=np.int64)], [np.zeros((0, 2), dtype=np.int64)], 0
    for at, spec in enumerate(specs):
        key, to = codes[id(spec.key)], None if spec.to is None else codes[id(spec.to)]
        has_both = key >= 0 if to is None else (key >= 0) & (to >= 0)
        inside = np.flatnonzero(has_both & counted.get(id(spec.where), True))
        unit = np.full(len(inside), district) if spec.is_sum else key[inside]
        found, row = _distinct(unit, None if to is None else to[inside])
        lines.append(np.column_stack([np.full(len(found), at), found]))
        pairs.append(np.column_stack([row + count, inside]))
        count += len(found)
    spec_of, unit, to = np.concatenate(lines).T
    row, column = np.concatenate(pairs).T
    texts = pl.Series([*names, ""], dtype=pl.String)  # Of no destination -1, the last.
    named = pl.DataFrame(
        {"spec": spec_of, "unit": texts.gather(unit), "to": texts.gather(to % len(texts))}
    )
    return named, sp.csr_matrix((np.ones(len(row)), (row, column)), shape=(count, len(groups)))


def _evaluated(groups: pl.DataFrame, specs: Sequence[Spec]) -> tuple[list[str], dict[int, Ints], dict[int, Bools]]:  # fmt: skip
    """All names of units and the district's, the last; by expression which of them each group has, -1 for none; and whether it counts."""
    keys = {id(one): one for spec in specs for one in (spec.key, spec.to) if one is not None}
    wheres = {id(one.where): one.where for one in specs if one.where is not None}
    table = groups.select(
        *(one.cast(pl.String).alias(str(at)) for at, one in keys.items()),
        *(one.fill_null(value=False).alias(str(at)) for at, one in wheres.items()),
    )
    texts = pl.concat([table[str(at)].rename("") for at in keys])
    names = texts.drop_nulls().unique().sort()
    place = texts.cast(pl.Enum(names)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    codes = dict(zip(keys, place.reshape(len(keys), -1), strict=True))
    return [*names, DISTRICT], codes, {at: table[str(at)].to_numpy() for at in wheres}


def _distinct(unit: Ints, to: Ints | None) -> tuple[Ints, Ints]:
    """The units, or pairs of unit and destination, that occur, and which of them each is."""
    if to is not None:
        size = int(to.max(initial=0)) + 1
        found, row = np.unique(unit * size + to, return_inverse=True)
        return np.column_stack([found // size, found % size]), row
    there = np.bincount(unit) > 0
    units = np.flatnonzero(there)
    return np.column_stack([units, np.full(len(units), -1)]), (np.cumsum(there) - 1)[unit]


def _banded(
    groups: pl.DataFrame, specs: Sequence[Spec], named: pl.DataFrame, members: sp.csr_matrix
) -> tuple[pl.DataFrame, sp.csr_matrix]:
    """`LINE`, ``rule`` and ``weight`` of lines by band, and which groups each holds: of a line of all bands those in one."""
    about = pl.DataFrame(
        [(one.units, one.part, one.rule, one.weight, one.by_band) for one in specs], orient="row",
        schema={"units": pl.String, "part": pl.String, "rule": pl.String, "weight": pl.Float64, "by_band": pl.Boolean},
    )  # fmt: skip
    lines = about[named["spec"].to_numpy()].with_columns(
        unit=named["unit"], part=pl.col("part") + named["to"]
    )
    names = ("band", *LINE[1:], "rule", "weight")
    found, parts = (
        [lines.clear().with_columns(band=pl.lit(ALL_GRADES)).select(names)],
        [members[:0]],
    )
    for band in groups["bands"].explode().unique().sort():
        inside = groups["bands"].list.contains(band).to_numpy()
        some = sp.csr_matrix(
            (inside[members.indices].astype(np.float64), members.indices, members.indptr),
            members.shape,
            copy=True,
        )
        some.eliminate_zeros()
        is_line = (np.diff(some.indptr) > 0) & (lines["by_band"].to_numpy() | (band == ALL_GRADES))
        found.append(lines.filter(is_line).with_columns(band=pl.lit(band)).select(names))
        parts.append(some[np.flatnonzero(is_line)])
    return pl.concat(found), sp.vstack(parts).tocsr()


def _empty_shares(lines: pl.DataFrame, specs: Sequence[Spec]) -> pl.DataFrame:
    """Of every total each share of which there is no line, as nobody is in it."""
    shares = [one for one in specs if one.rule in SHARES]
    parts = pl.DataFrame(
        [(one.units, one.part, one.rule, one.weight) for one in shares], orient="row",
        schema={"units": pl.String, "part": pl.String, "rule": pl.String, "weight": pl.Float64},
    ).unique(["units", "part"], keep="first", maintain_order=True)  # fmt: skip
    totals = lines.filter(part="").select("band", "units", "unit")
    every = totals.join(parts, on="units").select(lines.columns)
    return every.join(lines, on=LINE, how="anti")


def _wholes(lines: pl.DataFrame) -> NDArray[np.int64]:
    """The place of each share's total; of numbers, and where no such total is a line, their own."""
    own = lines.with_row_index("line")
    totals = own.filter(part="").select("band", "units", "unit", total="line")
    joined = own.join(totals, on=["band", "units", "unit"], how="left", maintain_order="left")
    is_share = pl.col("rule").is_in(SHARES)
    chosen = pl.when(is_share).then(pl.coalesce("total", "line")).otherwise("line")
    return np.asarray(joined.select(chosen).to_series().to_numpy().astype(np.int64))
