"""Words of figures and pages in each language: data, checked to be complete."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geoservice.errors import InputError

LANGUAGES = ("en", "es")
THEMES = ("light", "dark", "print")


@dataclass(frozen=True)
class Texts:
    """The words of one language."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        """A text by its key, with its fields filled in."""
        return words(self.lang)[key].format(**fields)

    def has(self, key: str) -> bool:
        """True where there is such a text."""
        return key in words(self.lang)


def texts_of(lang: str) -> Texts:
    """The words of a language.

    Raises
    ------
    InputError
        Where figures do not speak it.
    """
    if lang not in LANGUAGES:
        raise InputError(f"`lang` must be one of {', '.join(LANGUAGES)}.")
    return Texts(lang)


@cache
def words(lang: str) -> dict[str, str]:
    """All texts of a language by key."""
    text = (files("geoservice.cartography") / "words" / f"{lang}.toml").read_text("utf-8")
    found: dict[str, str] = tomllib.loads(text)
    return found
