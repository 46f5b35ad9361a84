"""Rating schemes and the rules of measures in ``region.toml``, checked as they are read."""

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from geoservice.errors import InputError
from geoservice.model.region import NOT_RATED, MeasureRules, RatingLabel, RatingScheme
from geoservice.model.years import read_year

NAME = "region.toml"
Kinds = Mapping[str, tuple[type, ...]]
"""The keys of a table, and of which kinds their values may be; of any where none is named."""
TEXT: tuple[type, ...] = (str, int, float)
"""What is read as a text: `id = 1` is as good as `id = "1"`."""
_SCHEME: Kinds = {
    "kind": (str,),
    "labels": (list,),
    "best": (str,),
    "not_rated": (list,),
    "years": (list,),
    "source": TEXT,
}
_LABEL: Kinds = {
    "id": TEXT,
    "name": TEXT,
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
_IN_NAMES = ("|", " along ")
"""What the names of public lines put around that of a scheme (`geoservice.measures.standards`)."""
_COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
_MOST = 100
_ALIKE = 0.6
"""Share of letters that a name and a mistyped one have in common (difflib's ratio)."""


def read_scheme(scheme_id: str, content: Mapping[str, Any]) -> RatingScheme:
    """One rating scheme: its labels in order, which end is best, what is not rated, its years.

    Raises
    ------
    InputError
        Where its id could be taken for another, a key is unknown, a value is of a wrong kind, a label stands twice, cut points do not fall from best to worst, or a colour is none.
    """
    where = f" [rating_schemes.{scheme_id}]"
    if not scheme_id.strip() or any(one in scheme_id for one in _IN_NAMES):
        raise InputError(f"`{NAME}`{where}: the name of a scheme cannot be empty, nor hold `|` or ` along `: its figures could be taken for another's.")  # fmt: skip
    check_keys(content, _SCHEME, where)
    kind, best = content.get("kind", "label"), content.get("best", "first")
    if kind not in ("score", "label"):
        raise InputError(f"`{NAME}`{where}: `kind` must be `score` or `label`.")
    if best not in ("first", "last"):
        raise InputError(f"`{NAME}`{where}: `best` must be `first` or `last`.")
    labels = tuple(_label(given, where) for given in content.get("labels", []))
    if not labels:
        raise InputError(f"`{NAME}`{where}: `labels` lists no label.")
    if len({one.id for one in labels}) < len(labels):
        raise InputError(f"`{NAME}`{where}: two labels have one `id`.")
    scheme = RatingScheme(
        scheme_id, kind, labels, best, tuple(str(one) for one in content.get("not_rated", [""])),
        _years(content.get("years", []), where), str(content.get("source", "")),
    )  # fmt: skip
    if kind == "score":
        _check_cuts(scheme, where)
    return scheme


def read_rules(content: Mapping[str, Any]) -> MeasureRules:
    """The table ``[measures]``: the way distances are measured, steadiness of ratings, areas to name.

    Raises
    ------
    InputError
        Where a key is unknown or a value is none that is allowed.
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


def _label(given: Any, where: str) -> RatingLabel:  # noqa: ANN401 - what TOML holds
    one = given if isinstance(given, dict) else {"id": given}
    check_keys(one, _LABEL, f"{where} `labels`")
    texts = {name: str(one[name]) for name in ("id", "name", "shape") if name in one}
    label = RatingLabel(**{"id": "", **one, **texts})
    if label.id == NOT_RATED:
        raise InputError(f"`{NAME}`{where}: no label may have the `id` `{NOT_RATED}`; list codes for it in `not_rated`.")  # fmt: skip
    if not label.id:
        raise InputError(f"`{NAME}`{where}: a label has no `id`.")
    if label.colour is not None and not _COLOUR.match(str(label.colour)):
        raise InputError(f"`{NAME}`{where}: a `colour` is written such as `#1a9641`.")
    return label


def _check_cuts(scheme: RatingScheme, where: str) -> None:
    """Cut points rise or fall along the labels; only the label of the lowest scores may have none."""
    cuts = [float("-inf") if one.min is None else one.min for one in scheme.labels]
    pairs = list(itertools.pairwise(cuts))
    if not (all(one < other for one, other in pairs) or all(one > other for one, other in pairs)):
        raise InputError(
            f"`{NAME}`{where}: give every label but that of the lowest scores a `min`, and let them "
            "rise or fall in the order of the labels."
        )


def _years(given: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401 - what TOML holds
    years = [read_year(str(one)) for one in given]
    if None in years:
        raise InputError(f"`{NAME}`{where}: `years` lists school years such as `2023-24`.")
    return tuple(sorted(one for one in years if one is not None))


def nearest(name: str, known: Iterable[str]) -> str:
    """A question that names the known name most like an unknown one; empty where none is like it."""
    by_small_letters = {one.lower(): one for one in known}
    alike = difflib.get_close_matches(name.lower(), by_small_letters, n=1, cutoff=_ALIKE)
    return f" Did you mean `{by_small_letters[alike[0]]}`?" if alike else ""


def check_keys(table: Any, kinds: Kinds, where: str) -> None:  # noqa: ANN401 - what TOML holds
    """Raise where a table is none, has a key that is not known or a value of a kind that its key cannot have."""
    if not isinstance(table, Mapping):
        raise InputError(f"`{NAME}`:{where} must be a table of keys and values.")
    strange = sorted(set(table) - set(kinds))
    if strange:
        raise InputError(
            f"`{NAME}`{where} has an unknown key `{strange[0]}`.{nearest(strange[0], kinds)} "
            f"Known are: {', '.join(sorted(kinds))}."
        )
    for key, value in table.items():
        allowed = kinds[key]
        is_allowed = bool in allowed if isinstance(value, bool) else isinstance(value, allowed)
        if allowed and not is_allowed:
            words = " or ".join(dict.fromkeys(_WORDS[one] for one in allowed if one in _WORDS))
            raise InputError(f"`{NAME}`{where}: `{key}` must be {words}.")
