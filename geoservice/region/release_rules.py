"""The table ``[release]`` of ``region.toml``: minimum cell size, noise, public subgroups."""

from collections.abc import Mapping
from typing import Any

from geoservice.errors import InputError
from geoservice.model.region import ReleaseRules
from geoservice.region.rules import NAME, Kinds, check_keys

_LEAST_N = 5
_MOST = 1_000
_WHERE = " [release]"
_LEAST_SD = 0.5
"""With a smaller deviation, more than three of four counts stay exact."""
_KEYS: Kinds = {
    "min_n": (),
    "counts": (str,),
    "noise_sd": (int, float),
    "noise_bound": (),
    "subgroups": (list,),
}


def read_min_n(content: Mapping[str, Any]) -> int:
    """Return the minimum cell size from ``[release]``, else the top level, else 10.

    Raises
    ------
    InputError
        If it is not an integer, below 5 without `min_n_below_5`, or given twice with different
        values.
    """
    release = content.get("release", {})
    stated = [
        table["min_n"]
        for table in (release, content)
        if isinstance(table, Mapping) and "min_n" in table
    ]
    if len(stated) == 2 and stated[0] != stated[1]:
        raise InputError(
            f"`{NAME}`: `min_n` has two different values. Keep the value in [release]."
        )
    min_n = stated[0] if stated else 10
    if not _is_whole(min_n) or not 1 <= min_n <= _MOST:
        raise InputError(f"`{NAME}`: `min_n` must be a whole number from 1 to {_MOST:,}.")
    if min_n < _LEAST_N and content.get("min_n_below_5") is not True:
        raise InputError(
            f"`{NAME}`: `min_n` below {_LEAST_N} can reveal students. Raise it, or add "
            "`min_n_below_5 = true` where the law that binds you allows it."
        )
    return int(min_n)


def read_release(content: Mapping[str, Any]) -> ReleaseRules:
    """Return the rules of ``[release]``.

    Raises
    ------
    InputError
        If a key is unknown or a value has the wrong type; `check_noise` checks the noise.
    """
    check_keys(content, _KEYS, _WHERE)
    counts = content.get("counts", "protected")
    if counts not in ("protected", "exact"):
        raise InputError(f"`{NAME}`{_WHERE}: `counts` must be `protected` or `exact`.")
    sd, bound = content.get("noise_sd"), content.get("noise_bound")
    if (sd is None) != (bound is None):
        raise InputError(
            f"`{NAME}`{_WHERE}: give `noise_sd` and `noise_bound` together, or neither."
        )
    if sd is not None and not _LEAST_SD <= sd <= _MOST:
        raise InputError(
            f"`{NAME}`{_WHERE}: `noise_sd` must be at least {_LEAST_SD}, in students. Smaller "
            'noise leaves nearly all counts unchanged; use `counts = "exact"` instead.'
        )
    if bound is not None and (not _is_whole(bound) or not 1 <= bound <= _MOST):
        raise InputError(
            f"`{NAME}`{_WHERE}: `noise_bound` must be a whole number from 1 to {_MOST:,}, in "
            "students."
        )
    if sd is not None and sd**2 > bound:
        raise InputError(
            f"`{NAME}`{_WHERE}: `noise_sd` = {sd:g} is too large for `noise_bound` = {bound}: its "
            "square must not be more than the bound. Lower `noise_sd` or raise `noise_bound`."
        )
    subgroups = content.get("subgroups", [])
    if not all(isinstance(name, str) and name.strip() for name in subgroups):
        raise InputError(
            f"`{NAME}`{_WHERE}: `subgroups` lists names of columns of the student list."
        )
    return ReleaseRules(counts, None if sd is None else float(sd), bound, tuple(subgroups))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
