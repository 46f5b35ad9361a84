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
    """The words of one language."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        """A text by its key; ``%{name}`` stands for a field."""
        text: str = _words(self.lang)[key]
        for name, value in undirected_fields(fields).items():
            text = text.replace(f"%{{{name}}}", str(value))
        return text

    def grades(self, year: str, band: str) -> str:
        """The school year and the grades."""
        key = "year_all" if band in ("", "all") else "year_grades"
        return self(key, year=year, band=band)

    def listed(self, key: str) -> Mapping[str, str]:
        """A table of texts: terms and what they mean."""
        found: Mapping[str, str] = _words(self.lang)[key]
        return found

    def captions(self) -> list[tuple[str, str]]:
        """All texts with where they stand, for the check of neutral wording."""
        name = f"reports/words/{self.lang}.toml"
        return [
            (f"{name}: {key}", text)
            for key, one in _words(self.lang).items()
            for text in (one.values() if isinstance(one, dict) else [one])
        ]


@cache
def _words(lang: str) -> dict[str, Any]:
    return tomllib.loads(
        (files("geoservice.reports") / "words" / f"{lang}.toml").read_text("utf-8")
    )
