"""Schools by level and sector, as the district's files name them: letter and colour by level, shape by sector."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count

import polars as pl
from branca.utilities import color_brewer

from geoservice.cartography.figure import LegendEntry
from geoservice.cartography.ground import Ground
from geoservice.cartography.texts import Texts
from geoservice.model.grades import GRADES

MARKS = ("point", "square", "diamond")
"""Of the sector with most schools, the next, and all others."""
_SHORT = 2
"""Characters of a level, such as a code, that has room in a mark."""
_LEAST, _MOST = 3, 8
"""Colours of the palette; levels of fewer schools, beyond so many, are told together."""


@dataclass(frozen=True)
class Levels:
    """Levels and sectors of all schools of a district.

    Attributes
    ----------
    entries
        Legend entry of each level and sector that occur together, the lowest grades first.
    pairs
        Level and sector of each school by its id.
    """

    entries: dict[tuple[str, str], LegendEntry]
    pairs: dict[str, tuple[str, str]]

    def key(self, school: str) -> str:
        """Key of a school's legend entry."""
        return self.entries[self.pairs[school]].key


def level_name(texts: Texts, level: str | None, low: str | None, high: str | None) -> str:
    """A level in words; where the files name none, the grades, and where they name no grades either, that."""
    if not level:
        return f"{low or ''}–{high or ''}" if low or high else texts("level_none")
    key = f"level_{level.lower()}"
    return texts(key) if texts.has(key) else level


def levels_of(ground: Ground, schools: pl.DataFrame) -> Levels:
    """Levels and sectors of some schools: of all of the district, so that looks are the same in every area."""
    named = schools.select("level", "low_grade", "high_grade").iter_rows()
    levels = [level_name(ground.texts, *one) for one in named]
    ordered = _ordered(levels, schools)
    if len(ordered) > _MOST:
        common = [one for one, _ in Counter(levels).most_common(_MOST - 1)]
        rest = ground.texts("level_rest")
        levels = [one if one in common else rest for one in levels]
        ordered = [*(one for one in ordered if one in common), rest]
    sectors = [one or "" for one in schools["sector"]]
    pairs = list(zip(levels, sectors, strict=True))
    by_number = [one for one, _ in Counter(sectors).most_common()]
    return Levels(_entries(ordered, by_number, set(pairs)), dict(zip(schools["id"], pairs, strict=True)))  # fmt: skip


def has_sectors(schools: pl.DataFrame) -> bool:
    """True where the files name sectors."""
    return any(schools["sector"])


def _entries(
    levels: Sequence[str], sectors: Sequence[str], pairs: set[tuple[str, str]]
) -> dict[tuple[str, str], LegendEntry]:
    ramp, letters = color_brewer("Set2", min(max(len(levels), _LEAST), _MOST)), _letters(levels)
    made: dict[tuple[str, str], LegendEntry] = {}
    for at, level in enumerate(levels):
        for order, sector in enumerate(sectors):
            if (level, sector) in pairs:
                made[level, sector] = LegendEntry(
                    f"level-{len(made)}", ramp[at], f"{level}, {sector}" if sector else level,
                    MARKS[min(order, len(MARKS) - 1)], letter=letters[level],
                )  # fmt: skip
    return made


def _ordered(levels: Sequence[str], schools: pl.DataFrame) -> list[str]:
    """Each level once, by the lowest grades that a school of it serves."""
    lowest: dict[str, tuple[int, int]] = {}
    grades = schools.select("low_grade", "high_grade").iter_rows()
    for level, (low, high) in zip(levels, grades, strict=True):
        place = _place(low), _place(high)
        lowest[level] = min(lowest.get(level, place), place)
    return sorted(lowest, key=lambda one: (lowest[one], one))


def _place(grade: str | None) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def _letters(levels: Sequence[str]) -> dict[str, str]:
    """A letter for each level: a short name itself, else the first of its letters that none before has, else a number."""
    made = {level: level for level in levels if level.isalnum() and len(level) <= _SHORT}
    for level in levels:
        tried = chain((one for one in level.upper() if one.isalpha()), map(str, count(1)))
        made.setdefault(level, next(one for one in tried if one not in made.values()))
    return made
