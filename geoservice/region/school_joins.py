"""Tables of zones, ratings and seats with the ids of their schools, and reports on joins."""

from collections.abc import Mapping, Sequence

import polars as pl
import shapely
from rapidfuzz import fuzz

from geoservice.model.layers import Finding, Geometries
from geoservice.model.rights import SEPARATOR, join_ids, split_ids
from geoservice.region.school_keys import (
    NAME_METHODS,
    Joins,
    SchoolKeys,
    bare_key,
    join_schools,
    matching_schools,
)
from geoservice.region.school_names import bare_name, plain_name
from geoservice.region.school_places import FARTHEST_M, SchoolPlaces

_SHOWN = 10
_LEAST_LIKENESS = 50.0
"""Least similarity (of 100) for a suggested school."""
_SIGNS_BETWEEN = r"\s*[;,|/&+\n]\s*|\s+and\s+"


def joined_schools(
    table: pl.DataFrame,
    keys: SchoolKeys,
    name: str,
    findings: list[Finding],
    serving: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """Return the table with ids in ``school_id``; texts without a school are unchanged.

    Each distinct text names one school. Joins by other methods than the id are reported.
    """
    texts = table["school_id"].drop_nulls().unique().to_list()
    if not keys.names or not texts:
        return table
    joins = join_schools(texts, keys, serving)
    _report_joins(joins, texts, keys, name, findings)
    return table.with_columns(pl.col("school_id").replace(dict(joins.ids)))


def joined_zones(
    zones: pl.DataFrame,
    keys: SchoolKeys,
    name: str,
    findings: list[Finding],
    serving: frozenset[str] = frozenset(),
    places: tuple[Mapping[str, shapely.Point], Geometries] | None = None,
) -> pl.DataFrame:
    """Return zones with ids in ``school_id``; a cell may name several schools.

    The parts of a cell are joined separately, with `SEPARATOR` between their ids. Other
    separators split a cell only if every part is a school. ``places`` holds the points of schools
    by id and the polygons of zones, both in metres; names join to schools in or near the zones.
    """
    cells = zones["school_id"].drop_nulls().unique().sort().to_list()
    parts = {cell: _parts(cell) for cell in cells}
    school_places = (
        None if places is None else SchoolPlaces(places[0], _polygons(zones, parts, places[1]))
    )
    of_cells = join_schools(cells, keys, serving, school_places)
    texts_of_parts = [text for texts in parts.values() for text in texts]
    of_parts = join_schools(texts_of_parts, keys, serving, school_places)
    ids: dict[str, str] = {}
    used: list[str] = []
    for cell, texts in parts.items():
        if cell in of_cells.ids and SEPARATOR not in cell:
            ids[cell] = of_cells.ids[cell]
            used.append(cell)
        elif SEPARATOR in cell or all(text in of_parts.ids for text in texts):
            ids[cell] = join_ids(of_parts.ids.get(text, text) for text in texts)
            used += texts
    joins = Joins(
        {**of_parts.ids, **of_cells.ids}, {**of_parts.method_of, **of_cells.method_of}, {}
    )
    _report_joins(joins, used, keys, name, findings)
    if school_places is not None:
        _report_places(
            [*cells, *texts_of_parts], joins, (keys, serving), school_places, (name, findings)
        )
    return zones.with_columns(pl.col("school_id").replace(ids))


def _polygons(
    zones: pl.DataFrame, parts: Mapping[str, Sequence[str]], polygons: Geometries
) -> dict[str, Geometries]:
    """Return the polygons of each text: of all zones whose cell equals or contains it."""
    rows: dict[str, list[int]] = {}
    for row, cell in enumerate(zones["school_id"]):
        for text in {cell, *parts[cell]} if cell is not None else ():
            rows.setdefault(text, []).append(row)
    return {text: polygons[numbers] for text, numbers in rows.items()}


def _report_places(
    texts: Sequence[str],
    joins: Joins,
    context: tuple[SchoolKeys, frozenset[str]],
    places: SchoolPlaces,
    report: tuple[str, list[Finding]],
) -> None:
    """Report schools too far from their zones, and names that were joined by location."""
    keys, serving = context
    (name, findings), far, by_place = report, [], []
    for text in sorted(set(texts)):
        alike = matching_schools(text, "like name", plain_name(text), keys, serving)
        named = alike or matching_schools(text, NAME_METHODS[-1], bare_key(text), keys, serving)
        distances = [(places.distance_m(text, school) or 0.0, school) for school in named]
        beyond = [
            f"{_shown(school, keys)}, {metres / 1000:.0f} km away"
            for metres, school in sorted(distances)
            if metres > FARTHEST_M
        ]
        if joins.method_of.get(text) in NAME_METHODS and len(alike) > 1:
            by_place.append(f"{text} = {joins.ids[text]}")
        elif text not in joins.ids and beyond:
            far.append(f"{text} ({' or '.join(beyond)})")
    if by_place:
        message = (
            "[name belongs|names belong] to several schools; the school in the "
            "zone or nearest to it was used"
        )
        shown = tuple(by_place[:_SHOWN])
        findings.append(Finding("joined_by_place", "repair", name, message, len(by_place), shown))
    if far:
        message = (
            "[name belongs to a school|names belong to schools] more than "
            f"{FARTHEST_M / 1000:.0f} km from the zone and "
            "[was|were] not joined; write the school's id, or add the school to [schools]"
        )
        shown = tuple(far[:_SHOWN])
        findings.append(Finding("far_school", "warning", name, message, len(far), shown))


def _parts(cell: str) -> list[str]:
    texts = pl.Series([cell]).str.replace_all(_SIGNS_BETWEEN, SEPARATOR).item()
    return [text.strip() for text in texts.split(SEPARATOR) if text.strip()]


def _report_joins(
    joins: Joins, texts: Sequence[str], keys: SchoolKeys, name: str, findings: list[Finding]
) -> None:
    texts_by_method: dict[str, list[str]] = {}
    texts_of_school: dict[str, list[str]] = {}
    for text in sorted({text for text in texts if text in joins.ids}):
        texts_by_method.setdefault(joins.method_of[text], []).append(text)
        texts_of_school.setdefault(joins.ids[text], []).append(text)
    for method, written in texts_by_method.items():
        if method != "id":
            code = "leading_zeros" if method == "id without leading zeros" else "joined_by"
            shown = tuple(f"{text} = {joins.ids[text]}" for text in written[:_SHOWN])
            message = f"[school was|schools were] joined by {method}"
            findings.append(Finding(code, "repair", name, message, len(written), shown))
    several = [
        f"{_shown(school, keys)}: {' | '.join(written)}"
        for school, written in sorted(texts_of_school.items())
        if len(written) > 1
    ]
    if several:
        message = "[school has|schools have] several spellings, all joined to the same school"
        shown = tuple(several[:_SHOWN])
        findings.append(Finding("several_names", "warning", name, message, len(several), shown))


def unjoined(school_ids: Sequence[str], keys: SchoolKeys) -> list[str]:
    """Return each unknown id or name, with the most similar or the possible schools."""
    unknown = sorted({part for ids in school_ids for part in split_ids(ids)} - set(keys.names))
    ambiguous = join_schools(unknown, keys).ambiguous
    hints = {
        text: _meant(ambiguous[text], keys) if text in ambiguous else _nearest(text, keys)
        for text in unknown
    }
    return [f"{text} ({hint})" if hint else text for text, hint in hints.items()]


def _meant(schools: Sequence[str], keys: SchoolKeys) -> str:
    return "may be " + " or ".join(_shown(school, keys) for school in schools)


def _shown(school: str, keys: SchoolKeys) -> str:
    """Return a school's name and id; only the name if both are equal."""
    name = keys.names[school]
    return name if name == school else f"{name}, {school}"


def _nearest(text: str, keys: SchoolKeys) -> str:
    """Return the school with the most similar name or id; empty if none is similar."""
    likeness = {school: _likeness(text, school, name) for school, name in keys.names.items()}
    best = max(likeness, key=lambda school: likeness[school], default="")
    if not best or likeness[best] < _LEAST_LIKENESS:
        return ""
    return f"nearest: {_shown(best, keys)}"


def _likeness(text: str, school: str, name: str) -> float:
    """Return the similarity (0 to 100) of a text to a school; levels have little weight."""
    plain, plain_school = plain_name(text), plain_name(name)
    full = fuzz.token_sort_ratio(plain, plain_school)
    bare = fuzz.token_sort_ratio(bare_name(plain), bare_name(plain_school))
    return max(0.7 * bare + 0.3 * full, fuzz.ratio(text, school))
