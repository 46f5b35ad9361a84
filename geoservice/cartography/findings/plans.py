"""The findings of maps of scenarios and forecasts."""

from collections.abc import Sequence
from dataclasses import dataclass

from geoservice.cartography.figure.cells import Value
from geoservice.cartography.findings.counts import number_in_words, part_of
from geoservice.cartography.findings.extremes import Named, highest, lowest, with_number
from geoservice.cartography.texts import Texts

_FULL = 0.95
"""A building above this share of its seats is too full."""
_MOST_NAMES = 2
"""More changes are counted and not named."""
_MOST_RECEIVERS = 3


@dataclass(frozen=True)
class Forecasted:
    """The last counted year, the year of a forecast, and the grades in words."""

    start: str
    year: str
    grades: str


@dataclass(frozen=True)
class _Change:
    """A unit whose printed value changes from ``before`` to ``after``."""

    name: str
    before: Value
    after: Value

    @property
    def amount(self) -> float:
        return round((self.after.number or 0.0) - (self.before.number or 0.0), 6)

    @property
    def words(self) -> dict[str, str]:
        return {"name": self.name, "before": self.before.text, "after": self.after.text}


def moves_finding(
    texts: Texts, moved: Value, may_stay: Value, moves: Sequence[tuple[str, str]]
) -> str:
    """Return how many students would change school, and how many of them may stay.

    ``moves`` are the pairs of schools, before and after. A single pair is named, and so are a few
    pairs from the same school.
    """
    if moved.number is None:
        return ""
    if len(moves) == 1:
        (before, after), *_ = moves
        clause = texts("finding_move_of_pair", n=moved.text, before=before, after=after)
    elif len({before for before, _ in moves}) == 1 and len(moves) <= _MOST_RECEIVERS:
        *start, end = (after for _, after in moves)
        clause = texts(
            "finding_moves_from",
            n=moved.text,
            before=moves[0][0],
            after=f"{', '.join(start)}{texts('and')}{end}",
        )
    else:
        clause = texts("finding_moves", n=moved.text)
    return f"{clause}; {_may_stay(texts, may_stay)}."


def _may_stay(texts: Texts, may_stay: Value) -> str:
    if may_stay.number is None:
        return texts("finding_stay_withheld")
    if not may_stay.number:
        return texts("finding_stay_none")
    return texts("finding_stay_of_moved", n=may_stay.text)


def _changes(before: Sequence[Named], after: Sequence[Named]) -> list[_Change]:
    """Return the changes of units with a number on both sides."""
    numbers = dict(with_number(before))
    pairs = ((name, numbers.get(name), value) for name, value in with_number(after))
    changes = [_Change(name, old, new) for name, old, new in pairs if old is not None]
    return [change for change in changes if change.amount]


def use_finding(texts: Texts, before: Sequence[Named], after: Sequence[Named]) -> str:
    """Return how many buildings are too full today and as proposed, and the largest changes."""
    shares = [[value.number or 0.0 for _, value in with_number(side)] for side in (before, after)]
    if not all(shares):
        return ""
    over = [sum(share > _FULL for share in side) for side in shares]
    counts = texts(
        "finding_use",
        before=over[0],
        total=len(shares[0]),
        after=over[1],
        total_after=len(shares[1]),
    )
    ordered = sorted(_changes(before, after), key=lambda change: -abs(change.amount))
    named = _clear_of_ties(ordered)
    if not named:
        return f"{counts}."
    start, *others = named
    clauses = [texts("finding_use_change", **start.words)]
    clauses += [texts("finding_use_next", **change.words) for change in others]
    return f"{counts}; {texts('and').join(clauses)}."


def _clear_of_ties(ordered: Sequence[_Change]) -> Sequence[_Change]:
    """Return at most two changes, the largest first; a change that ties with the next is left."""
    sizes = [abs(change.amount) for change in ordered]
    for count in (_MOST_NAMES, 1):
        if len(ordered) == count or (len(ordered) > count and sizes[count - 1] > sizes[count]):
            return ordered[:count]
    return []


def scenario_access_finding(texts: Texts, before: Sequence[Named], after: Sequence[Named]) -> str:
    """Return where more, or fewer, students would have a zoned quality school.

    One or two areas are named with both shares; more areas are counted.
    """
    compared = len({name for name, _ in with_number(before)} & {n for n, _ in with_number(after)})
    if not compared:
        return ""
    changes = _changes(before, after)
    is_shown_only = compared < len(after)
    if not 0 < len(changes) <= _MOST_NAMES:
        more = sum(change.amount > 0 for change in changes)
        counts = (more, len(changes) - more, compared)
        changed = _changed(texts, "finding_access", "area", counts, is_shown_only=is_shown_only)
        return texts("finding_scenario_access", changed=changed)
    clauses = [
        texts("finding_access_rise" if change.amount > 0 else "finding_access_fall", **change.words)
        for change in changes
    ]
    same = compared - len(changes)
    if same:
        part = part_of(texts, same, compared, "area", is_shown_only=is_shown_only)
        clauses.append(texts("finding_access_stay", part=part))
    return texts("finding_scenario_access", changed=texts("and").join(clauses))


def forecast_finding(
    texts: Texts, span: Forecasted, counts: tuple[Value, Value], changes: Sequence[Named]
) -> str:
    """Return the students of the start and of a coming year, and the zones with more and fewer.

    The zones with the largest rise and the largest fall are named, if no other zone has the same.
    """
    before, after = counts
    numbers = [value.number or 0.0 for _, value in with_number(changes)]
    more, fewer = sum(number > 0 for number in numbers), sum(number < 0 for number in numbers)
    changed = _changed(texts, "finding_students", "zone", (more, fewer, len(numbers)))
    ends = (
        ("finding_forecast_rise", highest(changes), 1),
        ("finding_forecast_fall", lowest(changes), -1),
    )
    for key, zone, sign in ends:
        if zone is not None and (zone[1].number or 0.0) * sign > 0:
            changed += texts(key, name=zone[0], value=zone[1].text)
    return texts(
        "finding_forecast",
        start=span.start,
        year=span.year,
        grades=span.grades,
        before=before.text,
        after=after.text,
        changed=changed,
    )


def _changed(
    texts: Texts, key: str, noun: str, counts: tuple[int, int, int], *, is_shown_only: bool = False
) -> str:
    """Return in how many areas or zones a number rises and falls; nothing about none of them.

    ``counts`` are the units in which it rises, those in which it falls, and all units.
    """
    more, fewer, total = counts
    if not more and not fewer:
        return texts(f"{key}_same")
    part = part_of(texts, fewer or more, total, noun, is_shown_only=is_shown_only)
    if more and fewer:
        return texts(f"{key}_both", more=number_in_words(texts, more), part=part)
    return texts(f"{key}_{'more' if more else 'fewer'}", part=part)
