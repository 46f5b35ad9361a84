"""The table ``[release]`` of ``region.toml``: the minimum cell size, the noise of counts, public subgroups."""

from collections.abc import Mapping
from typing import Any

from geoservice.errors import InputError
from geoservice.model.region import ReleaseRules
from geoservice.region.rules import NAME, Kinds, check_keys

_LEAST_N = 5
_MOST = 1_000
_WHERE = " [release]"
_KEYS: Kinds = {
    "min_n": (), "counts": (str,), "noise_sd": (int, float), "noise_bound": (), "subgroups": (list,),
}  # fmt: skip


def read_min_n(content: Mapping[str, Any]) -> int:
    """Return the minimum cell size: that of ``[release]``, else of the top level, else 10.

    Raises
    ------
    InputError
        Where it is no whole number, below 5 without `min_n_below_5`, or two are given that differ.
    """
    release = content.get("release", {})
    given = [
        table["min_n"]
        for table in (release, content)
        if isinstance(table, Mapping) and "min_n" in table
    ]
    if len(given) == 2 and given[0] != given[1]:
        raise InputError(
            f"`{NAME}`: `min_n` stands twice with different numbers. Keep that of [release]."
        )
    least = given[0] if given else 10
    if not _is_whole(least) or not 1 <= least <= _MOST:
        raise InputError(f"`{NAME}`: `min_n` must be a whole number from 1 to {_MOST:,}.")
    if least < _LEAST_N and content.get("min_n_below_5") is not True:
        raise InputError(
            f"`{NAME}`: `min_n` below {_LEAST_N} gives students away. Raise it, or add "
            "`min_n_below_5 = true` where the law that binds you allows it."
        )
    return int(least)


def read_release(content: Mapping[str, Any]) -> ReleaseRules:
    """Return the rules of ``[release]``.

    Raises
    ------
    InputError
        Where a key is unknown or a value is of a wrong kind; `check_noise` of the release judges the noise.
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
    if sd is not None and not 0 < sd <= _MOST:
        raise InputError(f"`{NAME}`{_WHERE}: `noise_sd` must be a number above 0, in students.")
    if bound is not None and (not _is_whole(bound) or not 1 <= bound <= _MOST):
        raise InputError(
            f"`{NAME}`{_WHERE}: `noise_bound` must be a whole number from 1 to {_MOST:,}, in students."
        )
    if sd is not None and sd**2 > bound:
        raise InputError(
            f"`{NAME}`{_WHERE}: `noise_sd` = {sd:g} is too large for `noise_bound` = {bound}: its square must not be more "
            "than the bound. Lower `noise_sd` or raise `noise_bound`."
        )
    subgroups = content.get("subgroups", [])
    if not all(isinstance(name, str) and name.strip() for name in subgroups):
        raise InputError(
            f"`{NAME}`{_WHERE}: `subgroups` lists names of columns of the student list."
        )
    return ReleaseRules(counts, None if sd is None else float(sd), bound, tuple(subgroups))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
