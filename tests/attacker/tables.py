"""From the public tables of a year to statements about groups, and the small groups to look for."""

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from attacker.attacks import Facts
from attacker.groups import Groups
from attacker.reading import flow_masks, in_line, reading_of
from geoservice.measures.registry import MEASURES

DESTINATIONS = ("flows", "zone_destinations")
Table = Callable[[str, str], pl.DataFrame]
"""From a measure and a column of units to the table of the year."""
Statement = tuple[pl.Expr, float, float, float]
"""Groups, least and largest sum, protected count (NaN for none)."""


def statements_of(table: Table, groups: Groups, min_n: int, bound: int) -> Facts:
    """Return all that the public tables say of groups."""
    statements: list[Statement] = []
    for measure, unit in measures_and_units(groups):
        lines = table(measure, unit)
        if measure in DESTINATIONS:
            statements += _of_destinations(lines, measure, unit, groups, (min_n, bound))
        else:
            statements += _of_lines(lines, measure, unit, min_n, bound)
    masks, low, high, published = zip(*statements, strict=True)
    rows = groups.rows_of(list(masks))
    return Facts(rows, np.maximum(low, 0.0), np.array(high), np.array(published)).distinct()


def measures_and_units(groups: Groups) -> Iterator[tuple[str, str]]:
    """Return every measure by every kind of units, hexagons apart."""
    columns = {
        "area": [unit for unit in groups.units if unit.startswith("area_")],
        "zone": [unit for unit in groups.units if unit.startswith("zone_")],
        "school": ["school"],
        "hexagons": [],
    }
    for measure in MEASURES.values():
        for kind in sorted(measure.by):
            for unit in columns[kind]:
                yield measure.id, unit


def small_targets(table: Table, groups: Groups, min_n: int) -> list[pl.Expr]:
    """Return the numerators, rests and flows of fewer than ``min_n`` students, from the true tables."""
    masks: list[pl.Expr] = []
    for measure, unit in measures_and_units(groups):
        for line in table(measure, unit).iter_rows(named=True):
            if measure in DESTINATIONS:
                if line["to"] != "other" and line["numerator"] < min_n:
                    masks.append(flow_masks(measure, unit, line["band"], line["unit"], line["to"]))
                continue
            reading = reading_of(measure, line["part"], unit)
            if reading is None or line["numerator"] is None or line["denominator"] is None:
                continue
            here = in_line(line["band"], unit, line["unit"], reading[0]) & reading[1]
            if 0 < line["numerator"] < min_n:
                masks.append(here & reading[2])
            if 0 < line["denominator"] - line["numerator"] < min_n:
                masks.append(here & ~reading[2])
    return masks


def _of_lines(
    lines: pl.DataFrame, measure: str, unit: str, min_n: int, bound: int
) -> Iterator[Statement]:
    for line in lines.iter_rows(named=True):
        reading = reading_of(measure, line["part"], unit)
        if reading is None:
            continue
        side, counted, part = reading
        whole = in_line(line["band"], unit, line["unit"], side) & counted
        numerator, denominator = line["numerator"], line["denominator"]
        if denominator is not None:
            yield whole, denominator - bound, denominator + bound, denominator
        if numerator is not None:
            yield whole & part, numerator - bound, numerator + bound, numerator
        elif line["status"] == "at_most":
            yield whole & part, 0.0, min_n - 1 + bound, np.nan
        elif line["status"] == "at_least":
            yield whole & ~part, 0.0, min_n - 1 + 2 * bound, np.nan


def _of_destinations(
    lines: pl.DataFrame, measure: str, unit: str, groups: Groups, sizes: tuple[int, int]
) -> Iterator[Statement]:
    """Destinations that are absent have a protected count below the minimum cell size."""
    bound_only: set[tuple[str, str, str]] = set()
    destination = f"s_{unit}" if measure == "flows" else "school_id"
    existing = groups.table.filter("is_matched", "is_known_school").drop_nulls([unit, destination])
    for band in [*existing["band"].unique().drop_nulls().sort(), "all"]:
        here = existing if band == "all" else existing.filter(band=band)
        pairs = here.select(unit, destination).unique().rows()
        bound_only |= {(band, home, to) for home, to in pairs}
    for line in lines.filter(pl.col("to") != "other").iter_rows(named=True):
        key = (line["band"], line["unit"], line["to"])
        bound_only.discard(key)
        number = line["numerator"]
        if number is not None:
            bound = sizes[1]
            yield flow_masks(measure, unit, *key), number - bound, number + bound, number
    for key in sorted(bound_only):
        yield flow_masks(measure, unit, *key), 0.0, sum(sizes) - 1.0, np.nan
