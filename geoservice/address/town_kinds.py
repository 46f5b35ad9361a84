"""Town names without the word for the kind of place: LOGAN for LOGAN CITY."""

from geoservice.address.clean import place_key

_KINDS = ("CITY", "TOWNSHIP", "TOWN", "VILLAGE", "BOROUGH")


def bare_towns(names: tuple[str, ...]) -> dict[str, int]:
    """Return the town number by place key of the bare name.

    A bare name that is the full name of another town, or that two towns share, is left out: BARRE
    may be BARRE CITY or BARRE TOWN.
    """
    return {key: numbers[0] for key, numbers in _by_bare_key(names).items() if len(numbers) == 1}


def bare_keys(names: tuple[str, ...]) -> frozenset[str]:
    """Return place keys of bare names that are no full name, including ambiguous names."""
    return frozenset(_by_bare_key(names))


def _by_bare_key(names: tuple[str, ...]) -> dict[str, list[int]]:
    whole_keys = {place_key(name) for name in names}
    towns: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        bare_key = place_key(_without_kind(name))
        if bare_key and bare_key not in whole_keys:
            towns.setdefault(bare_key, []).append(number)
    return towns


def keys_without_kind(key: str) -> list[str]:
    """Return a typed town's possible place keys without its kind: LOGAN for LOGANCITY."""
    return [key.removesuffix(kind) for kind in _KINDS if key.endswith(kind) and key != kind]


def _without_kind(name: str) -> str:
    words = name.split()
    if len(words) > 1 and words[-1] in _KINDS:
        return " ".join(words[:-1])
    if len(words) > 2 and words[0] in _KINDS and words[1] == "OF":
        return " ".join(words[2:])
    return ""
