"""The words of addresses: directions, street types, routes, ordinals, units, states."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Vocabulary:
    """Written form to canonical form, by kind of word.

    Attributes
    ----------
    confusable, dropped
        Types that are taken for each other, and those that are put behind a street that has none.
    units
        Designators of units; ``numbered_units`` want an identifier behind them, ``lone_units``
        stand alone, ``unit_words`` are the first words of all.
    longest_route
        Number of words in the longest written form of a route.
    """

    directions: dict[str, str]
    direction_names: dict[str, str]
    behind_direction: frozenset[str]
    types: dict[str, str]
    confusable: tuple[frozenset[str], ...]
    dropped: frozenset[str]
    pretypes: dict[str, str]
    routes: dict[str, str]
    ordinals: dict[str, int]
    tens: dict[str, int]
    number_words: dict[str, str]
    names: dict[str, str]
    units: dict[str, str]
    numbered_units: frozenset[str]
    lone_units: frozenset[str]
    unit_words: frozenset[str]
    non_address: tuple[str, ...]
    states: dict[str, str]
    longest_route: int


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once from the table beside this module."""
    text = resources.files("geoservice.address").joinpath("vocabulary.toml").read_text("utf-8")
    table = tomllib.loads(text)
    routes = _inverted(table["routes"])
    names = _inverted(table["names"])
    numbered, alone = _inverted(table["units"]["numbered"]), _inverted(table["units"]["alone"])
    ordinals = {word: place for place, word in enumerate(table["ordinals"]["words"], start=1)}
    return Vocabulary(
        directions=_inverted(table["directions"]),
        direction_names={code: written[0] for code, written in table["directions"].items()},
        behind_direction=frozenset(table["direction_names"]["before"]),
        types=_inverted(table["types"]),
        confusable=tuple(map(frozenset, table["confusable"]["types"])),
        dropped=frozenset(table["confusable"]["dropped"]),
        pretypes=_inverted(table["pretypes"]),
        routes=routes,
        ordinals=ordinals | table["ordinals"]["tenths"],
        tens=table["ordinals"]["tens"],
        number_words=table["numbers"]["words"],
        names=names,
        units=numbered | alone,
        numbered_units=frozenset(numbered),
        lone_units=frozenset(alone),
        unit_words=frozenset(written.split()[0] for written in numbered | alone),
        non_address=tuple(table["classes"]["non_address"]),
        states={name: code for code, name in table["states"].items()}
        | {code: code for code in table["states"]},
        longest_route=max(len(written.split()) for written in routes),
    )


def _inverted(forms: dict[str, list[str]]) -> dict[str, str]:
    table = {written: canonical for canonical, many in forms.items() for written in many}
    return table | {canonical: canonical for canonical in forms}
