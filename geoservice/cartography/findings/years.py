"""The finding of a map of several years: how the chosen year differs from the first year."""

from collections.abc import Mapping, Sequence

from geoservice.cartography.figure.cells import SHOWN, Value
from geoservice.cartography.findings.counts import part_of, uncapitalised
from geoservice.cartography.findings.extremes import Named
from geoservice.cartography.findings.units import Measured, units_finding, with_unit
from geoservice.cartography.texts import Texts

YearValues = Mapping[str, Mapping[str, Value]]
"""Values by school year, then by the name of the unit."""


def years_finding(
    texts: Texts,
    measured: Measured,
    values: YearValues,
    district: Mapping[str, Value],
    year: str,
) -> str:
    """Return the finding of a year of a map of several years.

    The finding of the first year is about the units, of a later year about the change since the
    first year.
    """
    start = min(values)
    before, after = district[start], district[year]
    if year == start or not _is_exact(before) or not _is_exact(after):
        named: Sequence[Named] = list(values[year].items())
        sentence = units_finding(texts, measured, named, after)
        return texts("finding_in_year", year=year, sentence=sentence) if sentence else ""
    direction = _direction(before, after)
    sentence = texts(
        f"finding_years_{direction}",
        title=uncapitalised(measured.title),
        first=start,
        last=year,
        before=with_unit(texts, before, measured.unit),
        after=with_unit(texts, after, measured.unit),
    )
    return f"{sentence}{_same_way(texts, measured, values[start], values[year], direction)}."


def _same_way(
    texts: Texts,
    measured: Measured,
    before: Mapping[str, Value],
    after: Mapping[str, Value],
    direction: str,
) -> str:
    """In how many units the value went the same way; empty if that is nothing to say."""
    compared = [
        (before[name], value)
        for name, value in after.items()
        if name in before and _is_exact(before[name]) and _is_exact(value)
    ]
    count = sum(_direction(*pair) == direction for pair in compared)
    if not count or direction == "same" or len(compared) < 2:
        return ""
    is_shown_only = len(compared) < len(after)
    part = part_of(texts, count, len(compared), measured.noun, is_shown_only=is_shown_only)
    return texts(f"finding_years_{direction}_in", part=part)


def _direction(before: Value, after: Value) -> str:
    change = (after.number or 0.0) - (before.number or 0.0)
    return "fell" if change < 0 else "rose" if change > 0 else "same"


def _is_exact(value: Value) -> bool:
    return value.status == SHOWN and value.number is not None
