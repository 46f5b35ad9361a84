"""The words of reports in each language: headings, glossary, method notes, questions."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from geoservice.cartography.texts import undirected_fields


@dataclass(frozen=True)
class ReportTexts:
    """The words of a language."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        """Return the text of a key; ``%{name}`` is replaced by a field."""
        text: str = _words(self.lang)[key]
        for name, value in undirected_fields(fields).items():
            text = text.replace(f"%{{{name}}}", str(value))
        return text

    def grades(self, year: str, band: str) -> str:
        """The school year and the grades."""
        key = "year_all" if band in ("", "all") else "year_grades"
        return self(key, year=year, band=band)

    def listed(self, key: str) -> Mapping[str, str]:
        """Return a table of texts: terms and their meanings."""
        table: Mapping[str, str] = _words(self.lang)[key]
        return table

    def captions(self) -> list[tuple[str, str]]:
        """Return all texts with their places, for the check of neutral wording."""
        name = f"reports/words/{self.lang}.toml"
        return [
            (f"{name}: {key}", text)
            for key, entry in _words(self.lang).items()
            for text in (entry.values() if isinstance(entry, dict) else [entry])
        ]


@cache
def _words(lang: str) -> dict[str, Any]:
    return tomllib.loads(
        (files("geoservice.reports") / "words" / f"{lang}.toml").read_text("utf-8")
    )
