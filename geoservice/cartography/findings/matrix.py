"""The finding of the gaps matrix: the areas at the end of each measure that means a gap."""

from collections import defaultdict
from collections.abc import Sequence

from geoservice.cartography.findings.extremes import Named, highest, lowest
from geoservice.cartography.findings.units import Measured, with_unit
from geoservice.cartography.texts import Texts


def matrix_finding(texts: Texts, columns: Sequence[tuple[Measured, Sequence[Named]]]) -> str:
    """Return the areas with the lowest share, or the highest number, of a measure.

    The area with most measures comes first. A measure whose area is not certain, or whose value
    several areas share, is left out.
    """
    by_area: dict[str, list[str]] = defaultdict(list)
    for measured, named in columns:  # Over measures: a handful.
        is_share = measured.unit == "share"
        unit = lowest(named) if is_share else highest(named)
        if unit is not None:
            key = "finding_matrix_lowest" if is_share else "finding_matrix_highest"
            value = with_unit(texts, unit[1], measured.unit)
            by_area[unit[0]].append(texts(key, title=measured.title, value=value))
    ordered = sorted(by_area.items(), key=lambda item: (-len(item[1]), item[0]))
    clauses = [
        texts("finding_matrix_area", name=name, measures=_listed(texts, measures))
        for name, measures in ordered
    ]
    return "; ".join(clauses) + "." if clauses else ""


def _listed(texts: Texts, measures: Sequence[str]) -> str:
    """Return measures as a list in a sentence."""
    *start, end = measures
    return f"{', '.join(start)}{texts('and')}{end}" if start else end
