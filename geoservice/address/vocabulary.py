"""The words of addresses: directions, street types, routes, ordinals, units, states."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

_STATE_ROUTE = "STATE ROUTE"
_STATE_ROADS = ("HWY", "HIGHWAY", "HWAY", "RT", "RTE", "ROUTE", "RD", "ROAD")
_NO_STATE_ROUTE = frozenset({"NE", "AA", "AE", "AP"})
"""NE HWY 12 begins with a direction; the other codes are military."""


@dataclass(frozen=True)
class Vocabulary:
    """Tables from written form to canonical form, by kind of word.

    Attributes
    ----------
    confusable, dropped
        Types that people confuse, and types that people add to a street without a type.
    units
        Designators of units: ``numbered_units`` need an identifier, ``lone_units`` stand alone,
        ``unit_words`` are the first words of all designators.
    routes, short_routes
        Kinds of routes by written form. A short form is a route only at the beginning of a street
        and before a number.
    route_modifiers
        Words that distinguish roads with the same number (OLD, BYPASS).
    route_ends
        Words that may stand before a number: last words of routes, and modifiers.
    people
        Names of persons that people shorten; a title or JR may be added.
    longest_route
        Number of words in the longest written form of a route.
    """

    directions: dict[str, str]
    direction_words: frozenset[str]
    direction_names: dict[str, str]
    behind_direction: frozenset[str]
    types: dict[str, str]
    confusable: tuple[frozenset[str], ...]
    dropped: frozenset[str]
    pretypes: dict[str, str]
    routes: dict[str, str]
    short_routes: dict[str, str]
    route_modifiers: dict[str, str]
    route_kinds: frozenset[str]
    route_ends: frozenset[str]
    ordinals: dict[str, int]
    tens: dict[str, int]
    number_words: dict[str, str]
    names: dict[str, str]
    people: frozenset[str]
    units: dict[str, str]
    numbered_units: frozenset[str]
    lone_units: frozenset[str]
    unit_words: frozenset[str]
    non_address: tuple[str, ...]
    states: dict[str, str]
    longest_route: int


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary, read once from the table beside this module."""
    text = resources.files("geoservice.address").joinpath("vocabulary.toml").read_text("utf-8")
    table = tomllib.loads(text)
    states = table["states"]
    routes = _inverted(table["routes"])
    routes = _state_roads(states) | routes
    people = _inverted(table["people"])
    names = _inverted(table["names"]) | people
    numbered, alone = _inverted(table["units"]["numbered"]), _inverted(table["units"]["alone"])
    short_routes = dict.fromkeys(states.keys() - _NO_STATE_ROUTE, _STATE_ROUTE) | _inverted(
        table["short_routes"]
    )
    modifiers = _inverted(table["route_modifiers"])
    ordinals = {word: place for place, word in enumerate(table["ordinals"]["words"], start=1)}
    return Vocabulary(
        directions=_inverted(table["directions"]),
        direction_words=frozenset(" ".join(_inverted(table["directions"])).split()),
        direction_names={code: written[0] for code, written in table["directions"].items()},
        behind_direction=frozenset(table["direction_names"]["before"]),
        types=_inverted(table["types"]),
        confusable=tuple(map(frozenset, table["confusable"]["types"])),
        dropped=frozenset(table["confusable"]["dropped"]),
        pretypes=_inverted(table["pretypes"]),
        routes=routes,
        short_routes=short_routes,
        route_modifiers=modifiers,
        route_kinds=frozenset(table["routes"]) | frozenset(table["short_routes"]),
        route_ends=frozenset(form.split()[-1] for form in (*routes, *short_routes, *modifiers)),
        ordinals=ordinals | table["ordinals"]["tenths"],
        tens=table["ordinals"]["tens"],
        number_words=table["numbers"]["words"],
        names=names,
        people=frozenset(table["people"]),
        units=numbered | alone,
        numbered_units=frozenset(numbered),
        lone_units=frozenset(alone),
        unit_words=frozenset(written.split()[0] for written in numbered | alone),
        non_address=tuple(table["classes"]["non_address"]),
        states={name: code for code, name in states.items()} | {code: code for code in states},
        longest_route=max(len(written.split()) for written in routes),
    )


def _state_roads(states: dict[str, str]) -> dict[str, str]:
    """Return written forms of a state's roads: IL ROUTE, ILLINOIS STATE HWY."""
    names = [*(states.keys() - _NO_STATE_ROUTE), *states.values()]
    names += [" ".join(code) for code in states if code[0] in "NSW" and code not in _NO_STATE_ROUTE]
    roads = [*_STATE_ROADS, *(f"STATE {road}" for road in _STATE_ROADS), "SR"]
    return {f"{name} {road}": _STATE_ROUTE for name in names for road in roads}


def _inverted(forms: dict[str, list[str]]) -> dict[str, str]:
    """Return canonical form by written form; each canonical form is one of its written forms."""
    table = {form: canonical for canonical, written in forms.items() for form in written}
    return table | {canonical: canonical for canonical in forms}
