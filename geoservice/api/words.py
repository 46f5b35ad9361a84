"""Words of the service's own pages in each language: data, checked to be complete."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from geoservice.cartography.texts import LANGUAGES, spoken, undirected_fields


class PageWords:
    """The words of one language: ``words("key", field=…)``; `script` are those that scripts show."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        found = _words(lang)
        self.script: Mapping[str, str] = found["script"]
        self._texts: Mapping[str, str] = {
            key: one for key, one in found.items() if isinstance(one, str)
        }

    def __call__(self, key: str, **fields: object) -> str:
        """A text by its key, with its fields filled in."""
        return self._texts[key].format(**undirected_fields(fields))


def page_words(lang: str) -> PageWords:
    """The words of a language; English where none is named.

    Raises
    ------
    InputError
        Where the pages do not speak it.
    """
    return PageWords(spoken(lang or LANGUAGES[0]))


@cache
def _words(lang: str) -> dict[str, Any]:
    return tomllib.loads((files("geoservice.api") / "words" / f"{lang}.toml").read_text("utf-8"))
