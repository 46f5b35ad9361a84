"""Levels and sectors of schools: letter and colour by level, shape by sector."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count

import polars as pl
from branca.utilities import color_brewer

from geoservice.cartography.figure.frames import LegendEntry
from geoservice.cartography.figure.ground import FigureGround
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
    """A level in words.

    Where the files name none, the grades, and where they name no grades either, that.
    """
    if not level:
        return f"{low or ''}–{high or ''}" if low or high else texts("level_none")
    key = f"level_{level.lower()}"
    return texts(key) if texts.has(key) else level


def levels_of(ground: FigureGround, schools: pl.DataFrame) -> Levels:
    """Return the levels and sectors of the district's schools, with the same looks everywhere."""
    named = schools.select("level", "low_grade", "high_grade").iter_rows()
    levels = [level_name(ground.texts, *fields) for fields in named]
    ordered = _ordered(levels, schools)
    if len(ordered) > _MOST:
        common = [level for level, _ in Counter(levels).most_common(_MOST - 1)]
        other_level = ground.texts("level_rest")
        levels = [level if level in common else other_level for level in levels]
        ordered = [*(level for level in ordered if level in common), other_level]
    sectors = [sector or "" for sector in schools["sector"]]
    pairs = list(zip(levels, sectors, strict=True))
    by_number = [sector for sector, _ in Counter(sectors).most_common()]
    return Levels(
        _entries(ordered, by_number, set(pairs)), dict(zip(schools["id"], pairs, strict=True))
    )


def grades_in_words(ground: FigureGround, grades: Sequence[str]) -> str:
    """Return grades in words, such as "grades K-5"; those of a band have the band's name."""
    if not grades:
        return ground.texts("all_grades")
    bands = ground.reference.info.bands.items()
    named = (band for band, served in bands if set(served) == set(grades))
    band = next(named, "–".join(dict.fromkeys((grades[0], grades[-1]))))
    return ground.texts("band_is", band=band)


def has_sectors(schools: pl.DataFrame) -> bool:
    """True if the files name sectors."""
    return any(schools["sector"])


def _entries(
    levels: Sequence[str], sectors: Sequence[str], pairs: set[tuple[str, str]]
) -> dict[tuple[str, str], LegendEntry]:
    ramp, letters = color_brewer("Set2", min(max(len(levels), _LEAST), _MOST)), _letters(levels)
    entries: dict[tuple[str, str], LegendEntry] = {}
    for index, level in enumerate(levels):
        for order, sector in enumerate(sectors):
            if (level, sector) in pairs:
                entries[level, sector] = LegendEntry(
                    f"level-{len(entries)}",
                    ramp[index],
                    f"{level}, {sector}" if sector else level,
                    MARKS[min(order, len(MARKS) - 1)],
                    letter=letters[level],
                )
    return entries


def _ordered(levels: Sequence[str], schools: pl.DataFrame) -> list[str]:
    """Each level once, by the lowest grades that a school of it serves."""
    lowest: dict[str, tuple[int, int]] = {}
    grades = schools.select("low_grade", "high_grade").iter_rows()
    for level, (low, high) in zip(levels, grades, strict=True):
        place = _place(low), _place(high)
        lowest[level] = min(lowest.get(level, place), place)
    return sorted(lowest, key=lambda name: (lowest[name], name))


def _place(grade: str | None) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def _letters(levels: Sequence[str]) -> dict[str, str]:
    """Return a letter for each level.

    A short name is its own letter. Otherwise the first letter that no earlier level has is taken,
    or a number.
    """
    letters = {level: level for level in levels if level.isalnum() and len(level) <= _SHORT}
    for level in levels:
        tried = chain((letter for letter in level.upper() if letter.isalpha()), map(str, count(1)))
        letters.setdefault(
            level, next(letter for letter in tried if letter not in letters.values())
        )
    return letters
