"""The release of one family of counts: every unit, band and year as one set of linked tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from geoservice.measures.audit import Known
from geoservice.measures.cells import ALL_GRADES, Cells
from geoservice.measures.cohort import DISTRICT
from geoservice.measures.protect import HIDDEN, SHOWN, Finding, Line, protect

Key = tuple[str, ...]
"""Year, band, kind of units, unit, part."""
Bands = Mapping[str, Sequence[str]]
KEY = ("year", "band", "units", "unit", "part")


@dataclass(frozen=True)
class Plan:
    """How each line of a family is released.

    Attributes
    ----------
    status
        ``year``, ``band``, ``units``, ``unit``, ``part``, ``numerator``, ``denominator``, ``status``. Internal: it holds the
        counts that are hidden.
    findings
        The audit of every small count, by the same keys.
    """

    status: pl.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Group:
    """Cells of one unit and band: places of groups of students, and all their cells."""

    cells: frozenset[int]
    count: int


def plan(
    cells: Cells, bands: Bands, min_n: int, *, base: Plan | None = None,
    before: Mapping[Key, int] | None = None, hidden: Sequence[Key] = (),
) -> Plan:  # fmt: skip
    """Decide what of a family is shown.

    ``hidden`` are lines that must not be.

    ``base`` is the plan of the family that only counts the same students: what it hides stays hidden, and what it shows is
    known to the attacker. ``before`` are numerators released earlier for the same lines.
    """
    rows: list[tuple[object, ...]] = []
    findings: list[Finding] = []
    for (year,), table in sorted(cells.table.partition_by("year", as_dict=True).items()):
        done = _year_plan(str(year), table, cells, bands, min_n, base, before or {}, hidden)
        rows += done[0]
        findings += done[1]
    schema = {**dict.fromkeys(KEY, pl.String), "numerator": pl.Int64, "denominator": pl.Int64,
              "status": pl.String}  # fmt: skip
    return Plan(pl.DataFrame(rows, schema=schema, orient="row"), tuple(findings))


def _year_plan(
    year: str, table: pl.DataFrame, cells: Cells, bands: Bands, min_n: int, base: Plan | None,
    before: Mapping[Key, int], hidden: Sequence[Key],
) -> tuple[list[tuple[object, ...]], list[Finding]]:  # fmt: skip
    groups, counts = _groups(table, cells, bands)
    wholes = {key: frozenset(cell for cell in some) for key, some in groups.items()}
    size = {key: sum(counts.get(cell, 0) for cell in some) for key, some in wholes.items()}
    lines = _lines(year, wholes, size, counts, cells, before)
    if base is None:
        differences = _differences(year, wholes, counts)
        done = protect(lines, min_n, differences=differences, hidden=hidden)
    else:
        known = _shown(base, year)
        shown = {key for key, n in known.items() if _tells_no_few(n - size.get(key, n), min_n)}
        given = [Known(wholes[key], size[key], size[key]) for key in wholes if key in shown]
        forced = [one.key for one in lines if one.key[1:4] not in shown]
        done = protect(lines, min_n, hidden=[*forced, *hidden], given=given)
    rows = [(*one.key, one.value, one.whole, done.status[one.key]) for one in lines]
    return rows, list(done.findings)


def _shown(base: Plan, year: str) -> dict[Key, int]:
    known = base.status.filter(year=year, status=SHOWN)
    return {key: n for *key_, n in known.select("band", "units", "unit", "numerator").iter_rows()
            for key in [tuple(key_)]}  # fmt: skip


def _tells_no_few(left_out: int, min_n: int) -> bool:
    """False where the students whom a figure leaves out are few, and would follow from the two totals."""
    return not 0 < abs(left_out) < min_n


def _groups(
    table: pl.DataFrame, cells: Cells, bands: Bands
) -> tuple[dict[Key, list[int]], dict[int, int]]:
    """Cells of each band, kind of units and unit (and the district), and the students in each cell.

    A cell is a group of students alike in all units and bands, and a category. As far as an attacker knows, every
    category that occurs anywhere in the year may hold students of every group that exists.
    """
    of_grade = {
        grade: tuple(band for band, grades in bands.items() if grade in grades)
        for grade in table["grade"].unique().to_list()
    }
    places: dict[tuple[object, ...], int] = {}
    counts: dict[int, int] = defaultdict(int)
    groups: dict[Key, list[int]] = defaultdict(list)
    size = cells.family.size
    possible = table["category"].unique().sort().to_list()
    for grade, *where, category, n in table.select("grade", *cells.units, "category", "n").iter_rows():  # fmt: skip
        alike = (of_grade[grade], *where)
        if alike not in places:
            first = places[alike] = len(places) * size
            some = [first + one for one in possible]
            for band in (*of_grade[grade], ALL_GRADES):
                for units, unit in zip(cells.units, where, strict=True):
                    if unit is not None:
                        groups[band, units, unit].extend(some)
                        groups[band, units, DISTRICT].extend(some)
        counts[places[alike] + category] += n
    return groups, counts


def _lines(
    year: str, wholes: Mapping[Key, frozenset[int]], size: Mapping[Key, int],
    counts: Mapping[int, int], cells: Cells, before: Mapping[Key, int],
) -> list[Line]:  # fmt: skip
    everyone = {"": frozenset(range(cells.family.size))}
    lines = []
    for key in sorted(wholes):  # Over units and bands.
        released = cells.family.released(key[1]) if cells.family.parts else everyone
        for part, categories in released.items():
            some = frozenset(one for one in wholes[key] if one % cells.family.size in categories)
            named = (year, *key, part)
            lines.append(
                Line(
                    key=named,
                    cells=some,
                    value=sum(counts.get(one, 0) for one in some),
                    whole=size[key],
                    whole_cells=wholes[key],
                    kind=(key[0], key[1], str(key[2] == DISTRICT), part),
                    before=before.get(named),
                    is_count=not part,
                    is_settled=cells.family.is_settled,
                )
            )
    return lines


def _differences(
    year: str, wholes: Mapping[Key, frozenset[int]], counts: Mapping[int, int]
) -> list[Line]:
    """Groups that subtraction could single out: two units that overlap, and the smallest groups."""
    known = set(wholes.values())
    holders: dict[int, list[Key]] = defaultdict(list)
    for key, some in wholes.items():
        if key[2] != DISTRICT:
            for cell in some:
                holders[cell].append(key)
    found: set[frozenset[int]] = {frozenset([cell]) for cell in holders}
    pairs = {
        (one, other)
        for keys in holders.values()
        for one in keys
        for other in keys
        if (one[1] < other[1] and one[0] == other[0])
        or (one[1:] == other[1:] and one[0] < other[0])
    }
    for one, other in pairs:
        first, second = wholes[one], wholes[other]
        found |= {first & second, first - second, second - first}
    return [
        Line(
            (year, "", "difference", str(at), ""), some, n, n, some, ("difference",), is_count=True
        )
        for at, some in enumerate(sorted(found - known - {frozenset()}, key=sorted))
        if (n := sum(counts.get(cell, 0) for cell in some))
    ]


def hidden_share(plan: Plan, units: str) -> tuple[int, int, int, int]:
    """Cost of a release: hidden lines, all lines, students in hidden lines, all students; by units, bands and years."""
    some = plan.status.filter(pl.col("units") == units, pl.col("unit") != DISTRICT,
                              pl.col("band") != ALL_GRADES)  # fmt: skip
    hidden = some.filter(status=HIDDEN)
    return len(hidden), len(some), int(hidden["denominator"].sum()), int(some["denominator"].sum())
