"""Names as maps print them: without the words that all share, such as "Elementary".

A map that prints every "Elementary School" in full has room for few names. The words are dropped
once for all, and a note says which ones.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from geoservice.cartography.figure.ground import FigureGround
from geoservice.cartography.figure.layers import POINTS, Feature, Layer
from geoservice.cartography.texts import Texts
from geoservice.model.rights import split_ids

_LEVEL_WORDS = frozenset(
    (
        *("elementary", "middle", "high", "primary", "intermediate", "junior", "senior"),
        *("school", "schools", "es", "ms", "hs"),
    )
)
_PARENTHESES = re.compile(r"\s*\([^()]*\)")
_LEAST_SHARED = 3
"""So many names must end with the same word before the word says nothing."""
_NAMED_POINTS = ("reference", "ratings", "utilisation", "scenario", "destinations")
"""Kinds of maps whose points are named; on others points are only context."""
_NAMED_LAYERS = ("schools", "buildings", "receivers", "areas", "zones", "zone-parts", "units")


@dataclass(frozen=True)
class ShortNames:
    """Names as they are printed, by their full form, and the words that they lack."""

    by_name: Mapping[str, str]
    dropped: tuple[str, ...] = ()
    has_parentheses: bool = False

    def note(self, texts: Texts) -> str:
        """Return a sentence that lists the dropped words; empty without such words."""
        parts = [f"“{word}”" for word in self.dropped]
        parts += [texts("names_parentheses")] if self.has_parentheses else []
        return texts("names_without", words=", ".join(parts)) if parts else ""


def short_names(names: Sequence[str]) -> ShortNames:
    """Return names without level words, parentheses and the last words that all share.

    A name that would be the same as another keeps as many words as tell the two apart.
    """
    shared = _shared_endings(names)
    by_name = _told_apart({name: _forms(name, shared) for name in names})
    dropped = Counter(
        word
        for name, short in by_name.items()
        if short != name
        for word in _PARENTHESES.sub("", name).split()[len(short.split()) :]
    )
    has_parentheses = any(
        short != name and _PARENTHESES.search(name) for name, short in by_name.items()
    )
    return ShortNames(by_name, _most_frequent(dropped), has_parentheses)


def _told_apart(forms_by_name: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the shortest form of each name that no other name has; forms are shortest first."""
    lengths = dict.fromkeys(forms_by_name, 0)
    while True:
        printed = {name: forms_by_name[name][length] for name, length in lengths.items()}
        counts = Counter(printed.values())
        longer = [
            name
            for name, short in printed.items()
            if counts[short] > 1 and lengths[name] < len(forms_by_name[name]) - 1
        ]
        if not longer:
            return printed
        for name in longer:
            lengths[name] += 1


def _most_frequent(words: Counter[str]) -> tuple[str, ...]:
    """Return words by frequency, each in its most frequent spelling."""
    ordered = [word for word, _ in sorted(words.items(), key=lambda item: (-item[1], item[0]))]
    spellings: dict[str, str] = {}
    for word in ordered:
        spellings.setdefault(word.lower(), word)
    return tuple(spellings.values())


def with_short_names(
    ground: FigureGround, layers: tuple[Layer, ...]
) -> tuple[tuple[Layer, ...], str]:
    """Return the layers whose features are named on the map, and the note on dropped words."""
    named = [layer for layer in layers if _is_named(ground, layer)]
    names = short_names(sorted({feature.name for layer in named for feature in layer.features}))
    schools_of_zone = {
        zone: split_ids(school) for zone, school in ground.zones.select("id", "school_id").rows()
    }
    result = tuple(
        replace(
            layer,
            features=tuple(_named(feature, names, schools_of_zone) for feature in layer.features),
        )
        if layer in named
        else layer
        for layer in layers
    )
    return result, names.note(ground.texts)


def _is_named(ground: FigureGround, layer: Layer) -> bool:
    if ground.definition.labels == "none" or layer.id not in _NAMED_LAYERS:
        return False
    if (ground.definition.kind, ground.definition.shows) == ("scenario", "zones"):
        return layer.kind != POINTS  # The zones of a scenario have the names of their schools.
    return layer.kind != POINTS or ground.definition.kind in _NAMED_POINTS


def _named(
    feature: Feature, names: ShortNames, schools_of_zone: Mapping[str, Sequence[str]]
) -> Feature:
    short = names.by_name.get(feature.name, feature.name)
    return replace(feature, short=short, markers=tuple(schools_of_zone.get(feature.id, ())))


def _shared_endings(names: Sequence[str]) -> frozenset[str]:
    """Return the last word of all names in lower case, if there are several names."""
    endings = {name.split()[-1].lower() for name in names if name.split()}
    return frozenset(endings if len(endings) == 1 and len(names) >= _LEAST_SHARED else ())


def _forms(name: str, shared: frozenset[str]) -> list[str]:
    """Return a name without its last words, shortest form first, full name last."""
    words = _PARENTHESES.sub("", name).split()
    forms = [name]
    if words:
        forms.insert(0, " ".join(words))
    while len(words) > 1 and words[-1].lower() in _LEVEL_WORDS | shared:
        words = words[:-1]
        forms.insert(0, " ".join(words))
    return list(dict.fromkeys(forms))
