"""The grades that each school serves: from one field, from its lowest and highest, or its level."""

from collections.abc import Mapping

import polars as pl

from geoservice.errors import InputError
from geoservice.model.grades import expand_grades, grade_range, read_grades

Grades = tuple[str, ...]


def served_grades(frame: pl.DataFrame, by_level: Mapping[str, Grades]) -> pl.Series:
    """Grades in school order for each school, empty where nothing says them.

    Parameters
    ----------
    frame
        ``grades``, ``low_grade``, ``high_grade`` and ``level`` as written, null where empty.
    by_level
        Grades of each level, by its casefolded text.

    The field ``grades`` counts before the lowest and highest grade, and both before the level.
    """
    low, high = (read_grades(frame[name]) for name in ("low_grade", "high_grade"))
    grades = [
        _listed(listed, by_level)
        or (grade_range(first, last) if first and last else ())
        or by_level.get((level or "").casefold(), ())
        for listed, first, last, level in zip(
            frame["grades"], low, high, frame["level"], strict=True
        )
    ]
    return pl.Series([list(each) for each in grades], dtype=pl.List(pl.String))


def _listed(text: str | None, by_level: Mapping[str, Grades]) -> Grades:
    """Grades of a range or list, or of a level written in its place; none for anything else."""
    if not text:
        return ()
    if text.casefold() in by_level:
        return by_level[text.casefold()]
    try:
        return expand_grades(text)
    except InputError:
        return ()
