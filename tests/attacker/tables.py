"""From the public tables of a year to statements about groups, and the small groups to look for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from attacker.attacks import Facts
from attacker.groups import Groups, any_of
from attacker.reading import (
    ALL_BANDS,
    DESTINATIONS,
    STATISTICS,
    Reading,
    column_of,
    everybody_of,
    in_line,
    reading_of,
)
from geoservice.geometry.hexagons import LEVELS
from geoservice.measures.ground import DISTRICT, HEXAGONS, SCHOOL
from geoservice.measures.registry import MEASURES
from geoservice.measures.ways import OTHER
from geoservice.release.publish import STATISTIC_STEP_M, STEPS

Table = Callable[[str, str], pl.DataFrame]
"""From a measure and a column of units to the table of the year."""
_ROUNDED_M = STATISTIC_STEP_M / 2 + 0.01
_NO_NUMBER = float("nan")


@dataclass(frozen=True)
class Statement:
    """A sum over groups, the interval that contains it, and its protected count if it has one."""

    mask: pl.Expr
    low: float
    high: float
    published: float = _NO_NUMBER


@dataclass(frozen=True)
class Sizes:
    """The public parameters of the release."""

    min_n: int
    bound: int

    def count(self, mask: pl.Expr, number: float) -> Statement:
        """Return the statement of a published count."""
        return Statement(mask, max(number - self.bound, 0), number + self.bound, number)

    def small(self, mask: pl.Expr, counts: int = 1) -> Statement:
        """Return the statement of a suppressed count: one count, or the difference of two."""
        return Statement(mask, 0, self.min_n - 1 + counts * self.bound)


def statements_of(table: Table, groups: Groups, sizes: Sizes) -> Facts:
    """Return all that the public tables say of groups."""
    statements: list[Statement] = []
    for measure, unit in measures_and_units(groups):
        lines = table(measure, unit)
        if measure in DESTINATIONS:
            statements += _of_destinations(lines, measure, unit, groups, sizes)
        else:
            statements += _of_lines(lines, measure, unit, sizes)
        if (measure, unit) == ("attenders", SCHOOL):
            statements += _of_coverage_of_schools(lines, sizes)
    rows = groups.rows_of([statement.mask for statement in statements])
    low, high, published = (
        np.array([getattr(statement, name) for statement in statements])
        for name in ("low", "high", "published")
    )
    return Facts(rows, low, high, published).distinct()


def measures_and_units(groups: Groups) -> Iterator[tuple[str, str]]:
    """Return every measure by every kind of units."""
    columns = {
        "area": [unit for unit in groups.units if unit.startswith("area_")],
        "zone": [unit for unit in groups.units if unit.startswith("zone_")],
        "school": [SCHOOL],
        "hexagons": [HEXAGONS],
    }
    for measure in MEASURES.values():
        for kind in sorted(measure.by):
            for unit in columns[kind]:
                yield measure.id, unit


def small_targets(table: Table, groups: Groups, min_n: int) -> list[pl.Expr]:
    """Return numerators, rests and flows of few students, from the true tables."""
    masks: list[pl.Expr] = []
    for measure, unit in measures_and_units(groups):
        for line in table(measure, unit).iter_rows(named=True):
            if measure in DESTINATIONS:
                if line["to"] != OTHER and line["numerator"] < min_n:
                    here = _destination_line(measure, unit, line["band"], line["unit"])
                    masks.append(here & (pl.col(_destination(measure, unit)) == line["to"]))
                continue
            reading = reading_of(measure, line["part"], unit)
            if reading is None or line["numerator"] is None or line["denominator"] is None:
                continue
            here = in_line(line["band"], unit, line["unit"], reading.side) & reading.counted
            if 0 < line["numerator"] < min_n:
                masks.append(here & reading.part)
            if 0 < line["denominator"] - line["numerator"] < min_n:
                masks.append(here & ~reading.part.fill_null(value=False))
    return masks


def _of_lines(lines: pl.DataFrame, measure: str, unit: str, sizes: Sizes) -> Iterator[Statement]:
    for line in lines.iter_rows(named=True):
        reading = reading_of(measure, line["part"], unit)
        if reading is None:
            continue
        counted = in_line(line["band"], unit, line["unit"], reading.side) & reading.counted
        denominator, left_out = line["denominator"], line["left_out"]
        if denominator is not None:
            yield sizes.count(counted, denominator)
        if left_out is not None:
            everybody = everybody_of(reading, unit, line["unit"], line["band"])
            yield sizes.count(everybody & ~counted, left_out)
        if measure in STATISTICS:
            if line["value"] is not None:
                yield from _of_statistic(counted, reading, line["part"], line["value"])
        elif line["numerator"] is not None:
            yield sizes.count(counted & reading.part, line["numerator"])
        elif line["status"] == "at_most":
            yield sizes.small(counted & reading.part)
        elif line["status"] == "at_least":
            rest = ~reading.part.fill_null(value=False)
            yield sizes.small(counted & rest, counts=2)


def _of_statistic(
    counted: pl.Expr, reading: Reading, part: str, metres: float
) -> Iterator[Statement]:
    """A median or mean has no noise: it is rounded to a tenth of a mile.

    At least half of the students have the median distance or less, and at least half of them
    have it or more. The shortest distances of the groups do not exceed the mean on average.
    """
    least, largest = (pl.col(f"{reading.metres}_{end}") for end in ("least", "largest"))
    low, high = metres - _ROUNDED_M, metres + _ROUNDED_M
    nobody = pl.lit(0.0)
    if part.endswith("median"):
        for can_be in (least <= high, largest >= low):
            yield Statement(
                pl.when(counted).then(can_be.cast(pl.Float64) - 0.5).otherwise(nobody), 0, np.inf
            )
    else:
        for above in (high - least, largest - low):
            # In kilometres, so that all coefficients are of a size.
            yield Statement(pl.when(counted).then(above / 1000).otherwise(nobody), 0, np.inf)


def _of_coverage_of_schools(lines: pl.DataFrame, sizes: Sizes) -> Iterator[Statement]:
    """The coverage beside a school's attenders is the ratio of two protected counts."""
    for line in lines.filter(pl.col("unit") != DISTRICT).iter_rows(named=True):
        everybody, coverage = line["denominator"], line["coverage"]
        if everybody is None or coverage is None:
            continue
        matched = everybody * coverage
        is_bound = min(abs(1 - coverage - step) for step in STEPS) < 1e-6
        if not is_bound and abs(matched - round(matched)) < 1e-6:
            here = in_line(line["band"], SCHOOL, line["unit"], "attended")
            yield sizes.count(here & pl.col("is_matched"), round(matched))


def _destination(measure: str, unit: str) -> str:
    return DESTINATIONS[measure].format(unit)


def _destination_line(measure: str, unit: str, band: str, name: str) -> pl.Expr:
    side = "attended" if measure == "school_draw" else "home"
    is_known = pl.col("is_matched") & pl.col("is_known_school")
    return in_line(band, unit, name, side) & is_known


def _of_destinations(
    lines: pl.DataFrame, measure: str, unit: str, groups: Groups, sizes: Sizes
) -> Iterator[Statement]:
    """Lines with their destinations; a destination that is absent has a small protected count."""
    side = "attended" if measure == "school_draw" else "home"
    destination = _destination(measure, unit)
    existing = groups.table.filter("is_matched", "is_known_school").drop_nulls(
        [column_of(unit, side), destination]
    )
    for (band, name), rows in lines.group_by("band", "unit", maintain_order=True):
        whole = everybody_of(
            Reading(side, pl.lit(value=True), pl.lit(value=True)), unit, str(name), str(band)
        )
        denominator = rows["denominator"].drop_nulls().unique()
        yield from (sizes.count(whole, number) for number in denominator)
        here = _destination_line(measure, unit, str(band), str(name))
        in_row = existing.filter(here)
        find = _hexagons_of if measure == "school_draw" else _places_of
        shown, absent = find(rows, in_row, destination)
        for line in rows.filter(pl.col("to") != OTHER).iter_rows(named=True):
            if line["numerator"] is not None:
                yield sizes.count(here & shown[line["to"]], line["numerator"])
            else:
                yield sizes.small(whole & ~shown[line["to"]].fill_null(value=False), counts=2)
        elsewhere = whole & ~(here & any_of(shown.values())).fill_null(value=False)
        rest = rows.filter(pl.col("to") == OTHER)["numerator"].drop_nulls()
        if len(rest):
            yield sizes.count(elsewhere, rest[0])
        elif len(denominator):
            yield sizes.small(elsewhere)
        for mask in absent:
            yield sizes.small(here & mask)


Masks = tuple[dict[str, pl.Expr], list[pl.Expr]]
"""Students of each destination that is shown, and of each that exists and is not."""


def _places_of(rows: pl.DataFrame, existing: pl.DataFrame, destination: str) -> Masks:
    shown = set(rows["to"]) - {OTHER}
    absent = sorted(set(existing[destination]) - shown)
    masks = {place: pl.col(destination) == place for place in shown}
    return masks, [pl.col(destination) == place for place in absent]


def _hexagons_of(rows: pl.DataFrame, existing: pl.DataFrame, _destination: str) -> Masks:
    """A large hexagon counts only the students whom no smaller hexagon of the line shows."""
    shown: dict[str, pl.Expr] = {}
    absent: list[pl.Expr] = []
    names = set(rows["to"]) - {OTHER}
    waiting = existing
    for level in range(LEVELS):
        column = f"hexagon_{level}"
        held = waiting.drop_nulls(column).group_by(column, maintain_order=True).agg("group")
        for place, numbers in held.iter_rows():
            if place in names:
                shown[place] = pl.col("group").is_in(numbers)
            else:
                absent.append(pl.col("group").is_in(numbers))
        waiting = waiting.filter(~pl.col(column).is_in(list(names)).fill_null(value=False))
    assert set(shown) == names
    return shown, absent


__all__ = ["ALL_BANDS", "Sizes", "Statement", "measures_and_units", "small_targets"]
