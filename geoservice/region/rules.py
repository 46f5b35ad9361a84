"""Rating schemes and measure rules of ``region.toml``, with checks."""

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from geoservice.errors import InputError
from geoservice.model.region import NOT_RATED, MeasureRules, Names, RatingLabel, RatingScheme
from geoservice.model.years import read_year

NAME = "region.toml"
Kinds = Mapping[str, tuple[type, ...]]
"""The keys of a table with the types of their values; an empty tuple allows any type."""
TEXT: tuple[type, ...] = (str, int, float)
"""Types that are read as text: `id = 1` equals `id = "1"`."""
NAMES: tuple[type, ...] = (str, int, float, dict)
"""Types of displayed names: a text, or a text for each language."""
_SCHEME: Kinds = {
    "name": NAMES,
    "kind": (str,),
    "labels": (list,),
    "best": (str,),
    "not_rated": (list,),
    "years": (list,),
    "source": TEXT,
}
_LABEL: Kinds = {
    "id": TEXT,
    "name": NAMES,
    "min": (int, float),
    "quality": (bool,),
    "colour": (str,),
    "shape": TEXT,
}
_RULES: Kinds = {"distance": (str,), "stable_years": (), "stable_of_years": (), "top": ()}
_WORDS = {
    str: "a text",
    bool: "`true` or `false`",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}
_SEPARATORS = ("|", " along ")
"""Separators around the scheme in names of measures (`geoservice.measures.standards`)."""
_LANGUAGE = re.compile(r"^[a-z]{2}$")
_COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
_MOST = 100
_ALIKE = 0.6
"""Least similarity of a name to its correction (ratio of difflib)."""


def read_scheme(scheme_id: str, content: Mapping[str, Any]) -> RatingScheme:
    """Return a rating scheme: labels in order, best end, codes for not rated, years.

    Raises
    ------
    InputError
        If the id contains a separator, a key is unknown, a value has the wrong type, a label is
        repeated, cut points are not monotonic, or a color is invalid.
    """
    where = f" [rating_schemes.{scheme_id}]"
    if not scheme_id.strip() or any(separator in scheme_id for separator in _SEPARATORS):
        raise InputError(
            f"`{NAME}`{where}: the name of a scheme must not be empty or contain `|` or ` along `, "
            "which separate the parts of figure names."
        )
    check_keys(content, _SCHEME, where)
    kind, best = content.get("kind", "label"), content.get("best", "first")
    if kind not in ("score", "label"):
        raise InputError(f"`{NAME}`{where}: `kind` must be `score` or `label`.")
    if best not in ("first", "last"):
        raise InputError(f"`{NAME}`{where}: `best` must be `first` or `last`.")
    labels = tuple(_label(entry, where) for entry in content.get("labels", []))
    if not labels:
        raise InputError(f"`{NAME}`{where}: `labels` is empty.")
    if len({label.id for label in labels}) < len(labels):
        raise InputError(f"`{NAME}`{where}: two labels have the same `id`.")
    scheme = RatingScheme(
        scheme_id,
        kind,
        labels,
        best,
        tuple(str(code) for code in content.get("not_rated", [""])),
        _years(content.get("years", []), where),
        str(content.get("source", "")),
        *read_names(content, where),
    )
    if kind == "score":
        _check_cuts(scheme, where)
    return scheme


def read_rules(content: Mapping[str, Any]) -> MeasureRules:
    """Return the rules of ``[measures]``: distance type, stability of ratings, areas to name.

    Raises
    ------
    InputError
        If a key is unknown or a value is not allowed.
    """
    where = " [measures]"
    check_keys(content, _RULES, where)
    rules = MeasureRules(**content)
    if rules.distance not in ("straight", "network"):
        raise InputError(f"`{NAME}`{where}: `distance` must be `straight` or `network`.")
    for name in ("stable_years", "stable_of_years", "top"):
        value = getattr(rules, name)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
            raise InputError(f"`{NAME}`{where}: `{name}` must be a whole number from 1 to {_MOST}.")
    if rules.stable_years > rules.stable_of_years:
        raise InputError(f"`{NAME}`{where}: `stable_years` cannot be more than `stable_of_years`.")
    return rules


def _label(entry: Any, where: str) -> RatingLabel:  # noqa: ANN401 - what TOML holds
    fields = entry if isinstance(entry, dict) else {"id": entry}
    check_keys(fields, _LABEL, f"{where} `labels`")
    texts = {key: str(fields[key]) for key in ("id", "shape") if key in fields}
    name, names = read_names(fields, f"{where} `labels`")
    label = RatingLabel(**{"id": "", **fields, **texts, "name": name, "names": names})
    if label.id == NOT_RATED:
        raise InputError(
            f"`{NAME}`{where}: the label id `{NOT_RATED}` is reserved; list codes for schools "
            "without a rating in `not_rated`."
        )
    if not label.id:
        raise InputError(f"`{NAME}`{where}: a label has no `id`.")
    if label.colour is not None and not _COLOUR.match(str(label.colour)):
        raise InputError(f"`{NAME}`{where}: a `colour` must look like `#1a9641`.")
    return label


def read_names(table: Mapping[str, Any], where: str) -> tuple[str, Names]:
    """Return the displayed name of a table in English, and the names by language.

    Raises
    ------
    InputError
        If a name by language has no ``en``, or a key that is no language.
    """
    value = table.get("name", "")
    if not isinstance(value, Mapping):
        return str(value), {}
    names = {str(lang): str(name) for lang, name in value.items()}
    is_valid = all(_LANGUAGE.match(lang) and name.strip() for lang, name in names.items())
    if not names.get("en") or not is_valid:
        raise InputError(
            f"`{NAME}`{where}: `name` must be a text, or a text for each language with English, "
            'such as `{ en = "Wards", es = "Distritos" }`.'
        )
    return names["en"], dict(sorted(names.items()))


def _check_cuts(scheme: RatingScheme, where: str) -> None:
    """Raise unless the cut points rise or fall in the order of the labels.

    Only the label of the lowest scores may lack a cut point.
    """
    cuts = [float("-inf") if label.min is None else label.min for label in scheme.labels]
    pairs = list(itertools.pairwise(cuts))
    if not (
        all(cut < next_cut for cut, next_cut in pairs)
        or all(cut > next_cut for cut, next_cut in pairs)
    ):
        raise InputError(
            f"`{NAME}`{where}: every label except that of the lowest scores needs a `min`, and the "
            "values must rise or fall in the order of the labels."
        )


def _years(entries: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401 - what TOML holds
    years = [read_year(str(year)) for year in entries]
    if None in years:
        raise InputError(f"`{NAME}`{where}: `years` must list school years such as `2023-24`.")
    return tuple(sorted(year for year in years if year is not None))


def nearest(name: str, known_names: Iterable[str]) -> str:
    """Return a question that suggests the known name most similar to an unknown name.

    Empty if no known name is similar.
    """
    by_small_letters = {known_name.lower(): known_name for known_name in known_names}
    alike = difflib.get_close_matches(name.lower(), by_small_letters, n=1, cutoff=_ALIKE)
    return f" Did you mean `{by_small_letters[alike[0]]}`?" if alike else ""


def check_keys(table: Any, kinds: Kinds, where: str) -> None:  # noqa: ANN401 - what TOML holds
    """Raise unless a value is a table with known keys and values of the allowed types."""
    if not isinstance(table, Mapping):
        raise InputError(f"`{NAME}`:{where} must be a table of keys and values.")
    unknown = sorted(set(table) - set(kinds))
    if unknown:
        raise InputError(
            f"`{NAME}`{where} has an unknown key `{unknown[0]}`.{nearest(unknown[0], kinds)} "
            f"Known keys: {', '.join(sorted(kinds))}."
        )
    for key, value in table.items():
        allowed = kinds[key]
        is_allowed = bool in allowed if isinstance(value, bool) else isinstance(value, allowed)
        if allowed and not is_allowed:
            words = " or ".join(dict.fromkeys(_WORDS[kind] for kind in allowed if kind in _WORDS))
            raise InputError(f"`{NAME}`{where}: `{key}` must be {words}.")
