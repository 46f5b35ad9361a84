"""Words of figures and pages in each language: data, checked to be complete."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geoservice.errors import InputError

LANGUAGE_NAMES = {"en": "English", "es": "Español"}
LANGUAGES = tuple(LANGUAGE_NAMES)
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Embeddings, overrides and isolates of Unicode's bidirectional algorithm."""
THEMES = ("light", "dark", "print")


@dataclass(frozen=True)
class Texts:
    """The words of one language."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        """A text by its key, with its fields filled in."""
        return words(self.lang)[key].format(**undirected_fields(fields))

    def has(self, key: str) -> bool:
        """True where there is such a text."""
        return key in words(self.lang)


def undirected(text: str) -> str:
    """A text without marks that turn the direction of all that follows: names hold them, and would turn our numbers."""
    return text.translate(_TURNS)


def undirected_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields of a sentence, whose texts turn no direction."""
    return {key: undirected(one) if isinstance(one, str) else one for key, one in fields.items()}


def texts_of(lang: str) -> Texts:
    """The words of a language.

    Raises
    ------
    InputError
        Where figures do not speak it.
    """
    return Texts(spoken(lang))


def spoken(lang: str) -> str:
    """The language itself where there are words in it.

    Raises
    ------
    InputError
        Where there are none.
    """
    if lang not in LANGUAGES:
        raise InputError(f"`lang` must be one of {', '.join(LANGUAGES)}.")
    return lang


@cache
def words(lang: str) -> dict[str, str]:
    """All texts of a language by key."""
    text = (files("geoservice.cartography") / "words" / f"{lang}.toml").read_text("utf-8")
    found: dict[str, str] = tomllib.loads(text)
    return found
