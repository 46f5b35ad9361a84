"""Disclosure control of counts that hang together: what is shown, coded or hidden, until the audit holds.

Every line of a table is a sum of cells. Lines whose count, or whose part or complement of a share, is smaller than the
least count are hidden, or a share is coded as at most or at least a bound. Then the audit asks what can still be worked out
of each small count, and more lines are hidden, the smallest first, until each stays as uncertain as the least count.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from geoservice.measures.audit import Audit, Cells, Known

SHOWN, LOW, HIGH, HIDDEN = "shown", "low", "high", "hidden"
"""How a line is released: as it is; as at most, or at least, its bound; not at all."""
CODING = ((300, 0.01), (100, 0.02), (40, 0.05), (20, 0.10), (0, 0.20))
"""From this many students on, shares below (above one minus) this bound are coded; PRIVACY rule 9."""
_WIDEST_CODE = 0.20


@dataclass(frozen=True)
class Line:
    """One candidate for release.

    Attributes
    ----------
    key
        What names the line; lines of one ``whole`` share their denominator.
    cells
        The cells of the numerator.
    value, whole
        Numerator and denominator; of a line that only counts they are equal.
    whole_cells
        The cells of the denominator.
    kind
        Lines of one kind of units and one part, among which another is hidden beside a hidden one.
    before
        What was released for the same line before, where something was.
    is_count
        True where the line is a number of students and no share of any.
    is_settled
        True where the share follows from public facts, so that none and all tell nothing of a student; numbers still may.
    """

    key: tuple[str, ...]
    cells: Cells
    value: int
    whole: int
    whole_cells: Cells
    kind: tuple[str, ...]
    before: int | None = None
    is_count: bool = False
    is_settled: bool = False


@dataclass(frozen=True)
class Finding:
    """What can be worked out of one small count: the audit's answer."""

    key: tuple[str, ...]
    low: float
    high: float
    holds: bool


@dataclass(frozen=True)
class Protected:
    """How each line is released, by key, and the audit of every small count."""

    status: Mapping[tuple[str, ...], str]
    findings: tuple[Finding, ...]


@dataclass
class _State:
    lines: dict[tuple[str, ...], Line]
    status: dict[tuple[str, ...], str]
    min_n: int
    targets: list[Line] = field(default_factory=list)
    given: tuple[Known, ...] = ()
    by_whole: dict[Cells, list[Line]] = field(default_factory=dict)


def protect(
    lines: Sequence[Line], min_n: int, *, differences: Iterable[Line] = (),
    hidden: Iterable[tuple[str, ...]] = (), given: Sequence[Known] = (),
) -> Protected:  # fmt: skip
    """Decide for every line whether it may be shown.

    Parameters
    ----------
    lines
        All that is to be released about the same students.
    min_n
        Least count.
    differences
        Groups that no line names but that can be subtracted: what lies in one unit and not in another.
    hidden
        Keys that must stay hidden.
    given
        Sums that are released elsewhere.
    """
    state = _State({one.key: one for one in lines}, {}, min_n, given=tuple(given))
    forced = set(hidden)
    for one in lines:
        state.by_whole.setdefault(one.whole_cells, []).append(one)
        state.status[one.key] = HIDDEN if one.key in forced else _first_status(one, min_n)
        if is_small(one, min_n):
            state.targets.append(one)
    state.targets += [one for one in differences if is_small(one, min_n)]
    while True:
        audit = Audit(_known(state))
        findings = [_asked(one, audit, state) for one in state.targets]
        failed = [
            one for one, found in zip(state.targets, findings, strict=True) if not found.holds
        ]
        if not failed or not _hide_more(failed, state):
            return Protected(state.status, tuple(findings))


def is_small(line: Line, min_n: int) -> bool:
    """True where a count, or a part or complement of a share, tells of fewer than ``min_n`` students."""
    if line.before is not None and 0 < abs(line.value - line.before) < min_n:
        return True
    rest = line.whole - line.value
    if line.is_count or not line.cells or line.cells == line.whole_cells:
        return 0 < line.whole < min_n
    if line.is_settled:
        return 0 < line.value < min_n or 0 < rest < min_n
    return line.whole > 0 and (line.value < min_n or rest < min_n)


def code_bound(whole: int, min_n: int) -> float:
    """The share at which coding begins: that of `CODING`, or wider so that it covers ``min_n`` students."""
    listed = next(bound for least, bound in CODING if whole >= least)
    return max(listed, min_n / whole) if whole else 1.0


def code_ends(whole: int, status: str, min_n: int) -> tuple[int, int]:
    """Least and greatest numerator that a coded line leaves possible."""
    width = math.ceil(code_bound(whole, min_n) * whole - 1e-9)
    return (0, width) if status == LOW else (whole - width, whole)


def _first_status(line: Line, min_n: int) -> str:
    if line.is_count or (line.before is not None and 0 < abs(line.value - line.before) < min_n):
        return HIDDEN if is_small(line, min_n) else SHOWN
    if 0 < line.whole < min_n:
        return HIDDEN
    bound = code_bound(line.whole, min_n)
    if bound > _WIDEST_CODE:
        return HIDDEN if is_small(line, min_n) else SHOWN
    if line.value <= bound * line.whole:
        return LOW
    return HIGH if line.value >= (1 - bound) * line.whole else SHOWN


def _known(state: _State) -> list[Known]:
    known = list(state.given)
    for key, line in state.lines.items():
        known += _told(line, state)
        if state.status[key] != HIDDEN and not line.is_count:
            known.append(Known(line.whole_cells, line.whole, line.whole))
    return known


def _asked(line: Line, audit: Audit, state: _State) -> Finding:
    low, high = audit.interval(line.cells)
    if state.status.get(line.key) == SHOWN:
        low = high = line.value
    return Finding(line.key, low, high, high - low >= state.min_n - 1e-6)


def _hide_more(failed: Sequence[Line], state: _State) -> bool:
    """Hide one more line for each small count that can be worked out; False where none is left."""
    done: set[tuple[str, ...]] = set()
    for target in failed:
        if state.status.get(target.key, HIDDEN) not in (HIDDEN,):
            state.status[target.key] = HIDDEN
            done.add(target.key)
            continue
        victim = _victim(target, state)
        if victim is not None and victim not in done:
            done.add(victim)
            state.status[victim] = HIDDEN
    return bool(done)


def _victim(target: Line, state: _State) -> tuple[str, ...] | None:
    """The line to hide for one that can be worked out: beside it in its unit, then in its kind, then what holds it."""
    at_home = _victim_at_home(target, state)
    if at_home is not None:
        return at_home
    open_ = [one for key, one in state.lines.items() if state.status[key] != HIDDEN]
    holders = [one for one in open_ if target.cells <= one.cells]
    for holder in sorted(holders, key=lambda one: (len(one.cells), one.key)):
        beside = [
            one for one in open_
            if one.kind == target.kind and one.cells < holder.cells and not one.cells & target.cells
        ]  # fmt: skip
        if beside:
            return min(beside, key=_cost).key
    touching = holders or [one for one in open_ if one.whole_cells & target.cells]
    return min(touching, key=_cost).key if touching else None


def _victim_at_home(target: Line, state: _State) -> tuple[str, ...] | None:
    """The least important other part of the same unit that makes the target less certain, as far as the unit alone tells."""
    home = state.by_whole.get(target.whole_cells, ())
    parts = [one for one in home if state.status[one.key] != HIDDEN and one.key != target.key]
    if not parts:
        return None
    whole = Known(target.whole_cells, target.whole, target.whole)
    now = _width(target, parts, whole, state)
    if now >= state.min_n:
        return None
    widened = None
    for one in reversed(parts):
        width = _width(target, [other for other in parts if other is not one], whole, state)
        if width >= state.min_n:
            return one.key
        if width > now and widened is None:
            widened = one.key
    return widened or parts[-1].key


def _width(target: Line, parts: Sequence[Line], whole: Known, state: _State) -> float:
    """How uncertain a line is where only its unit is published, over groups of cells that no part splits."""
    alike: dict[tuple[bool, ...], int] = {}
    many = [target, *parts]
    for cell in whole.cells:
        alike.setdefault(tuple(cell in one.cells for one in many), len(alike))
    known = [Known(frozenset(alike.values()), whole.low, whole.high)]
    known += [
        replace(line, cells=frozenset(at for key, at in alike.items() if key[place]))
        for place, one in enumerate(parts, 1) for line in _told(one, state)
    ]  # fmt: skip
    low, high = Audit(known).interval(frozenset(at for key, at in alike.items() if key[0]))
    return high - low + 1e-6


def _told(line: Line, state: _State) -> list[Known]:
    """What the numerator of a line tells as it is released now."""
    status = state.status[line.key]
    if status == SHOWN:
        return [Known(line.cells, line.value, line.value)]
    if status in (LOW, HIGH):
        return [Known(line.cells, *code_ends(line.whole, status, state.min_n))]
    return []


def _cost(line: Line) -> tuple[int, tuple[str, ...]]:
    return line.whole, line.key
