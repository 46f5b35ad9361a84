"""The findings of maps that count students by home, by school and on their way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geoservice.cartography.figure.cells import AT_LEAST, AT_MOST, SHOWN, Value
from geoservice.cartography.figure.values import number_text
from geoservice.cartography.findings.counts import capitalised
from geoservice.cartography.findings.extremes import Named, highest
from geoservice.cartography.texts import Texts


def residents_finding(
    texts: Texts,
    total: Value,
    students: Sequence[float],
    square_miles: Sequence[float],
    by_area: Sequence[Named],
) -> str:
    """Return on how small a part of the shaded land half of the students live.

    Parameters
    ----------
    total
        Students of the district.
    students, square_miles
        Of each hexagon with a published number.
    by_area
        Students of each area.
    """
    clauses = []
    if any(students):
        land = number_text(_land_of_half(students, square_miles), "share")
        clauses.append(texts("finding_half", land=land.replace(".0%", "%")))
    area = highest(by_area)
    if area is not None and total.number is not None:
        clauses.append(
            texts("finding_most_students", name=area[0], n=area[1].text, total=total.text)
        )
    return "; ".join(clauses) + "." if clauses else ""


def _land_of_half(students: Sequence[float], square_miles: Sequence[float]) -> float:
    """Share of the land on which half of the students live closest together, in whole percent."""
    counts, sizes = np.asarray(students), np.asarray(square_miles)
    densest_first = np.argsort(-counts / sizes, kind="stable")
    running = np.cumsum(counts[densest_first])
    needed = int(np.searchsorted(running, running[-1] / 2)) + 1
    return round(float(sizes[densest_first][:needed].sum() / sizes.sum()), 2)


def access_finding(texts: Texts, miles: str, district: Value, by_area: Sequence[Named]) -> str:
    """Return the share of students without a quality school nearby, and the area with most.

    ``district`` and ``by_area`` are shares of students with a quality school within ``miles``.
    """
    if district.number is None:
        return ""
    if district.status != SHOWN:
        return texts("finding_access_bound", share=district.text, miles=miles)
    clauses = [texts("finding_no_access", share=_complement(district), miles=miles)]
    apart = [(name, _without(value)) for name, value in by_area]
    area = highest(apart)
    if area is not None:
        clauses.append(texts("finding_highest", name=area[0], value=area[1].text))
    return "; ".join(clauses) + "."


def _without(value: Value) -> Value:
    """The share of the students without; at least so many with are at most the rest without."""
    if value.number is None:
        return value
    opposite = {AT_LEAST: AT_MOST, AT_MOST: AT_LEAST}
    status = opposite.get(value.status, value.status)
    return Value(status, round(1 - value.number, 3), _complement(value))


def _complement(value: Value) -> str:
    """Return 1 minus the share, with the decimals of the share."""
    decimals = 1 if "." in value.text else 0
    return f"{(1 - (value.number or 0.0)) * 100:.{decimals}f}%"


def flows_finding(texts: Texts, flows: Sequence[tuple[str, str, Value]], stay: Value | None) -> str:
    """Return the share of students who stay in their home area, and the largest flow shown.

    A flow is the home area, the area of the school, and the students.
    """
    clauses = []
    if stay is not None and stay.status == SHOWN:
        clauses.append(texts("finding_stay", share=stay.text))
    by_flow = [(str(place), value) for place, (_, _, value) in enumerate(flows)]
    largest = highest(by_flow)
    if largest is not None:
        home, school, value = flows[int(largest[0])]
        clauses.append(texts("finding_largest_flow", home=home, school=school, n=value.text))
    return capitalised("; ".join(clauses)) + "." if clauses else texts("finding_no_flow")


_ZONED = {AT_LEAST: "finding_zoned_at_least", AT_MOST: "finding_zoned_at_most"}
"""Keys of the sentences of a bound."""


@dataclass(frozen=True)
class ZoneStudents:
    """Students who live in a zone: all, at the zoned schools, and at each school that is shown.

    ``at_zoned`` is None if the number at a zoned school is withheld. ``zoned`` are the names of
    the zoned schools.
    """

    total: Value
    zoned: tuple[str, ...]
    at_zoned: Value | None
    share: Value
    others: Sequence[Named]


def destinations_finding(texts: Texts, zone: ZoneStudents) -> str:
    """Return how many students of a zone attend the zoned school, and the next school."""
    if zone.total.number is None:
        return texts("finding_zone_withheld")
    schools = texts("and").join(zone.zoned)
    if zone.at_zoned is not None and zone.zoned:
        clauses = [
            texts(
                _ZONED.get(zone.at_zoned.status, "finding_zoned"),
                n=number_text(zone.at_zoned.number or 0.0, "students"),
                total=zone.total.text,
                share=zone.share.text,
                school=schools,
            )
        ]
    elif zone.zoned:
        clauses = [texts("finding_zoned_withheld", total=zone.total.text, school=schools)]
    else:
        clauses = [texts("finding_zone_students", total=zone.total.text)]
    largest = highest(zone.others)
    if largest is not None:
        clauses.append(texts("finding_next_school", name=largest[0], n=largest[1].text))
    return "; ".join(clauses) + "."


def draw_finding(
    texts: Texts, school: str, total: Value, inside: Value, hexagons: int, share: Value
) -> str:
    """Return how many students of a school live in the shaded hexagons."""
    if total.number is None or not hexagons:
        return texts("finding_draw_withheld", school=school)
    return texts(
        "finding_draw",
        school=school,
        n=inside.text,
        total=total.text,
        share=share.text,
        hexagons=hexagons,
    )
