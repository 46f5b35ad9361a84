"""The findings of maps of schools, zones and buildings, which count no student."""

from collections.abc import Sequence

from geoservice.cartography.figure.cells import SHOWN, Value
from geoservice.cartography.findings.counts import capitalised, part_of
from geoservice.cartography.findings.extremes import Named, highest
from geoservice.cartography.texts import Texts

_MOST_LINES = 3
"""Up to so many zone lines are all named."""


def reference_finding(
    texts: Texts, levels: Sequence[Named], by_area: Sequence[Named], schools: int
) -> str:
    """Return how many schools there are, the most frequent level, the area with most schools.

    ``levels`` are levels in lower case, such as ``elementary``, with their schools.
    """
    if not schools:
        return ""
    clauses = [texts("finding_schools", n=schools)]
    level, area = highest(levels), highest(by_area)
    if level is not None and texts.has(f"finding_level_{level[0]}"):
        name = texts(f"finding_level_{level[0]}")
        clauses = [texts("finding_schools_level", n=level[1].text, total=schools, level=name)]
    if area is not None:
        clauses.append(texts("finding_most_schools", name=area[0], n=area[1].text))
    return "; ".join(clauses) + "."


def zones_finding(texts: Texts, zones: int, to_quality: int | None) -> str:
    """Return how many zones there are and how many of their schools are quality schools.

    ``to_quality`` is None if no school of the zones has a rating.
    """
    if not zones:
        return ""
    if to_quality is None:
        return texts("finding_zones", n=zones)
    if not to_quality:
        return texts("finding_zones_no_quality", n=zones)
    part = part_of(texts, to_quality, zones, "zone")
    return capitalised(texts("finding_zones_quality", part=part))


def ratings_finding(
    texts: Texts, schools: int, quality: int | None, share: Value, by_area: Sequence[Named]
) -> str:
    """Return how many schools are quality schools, their seats, the area with most of them.

    ``quality`` is None if no label of the rating scheme stands for quality.
    """
    if not schools:
        return ""
    if quality is None:
        return texts("finding_no_quality_label")
    if not quality:
        return texts("finding_ratings_none", total=schools)
    clauses = [texts("finding_ratings", n=quality, total=schools)]
    if share.status == SHOWN and share.number is not None:
        clauses.append(texts("finding_ratings_seats", share=share.text))
    area = highest(by_area)
    if area is not None:
        clauses.append(texts("finding_most_quality", name=area[0], n=area[1].text))
    return "; ".join(clauses) + "."


def buildings_finding(texts: Texts, used: Sequence[Named]) -> str:
    """Return how many buildings are above 95% or below 80% of their seats, and the fullest."""
    numbers = [value.number for _, value in used if value.number is not None]
    if not numbers:
        return ""
    over, under = sum(number > 0.95 for number in numbers), sum(number < 0.8 for number in numbers)
    fullest = highest(used)
    clauses = [texts("finding_buildings", over=over, under=under, total=len(numbers))]
    if fullest is not None:
        clauses.append(texts("finding_fullest", name=fullest[0], value=fullest[1].text))
    return "; ".join(clauses) + "."


def edges_finding(texts: Texts, edges: Sequence[Named], steps: int) -> str:
    """Return how many zone lines separate ratings far apart, with the names of a few.

    Of more than three such lines, the line with most steps is named if no other has as many.
    """
    if not edges:
        return ""
    numbers = [value.number for _, value in edges if value.number is not None]
    count = sum(number >= steps for number in numbers)
    key = "finding_edges" if count else "finding_edges_none"
    clauses = [texts(key, n=count, total=len(edges), steps=steps)]
    largest = highest(edges)
    if 0 < count <= _MOST_LINES:
        large = [f"{name} ({n.text})" for name, n in edges if (n.number or 0.0) >= steps]
        clauses = [f"{clauses[0]}: {', '.join(large)}"]
    elif largest is not None:
        clauses.append(texts("finding_largest_step", name=largest[0], n=largest[1].text))
    return "; ".join(clauses) + "."
