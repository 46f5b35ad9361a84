"""The finding of a map that colours areas or zones by a measure."""

from collections.abc import Sequence
from dataclasses import dataclass

from geoservice.cartography.figure.cells import NO_DATA, NOT_APPLICABLE, SHOWN, Value
from geoservice.cartography.findings.counts import capitalised, number_in_words, part_of
from geoservice.cartography.findings.extremes import (
    Named,
    all_at_least,
    below,
    ends,
    highest,
    lowest,
    sharing_highest,
    sharing_lowest,
    with_number,
)
from geoservice.cartography.texts import Texts

_LOW_LIMITS = (0.1, 0.2, 0.4, 0.5)
_HIGH_LIMITS = (0.95, 0.9, 0.8, 0.75, 0.5)
_LEAST_PART = 0.25
"""A sentence starts with the smallest limit that at least so many of the units are below."""
_FEW_UNITS = 2
_MOST_NAMES = 2
"""More units that share a value are counted and not named."""
_COUNTED_WITHOUT_UNIT = ("share", "rank", "gap")


@dataclass(frozen=True)
class Measured:
    """What a map measures.

    Attributes
    ----------
    measure, part, title
        Id of the measure and its part, and the title of the view.
    unit
        ``share``, ``gap``, ``miles`` or another unit of views.
    noun
        ``area`` or ``zone``.
    """

    measure: str
    part: str
    title: str
    unit: str
    noun: str

    @property
    def words(self) -> str:
        """Key of the measure's phrase, such as "students attend a quality school"."""
        return "_".join(word for word in ("finding", self.measure, self.part) if word)


def units_finding(texts: Texts, measured: Measured, named: Sequence[Named], district: Value) -> str:
    """Return the finding about units and their values; empty if no value is published."""
    shown = with_number(named)
    if not shown:
        return ""
    if len(shown) < _FEW_UNITS:
        return _of_one_unit(texts, measured, shown[0], district)
    if measured.unit == "share" and texts.has(measured.words):
        return _of_shares(texts, measured, named, district)
    if measured.measure == "service_gap":
        return _of_gaps(texts, named, measured)
    return _of_numbers(texts, measured, named, district)


def has_withheld(named: Sequence[Named]) -> bool:
    """Return True if the release keeps the value of a unit back."""
    return any(
        value.number is None and value.status not in (NO_DATA, NOT_APPLICABLE) for _, value in named
    )


def shown_part(texts: Texts, count: int, named: Sequence[Named], noun: str) -> str:
    """Return how many of the units with a value there are, in words."""
    total = len(with_number(named))
    return part_of(texts, count, total, noun, is_shown_only=total < len(named))


def with_unit(texts: Texts, value: Value, unit: str) -> str:
    """Return a value with its unit as a sentence says it."""
    if value.number is None or unit in _COUNTED_WITHOUT_UNIT:
        return value.text
    return f"{value.text} {texts('unit_' + unit)}"


def _of_one_unit(texts: Texts, measured: Measured, unit: Named, district: Value) -> str:
    name, value = unit
    return texts(
        "finding_one_unit",
        title=measured.title,
        name=name,
        value=with_unit(texts, value, measured.unit),
        district=with_unit(texts, district, measured.unit),
    )


def _of_shares(texts: Texts, measured: Measured, named: Sequence[Named], district: Value) -> str:
    total = len(with_number(named))
    limit = next((low for low in _LOW_LIMITS if below(named, low) >= _LEAST_PART * total), None)
    if limit is None and below(named, 0.5):
        limit = 0.5
    if limit is not None:
        return _few(texts, measured, named, limit)
    return _many(texts, measured, named) or _of_numbers(texts, measured, named, district)


def _few(texts: Texts, measured: Measured, named: Sequence[Named], limit: float) -> str:
    """In some units the share is below a limit; the unit with the lowest, or how many have none."""
    count, what = below(named, limit), texts(measured.words)
    part = shown_part(texts, count, named, measured.noun)
    zeros = sum(value.status == SHOWN and value.number == 0 for _, value in named)
    if zeros == count > 1:
        return f"{capitalised(texts('finding_none', part=part, what=what))}."
    limit_words = texts(f"fraction_{limit * 100:.0f}")
    sentence = texts("finding_below", part=part, limit=limit_words, what=what)
    if zeros > 1:
        none = texts("finding_several_none", n=number_in_words(texts, zeros))
        return f"{capitalised(sentence)}; {none}."
    return _with_ends(texts, sentence, lowest(named), None)


def _many(texts: Texts, measured: Measured, named: Sequence[Named]) -> str:
    """Return that all units have at least a round share, with the lowest and highest unit.

    Empty without such a share.
    """
    limit = next((high for high in _HIGH_LIMITS if all_at_least(named, high)), None)
    if limit is None:
        return ""
    part = shown_part(texts, len(with_number(named)), named, measured.noun)
    limit_words = texts(f"fraction_{limit * 100:.0f}")
    sentence = texts("finding_at_least", part=part, limit=limit_words, what=texts(measured.words))
    return _with_ends(texts, sentence, lowest(named), highest(named))


def _with_ends(texts: Texts, sentence: str, low: Named | None, high: Named | None) -> str:
    """Return the sentence with the names and values of the lowest and the highest unit."""
    clauses = [capitalised(sentence)]
    if low is not None and not low[1].number:
        clauses.append(texts("finding_has_none", name=low[0]))
    elif low is not None:
        clauses.append(texts("finding_lowest", name=low[0], value=low[1].text))
    if high is not None:
        clauses.append(texts("finding_highest", name=high[0], value=high[1].text))
    return "; ".join(clauses) + "."


def _of_gaps(texts: Texts, named: Sequence[Named], measured: Measured) -> str:
    """In how many units more students live than there are quality seats, and the largest gap."""
    over = sum((value.number or 0.0) > 0 for _, value in with_number(named))
    if over:
        part = shown_part(texts, over, named, measured.noun)
        sentence = texts("finding_gap_over", part=part)
    else:
        part = shown_part(texts, len(with_number(named)), named, measured.noun)
        sentence = texts("finding_gap_none", part=part)
    clauses, largest = [capitalised(sentence)], highest(named)
    if largest is not None and over:
        clauses.append(texts("finding_gap_largest", name=largest[0], value=largest[1].text))
    return "; ".join(clauses) + "."


def _of_numbers(texts: Texts, measured: Measured, named: Sequence[Named], district: Value) -> str:
    """The highest and the lowest units; the range where neither is for sure."""
    range_ends = ends(named)
    clauses = [
        _end(texts, measured, key, units, named)
        for key, units in (
            ("finding_highest_in", sharing_highest(named)),
            ("finding_lowest_in", sharing_lowest(named)),
        )
        if units
    ]
    if not clauses and range_ends is not None:
        part = shown_part(texts, len(with_number(named)), named, measured.noun)
        low_text, high_text = (with_unit(texts, end, measured.unit) for end in range_ends)
        clauses = [texts("finding_range", low=low_text, high=high_text, part=part)]
        if low_text == high_text:
            clauses = [texts("finding_equal", value=low_text, part=part)]
    if district.number is not None:
        clauses.append(texts("finding_district", value=with_unit(texts, district, measured.unit)))
    if not clauses:
        return ""
    return f"{measured.title}: {', '.join(clauses)}."


def _end(
    texts: Texts, measured: Measured, key: str, units: Sequence[Named], named: Sequence[Named]
) -> str:
    """Return the units that share the highest or lowest value: up to two names, else a count."""
    value = with_unit(texts, units[0][1], measured.unit)
    if len(units) <= _MOST_NAMES:
        return texts(key, name=texts("and").join(name for name, _ in units), value=value)
    return texts(key, name=shown_part(texts, len(units), named, measured.noun), value=value)
