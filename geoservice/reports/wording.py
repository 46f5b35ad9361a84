"""Neutral wording: captions of a shared fact base neither recommend nor judge."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geoservice.cartography.definition import Definition
from geoservice.errors import InputError

Place = tuple[str | int, ...]
"""A key of a definition, as pydantic names it."""


@dataclass(frozen=True)
class Offence:
    """A word that a caption may not use: where it stands, the word, and what it does."""

    place: str
    word: str
    does: str

    def __str__(self) -> str:
        return (f"{self.place}: the caption {self.does} (`{self.word}`). A figure states what is counted, and asks; "
                "say that instead.")  # fmt: skip


def named(map_id: str, place: Place) -> str:
    """File and key of a caption, where the file is not at hand."""
    key = ".".join(str(one + 1) if isinstance(one, int) else one for one in place)
    return f"`{map_id}.toml`: `{key}`"


def offences(captions: Iterable[tuple[str, str]], lang: str) -> list[Offence]:
    """Words of captions that recommend, or judge outside of a question.

    Parameters
    ----------
    captions
        Where each stands (``ratings.toml: title.en``), and its text. Names of schools and areas are no captions.
    lang
        ``en`` or ``es``.
    """
    found = []
    for place, text in captions:
        for sentence in re.split(r"(?<=[.?!:;])\s+", text):
            found += [
                Offence(place, word, "recommends") for word in _hits(sentence, "recommend", lang)
            ]
            if not sentence.rstrip().endswith("?"):
                found += [Offence(place, word, "judges") for word in _hits(sentence, "judge", lang)]
    return found


def captions(
    definition: Definition, lang: str, where: Callable[[str, Place], str] = named
) -> Iterator[tuple[str, str]]:
    """All texts of a definition in a language, with where they stand, as ``where`` tells of a map and a key."""
    for key in ("title", "question", "method"):
        yield where(definition.id, (key, lang)), getattr(definition, key).of(lang)
    for at, view in enumerate(definition.views):
        yield where(definition.id, ("views", at, "title", lang)), view.title.of(lang)


def refuse_offences(captions: Iterable[tuple[str, str]], lang: str) -> None:
    """Nothing, where all captions are neutral.

    Raises
    ------
    InputError
        Names the first caption and its word.
    """
    for one in offences(captions, lang):
        raise InputError(str(one))


def _hits(sentence: str, kind: str, lang: str) -> list[str]:
    return [found.group().lower() for found in _pattern(kind, lang).finditer(sentence)]


@cache
def _pattern(kind: str, lang: str) -> re.Pattern[str]:
    text = (files("geoservice.reports") / "words" / "neutral.toml").read_text("utf-8")
    words: list[str] = tomllib.loads(text)[lang][kind]
    parts = (re.escape(one).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for one in words)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])", re.IGNORECASE)
