"""Neutral wording: captions of a report neither recommend nor judge."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geoservice.cartography.definition.definition import Definition
from geoservice.errors import InputError

Place = tuple[str | int, ...]
"""A key of a definition, as pydantic names it."""


@dataclass(frozen=True)
class Offence:
    """A word that a caption must not use: its place, the word, and its effect on the reader."""

    place: str
    word: str
    does: str

    def __str__(self) -> str:
        return (
            f"{self.place}: the caption {self.does} (`{self.word}`). State "
            "a number, or ask a question."
        )


def named(map_id: str, place: Place) -> str:
    """Return file and key of a caption, for definitions whose file is not known."""
    key = ".".join(str(step + 1) if isinstance(step, int) else step for step in place)
    return f"`{map_id}.toml`: `{key}`"


def offences(captions: Iterable[tuple[str, str]], lang: str) -> list[Offence]:
    """Return words of captions that recommend, or that judge outside of a question.

    Parameters
    ----------
    captions
        Where each stands (``ratings.toml: title.en``), and its text. Names of schools and areas are
        no captions.
    lang
        ``en`` or ``es``.
    """
    offending = []
    for place, text in captions:
        for sentence in re.split(r"(?<=[.?!:;])\s+", text):
            offending += [
                Offence(place, word, "recommends") for word in _hits(sentence, "recommend", lang)
            ]
            if not sentence.rstrip().endswith("?"):
                offending += [
                    Offence(place, word, "judges") for word in _hits(sentence, "judge", lang)
                ]
    return offending


def captions(
    definition: Definition, lang: str, where: Callable[[str, Place], str] = named
) -> Iterator[tuple[str, str]]:
    """Yield all texts of a definition in a language with their places, named by ``where``."""
    for key in ("title", "question", "method"):
        yield where(definition.id, (key, lang)), getattr(definition, key).of(lang)
    for index, view in enumerate(definition.views):
        yield where(definition.id, ("views", index, "title", lang)), view.title.of(lang)


def refuse_offences(captions: Iterable[tuple[str, str]], lang: str) -> None:
    """Nothing, where all captions are neutral.

    Raises
    ------
    InputError
        Names the first caption and its word.
    """
    for offence in offences(captions, lang):
        raise InputError(str(offence))


def _hits(sentence: str, kind: str, lang: str) -> list[str]:
    return [match.group().lower() for match in _pattern(kind, lang).finditer(sentence)]


@cache
def _pattern(kind: str, lang: str) -> re.Pattern[str]:
    text = (files("geoservice.reports") / "words" / "neutral.toml").read_text("utf-8")
    words: list[str] = tomllib.loads(text)[lang][kind]
    parts = (re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])", re.IGNORECASE)
