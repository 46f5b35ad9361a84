"""The words of figures and pages in each language. A file of words makes a language."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geoservice.errors import InputError

_WORDS = files("geoservice.cartography") / "words"
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Embeddings, overrides and isolates of Unicode's bidirectional algorithm."""
THEMES = ("light", "dark", "print")


@dataclass(frozen=True)
class Texts:
    """The words of a language."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        """A text by its key, with its fields filled in."""
        return words(self.lang)[key].format(**undirected_fields(fields))

    def has(self, key: str) -> bool:
        """Return True if there is such a text."""
        return key in words(self.lang)


def undirected(text: str) -> str:
    """Return a text without marks that change the direction of the text after it.

    Names may hold such marks and would reverse our numbers.
    """
    return text.translate(_TURNS)


def undirected_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields of a sentence, whose texts turn no direction."""
    return {
        key: undirected(field) if isinstance(field, str) else field for key, field in fields.items()
    }


def texts_of(lang: str) -> Texts:
    """The words of a language.

    Raises
    ------
    InputError
        If there are no words in the language.
    """
    return Texts(spoken(lang))


def spoken(lang: str) -> str:
    """Return the language if it has words.

    Raises
    ------
    InputError
        If there are none.
    """
    if lang not in LANGUAGES:
        raise InputError(f"`lang` must be one of {', '.join(LANGUAGES)}.")
    return lang


@cache
def words(lang: str) -> dict[str, str]:
    """Return all texts of a language by key."""
    texts: dict[str, str] = tomllib.loads((_WORDS / f"{lang}.toml").read_text("utf-8"))
    return texts


def _language_names() -> dict[str, str]:
    """Return the own name of each language that has a file of words: English, then by code."""
    codes = {path.name.removesuffix(".toml") for path in _WORDS.iterdir()}
    return {lang: words(lang)["language_name"] for lang in ("en", *sorted(codes - {"en"}))}


LANGUAGE_NAMES = _language_names()
"""Names of languages by code, as their speakers call them. A new file of words adds a language."""
LANGUAGES = tuple(LANGUAGE_NAMES)
