"""The grades of each school, from a list, from lowest and highest grade, or from its level."""

from collections.abc import Mapping

import polars as pl

from geoservice.errors import InputError
from geoservice.model.grades import expand_grades, grade_range, read_grades

Grades = tuple[str, ...]


def served_grades(frame: pl.DataFrame, by_level: Mapping[str, Grades]) -> pl.Series:
    """Return the grades of each school in school order; empty if unknown.

    Parameters
    ----------
    frame
        ``grades``, ``low_grade``, ``high_grade`` and ``level`` as written, null if empty.
    by_level
        Grades of each level, by its casefolded name.

    The field ``grades`` precedes the lowest and highest grade, and both precede the level.
    """
    low, high = (read_grades(frame[name]) for name in ("low_grade", "high_grade"))
    grades = [
        _listed(listed, by_level)
        or (grade_range(lowest, highest) if lowest and highest else ())
        or by_level.get((level or "").casefold(), ())
        for listed, lowest, highest, level in zip(
            frame["grades"], low, high, frame["level"], strict=True
        )
    ]
    return pl.Series([list(school_grades) for school_grades in grades], dtype=pl.List(pl.String))


def _listed(text: str | None, by_level: Mapping[str, Grades]) -> Grades:
    """Return the grades of a range, list or level; empty for other texts."""
    if not text:
        return ()
    if text.casefold() in by_level:
        return by_level[text.casefold()]
    try:
        return expand_grades(text)
    except InputError:
        return ()
