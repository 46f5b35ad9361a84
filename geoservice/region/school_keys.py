"""Join keys of schools, and the schools that texts name by id, second id or name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from geoservice.region.school_names import bare_name, level_words, plain_name
from geoservice.region.school_places import SchoolPlaces


@dataclass(frozen=True)
class SchoolKeys:
    """Keys of schools for joins.

    ``ids_by_method`` maps each join method, most reliable first, to the ids of schools by key.
    Schools that share a key are listed together.
    """

    names: Mapping[str, str]
    grades: Mapping[str, frozenset[str]]
    ids_by_method: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)


def school_keys(schools: pl.DataFrame) -> SchoolKeys:
    """Return the join keys of schools, schema model.layers.SCHOOLS."""
    columns = ("id", "name", "other_id", "nces", "grades")
    ids: dict[str, dict[str, tuple[str, ...]]] = {method: {} for method in _METHODS}
    names, grades = {}, {}
    for school, name, other_id, nces, served in schools.select(columns).iter_rows():
        names[school], grades[school] = name or school, frozenset(served or ())
        texts = {"id": (school,), "other_id": (other_id, nces), "name": (name,)}
        for method, (source, key_of) in _METHODS.items():
            for key in {key_of(text) for text in texts[source] if text}:
                ids[method][key] = (*ids[method].get(key, ()), school)
    return SchoolKeys(names, grades, ids)


def _same(text: str) -> str:
    return text


def _no_zeros(text: str) -> str:
    return text.lstrip("0") or "0"


def bare_key(text: str) -> str:
    """Return a school name without punctuation and level."""
    return bare_name(plain_name(text))


_METHODS = {
    "id": ("id", _same),
    "id without leading zeros": ("id", _no_zeros),
    "second id": ("other_id", _same),
    "second id without leading zeros": ("other_id", _no_zeros),
    "name": ("name", str.casefold),
    "like name": ("name", plain_name),
    "name without level": ("name", bare_key),
}
"""Join methods, most reliable first: the field of the school, and the function of its key."""
NAME_METHODS = ("name", "like name", "name without level")


@dataclass(frozen=True)
class Joins:
    """The schools that the texts of a table name.

    ``ids`` maps each joined text to the id of its school, ``method_of`` to its join method.
    ``ambiguous`` maps texts to several possible schools.
    """

    ids: Mapping[str, str]
    method_of: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]


def join_schools(
    texts: Iterable[str],
    keys: SchoolKeys,
    serving: frozenset[str] = frozenset(),
    places: SchoolPlaces | None = None,
) -> Joins:
    """Return the joins of texts to schools.

    Of schools with the same name, those with grades in ``serving`` are preferred. A name without
    its level joins only if a single text and a single school have it. If more texts match second
    ids than ids, second ids are tried first. With ``places``, the school in the zone or nearest
    to it precedes schools with a similar name, and no school beyond `FARTHEST_M` joins by name.
    """
    ids: dict[str, str] = {}
    method_of: dict[str, str] = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    distinct = sorted(set(texts))
    methods = _ordered_methods(distinct, keys)
    for text in distinct:
        for method in methods:
            schools = matching_schools(text, method, _METHODS[method][1](text), keys, serving)
            if places is not None and method in NAME_METHODS:
                schools = _by_place(text, method, schools, (keys, serving, places))
            if len(schools) == 1:
                ids[text], method_of[text] = schools[0], method
                break
            if schools:
                ambiguous[text] = schools
                break
    return _without_rivals(ids, method_of, ambiguous)


def _ordered_methods(texts: Sequence[str], keys: SchoolKeys) -> tuple[str, ...]:
    by_id, by_second = (
        sum(
            _no_zeros(text) in keys.ids_by_method[f"{kind} without leading zeros"] for text in texts
        )
        for kind in ("id", "second id")
    )
    if by_second <= by_id:
        return tuple(_METHODS)
    return tuple(sorted(_METHODS, key=lambda method: not method.startswith("second id")))


def matching_schools(
    text: str, method: str, key: str, keys: SchoolKeys, serving: frozenset[str]
) -> tuple[str, ...]:
    """Return the schools with a key; of several with the same name those of the grades."""
    schools = keys.ids_by_method[method].get(key, ())
    if method == "name without level":
        levels = level_words(plain_name(text))
        schools = tuple(
            school
            for school in schools
            if not levels or not level_words(plain_name(keys.names[school]))
        )
    if len(schools) > 1 and method in NAME_METHODS:
        of_grades = tuple(school for school in schools if keys.grades[school] & serving)
        schools = of_grades or schools
    return schools


def _by_place(
    text: str,
    method: str,
    schools: tuple[str, ...],
    context: tuple[SchoolKeys, frozenset[str], SchoolPlaces],
) -> tuple[str, ...]:
    """Return the candidates within `FARTHEST_M`; of similar names those nearest to the zone."""
    keys, serving, places = context
    if not schools or method == "name without level":
        return places.within_reach(text, schools)
    alike = matching_schools(text, "like name", plain_name(text), keys, serving)
    alike = tuple(dict.fromkeys((*schools, *alike)))
    nearest = places.nearest(text, places.within_reach(text, alike))
    return tuple(school for school in nearest if school in schools) or nearest


def _without_rivals(
    ids: dict[str, str], method_of: dict[str, str], ambiguous: dict[str, tuple[str, ...]]
) -> Joins:
    """Return the joins without names that lack a level and share a school with another text."""
    for text in [text for text, method in method_of.items() if method == "name without level"]:
        rivals = [rival for rival, school in ids.items() if school == ids[text] and rival != text]
        if rivals:
            ambiguous[text] = (ids[text],)
    for text in ambiguous:
        ids.pop(text, None)
        method_of.pop(text, None)
    return Joins(ids, method_of, ambiguous)
