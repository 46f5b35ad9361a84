"""Small groups that no line names, but that subtraction of two lines may single out."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray

from geoservice.measures.linked import SHARES, Linked
from geoservice.measures.release_cells import HOMES
from geoservice.measures.standards import OTHER_STANDARD, standard_of_lines

_MOST = 4_000
_FAMILY = r"^[^|]*(\|[^|]*)?"
"""Of the name of units the kind and the family, without the table of parts that leave out others."""


def between(linked: Linked, units: Sequence[str], min_n: int) -> sp.csr_matrix:
    """Groups that subtraction may single out: what two kinds of units share or leave, of fewer than ``min_n`` students."""
    homes = linked.groups.with_row_index("group").filter(side=HOMES)
    bands = homes.select("group", "bands").explode("bands")
    found = []
    for at, one in enumerate(units):  # Over pairs of kinds of units: some dozens.
        for other in [*units[at + 1 :], None]:
            keys = [one] if other is None else [one, other]
            table = bands.join(homes.select("group", *keys), on="group")
            found += _small_groups(table, keys, linked, min_n)
    return _unnamed(found, linked, min_n)[:_MOST]


def corners(linked: Linked, min_n: int) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Groups of fewer than ``min_n`` students that two shares of a family leave between them in a unit.

    Those of shares by different ratings or distances, then those of shares by the same.
    """
    lines = linked.lines.with_row_index("line").filter(linked.lines["rule"].is_in(SHARES)).with_columns(
        standard=standard_of_lines(),
        family=pl.col("units").str.replace(OTHER_STANDARD, "").str.extract(_FAMILY, 0),
    )  # fmt: skip
    each = (
        lines.group_by("band", "family", "unit")
        .agg("line", "standard")
        .filter(pl.col("line").list.len() > 1)
    )
    found: tuple[list[NDArray[np.int64]], ...] = ([], [])
    for line, standard in each.select("line", "standard").iter_rows():
        for is_same, group in _corners(linked, np.array(line), np.array(standard), min_n):
            found[is_same].append(group)
    return _unnamed(found[0], linked, min_n), _unnamed(found[1], linked, min_n)


def _corners(
    linked: Linked, lines: NDArray[np.int64], standard: NDArray[np.str_], min_n: int
) -> Iterator[tuple[bool, NDArray[np.int64]]]:
    """Of each two shares of one unit: who is in both, in one alone, in neither, where they are few; and whether they are by the same."""
    wholes = linked.whole[lines]
    cells = np.unique(np.concatenate([_groups_of(linked, one) for one in np.unique(wholes)]))
    inside, every = (_within(linked, some, cells) for some in (lines, wholes))
    others = every & ~inside
    is_other = ~np.eye(len(lines), dtype=bool)
    for one, two in ((inside, inside), (inside, others), (others, others)):
        n = (one * linked.students[cells]) @ two.T
        for a, b in np.argwhere((n > 0) & (n < min_n) & is_other):
            yield bool(standard[a] == standard[b]), cells[one[a] & two[b]]


def _within(
    linked: Linked, lines: NDArray[np.int64], cells: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Lines x cells, which are sorted: which lines hold which of them. Slicing the matrix takes ten times as long."""
    held = np.zeros((len(lines), len(cells)), dtype=bool)
    for at, line in enumerate(lines):
        held[at, np.searchsorted(cells, _groups_of(linked, line))] = True
    return held


def _groups_of(linked: Linked, line: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = linked.matrix.indices[
        linked.matrix.indptr[line] : linked.matrix.indptr[line + 1]
    ]
    return found


def _unnamed(found: Sequence[NDArray[np.int64]], linked: Linked, min_n: int) -> sp.csr_matrix:
    """Sums of groups, each once, without those that are lines of few students."""
    every = {frozenset(one.tolist()) for one in found}
    lines = linked.matrix[(linked.value > 0) & (linked.value < min_n)]
    named = set(map(frozenset, np.split(lines.indices, lines.indptr[1:-1])))
    chosen = sorted(map(sorted, every - named))
    rows = np.repeat(np.arange(len(chosen)), [len(one) for one in chosen])
    columns = np.concatenate([np.array(one) for one in chosen]) if chosen else np.zeros(0)
    shape = (len(chosen), linked.matrix.shape[1])
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns.astype(np.int64))), shape=shape)


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
