"""Other tables joined to schools: by id, by a second id, by name; and what did not join."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import shapely
from rapidfuzz import fuzz

from geoservice.model.layers import Finding, Geometries
from geoservice.model.rights import SEPARATOR, joined, parted
from geoservice.region.school_names import bare_name, level_words, plain_name
from geoservice.region.school_places import FARTHEST_M, SchoolPlaces

_SHOWN = 10
_LEAST_LIKENESS = 50.0
"""Of 100: less alike, a nearest name is no help."""
_SIGNS_BETWEEN = r"\s*[;,|/&+\n]\s*|\s+and\s+"


@dataclass(frozen=True)
class SchoolKeys:
    """Schools by all that other tables may call them.

    ``by`` maps each way of naming, surest first, to schools' ids by key: more than one id where
    several schools share the key.
    """

    names: Mapping[str, str]
    grades: Mapping[str, frozenset[str]]
    by: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)


def school_keys(schools: pl.DataFrame) -> SchoolKeys:
    """Keys of schools, schema model.layers.SCHOOLS."""
    columns = ("id", "name", "other_id", "nces", "grades")
    by: dict[str, dict[str, tuple[str, ...]]] = {way: {} for way in _WAYS}
    names, grades = {}, {}
    for school, name, other, nces, served in schools.select(columns).iter_rows():
        names[school], grades[school] = name or school, frozenset(served or ())
        texts = {"id": (school,), "other_id": (other, nces), "name": (name,)}
        for way, (source, key_of) in _WAYS.items():
            for key in {key_of(text) for text in texts[source] if text}:
                by[way][key] = (*by[way].get(key, ()), school)
    return SchoolKeys(names, grades, by)


def _same(text: str) -> str:
    return text


def _no_zeros(text: str) -> str:
    return text.lstrip("0") or "0"


def _bare(text: str) -> str:
    return bare_name(plain_name(text))


_WAYS = {
    "id": ("id", _same),
    "id without leading zeros": ("id", _no_zeros),
    "second id": ("other_id", _same),
    "second id without leading zeros": ("other_id", _no_zeros),
    "name": ("name", str.casefold),
    "like name": ("name", plain_name),
    "name without level": ("name", _bare),
}
"""Ways of naming a school, surest first: the field of the school, and the key made of its text."""
_BY_NAME = ("name", "like name", "name without level")


@dataclass(frozen=True)
class Joins:
    """How the texts of one table name schools.

    ``ids`` maps each text that joined to a school's id, ``ways`` to the way in which it did;
    ``ambiguous`` maps texts to the schools that they may mean.
    """

    ids: Mapping[str, str]
    ways: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]


def join_schools(
    texts: Iterable[str],
    keys: SchoolKeys,
    serving: frozenset[str] = frozenset(),
    places: SchoolPlaces | None = None,
) -> Joins:
    """Join distinct texts to schools; ``serving`` are grades that tell schools of one name apart.

    A name without its level joins only where one text and one school have it. Where more texts
    are second ids than ids, second ids go first: the table counts by them. With ``places`` the
    school in the zone, then the nearest to it, goes before others whose names are alike, and no
    school beyond `FARTHEST_M` is joined by its name.
    """
    ids: dict[str, str] = {}
    ways: dict[str, str] = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    distinct = sorted(set(texts))
    ordered = _ordered_ways(distinct, keys)
    for text in distinct:
        for way in ordered:
            schools = _candidates(text, way, _WAYS[way][1](text), keys, serving)
            if places is not None and way in _BY_NAME:
                schools = _by_place(text, way, schools, (keys, serving, places))
            if len(schools) == 1:
                ids[text], ways[text] = schools[0], way
                break
            if schools:
                ambiguous[text] = schools
                break
    return _without_rivals(ids, ways, ambiguous)


def _ordered_ways(texts: Sequence[str], keys: SchoolKeys) -> tuple[str, ...]:
    by_id, by_second = (
        sum(_no_zeros(text) in keys.by[f"{kind} without leading zeros"] for text in texts)
        for kind in ("id", "second id")
    )
    if by_second <= by_id:
        return tuple(_WAYS)
    return tuple(sorted(_WAYS, key=lambda way: not way.startswith("second id")))


def _candidates(
    text: str, way: str, key: str, keys: SchoolKeys, serving: frozenset[str]
) -> tuple[str, ...]:
    schools = keys.by[way].get(key, ())
    if way == "name without level":
        levels = level_words(plain_name(text))
        schools = tuple(
            school
            for school in schools
            if not levels or not level_words(plain_name(keys.names[school]))
        )
    if len(schools) > 1 and way in _BY_NAME:
        of_grades = tuple(school for school in schools if keys.grades[school] & serving)
        schools = of_grades or schools
    return schools


def _by_place(
    text: str,
    way: str,
    schools: tuple[str, ...],
    known: tuple[SchoolKeys, frozenset[str], SchoolPlaces],
) -> tuple[str, ...]:
    """The candidates within reach; of schools whose names are alike, those nearest to the zone."""
    keys, serving, places = known
    if not schools or way == "name without level":
        return places.within_reach(text, schools)
    alike = _candidates(text, "like name", plain_name(text), keys, serving)
    alike = tuple(dict.fromkeys((*schools, *alike)))
    nearest = places.nearest(text, places.within_reach(text, alike))
    return tuple(school for school in nearest if school in schools) or nearest


def _without_rivals(
    ids: dict[str, str], ways: dict[str, str], ambiguous: dict[str, tuple[str, ...]]
) -> Joins:
    """Without names that lost their level and share their school with another text."""
    for text in [text for text, way in ways.items() if way == "name without level"]:
        rivals = [other for other, school in ids.items() if school == ids[text] and other != text]
        if rivals:
            ambiguous[text] = (ids[text],)
    for text in ambiguous:
        ids.pop(text, None)
        ways.pop(text, None)
    return Joins(ids, ways, ambiguous)


def joined_schools(
    table: pl.DataFrame,
    keys: SchoolKeys,
    name: str,
    findings: list[Finding],
    serving: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """The table with ids in ``school_id``; a text that names no school stays as it is.

    Each distinct text names one school. What was not joined by the id as written is reported.
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
    """As `joined_schools`, for cells that may name several schools.

    The parts of a cell are joined each, and put together by `SEPARATOR`. Signs other than it part
    a cell only where every part is a school. ``places`` are the schools' points by id and the
    polygons of the zones, both in metres: names join to schools in the zones and near them.
    """
    cells = zones["school_id"].drop_nulls().unique().sort().to_list()
    parts = {cell: _parts(cell) for cell in cells}
    near = None if places is None else SchoolPlaces(places[0], _polygons(zones, parts, places[1]))
    whole = join_schools(cells, keys, serving, near)
    texts_of_parts = [text for texts in parts.values() for text in texts]
    of_parts = join_schools(texts_of_parts, keys, serving, near)
    ids: dict[str, str] = {}
    used: list[str] = []
    for cell, texts in parts.items():
        if cell in whole.ids and SEPARATOR not in cell:
            ids[cell] = whole.ids[cell]
            used.append(cell)
        elif SEPARATOR in cell or all(text in of_parts.ids for text in texts):
            ids[cell] = joined(of_parts.ids.get(text, text) for text in texts)
            used += texts
    joins = Joins({**of_parts.ids, **whole.ids}, {**of_parts.ways, **whole.ways}, {})
    _report_joins(joins, used, keys, name, findings)
    if near is not None:
        _report_places([*cells, *texts_of_parts], joins, (keys, serving), near, (name, findings))
    return zones.with_columns(pl.col("school_id").replace(ids))


def _polygons(
    zones: pl.DataFrame, parts: Mapping[str, Sequence[str]], polygons: Geometries
) -> dict[str, Geometries]:
    """Polygons of each text: of every cell that is the text or holds it."""
    rows: dict[str, list[int]] = {}
    for row, cell in enumerate(zones["school_id"]):
        for text in {cell, *parts[cell]} if cell is not None else ():
            rows.setdefault(text, []).append(row)
    return {text: polygons[numbers] for text, numbers in rows.items()}


def _report_places(
    texts: Sequence[str],
    joins: Joins,
    known: tuple[SchoolKeys, frozenset[str]],
    places: SchoolPlaces,
    report: tuple[str, list[Finding]],
) -> None:
    """Names whose schools lie too far away, and names of several schools told apart by place."""
    keys, serving = known
    (name, findings), far, apart = report, [], []
    for text in sorted(set(texts)):
        alike = _candidates(text, "like name", plain_name(text), keys, serving)
        named = alike or _candidates(text, _BY_NAME[-1], _bare(text), keys, serving)
        distances = [(places.distance_m(text, school) or 0.0, school) for school in named]
        beyond = [f"{_shown(school, keys)}, {metres / 1000:.0f} km away"
                  for metres, school in sorted(distances) if metres > FARTHEST_M]  # fmt: skip
        if joins.ways.get(text) in _BY_NAME and len(alike) > 1:
            apart.append(f"{text} = {joins.ids[text]}")
        elif text not in joins.ids and beyond:
            far.append(f"{text} ({' or '.join(beyond)})")
    if apart:
        message = "names are those of several schools; the school in the zone or nearest was taken"
        shown = tuple(apart[:_SHOWN])
        findings.append(Finding("joined_by_place", "repair", name, message, len(apart), shown))
    if far:
        message = (
            f"names are those of schools more than {FARTHEST_M / 1000:.0f} km from the zone, and "
            "were not joined; give the school's id, or add the school to [schools]"
        )
        shown = tuple(far[:_SHOWN])
        findings.append(Finding("far_school", "warning", name, message, len(far), shown))


def _parts(cell: str) -> list[str]:
    texts = pl.Series([cell]).str.replace_all(_SIGNS_BETWEEN, SEPARATOR).item()
    return [text.strip() for text in texts.split(SEPARATOR) if text.strip()]


def _report_joins(
    joins: Joins, texts: Sequence[str], keys: SchoolKeys, name: str, findings: list[Finding]
) -> None:
    texts_by_way: dict[str, list[str]] = {}
    texts_of_school: dict[str, list[str]] = {}
    for text in sorted({text for text in texts if text in joins.ids}):
        texts_by_way.setdefault(joins.ways[text], []).append(text)
        texts_of_school.setdefault(joins.ids[text], []).append(text)
    for way, written in texts_by_way.items():
        if way != "id":
            code = "leading_zeros" if way == "id without leading zeros" else "joined_by"
            shown = tuple(f"{text} = {joins.ids[text]}" for text in written[:_SHOWN])
            message = f"schools were joined by {way}"
            findings.append(Finding(code, "repair", name, message, len(written), shown))
    several = [
        f"{_shown(school, keys)}: {' | '.join(written)}"
        for school, written in sorted(texts_of_school.items())
        if len(written) > 1
    ]
    if several:
        message = "schools are written in several ways, all joined to the same school"
        shown = tuple(several[:_SHOWN])
        findings.append(Finding("several_names", "warning", name, message, len(several), shown))


def unjoined(school_ids: Sequence[str], keys: SchoolKeys) -> list[str]:
    """Each id or name that is no school's, with the nearest school or the schools it may mean."""
    unknown = sorted({part for ids in school_ids for part in parted(ids)} - set(keys.names))
    ambiguous = join_schools(unknown, keys).ambiguous
    hints = {
        text: _meant(ambiguous[text], keys) if text in ambiguous else _nearest(text, keys)
        for text in unknown
    }
    return [f"{text} ({hint})" if hint else text for text, hint in hints.items()]


def _meant(schools: Sequence[str], keys: SchoolKeys) -> str:
    return "may be " + " or ".join(_shown(school, keys) for school in schools)


def _shown(school: str, keys: SchoolKeys) -> str:
    """A school's name and id; once where they are the same."""
    name = keys.names[school]
    return name if name == school else f"{name}, {school}"


def _nearest(text: str, keys: SchoolKeys) -> str:
    """The school whose name or id is most like a text; empty where none is like it."""
    likeness = {school: _likeness(text, school, name) for school, name in keys.names.items()}
    best = max(likeness, key=lambda school: likeness[school], default="")
    if not best or likeness[best] < _LEAST_LIKENESS:
        return ""
    return f"nearest: {_shown(best, keys)}"


def _likeness(text: str, school: str, name: str) -> float:
    """0 to 100: how alike a text is to a school's name, for the most part without its level."""
    plain, plain_school = plain_name(text), plain_name(name)
    whole = fuzz.token_sort_ratio(plain, plain_school)
    bare = fuzz.token_sort_ratio(bare_name(plain), bare_name(plain_school))
    return max(0.7 * bare + 0.3 * whole, fuzz.ratio(text, school))
