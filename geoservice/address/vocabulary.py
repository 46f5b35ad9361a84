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
    longest_route, longest_name
        Number of words in the longest written form of these tables.
    """

    directions: dict[str, str]
    types: dict[str, str]
    confusable: frozenset[str]
    pretypes: dict[str, str]
    routes: dict[str, str]
    ordinals: dict[str, int]
    tens: dict[str, int]
    names: dict[str, str]
    numbered_units: tuple[str, ...]
    lone_units: tuple[str, ...]
    non_address: tuple[str, ...]
    states: dict[str, str]
    longest_route: int
    longest_name: int


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once from the table beside this module."""
    text = resources.files("geoservice.address").joinpath("vocabulary.toml").read_text("utf-8")
    table = tomllib.loads(text)
    routes = _inverted(table["routes"])
    names = _inverted(table["names"])
    ordinals = {word: place for place, word in enumerate(table["ordinals"]["words"], start=1)}
    return Vocabulary(
        directions=_inverted(table["directions"]),
        types=_inverted(table["types"]),
        confusable=frozenset(table["confusable"]["types"]),
        pretypes=_inverted(table["pretypes"]),
        routes=routes,
        ordinals=ordinals | table["ordinals"]["tenths"],
        tens=table["ordinals"]["tens"],
        names=names,
        numbered_units=tuple(table["units"]["numbered"]),
        lone_units=tuple(table["units"]["alone"]),
        non_address=tuple(table["classes"]["non_address"]),
        states={name: code for code, name in table["states"].items()}
        | {code: code for code in table["states"]},
        longest_route=max(len(written.split()) for written in routes),
        longest_name=max(len(written.split()) for written in names),
    )


def _inverted(forms: dict[str, list[str]]) -> dict[str, str]:
    table = {written: canonical for canonical, many in forms.items() for written in many}
    return table | {canonical: canonical for canonical in forms}
