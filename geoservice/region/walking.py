"""The table ``[walking]`` of ``region.toml``: the longest walking distance by level."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from geoservice.errors import InputError
from geoservice.model.region import WalkingRules
from geoservice.region.rules import NAME, Kinds, check_keys

_WHERE = " [walking]"
_KINDS: Kinds = {level.name: (int, float) for level in fields(WalkingRules)}
_MOST_MILES = 20


def read_walking(content: Mapping[str, Any]) -> WalkingRules:
    """Return the walking distances in miles.

    Raises
    ------
    InputError
        If a level is unknown, or a distance is not above 0 and at most 20 miles.
    """
    check_keys(content, _KINDS, _WHERE)
    for level, miles in content.items():
        if not 0 < miles <= _MOST_MILES:
            raise InputError(
                f"`{NAME}`{_WHERE}: `{level}` must be a number of miles above 0 and at most "
                f"{_MOST_MILES}."
            )
    return WalkingRules(**{level: float(miles) for level, miles in content.items()})
