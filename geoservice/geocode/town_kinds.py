"""Names of towns without the word that says what kind of place they are: LOGAN for LOGAN CITY."""

from geoservice.address.clean import place_key

_KINDS = ("CITY", "TOWNSHIP", "TOWN", "VILLAGE", "BOROUGH")


def bare_towns(names: tuple[str, ...]) -> dict[str, int]:
    """Place keys of bare names to the number of their town.

    A bare name that is the whole name of another town, or that two towns share, is left out:
    BARRE says nothing between BARRE CITY and BARRE TOWN.
    """
    whole_keys = {place_key(name) for name in names}
    towns: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        bare_key = place_key(_without_kind(name))
        if bare_key and bare_key not in whole_keys:
            towns.setdefault(bare_key, []).append(number)
    return {key: numbers[0] for key, numbers in towns.items() if len(numbers) == 1}


def keys_without_kind(key: str) -> list[str]:
    """What a typed town's place key may be without its kind: LOGAN for LOGANCITY."""
    return [key.removesuffix(kind) for kind in _KINDS if key.endswith(kind) and key != kind]


def _without_kind(name: str) -> str:
    words = name.split()
    if len(words) > 1 and words[-1] in _KINDS:
        return " ".join(words[:-1])
    if len(words) > 2 and words[0] in _KINDS and words[1] == "OF":
        return " ".join(words[2:])
    return ""
