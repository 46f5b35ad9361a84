"""Disclosure control of tables that hang together: lines are hidden until what is left tells of no few students.

Lines that are small alone are hidden or coded first. Then a reader of all that is told is asked of each hidden or coded line, and of
each small group that two units leave between them; where there is less room than the least count, further lines give way.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray

from geoservice.measures.coding import (
    HIDDEN,
    ROUNDED,
    SHOWN,
    Bools,
    first_status,
    is_small,
    rounded,
    totals_of_rounded,
)
from geoservice.measures.linked import COUNT, FLOW, LEFT_OUT, Linked
from geoservice.measures.programs import Floats
from geoservice.measures.reader import Reader, unique_rows
from geoservice.measures.release_cells import HOMES
from geoservice.measures.suppression import Suppression
from geoservice.measures.told_lines import Status, ToldLines

_TINY = 1e-9


@dataclass(frozen=True)
class Protected:
    """The release of linked tables.

    Attributes
    ----------
    status
        How each line is released.
    line
        What the audit asked of: lines that are not shown, -1 for groups between units.
    low, high
        What a reader can work out of each at most: the interval is at least this wide.
    width
        How wide it must be.
    """

    status: Status
    line: NDArray[np.int64]
    low: Floats
    high: Floats
    width: Floats


def protect(
    linked: Linked, min_n: int, *, settled: Status | None, few: Bools, between: sp.csr_matrix, across: int,
    known: Bools, facts: sp.csr_matrix, changed: Bools, threads: int,
) -> Protected:  # fmt: skip
    """Decide for every line whether it may be shown.

    Parameters
    ----------
    settled
        How lines were released before, empty for those that were not: these stay as they are.
    few
        Lines that few homes make up: hidden like small ones.
    between
        Groups that no line names but that may be subtracted: rows x groups.
    across
        How many of these, the first, are what two standards leave between them.
    known
        Lines that are what was released of them before: a reader knows them whether they are shown or not.
    facts
        Sums that a reader knows as well, of lines that are decided later: rows x groups.
    changed
        Lines that differ from what was released of them before by fewer than ``min_n`` students.
    threads
        How many programs are solved side by side; what is decided does not depend on it.
    """
    status, fixed = _at_first(linked, min_n, settled, few, changed)
    small = is_small(linked, min_n) | few
    # Of a small share the rest is asked of, where it is few: where the part has changed it is too.
    between = sp.vstack([between, linked.matrix[changed & small]]).tocsr()
    lines = ToldLines(linked, min_n, status, fixed, small | changed, between,
                      moved=changed & ~small, known=known, facts=facts)  # fmt: skip
    with ThreadPoolExecutor(max_workers=threads) as pool:
        lost = Suppression(lines, _blocks(linked, lines), min_n, pool).run()
    return _audited(linked, min_n, lines, lost, small | changed, across)


def _at_first(
    linked: Linked, min_n: int, settled: Status | None, few: Bools, changed: Bools
) -> tuple[Status, Bools]:
    """What is hidden, coded or rounded before any reader is asked, and the lines that stay as they were settled."""
    status = first_status(linked, min_n)
    status[few] = HIDDEN
    status[status[linked.whole] == HIDDEN] = HIDDEN
    _hide_changes(linked, min_n, status, changed)
    fixed = np.zeros(len(status), dtype=bool)
    if settled is not None:
        fixed = settled != ""
        status = np.where(fixed, settled, status)
    _hide_halves(linked, min_n, status, fixed)
    _hide_telling(linked, min_n, status, fixed)
    _leave_enough(linked, min_n, status, fixed)
    return status, fixed


def _audited(
    linked: Linked, min_n: int, lines: ToldLines, lost: frozenset[int], small: Bools, across: int
) -> Protected:
    """How near a reader comes to all that is asked of, and how near it may.

    What is hidden for others' sake alone is no small number; of what two standards leave nobody was asked when the first was
    settled: these may be known more closely where settled lines leave no more.
    """
    line, sums = lines.asked()
    number = lines.sums[sums] @ linked.students
    is_group = line < 0
    spared = np.isin(sums, list(lost)) & np.where(
        is_group, np.cumsum(is_group) <= across, ~small[line]
    )
    width = np.where(spared, 0.0, float(min_n))
    return Protected(lines.status, line, number + lines.low[sums], number + lines.high[sums], width)


def _blocks(linked: Linked, lines: ToldLines) -> list[list[Reader]]:
    """The homes of each set of bands, for sums of homes alone; all cells of each; all: those of one list have no cell in common."""
    groups = linked.groups.select("side", bands=pl.col("bands").list.join("|"))
    bands = groups["bands"].rank("dense").to_numpy()
    is_home = (groups["side"] == HOMES).to_numpy()
    every = np.ones(len(bands), dtype=bool)
    each = [bands == one for one in np.unique(bands)]
    parts = [[(one & is_home, is_home) for one in each], [(one, every) for one in each]]
    parts += [[(every, every)]] if len(each) > 1 else []
    least = linked.students - linked.floors
    made = [[Reader(lines.sums, linked.ties, least, np.flatnonzero(cells), realm)
             for cells, realm in some if cells.any()] for some in parts]  # fmt: skip
    return [some for some in made if some]


def _hide_changes(linked: Linked, min_n: int, status: Status, changed: Bools) -> None:
    """Round the shares, and hide the numbers, of which a reader of two releases could tell a difference of few."""
    _, step, _, _ = rounded(linked, min_n)
    status[changed & (status == SHOWN)] = HIDDEN
    of_hidden = (status[linked.whole] == HIDDEN) & (linked.whole != np.arange(len(status)))
    shares = (of_hidden & (status == SHOWN)) | (changed & (linked.whole != np.arange(len(status))) & (status == HIDDEN))  # fmt: skip
    whole_few = linked.value[linked.whole] < min_n
    status[shares & ~whole_few] = np.where(step[shares & ~whole_few] > 0, ROUNDED, HIDDEN)


def _hide_halves(linked: Linked, min_n: int, status: Status, fixed: Bools) -> None:
    """Hide both halves of all students of a unit where one is hidden: those whom a family counts, and those it leaves out."""
    counted, left = _halves(linked)
    for one, other in ((left, counted), (counted, left)):
        gone = (
            (status[one] == HIDDEN)
            & (linked.value[one] > 0)
            & (status[other] == SHOWN)
            & ~fixed[other]
        )
        status[other[gone]] = HIDDEN
    _round_parts(linked, min_n, status, fixed)


def _halves(linked: Linked) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lines of those whom families count in a unit, and of those whom they leave out."""
    named = linked.lines.with_row_index("line")
    left_out = named.filter(part=LEFT_OUT)
    halves = named.filter(part="").join(left_out, on=["band", "units", "unit"], suffix="_left")
    return halves["line"].to_numpy().astype(np.int64), halves["line_left"].to_numpy().astype(np.int64)  # fmt: skip


def _hide_telling(linked: Linked, min_n: int, status: Status, fixed: Bools) -> None:
    """Hide rounded shares of a total that is not told where they tell nearly how many are left out of it.

    The step tells between which numbers the total lies, and so does the share itself where its part is shown elsewhere.
    """
    counted, left = _halves(linked)
    left_out = np.zeros(len(status))
    left_out[counted] = linked.value[left]
    _, place = unique_rows(linked.matrix)
    is_told = np.isin(place, place[status == SHOWN])
    alone = (status == ROUNDED) & (status[linked.whole] == HIDDEN) & ~fixed
    middle, step, _, _ = rounded(linked, min_n)
    part, whole = linked.value.astype(np.float64), linked.value[linked.whole]
    least, most = totals_of_rounded(whole, min_n)
    least = np.maximum(least, np.where(is_told, part / (middle + step / 2 + _TINY), 0.0))
    most = np.minimum(most, np.where(is_told, part / np.maximum(middle - step / 2, _TINY), np.inf))
    room = np.minimum(most - whole, left_out[linked.whole]) + whole - least
    few = (left_out > 0) & (left_out < min_n)
    units = linked.whole[alone & few[linked.whole] & (room < min_n)]
    status[np.isin(linked.whole, units) & (status == ROUNDED) & ~fixed] = HIDDEN


def _round_parts(linked: Linked, min_n: int, status: Status, fixed: Bools) -> None:
    """Round the shown shares of totals that are hidden."""
    _, step, _, _ = rounded(linked, min_n)
    part = (status[linked.whole] == HIDDEN) & (status == SHOWN) & ~fixed
    part &= linked.whole != np.arange(len(status))
    status[part] = np.where(step[part] > 0, ROUNDED, HIDDEN)


def _leave_enough(linked: Linked, min_n: int, status: Status, fixed: Bools) -> None:
    """Hide the smallest ways of each total whose ways that are not shown sum to few: a start that spares programs."""
    rule = linked.lines["rule"].to_numpy()
    ways = np.flatnonzero((rule == FLOW) & ~fixed)
    totals = np.flatnonzero((rule == COUNT) & (status == SHOWN))
    if not len(ways) or not len(totals):
        return
    rows = linked.matrix[ways]
    shared = (rows @ linked.matrix[totals].T).tocsc()
    size = np.diff(rows.indptr)
    for at, whole in enumerate(totals):  # Over totals: some hundreds.
        inside = shared.indices[shared.indptr[at] : shared.indptr[at + 1]]
        inside = inside[shared.data[shared.indptr[at] : shared.indptr[at + 1]] == size[inside]]
        mine = ways[inside]
        order = mine[np.argsort(linked.value[mine], kind="stable")]
        shown = order[status[order] == SHOWN]
        rest = linked.value[whole] - linked.value[shown].sum()
        while 0 < rest < min_n and len(shown):
            status[shown[0]] = HIDDEN
            rest += linked.value[shown[0]]
            shown = shown[1:]
