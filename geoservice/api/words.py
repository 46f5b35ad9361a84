"""The texts of the service's own pages in each language, from TOML files."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from geoservice.cartography.texts import LANGUAGES, spoken, undirected_fields


class PageWords:
    """The texts of a language: ``words("key", field=…)``.

    `script` holds the texts that scripts show.
    """

    def __init__(self, lang: str, book: str = "") -> None:
        self.lang = lang
        entries = _words(lang, book)
        self.script: Mapping[str, str] = entries.get("script", {})
        self._texts: Mapping[str, str] = {
            key: text for key, text in entries.items() if isinstance(text, str)
        }

    def __call__(self, key: str, **fields: object) -> str:
        """Return the text of a key, with its fields filled in."""
        return self._texts[key].format(**undirected_fields(fields))


def page_words(lang: str, book: str = "") -> PageWords:
    """Return the texts of a language; English without a name.

    ``book`` is the prefix of the file name: ``finder.`` for the school finder.

    Raises
    ------
    InputError
        If the pages have no texts in that language.
    """
    return PageWords(spoken(lang or LANGUAGES[0]), book)


@cache
def _words(lang: str, book: str = "") -> dict[str, Any]:
    path = files("geoservice.api") / "words" / f"{book}{lang}.toml"
    return tomllib.loads(path.read_text("utf-8"))
